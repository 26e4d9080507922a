//! The client's side: what the caller uses. The rest is in the modules: what comes in, what goes out, what waits.

mod alone;
mod receive;
mod rejected;
mod requests;
mod service;
mod transmit;

use std::collections::{HashMap, VecDeque};

use rand_core::CryptoRng;

use super::UnixMillis;
use super::numbering::Numbering;
use super::salts::Salts;
use super::window::Window;
use super::{ClockOffset, RequestId, RequestOptions, SessionError, SessionEvent, SessionSettings, UnansweredReason};
use crate::mtproto::AuthKey;
use crate::mtproto::message::Envelope;
use requests::{Body, Requests, unanswered};
use service::{Pings, Service, Services};

/// The client's session with one data centre.
///
/// Requests are sent in the order in which they were submitted, those that wait together in one container. After a
/// connection was lost, the server is asked which of them it received, and the others are sent again under the ids they
/// had, so that none is carried out twice.
///
/// See [`session`](super) for how to drive it.
#[derive(Debug)]
pub struct ClientSession {
    envelope: Envelope,
    settings: SessionSettings,
    session_id: i64,
    /// The numbering was refused; the session has to begin again under another id.
    is_broken: bool,
    offset: ClockOffset,
    numbering: Numbering,
    /// The highest of our ids that the server is known to have accepted.
    accepted: i64,
    salts: Salts,
    received: Window,
    /// What the server calls the session; another one means that it forgot the last.
    unique_id: Option<i64>,
    acks: Vec<i64>,
    ack_at: Option<UnixMillis>,
    requests: Requests,
    services: Services,
    pings: Pings,
    quick_acks: HashMap<u32, Vec<i64>>,
    is_connected: bool,
    events: VecDeque<SessionEvent>,
}

/// A packet to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The whole encrypted packet.
    pub packet: Vec<u8>,
    /// If the transport should ask for a quick acknowledgement: the token that will come back.
    pub quick_ack: Option<u32>,
}

impl ClientSession {
    /// A new session under a key, without a connection. `salt` and `offset` are those of the key exchange, or the last
    /// that [`SessionEvent::Salt`] and [`SessionEvent::TimeOffset`] told.
    #[must_use]
    pub fn new<R: CryptoRng + ?Sized>(
        key: &AuthKey,
        salt: i64,
        offset: ClockOffset,
        settings: SessionSettings,
        rng: &mut R,
    ) -> Self {
        Self {
            envelope: Envelope::new(key),
            settings,
            session_id: rng.next_u64().cast_signed(),
            is_broken: false,
            offset,
            numbering: Numbering::default(),
            accepted: 0,
            salts: Salts::new(salt),
            received: Window::default(),
            unique_id: None,
            acks: Vec::new(),
            ack_at: None,
            requests: Requests::default(),
            services: Services::default(),
            pings: Pings::default(),
            quick_acks: HashMap::new(),
            is_connected: false,
            events: VecDeque::new(),
        }
    }

    /// The session's id, for `auth.bindTempAuthKey`. It changes only when the server no longer accepts the numbering.
    #[must_use]
    pub fn session_id(&self) -> i64 {
        self.session_id
    }

    /// The server's time, as far as it is known.
    #[must_use]
    pub fn server_time(&self, now: UnixMillis) -> UnixMillis {
        now.by(self.offset)
    }

    /// Queues a request: `body` is the encoded function. Its answer, or that there is none, comes as one event.
    ///
    /// An id that is still pending is ignored: its request has its event to come.
    pub fn submit(&mut self, id: RequestId, body: Vec<u8>, options: RequestOptions, now: UnixMillis) {
        self.queue(id, Body::Encoded(body), options, now);
    }

    /// Queues a request whose body depends on its message id, as that of `auth.bindTempAuthKey` does: `body` is called
    /// with the id each time that the request gets one.
    pub fn submit_with(
        &mut self,
        id: RequestId,
        body: Box<dyn FnMut(i64) -> Vec<u8> + Send>,
        options: RequestOptions,
        now: UnixMillis,
    ) {
        self.queue(id, Body::Made { make: body, made: None }, options, now);
    }

    fn queue(&mut self, id: RequestId, body: Body, options: RequestOptions, now: UnixMillis) {
        if !self.requests.contains(id) {
            self.requests.submit(id, body, options, self.settings.compress_from, now);
        }
    }

    /// Gives a request up; it is reported as unanswered, and the server is told if it has it (`rpc_drop_answer`). One that
    /// is not pending is ignored.
    pub fn cancel(&mut self, id: RequestId) {
        self.give_up(id, UnansweredReason::Cancelled);
    }

    fn give_up(&mut self, id: RequestId, reason: UnansweredReason) {
        if let Some((message_id, _)) = self.requests.request(id).and_then(|request| request.sent_as) {
            self.services.queue.push_back(Service::DropAnswer(message_id));
        }
        self.requests.finish(unanswered(id, reason), &mut self.events);
    }

    /// Requests that have not been answered yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.requests.len()
    }

    /// The pending requests that were never sent.
    pub(crate) fn unsent(&self) -> impl Iterator<Item = RequestId> {
        self.requests.unsent()
    }

    /// A connection is there. What was on its way on the last one is asked about, and what the server did not receive is
    /// sent again.
    pub fn connected(&mut self, now: UnixMillis) {
        self.disconnected();
        self.is_connected = true;
        let ids = self.requests.ask_about_all(now);
        self.services.about(&ids, Service::StateRequest);
        self.pings = Pings { next: Some(now), lost_at: None };
    }

    /// The connection is gone; nothing is transmitted until [`ClientSession::connected`]. Requests stay pending.
    pub fn disconnected(&mut self) {
        self.is_connected = false;
        self.services.disconnected();
        self.salts.ask_again();
        self.quick_acks.clear();
    }

    /// Takes an encrypted packet from the transport.
    ///
    /// # Errors
    /// [`SessionError`] if it was dropped, or the rest of it; [`SessionError::closes_connection`] says what to do.
    pub fn receive(&mut self, packet: Vec<u8>, now: UnixMillis) -> Result<(), SessionError> {
        self.take_packet(packet, now)
    }

    /// The transport received a quick acknowledgement: the server has the packet, but may lose it yet.
    pub fn quick_ack(&mut self, token: u32) {
        for message_id in self.quick_acks.remove(&token).unwrap_or_default() {
            self.note_received(message_id);
        }
    }

    /// The server took this id, if it is one of ours.
    fn accept(&mut self, message_id: i64) {
        if message_id <= self.numbering.last() {
            self.accepted = self.accepted.max(message_id);
        }
    }

    /// The server has a message.
    fn note_received(&mut self, message_id: i64) {
        let Some(id) = self.requests.of_message(message_id) else { return };
        self.accept(message_id);
        if let Some(request) = self.requests.request(id).filter(|request| !request.received) {
            request.received = true;
            self.events.push_back(SessionEvent::Received(id));
        }
    }

    /// The next packet to send, if any; call it until there is none, after every other call and when
    /// [`ClientSession::due`] has come.
    pub fn poll_transmit<R: CryptoRng + ?Sized>(&mut self, now: UnixMillis, rng: &mut R) -> Option<Transmit> {
        self.pass_time(now, rng);
        if self.is_connected { self.next_packet(now, rng) } else { None }
    }

    /// The next event, if any; call it until there is none, after every other call.
    pub fn poll_event(&mut self) -> Option<SessionEvent> {
        self.events.pop_front()
    }

    /// When to call [`ClientSession::poll_transmit`] next if nothing happens before.
    #[must_use]
    pub fn due(&mut self) -> Option<UnixMillis> {
        let deadline = self.requests.first_deadline();
        if !self.is_connected {
            return deadline;
        }
        let ask = self.requests.oldest().map(|at| at.after(self.settings.ask_after));
        [deadline, ask, self.ack_at, self.pings.next, self.pings.lost_at].into_iter().flatten().min()
    }
}
