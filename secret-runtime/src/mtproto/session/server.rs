//! The server's side.

use std::sync::Arc;

use rand_core::CryptoRng;
use tl_types::RpcError;

use super::{ServerSalts, ServerSettings, SessionError, UnixMillis};
use crate::mtproto::AuthKey;
use crate::mtproto::message::Opened;

/// The server's side of one session: that of one `(auth_key_id, session_id)`.
///
/// See [`session`](super) for how to drive it. The session id is known once a packet was opened, so the owner opens
/// packets ([`Envelope::open`](crate::mtproto::message::Envelope::open) with `Direction::ToServer`), finds or makes the
/// session, and gives it the message.
#[derive(Debug)]
pub struct ServerSession {}

/// What the owner of a server's session is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// Carry out a request, and [`answer`](ServerSession::answer) it. It is given once, in the order that `invokeAfterMsg`
    /// asks for, unpacked, and without `invokeAfterMsg(s)` around it.
    Request {
        /// What to answer to.
        message_id: i64,
        /// The encoded function.
        body: Vec<u8>,
    },
    /// The client no longer wants the answer; it may be answered all the same.
    Dropped {
        /// Whose.
        message_id: i64,
    },
    /// The client received an update.
    Acknowledged {
        /// What [`ServerSession::push`] returned.
        push: u64,
    },
    /// Close the connection at this time unless another such event comes (`ping_delay_disconnect`).
    DisconnectAt(UnixMillis),
    /// Forget another session of this key, and tell the result to [`ServerSession::destroyed`].
    DestroySession {
        /// Which.
        session_id: i64,
        /// What to answer to.
        message_id: i64,
    },
    /// Forget the key, after [`ServerSession::answer`] to the message with an encoded `DestroyAuthKeyRes`.
    DestroyKey {
        /// What to answer to.
        message_id: i64,
    },
}

impl ServerSession {
    /// The server's side of a session that it has not seen yet (or has forgotten): the client is told
    /// (`new_session_created`) with the first message.
    #[must_use]
    pub fn new<R: CryptoRng + ?Sized>(
        key: &AuthKey, session_id: i64, salts: Arc<ServerSalts>, settings: ServerSettings, rng: &mut R,
    ) -> Self { todo!() }
    /// The session's id.
    #[must_use]
    pub fn session_id(&self) -> i64 { todo!() }
    /// Takes a message.
    ///
    /// # Errors
    /// [`SessionError`] if it was dropped. What the client did wrong it is told by `poll_transmit`.
    pub fn receive(&mut self, message: &Opened, now: UnixMillis) -> Result<(), SessionError> { todo!() }
    /// Answers a request, with an encoded result. One that was answered before, or is not known, is ignored.
    pub fn answer(&mut self, message_id: i64, result: Result<Vec<u8>, RpcError>) { todo!() }
    /// Answers `destroy_session`: whether there was such a session.
    pub fn destroyed(&mut self, message_id: i64, session_id: i64, existed: bool) { todo!() }
    /// Sends updates: an encoded `Updates`. Returns a number for [`ServerEvent::Acknowledged`].
    pub fn push(&mut self, updates: Vec<u8>) -> u64 { todo!() }
    /// The session has a new connection: what was not acknowledged is sent again.
    pub fn connected(&mut self, now: UnixMillis) { todo!() }
    /// The session's connection is gone; nothing is transmitted until [`ServerSession::connected`].
    pub fn disconnected(&mut self) { todo!() }
    /// The next packet to send, if any; call it until there is none, after every other call and when
    /// [`ServerSession::due`] has come.
    pub fn poll_transmit<R: CryptoRng + ?Sized>(&mut self, now: UnixMillis, rng: &mut R) -> Option<Vec<u8>> { todo!() }
    /// The next event, if any.
    pub fn poll_event(&mut self) -> Option<ServerEvent> { todo!() }
    /// When to call [`ServerSession::poll_transmit`] next if nothing happens before.
    #[must_use]
    pub fn due(&self) -> Option<UnixMillis> { todo!() }
}
