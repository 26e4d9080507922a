//! What goes out, and what time brings about.

use rand_core::CryptoRng;
use tl_types::RpcError;

use super::super::numbering::{Kind, Numbering};
use super::super::packing::{PER_MESSAGE, Packing, Sender};
use super::super::window::Window;
use super::super::{RequestId, SessionEvent, UnansweredReason, UnixMillis, wrap};
use super::requests::unanswered;
use super::service::Service;
use super::{ClientSession, Transmit};
use crate::mtproto::message::Direction;

/// How many acknowledgements wait at most.
const ACKS: usize = 256;
/// How many quick acknowledgements are waited for at most.
const QUICK_ACKS: usize = 1024;
/// A message this old, in milliseconds of the server's clock, gets a new id when it is sent again: the server does not
/// take ids that are 300 seconds old.
const FRESH: i64 = 200_000;

/// A message of the packet that is being put together.
enum Item {
    Service { id: i64, seq_no: i32, service: Service, body: Vec<u8> },
    Request { id: i64, seq_no: i32, request: RequestId, after: Vec<i64>, length: usize },
}

impl ClientSession {
    /// What is due: deadlines, questions, pings.
    pub(super) fn pass_time<R: CryptoRng + ?Sized>(&mut self, now: UnixMillis, rng: &mut R) {
        while let Some(id) = self.requests.expired(now) {
            self.give_up(id, UnansweredReason::Timeout);
        }
        if self.is_broken {
            self.begin_anew(rng);
        }
        if !self.is_connected {
            return;
        }
        let until = UnixMillis(now.0.saturating_sub(i64::from(self.settings.ask_after)));
        let ids = self.requests.ask(until, now);
        self.services.about(&ids, Service::StateRequest);
        if self.pings.next.is_some_and(|at| at <= now) {
            let disconnect_delay = self.settings.disconnect_delay;
            self.services.queue.push_back(Service::Ping { id: rng.next_u64().cast_signed(), disconnect_delay });
            self.pings.next = Some(now.after(self.settings.ping_interval));
            self.pings.lost_at.get_or_insert(now.after(self.settings.pong_timeout));
        }
        if self.pings.lost_at.is_some_and(|at| at <= now) {
            self.pings.lost_at = None;
            self.events.push_back(SessionEvent::ConnectionLost);
        }
        let (salt, changed) = self.salts.at(self.server_time(now));
        if changed {
            self.events.push_back(SessionEvent::Salt(salt));
        }
        if self.salts.are_wanted(now) {
            self.services.queue.push_back(Service::FutureSalts);
        }
    }

    /// The server does not accept our numbers: another session, with everything sent anew.
    fn begin_anew<R: CryptoRng + ?Sized>(&mut self, rng: &mut R) {
        self.is_broken = false;
        self.session_id = rng.next_u64().cast_signed();
        self.numbering = Numbering::default();
        self.accepted = 0;
        // The server numbers its messages anew, too: in the same millisecond it may use the same ids again.
        self.received = Window::default();
        self.unique_id = None;
        self.acks.clear();
        self.ack_at = None;
        self.quick_acks.clear();
        self.services.disconnected();
        for (_, id) in self.requests.in_flight() {
            self.forgotten(id);
        }
        // What waits to be sent again has numbers of the old session.
        for id in self.requests.waiting().collect::<Vec<_>>() {
            self.requests.renumber(id);
        }
    }

    pub(super) fn next_packet<R: CryptoRng + ?Sized>(&mut self, now: UnixMillis, rng: &mut R) -> Option<Transmit> {
        let server_time = self.server_time(now);
        let mut items = Vec::new();
        let mut bytes = 0;
        while items.len() < self.settings.container_messages.max(2) - 1
            && let Some(service) = self.services.queue.pop_front()
        {
            bytes += self.add_service(service, server_time, &mut items);
        }
        bytes += self.add_requests(now, bytes, &mut items);
        let acks_are_due = self.acks.len() >= ACKS || self.ack_at.is_some_and(|at| at <= now);
        if !self.acks.is_empty() && (acks_are_due || !items.is_empty()) {
            let acks = std::mem::take(&mut self.acks);
            bytes += self.add_service(Service::Ack(acks), server_time, &mut items);
            self.ack_at = None;
        }
        if items.is_empty() { None } else { self.pack(items, bytes, now, rng) }
    }

    fn add_service(&mut self, service: Service, server_time: UnixMillis, items: &mut Vec<Item>) -> usize {
        let id = self.numbering.message_id(server_time, Kind::Client);
        let seq_no = self.numbering.seq_no(service.is_content());
        let body = service.encode();
        let length = body.len();
        items.push(Item::Service { id, seq_no, service, body });
        length
    }

    /// Adds requests for as long as the container has room; one that is longer than a container comes alone.
    fn add_requests(&mut self, now: UnixMillis, mut bytes: usize, items: &mut Vec<Item>) -> usize {
        let server_time = self.server_time(now);
        let before = bytes;
        let limit = self.settings.container_messages.saturating_sub(1).max(1);
        let room = self.requests.room(self.settings.in_flight).min(limit.saturating_sub(items.len()));
        let candidates: Vec<_> = self.requests.waiting().take(room).collect();
        for id in candidates {
            let stale = UnixMillis(server_time.0.saturating_sub(FRESH)).message_id();
            let kept = self.requests.request(id).and_then(|request| request.sent_as).filter(|(id, _)| *id >= stale);
            if kept.is_none() {
                self.requests.renumber(id);
            }
            if self.requests.is_doomed(id) {
                let result = Err(RpcError::new(400, "MSG_WAIT_FAILED"));
                self.requests.finish(SessionEvent::Answer { request: id, result }, &mut self.events);
                continue;
            }
            let Some(after) = self.requests.after(id) else { continue };
            let numbering = &mut self.numbering;
            let message_id = match kept {
                Some((message_id, _)) => message_id,
                None => numbering.message_id(server_time, Kind::Client),
            };
            let Some(request) = self.requests.request(id) else { continue };
            let length = wrap::length(&after) + request.body.bytes(message_id).len();
            if !length.is_multiple_of(4) || length == 0 {
                self.requests.finish(unanswered(id, UnansweredReason::Malformed), &mut self.events);
                continue;
            }
            if !items.is_empty() && bytes + length + PER_MESSAGE > self.settings.container_bytes {
                break;
            }
            bytes += length + PER_MESSAGE;
            let seq_no = kept.map_or_else(|| self.numbering.seq_no(true), |(_, seq_no)| seq_no);
            self.requests.sent(id, message_id, seq_no, now);
            items.push(Item::Request { id: message_id, seq_no, request: id, after, length });
        }
        bytes - before
    }

    fn pack<R: CryptoRng + ?Sized>(
        &mut self,
        items: Vec<Item>,
        bytes: usize,
        now: UnixMillis,
        rng: &mut R,
    ) -> Option<Transmit> {
        let server_time = self.server_time(now);
        let mut packing = Packing::new(items.len(), bytes);
        let mut messages = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Service { id, seq_no, service, body } => {
                    packing.message(id, seq_no, body.len()).extend_from_slice(&body);
                    self.services.sent(id, service);
                    messages.push(id);
                }
                Item::Request { id, seq_no, request, after, length } => {
                    let out = packing.message(id, seq_no, length);
                    wrap::write(&after, out);
                    if let Some(request) = self.requests.request(request) {
                        out.extend_from_slice(request.body.bytes(id));
                    }
                    messages.push(id);
                }
            }
        }
        let (salt, _) = self.salts.at(server_time);
        let (envelope, session_id) = (&self.envelope, self.session_id);
        let sender = Sender { envelope, direction: Direction::ToServer, salt, session_id, server_time };
        let (sealed, container) = packing.seal(&sender, &mut self.numbering, Kind::Client, rng)?;
        if self.settings.quick_acks {
            // A server that never answers them must not make them pile up.
            if self.quick_acks.len() >= QUICK_ACKS {
                self.quick_acks.clear();
            }
            self.quick_acks.insert(sealed.quick_ack, messages.clone());
        }
        if let Some(container) = container {
            self.services.packed(container, messages);
        }
        let quick_ack = self.settings.quick_acks.then_some(sealed.quick_ack);
        Some(Transmit { packet: sealed.packet, quick_ack })
    }
}
