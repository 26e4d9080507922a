//! What the checker remembers of the past: the texts, and what was sent under each number. A step that goes against it is a
//! [`Fault`].

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use secret_runtime::chat::{Call, CallId, Event, Outgoing};
use secret_runtime::crypto::KeyFingerprint;
use tl_types::secret::constructors::DecryptedMessageLayer;
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};
use tl_types::{Decode, Raise};

use crate::side::Effects;
use crate::world::{ORIGINATOR, World};

/// The texts of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Texts {
    pub(crate) written: u8,
    /// Everything before was read by the other side, or deleted.
    pub(crate) read: u8,
    /// One bit each.
    pub(crate) deleted: u32,
}

/// Something that a property forbids, seen when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// A text was delivered twice, too early, or reported as failed.
    Texts,
    /// The bytes under a number changed, and not to a deletion.
    Bytes,
    /// A side said that an exchange lost which has the larger id.
    Winner,
    /// A side requested a key again before the other had read its last request.
    Request,
    /// A side committed to a key under that very key.
    Commit,
    /// What was due is still due.
    Due,
}

impl World {
    /// Makes the calls of a step, and looks at what it tells.
    pub(crate) fn take(&mut self, side: usize, effects: Effects) {
        let Effects { outgoing, events } = effects;
        outgoing.into_iter().for_each(|call| self.call(side, call));
        events.into_iter().for_each(|event| self.event(side, event));
        let side = self.side(side);
        let confirmed = side.chat.session().map_or(0, |session| session.confirmed());
        side.sent = side.sent.split_off(&confirmed);
    }

    /// Looks at a call, and queues it.
    fn call(&mut self, side: usize, call: Outgoing) {
        let (counter, is_deletion) = match call.id {
            CallId::Slot(counter) => (counter, false),
            CallId::Deletion(counter) => (counter, true),
            CallId::Randomness => return self.side(side).randomness += 1,
            CallId::Handshake | CallId::Discard | CallId::Passing => return,
        };
        let bytes = data(&call.call);
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let hash = hasher.finish();
        let fault = match self.sides[side].sent.get(&counter) {
            Some(before) if *before == (hash, is_deletion) => None,
            Some((_, false)) if is_deletion => None,
            Some(_) => Some(Fault::Bytes),
            None => self.first_sent(side, counter, bytes),
        };
        self.fault = self.fault.or(fault);
        let side = self.side(side);
        side.sent.insert(counter, (hash, is_deletion));
        side.calls.push_back(Arc::new(call));
    }

    /// Looks into a message that is sent for the first time.
    fn first_sent(&mut self, side: usize, counter: u32, bytes: &[u8]) -> Option<Fault> {
        // The toy envelope is two numbers in front of the clear text.
        let layer = DecryptedMessageLayer::<exact::DecryptedMessage>::from_bytes(&bytes[16..]).unwrap();
        let DecryptedMessage::Service(service) = layer.message.raise().value else { return None };
        match service.action {
            DecryptedMessageAction::RequestKey(request) => {
                let side = self.side(side);
                let before = side.requested.replace((request.exchange_id, counter));
                before.filter(|(_, before)| *before >= side.session().confirmed()).map(|_| Fault::Request)
            }
            DecryptedMessageAction::AbortKey(abort) => {
                let is_right = self.sides[side].requested.is_some_and(|(ours, _)| ours > abort.exchange_id);
                (!is_right).then_some(Fault::Winner)
            }
            DecryptedMessageAction::CommitKey(commit) => {
                (envelope_key(bytes) == KeyFingerprint(commit.key_fingerprint)).then_some(Fault::Commit)
            }
            _ => None,
        }
    }

    fn event(&mut self, side: usize, event: Event) {
        let is_right = match event {
            Event::Message { message, .. } => {
                let number: u8 = message.message.parse().unwrap();
                let texts = &mut self.texts[1 - side];
                let is_next = number >= texts.read && (texts.read..number).all(|text| texts.deleted >> text & 1 == 1);
                texts.read = texts.read.max(number + 1);
                is_next && number < texts.written
            }
            Event::Failed { random_id, .. } => {
                let texts = &self.texts[side];
                (0..texts.written).any(|text| texts.deleted >> text & 1 == 1 && text_id(side, text) == random_id)
            }
            _ => true,
        };
        self.fault = self.fault.or((!is_right).then_some(Fault::Texts));
    }
}

/// A text's `random_id`.
pub(crate) fn text_id(side: usize, number: u8) -> i64 {
    i64::from(number) + if side == ORIGINATOR { 1 << 8 } else { 2 << 8 }
}

/// What a call sends.
pub(crate) fn data(call: &Call) -> &[u8] {
    match call {
        Call::SendEncrypted(call) => &call.data,
        Call::SendEncryptedService(call) => &call.data,
        other => panic!("not a message: {other:?}"),
    }
}

/// The fingerprint that an envelope begins with.
pub(crate) fn envelope_key(bytes: &[u8]) -> KeyFingerprint {
    KeyFingerprint(i64::from_le_bytes(*bytes.first_chunk().unwrap()))
}
