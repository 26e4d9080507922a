//! The server's side: what its owner uses. The rest is in the modules: what comes in, what goes out, what is kept.

mod calls;
mod outbox;
mod receive;
mod transmit;

use std::collections::VecDeque;
use std::sync::Arc;

use rand_core::CryptoRng;
use tl_types::RpcError;
use tl_types::mtproto::{constructors as tl, types::DestroyAuthKeyRes};

use super::numbering::{Kind, Numbering};
use super::parse::encoded;
use super::window::Window;
use super::{ServerSalts, ServerSettings, SessionError, UnixMillis, gzip};
use crate::mtproto::AuthKey;
use crate::mtproto::message::{Envelope, Opened};
use calls::{Calls, Verdict};
use outbox::{Outbox, What};

/// The server's side of one session: that of one `(auth_key_id, session_id)`.
///
/// See [`session`](super) for how to drive it. The session id is known once a packet was opened, so the owner opens
/// packets ([`Envelope::open`] with `Direction::ToServer`), finds or makes the session, and gives it the message.
#[derive(Debug)]
pub struct ServerSession {
    envelope: Envelope,
    settings: ServerSettings,
    session_id: i64,
    unique_id: i64,
    salts: Arc<ServerSalts>,
    numbering: Numbering,
    received: Window,
    /// The lowest id that the client was told the session began with.
    first: Option<i64>,
    acks: Vec<i64>,
    ack_at: Option<UnixMillis>,
    calls: Calls,
    outbox: Outbox,
    services: VecDeque<(Kind, Vec<u8>)>,
    pushed: u64,
    is_connected: bool,
    events: VecDeque<ServerEvent>,
}

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
    /// The client no longer wants the answer; the request may be answered all the same.
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
    /// Forget another session of this key, and tell the result to [`ServerSession::session_destroyed`].
    DestroySession {
        /// Which.
        session_id: i64,
    },
    /// Forget the key, and tell the result to [`ServerSession::key_destroyed`].
    DestroyKey,
}

impl ServerSession {
    /// The server's side of a session that it has not seen yet, or has forgotten: the client is told
    /// (`new_session_created`) with the first message. It has no connection yet.
    #[must_use]
    pub fn new<R: CryptoRng + ?Sized>(
        key: &AuthKey,
        session_id: i64,
        salts: Arc<ServerSalts>,
        settings: ServerSettings,
        rng: &mut R,
    ) -> Self {
        Self {
            envelope: Envelope::new(key),
            settings,
            session_id,
            unique_id: rng.next_u64().cast_signed(),
            salts,
            numbering: Numbering::default(),
            received: Window::default(),
            first: None,
            acks: Vec::new(),
            ack_at: None,
            calls: Calls::default(),
            outbox: Outbox::default(),
            services: VecDeque::new(),
            pushed: 0,
            is_connected: false,
            events: VecDeque::new(),
        }
    }

    /// The session's id.
    #[must_use]
    pub fn session_id(&self) -> i64 {
        self.session_id
    }

    /// Takes a message. What the client did wrong it is told by what [`ServerSession::poll_transmit`] gives.
    ///
    /// # Errors
    /// [`SessionError`] if it was dropped, or a part of it.
    pub fn receive(&mut self, message: &Opened, now: UnixMillis) -> Result<(), SessionError> {
        self.take_message(message, now)
    }

    /// Answers a request, with an encoded result. One that was answered before, or is not known, is ignored.
    pub fn answer(&mut self, message_id: i64, result: Result<Vec<u8>, RpcError>) {
        let mut ready = Vec::new();
        self.finish(message_id, result, &mut ready);
        // Those that fail with it may have others after them.
        while let Some((message_id, verdict)) = ready.pop() {
            match verdict {
                Verdict::Run(body) => self.events.push_back(ServerEvent::Request { message_id, body }),
                Verdict::Fail => self.finish(message_id, Err(RpcError::new(400, "MSG_WAIT_FAILED")), &mut ready),
                Verdict::Hold => {}
            }
        }
    }

    fn finish(&mut self, message_id: i64, result: Result<Vec<u8>, RpcError>, ready: &mut Vec<(i64, Verdict)>) {
        let from = ready.len();
        if self.calls.finish(message_id, result.is_ok(), ready) {
            // The last is taken first: those that are free to run keep their order.
            ready.get_mut(from..).unwrap_or_default().reverse();
            let body = match result {
                Ok(body) => self.packed(body),
                Err(error) => encoded(&tl::RpcError::new(error.code, error.message)),
            };
            self.outbox.push(What::Answer(message_id), body, self.settings.kept_bytes);
        }
    }

    /// Takes it that a request did not come: it was lost before it was carried out, and so was the connection. The client
    /// is told so when it asks, and sends it again. One that was answered, or is not known, is ignored.
    pub fn forget(&mut self, message_id: i64) {
        if self.calls.forget(message_id) {
            self.received.remove(message_id);
            self.acks.retain(|id| *id != message_id);
            self.ack_at = self.ack_at.filter(|_| !self.acks.is_empty());
        }
    }

    fn packed(&self, body: Vec<u8>) -> Vec<u8> {
        let packed = if body.len() >= self.settings.compress_from { gzip::pack(&body) } else { None };
        packed.unwrap_or(body)
    }

    /// Answers [`ServerEvent::DestroySession`]: whether there was such a session.
    pub fn session_destroyed(&mut self, session_id: i64, existed: bool) {
        let answer = match existed {
            true => encoded(&tl::DestroySessionOk::new(session_id)),
            false => encoded(&tl::DestroySessionNone::new(session_id)),
        };
        self.services.push_back((Kind::Response, answer));
    }

    /// Answers [`ServerEvent::DestroyKey`]: whether there was such a key.
    pub fn key_destroyed(&mut self, existed: bool) {
        let answer = if existed {
            encoded(&DestroyAuthKeyRes::DestroyAuthKeyOk)
        } else {
            encoded(&DestroyAuthKeyRes::DestroyAuthKeyNone)
        };
        self.services.push_back((Kind::Response, answer));
    }

    /// Sends updates: an encoded `Updates`. Returns a number for [`ServerEvent::Acknowledged`].
    ///
    /// Without a connection they are kept for the next one, as far as [`ServerSettings::kept_bytes`] allows.
    pub fn push(&mut self, updates: Vec<u8>) -> u64 {
        let number = self.pushed;
        self.pushed += 1;
        let updates = self.packed(updates);
        self.outbox.push(What::Push(number), updates, self.settings.kept_bytes);
        number
    }

    /// The session has a connection, or another one: what was not acknowledged is sent again.
    pub fn connected(&mut self) {
        self.is_connected = true;
        self.outbox.send_all_again();
    }

    /// The session's connection is gone; nothing is transmitted until [`ServerSession::connected`].
    pub fn disconnected(&mut self) {
        self.is_connected = false;
        self.services.clear();
    }

    /// The next packet to send, if any; call it until there is none, after every other call and when
    /// [`ServerSession::due`] has come.
    pub fn poll_transmit<R: CryptoRng + ?Sized>(&mut self, now: UnixMillis, rng: &mut R) -> Option<Vec<u8>> {
        self.pass_time(now);
        if self.is_connected { self.next_packet(now, rng) } else { None }
    }

    /// The next event, if any; call it until there is none, after every other call.
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        self.events.pop_front()
    }

    /// When to call [`ServerSession::poll_transmit`] next if nothing happens before.
    #[must_use]
    pub fn due(&self) -> Option<UnixMillis> {
        let resend = self.outbox.oldest().filter(|_| self.is_connected);
        let resend = resend.map(|at| at.after(self.settings.resend_after));
        let ack = self.ack_at.filter(|_| self.is_connected);
        [resend, ack, self.calls.due()].into_iter().flatten().min()
    }
}
