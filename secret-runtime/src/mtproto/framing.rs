//! How packets lie in a stream of bytes: the transports of MTProto over TCP, of both sides, without a socket.
//!
//! It knows nothing of what packets mean, with one exception: padded packets are cut to what MTProto's envelopes can be.
//! A [`Codec`] is one side of one connection; a new connection takes a new one.
//!
//! Source: <https://core.telegram.org/mtproto/mtproto-transports>.

mod codec;
mod error;
mod input;
mod layout;
mod obfuscation;

use std::fmt;

pub use codec::Codec;
pub use error::FramingError;

/// The longest packet that is sent or accepted, in bytes: an answer with a file part of 1 MiB fits many times.
pub const MAX_PACKET: usize = 1 << 24;

/// How the length of a packet is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// One byte for short packets, four for others; lengths are multiples of 4.
    Abridged,
    /// Four bytes.
    Intermediate,
    /// Four bytes, and up to 15 random bytes behind the packet.
    PaddedIntermediate,
    /// Twelve bytes, with a number and a checksum. It has no quick acknowledgements and cannot be obfuscated.
    Full,
}

impl Framing {
    /// Whether the server can acknowledge a packet before it answers it.
    #[must_use]
    pub fn has_quick_acks(self) -> bool {
        self != Self::Full
    }
}

/// What a client speaks on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// How the length of a packet is told.
    pub framing: Framing,
    /// Whether the stream is made to look random.
    pub obfuscation: Option<Obfuscation>,
}

impl Wire {
    /// A framing as it is.
    #[must_use]
    pub fn plain(framing: Framing) -> Self {
        Self { framing, obfuscation: None }
    }
}

/// A stream that looks random to those who don't decrypt it. It hides nothing from those who do: without a secret,
/// everybody can.
///
/// Source: <https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation>.
#[derive(Clone, PartialEq, Eq)]
pub struct Obfuscation {
    /// The data centre that a proxy is asked to connect to; 10,000 is added for a test one, and it is negative for one
    /// that only has media.
    pub dc: i16,
    /// What the proxy's users share.
    pub secret: Option<[u8; 16]>,
}

impl fmt::Debug for Obfuscation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dc, secret: _ } = self;
        f.debug_struct("Obfuscation").field("dc", dc).finish_non_exhaustive()
    }
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A packet: an encrypted or an unencrypted message of MTProto.
    Packet {
        /// The packet, without the padding of the framing as far as that can be told.
        bytes: Vec<u8>,
        /// A client asks for a quick acknowledgement; see [`Codec::encode_quick_ack`].
        wants_quick_ack: bool,
    },
    /// The server has received a packet. The number is the start of the SHA-256 that the packet's `msg_key` is taken
    /// from, little-endian, with bit 31 set.
    QuickAck(u32),
    /// The server refuses what it was sent, and usually closes the connection.
    Error(TransportError),
}

/// A number that a server sends in the place of a packet.
///
/// Source: <https://core.telegram.org/mtproto/mtproto-transports#transport-errors>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransportError {
    /// As on the wire: negative.
    pub code: i32,
}

impl TransportError {
    /// A packet that the server cannot read.
    pub const BAD_REQUEST: Self = Self { code: -400 };
    /// `auth_key_id` is that of no key.
    pub const KEY_UNKNOWN: Self = Self { code: -404 };
    /// Too many connections.
    pub const FLOOD: Self = Self { code: -429 };
    /// There is no such data centre here.
    pub const WRONG_DC: Self = Self { code: -444 };
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code } = self;
        let what = match *self {
            Self::BAD_REQUEST => "it could not read the packet",
            Self::KEY_UNKNOWN => "it does not know the authorization key; make a new one and log in again",
            Self::FLOOD => "there are too many connections; wait before the next one",
            Self::WRONG_DC => "the data centre is not the one named; look at its number and address",
            _ => "the transport failed; connect again",
        };
        write!(f, "the server answered with the transport error {code}: {what}")
    }
}

impl std::error::Error for TransportError {}
