//! The client's side.

use rand_core::CryptoRng;

use super::{
    ClockOffset, RequestId, RequestOptions, SessionError, SessionEvent, SessionSettings, UnixMillis,
};
use crate::mtproto::AuthKey;

/// The client's session with one data centre.
///
/// See [`session`](super) for how to drive it.
#[derive(Debug)]
pub struct ClientSession {}

/// A packet to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The whole encrypted packet.
    pub packet: Vec<u8>,
    /// If the transport should ask for a quick acknowledgement: the token that will come back.
    pub quick_ack: Option<u32>,
}

impl ClientSession {
    /// A new session under a key. `salt` and `offset` are those of the key exchange, or the last that
    /// [`SessionEvent::Salt`] and [`SessionEvent::TimeOffset`] told.
    #[must_use]
    pub fn new<R: CryptoRng + ?Sized>(
        key: &AuthKey, salt: i64, offset: ClockOffset, settings: SessionSettings, now: UnixMillis, rng: &mut R,
    ) -> Self { todo!() }
    /// The session's id, for `auth.bindTempAuthKey`. It changes only when the server no longer accepts the numbering.
    #[must_use]
    pub fn session_id(&self) -> i64 { todo!() }
    /// The server's time, as far as it is known.
    #[must_use]
    pub fn server_time(&self, now: UnixMillis) -> UnixMillis { todo!() }
    /// Queues a request: `body` is the encoded function. Its answer, or that there is none, comes as one event.
    pub fn submit(&mut self, id: RequestId, body: Vec<u8>, options: RequestOptions, now: UnixMillis) { todo!() }
    /// Queues a request whose body depends on its message id, as that of `auth.bindTempAuthKey` does: `body` is called
    /// with the id each time that the request gets one.
    pub fn submit_with(&mut self, id: RequestId, body: Box<dyn FnMut(i64) -> Vec<u8> + Send>, options: RequestOptions, now: UnixMillis) { todo!() }
    /// Gives a request up; it is reported as unanswered, and the server is told if it has it (`rpc_drop_answer`). One that
    /// is not pending is ignored.
    pub fn cancel(&mut self, id: RequestId) { todo!() }
    /// Requests that have not been answered yet.
    #[must_use]
    pub fn pending(&self) -> usize { todo!() }
    /// A connection is there; what was on its way on the last one is asked about.
    pub fn connected(&mut self, now: UnixMillis) { todo!() }
    /// The connection is gone; nothing is transmitted until [`ClientSession::connected`].
    pub fn disconnected(&mut self) { todo!() }
    /// Takes an encrypted packet from the transport.
    ///
    /// # Errors
    /// [`SessionError`] if it was dropped; [`SessionError::closes_connection`] says what to do.
    pub fn receive(&mut self, packet: Vec<u8>, now: UnixMillis) -> Result<(), SessionError> { todo!() }
    /// The transport received a quick acknowledgement.
    pub fn quick_ack(&mut self, token: u32) { todo!() }
    /// The next packet to send, if any; call it until there is none, after every other call and when
    /// [`ClientSession::due`] has come.
    pub fn poll_transmit<R: CryptoRng + ?Sized>(&mut self, now: UnixMillis, rng: &mut R) -> Option<Transmit> { todo!() }
    /// The next event, if any; call it until there is none, after [`ClientSession::receive`] and
    /// [`ClientSession::poll_transmit`].
    pub fn poll_event(&mut self) -> Option<SessionEvent> { todo!() }
    /// When to call [`ClientSession::poll_transmit`] next if nothing happens before.
    #[must_use]
    pub fn due(&self) -> Option<UnixMillis> { todo!() }
}
