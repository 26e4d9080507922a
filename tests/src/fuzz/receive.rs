//! Bytes that come from a socket: as a stream, as messages of the key exchange, and as messages that somebody who has the
//! key sends to either side of a session.

mod exchange;
mod sessions;
mod stream;

use super::bytes::Bytes;

/// What one step of an input does. Behind it come the bytes that it needs; a run is a length in two bytes, and the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Deed {
    /// A stream arrives at a client's codec (one byte chooses the framing): a run.
    Client,
    /// A stream arrives at a server's codec: a run.
    Server,
    /// A message of the key exchange arrives changed: which (one byte), and a run of places and what to change there.
    Exchange,
    /// A message arrives in the place of one of the key exchange: which (one byte), and a run.
    Instead,
    /// A message to the client under the key: its [`Form`](FORMS) (two bytes), and its body as a run.
    ToClient,
    /// A message to the server.
    ToServer,
    /// What both sides have to say is carried, so many packets at most (one byte).
    Carry,
    /// A packet of one side is lost.
    Lose,
    /// The client submits a request; one byte chooses how.
    Submit,
    /// The client cancels a request (one byte).
    Cancel,
    /// The server answers a request (one byte).
    Answer,
    /// The server lost a request (one byte).
    Forget,
    /// The server sends an update.
    Push,
    /// So many milliseconds pass: two bytes, times the byte that follows.
    Wait,
    /// There is another connection.
    Connect,
}

/// The bits of the first byte of a message's form; the second is how far its id is from the next one.
pub const FORMS: [(&str, u8); 6] = [
    ("content", CONTENT),
    ("packed", PACKED),
    ("container", CONTAINER),
    ("packed around", PACKED_AROUND),
    ("result", RESULT),
    ("salt", SALT),
];

/// It has an odd sequence number.
pub const CONTENT: u8 = 1;
/// Its body is packed.
pub const PACKED: u8 = 2;
/// It is in a container, twice.
pub const CONTAINER: u8 = 4;
/// What it is in is packed.
pub const PACKED_AROUND: u8 = 8;
/// It is the result of the client's last request.
pub const RESULT: u8 = 16;
/// It has a wrong salt.
pub const SALT: u8 = 32;

impl Deed {
    const ALL: [Self; 15] = [
        Self::Client,
        Self::Server,
        Self::Exchange,
        Self::Instead,
        Self::ToClient,
        Self::ToServer,
        Self::Carry,
        Self::Lose,
        Self::Submit,
        Self::Cancel,
        Self::Answer,
        Self::Forget,
        Self::Push,
        Self::Wait,
        Self::Connect,
    ];
}

/// The most deeds of one input. What more bytes would do is done by another input sooner.
const LONGEST: usize = 200;

/// Whatever comes from a socket, neither side panics, holds more than its limits, or is busy when nothing is due; a request
/// ends once, and is carried out once; a key that is agreed on is that of both sides.
///
/// The first byte is of settings.
///
/// # Panics
/// If not.
pub fn receive(data: &[u8]) {
    let mut bytes = Bytes(data);
    let Some(choice) = bytes.byte() else { return };
    let mut pair = sessions::Pair::new(choice);
    let mut exchanges = 0;
    for _ in 0..LONGEST {
        let Some(deed) = bytes.byte() else { break };
        match Deed::ALL[usize::from(deed) % Deed::ALL.len()] {
            Deed::Client => {
                let framing = bytes.byte().unwrap_or_default();
                stream::client(framing, bytes.run());
            }
            Deed::Server => stream::server(bytes.run()),
            Deed::Exchange | Deed::Instead if exchanges > 1 => {}
            Deed::Exchange => {
                exchanges += 1;
                let which = bytes.byte().unwrap_or_default();
                exchange::changed(which, bytes.run());
            }
            Deed::Instead => {
                exchanges += 1;
                let which = bytes.byte().unwrap_or_default();
                exchange::instead(which, bytes.run());
            }
            deed => pair.make(deed, &mut bytes),
        }
    }
    pair.end();
}
