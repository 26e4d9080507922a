//! Agreeing on an authorization key over a socket.

use tracing::Instrument;

use super::ConnectError;
use super::core::Core;
use crate::chat::UnixTime;
use crate::mtproto::framing::Frame;
use crate::mtproto::handshake::{ClientHandshake, ClientHandshakeSettings, ClientStep, HandshakeError, NewKey};
use crate::mtproto::message::plain;
use crate::mtproto::session::UnixMillis;
use crate::mtproto::socket::{Socket, SocketError};

/// Why the handshake ended without a key.
pub(super) enum Fault {
    Socket(SocketError),
    Ended,
    Transport(crate::mtproto::framing::TransportError),
    Handshake(HandshakeError),
}

impl Fault {
    pub(super) fn at(self, dc: i32, address: std::net::SocketAddr) -> ConnectError {
        match self {
            Self::Socket(source) => ConnectError::Socket { dc, address, source },
            Self::Ended => ConnectError::Ended { dc, address },
            Self::Transport(source) => ConnectError::Transport { dc, source },
            Self::Handshake(source) => ConnectError::Handshake { dc, source },
        }
    }
}

/// A new key: a permanent one, or one for so many seconds.
pub(super) async fn agree(
    socket: &mut Socket,
    core: &Core,
    dc: i32,
    temporary_for: Option<u32>,
) -> Result<NewKey, Fault> {
    let span = tracing::debug_span!("handshake", temporary = temporary_for.is_some());
    exchange(socket, core, dc, temporary_for).instrument(span).await
}

async fn exchange(socket: &mut Socket, core: &Core, dc: i32, temporary_for: Option<u32>) -> Result<NewKey, Fault> {
    let mut rng = core.rng.clone();
    let centers = &core.settings.data_centers;
    let settings = ClientHandshakeSettings {
        keys: centers.keys().to_vec(),
        dc: centers.handshake_number(dc),
        temporary_for,
        known_groups: Vec::new(),
    };
    let (mut handshake, mut body) = ClientHandshake::new(settings, &mut rng);
    let mut last_id = 0;
    loop {
        last_id = (last_id + 4).max(message_id(core.now()));
        // The handshake writes whole TL objects.
        let packet = plain::encode(last_id, &body).unwrap_or_default();
        socket.queue(&packet, false, &mut rng).map_err(|error| Fault::Socket(error.into()))?;
        let answer = loop {
            match socket.next().await.map_err(Fault::Socket)?.ok_or(Fault::Ended)? {
                Frame::Packet { bytes, .. } if plain::is_plain(&bytes) => break bytes,
                // The server may still send to a session of the connection before this one.
                Frame::Packet { .. } | Frame::QuickAck(_) => {}
                Frame::Error(error) => return Err(Fault::Transport(error)),
            }
        };
        let (_, answer) = plain::decode(&answer).unwrap_or_default();
        match handshake.handle(answer, UnixTime(core.now().0.div_euclid(1000)), &mut rng).map_err(Fault::Handshake)? {
            ClientStep::Send(next) => body = next,
            ClientStep::Done(new) => {
                tracing::debug!(key_id = format_args!("{:016x}", new.key.id()), "a key is agreed on");
                return Ok(new);
            }
        }
    }
}

/// Seconds since 1970 times 2³², a multiple of 4. The server does not look at it closely: there is no common time yet.
fn message_id(now: UnixMillis) -> i64 {
    (now.0.div_euclid(1000) << 32) | (now.0.rem_euclid(1000) << 20)
}
