//! What goes out, and what time brings about.

use rand_core::CryptoRng;
use tl_types::RpcError;
use tl_types::mtproto::constructors::{MsgDetailedInfo, MsgNewDetailedInfo, MsgsAck};

use super::super::UnixMillis;
use super::super::numbering::Kind;
use super::super::packing::{PER_MESSAGE, Packing, Sender};
use super::super::parse::encoded;
use super::ServerSession;
use super::outbox::What;
use crate::mtproto::message::Direction;

/// How many acknowledgements wait at most.
const ACKS: usize = 256;
/// A message this old, in milliseconds, gets a new id when it is sent again: clients don't take ids that are 300 seconds
/// old.
const FRESH: i64 = 200_000;

/// A message of the packet that is being put together.
enum Item {
    Service { id: i64, seq_no: i32, body: Vec<u8> },
    New { id: i64, seq_no: i32, what: What, body: Vec<u8> },
    Again { id: i64 },
}

impl ServerSession {
    pub(super) fn pass_time(&mut self, now: UnixMillis) {
        while let Some(message_id) = self.calls.expired(now) {
            self.answer(message_id, Err(RpcError::new(500, "MSG_WAIT_TIMEOUT")));
        }
        if self.is_connected {
            self.outbox.pass_time(UnixMillis(now.0.saturating_sub(i64::from(self.settings.resend_after))));
        }
    }

    pub(super) fn next_packet<R: CryptoRng + ?Sized>(&mut self, now: UnixMillis, rng: &mut R) -> Option<Vec<u8>> {
        let limit = self.settings.container_messages.max(2) - 1;
        let mut items = Vec::new();
        let mut bytes = 0;
        // What a client reads of states means something else in a new session, so the notice goes before.
        bytes = self.add_again(now, limit, bytes, &mut items);
        if let Some(body) = self.outbox.pop_notice() {
            bytes += self.add(What::Session, body, now, &mut items);
        }
        while items.len() < limit
            && let Some((kind, body)) = self.services.pop_front()
        {
            bytes += self.add_service(kind, body, now, &mut items);
        }
        bytes = self.add_new(now, limit, bytes, &mut items);
        let acks_are_due = self.acks.len() >= ACKS || self.ack_at.is_some_and(|at| at <= now);
        if !self.acks.is_empty() && acks_are_due {
            // An answer says as much.
            let mut acks = std::mem::take(&mut self.acks);
            acks.retain(|id| !self.outbox.has_answer(*id));
            self.ack_at = None;
            if !acks.is_empty() {
                bytes += self.add_service(Kind::Notification, encoded(&MsgsAck::new(acks)), now, &mut items);
            }
        }
        if items.is_empty() { None } else { self.pack(items, bytes, now, rng) }
    }

    fn add_service(&mut self, kind: Kind, body: Vec<u8>, now: UnixMillis, items: &mut Vec<Item>) -> usize {
        let length = body.len() + PER_MESSAGE;
        let (id, seq_no) = (self.numbering.message_id(now, kind), self.numbering.seq_no(false));
        items.push(Item::Service { id, seq_no, body });
        length
    }

    fn add_again(&mut self, now: UnixMillis, limit: usize, mut bytes: usize, items: &mut Vec<Item>) -> usize {
        let stale = UnixMillis(now.0.saturating_sub(FRESH)).message_id();
        while items.len() < limit
            && let Some((id, is_asked_for)) = self.outbox.pop_again(stale, now)
        {
            let Some(kept) = self.outbox.kept(id) else { continue };
            let length = kept.what.length() + kept.body.len();
            if length > self.settings.detailed_above && !is_asked_for {
                let size = i32::try_from(length).unwrap_or(i32::MAX);
                let told = match kept.what {
                    What::Answer(request) => encoded(&MsgDetailedInfo::new(request, id, size, 0)),
                    What::Push(_) | What::Session => encoded(&MsgNewDetailedInfo::new(id, size, 0)),
                };
                bytes += self.add_service(Kind::Notification, told, now, items);
                continue;
            }
            if !items.is_empty() && bytes + length + PER_MESSAGE > self.settings.container_bytes {
                self.outbox.put_back(id, is_asked_for);
                break;
            }
            bytes += length + PER_MESSAGE;
            items.push(Item::Again { id });
        }
        bytes
    }

    fn add_new(&mut self, now: UnixMillis, limit: usize, mut bytes: usize, items: &mut Vec<Item>) -> usize {
        while items.len() < limit
            && let Some(length) = self.outbox.next_length()
            && (items.is_empty() || bytes + length + PER_MESSAGE <= self.settings.container_bytes)
            && let Some((what, body)) = self.outbox.pop_new()
        {
            bytes += self.add(what, body, now, items);
        }
        bytes
    }

    fn add(&mut self, what: What, body: Vec<u8>, now: UnixMillis, items: &mut Vec<Item>) -> usize {
        let length = what.length() + body.len() + PER_MESSAGE;
        let (id, seq_no) = (self.numbering.message_id(now, what.kind()), self.numbering.seq_no(true));
        items.push(Item::New { id, seq_no, what, body });
        length
    }

    fn pack<R: CryptoRng + ?Sized>(
        &mut self,
        items: Vec<Item>,
        bytes: usize,
        now: UnixMillis,
        rng: &mut R,
    ) -> Option<Vec<u8>> {
        let mut packing = Packing::new(items.len(), bytes);
        for item in items {
            match item {
                Item::Service { id, seq_no, body } => {
                    packing.message(id, seq_no, body.len()).extend_from_slice(&body);
                }
                Item::New { id, seq_no, what, body } => {
                    let out = packing.message(id, seq_no, what.length() + body.len());
                    what.write(out);
                    out.extend_from_slice(&body);
                    self.outbox.keep(id, what, seq_no, body, now);
                }
                Item::Again { id } => {
                    if let Some(kept) = self.outbox.kept(id) {
                        let out = packing.message(id, kept.seq_no, kept.what.length() + kept.body.len());
                        kept.what.write(out);
                        out.extend_from_slice(&kept.body);
                    }
                }
            }
        }
        let (salt, session_id) = (self.salts.at(now), self.session_id);
        let (envelope, direction) = (&self.envelope, Direction::ToClient);
        let sender = Sender { envelope, direction, salt, session_id, server_time: now };
        let (sealed, _) = packing.seal(&sender, &mut self.numbering, Kind::Response, rng)?;
        Some(sealed.packet)
    }
}
