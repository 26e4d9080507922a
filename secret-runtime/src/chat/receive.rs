//! Messages that arrive: the envelope, the layer around the message, the numbers, and the queue behind a hole.
//!
//! Source: <https://core.telegram.org/api/end-to-end/seq_no>.

use tl_types::secret::constructors::{DecryptedMessageActionResend, DecryptedMessageLayer};
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};
use tl_types::{Decode, Raise, Raw};
use zeroize::Zeroizing;

use super::draft::{Active, Draft};
use super::error::{CloseReason, Dropped, PeerFault};
use super::event::Event;
use super::input::Arrival;
use super::record::{Early, Undecoded, Waiting};
use super::sequence::{in_counter, out_counter, out_seq_no};
use super::state::Phase;
use super::suite::Suite;
use crate::crypto::KeyFingerprint;

/// Messages with fewer are to be ignored.
const RANDOM_BYTES: usize = 15;
/// From this layer on nobody writes the older envelope.
const MODERN_LAYER: i32 = 73;

/// The two envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Envelope {
    /// MTProto 1.0.
    Old,
    /// MTProto 2.0.
    Modern,
}

impl<S: Suite> Draft<'_, S> {
    /// Takes a message, or keeps it until there is a key for it.
    pub(super) fn message(&mut self, arrival: Arrival) -> Result<(), CloseReason> {
        match &self.core.phase {
            Phase::Ready(_) => self.active().map_or(Ok(()), |mut active| active.message(arrival)),
            Phase::Requesting { .. } | Phase::Accepting { .. } => {
                if self.work.early.len() >= self.work.settings.limits.early {
                    self.work.dropped(Dropped::EarlyFull);
                    return Ok(());
                }
                let Arrival { date, bytes, file } = arrival;
                self.work.early.put(self.core.next_early, Early { date, bytes, file });
                self.core.next_early = self.core.next_early.wrapping_add(1);
                Ok(())
            }
            Phase::Requested { .. } | Phase::Closed { .. } => {
                self.work.dropped(Dropped::NotReady);
                Ok(())
            }
        }
    }

    /// Takes the messages that came before the key.
    pub(super) fn early(&mut self) -> Result<(), CloseReason> {
        while let Some((number, Early { date, bytes, file })) =
            self.work.early.first().map(|(n, early)| (n, early.clone()))
        {
            self.work.early.remove(number);
            self.message(Arrival { date, bytes, file })?;
        }
        Ok(())
    }
}

impl<S: Suite> Active<'_, '_, S> {
    fn message(&mut self, arrival: Arrival) -> Result<(), CloseReason> {
        let Some((key, envelope, body)) = self.open(&arrival.bytes) else {
            self.work.dropped(Dropped::Unreadable);
            return Ok(());
        };
        let Ok(layer) = DecryptedMessageLayer::<Raw>::from_bytes(&body) else {
            self.without_layer(&body);
            return Ok(());
        };
        let DecryptedMessageLayer { random_bytes, layer, in_seq_no, out_seq_no, message: Raw(message), .. } = layer;
        let message = Zeroizing::new(message);
        if random_bytes.len() < RANDOM_BYTES {
            self.work.dropped(Dropped::FewRandomBytes);
            return Ok(());
        }
        let sender = self.role.other();
        let fault = |fault| CloseReason::PeerFault(fault);
        let counter = out_counter(sender, out_seq_no).map_err(|_| fault(PeerFault::OutParity))?;
        let received = in_counter(sender, in_seq_no).map_err(|_| fault(PeerFault::InParity))?;
        if envelope == Envelope::Old && !self.takes_old_envelope(layer, counter) {
            self.work.dropped(Dropped::OldEnvelope);
            return Ok(());
        }
        if envelope == Envelope::Modern || layer >= MODERN_LAYER {
            self.session.modern_from = Some(self.session.modern_from.map_or(counter, |from| from.min(counter)));
        }
        let Arrival { date, file, bytes: _ } = arrival;
        let waiting = Waiting { date, file, key, layer, received, is_answered: false, message };
        if counter < self.session.next_in {
            self.work.dropped(Dropped::Duplicate);
        } else if counter > self.session.next_in {
            self.wait(counter, waiting);
        } else {
            self.in_turn(waiting)?;
        }
        Ok(())
    }

    /// Opens an envelope with one of the keys that may be in use; 2.0 comes first.
    fn open(&self, bytes: &[u8]) -> Option<(KeyFingerprint, Envelope, Zeroizing<Vec<u8>>)> {
        let keys = || self.session.read_with();
        let sender = self.role.other();
        let modern = || keys().find_map(|key| Some((key, Envelope::Modern, S::open(key, sender, bytes).ok()?)));
        let old = || keys().find_map(|key| Some((key, Envelope::Old, S::open_v1(key, bytes).ok()?)));
        modern().or_else(old).map(|(key, envelope, body)| (S::fingerprint(key), envelope, body))
    }

    /// The older envelope lets padding be changed, so it counts only from peers that know no other.
    fn takes_old_envelope(&self, layer: i32, counter: u32) -> bool {
        layer < MODERN_LAYER && self.session.modern_from.is_none_or(|from| counter < from)
    }

    /// Very old clients announce their layer in a service message of layer 8, without a layer around it.
    fn without_layer(&mut self, body: &[u8]) {
        let message = match exact::DecryptedMessage::from_bytes(body) {
            Ok(message @ exact::DecryptedMessage::Service8(_)) => message.raise().value,
            _ => return self.work.dropped(Dropped::NoLayer),
        };
        match message {
            DecryptedMessage::Service(service) => match service.action {
                DecryptedMessageAction::NotifyLayer(action) => self.peer_layer(action.layer),
                _ => self.work.dropped(Dropped::NoLayer),
            },
            DecryptedMessage::DecryptedMessage(_) => self.work.dropped(Dropped::NoLayer),
        }
    }

    /// Keeps a message that is not due yet, and asks for those before it.
    ///
    /// A Resend is answered all the same: if both sides miss something, each one's waits behind the other's hole.
    fn wait(&mut self, counter: u32, mut message: Waiting) {
        if self.work.waiting.get(counter).is_some() {
            self.work.dropped(Dropped::Duplicate);
            return;
        }
        if let Some(range) = wanted(&message) {
            // What is wrong with it is for its turn.
            message.is_answered = self.asked(range.start_seq_no, range.end_seq_no).is_ok();
        }
        self.session.heard_since = true;
        let limits = self.work.settings.limits;
        if self.work.waiting.len() >= limits.waiting
            || self.waiting_bytes() + message.message.len() > limits.waiting_bytes
        {
            self.session.dropped_below = self.session.dropped_below.max(counter.saturating_add(1));
            self.work.dropped(Dropped::WaitingFull);
        } else {
            self.work.waiting.put(counter, message);
        }
        self.ask();
    }

    fn waiting_bytes(&self) -> usize {
        self.work.waiting.keys().iter().filter_map(|key| self.work.waiting.get(*key)).map(|one| one.message.len()).sum()
    }

    /// Asks for the messages that are missing before the first that waits: once, and again after a long time if the peer has
    /// written since. The request, or what it was answered with, was lost then.
    pub(super) fn ask(&mut self) {
        // Nothing may wait behind the hole any more but what was dropped.
        let first = self.work.waiting.first().map_or(self.session.dropped_below, |(first, _)| first);
        let is_overdue = self.session.heard_since
            && self.work.now >= self.session.asked_at.after(self.work.settings.repeat_resend_after);
        let from = self.session.next_in;
        if from >= first || (self.session.asked_below > from && !is_overdue) || !self.has_room() {
            return;
        }
        let below = first.min(from.saturating_add(self.work.settings.limits.resend));
        let sender = self.role.other();
        let (Ok(start), Ok(end)) = (out_seq_no(sender, from), out_seq_no(sender, below.saturating_sub(1))) else {
            return;
        };
        self.session.asked_below = below;
        self.session.asked_at = self.work.now;
        self.session.heard_since = false;
        self.enqueue_protocol(DecryptedMessageActionResend::new(start, end).into());
    }

    /// Takes the message that is due, and those behind it that waited.
    fn in_turn(&mut self, message: Waiting) -> Result<(), CloseReason> {
        let mut key = message.key;
        self.take(message, false)?;
        while let Some(message) = self.work.waiting.get(self.session.next_in).cloned() {
            self.work.waiting.remove(self.session.next_in);
            key = message.key;
            self.take(message, true)?;
        }
        self.ask();
        // Every number up to the last is there, and that one is under the new key: nothing under the old one can follow.
        if key == S::fingerprint(&self.session.key) && self.work.waiting.len() == 0 && !self.needs_old_key() {
            self.session.previous_key = None;
        }
        Ok(())
    }

    fn take(&mut self, message: Waiting, waited: bool) -> Result<(), CloseReason> {
        let Waiting { date, file, key, layer, received, is_answered, message } = message;
        if received > self.session.next_out {
            return Err(CloseReason::PeerFault(PeerFault::InTooHigh));
        }
        if received < self.session.least_confirmed && !waited {
            return Err(CloseReason::PeerFault(PeerFault::InDecreased));
        }
        if self.work.waiting.len() == 0 {
            self.session.least_confirmed = self.session.least_confirmed.max(received);
        }
        self.confirm(received);
        let counter = self.session.next_in;
        self.session.next_in += 1;
        self.session.uses += 1;
        self.peer_layer(layer);
        self.used_key(key);
        match exact::DecryptedMessage::from_bytes(&message) {
            Ok(decoded) if is_answered => self.answered_before(decoded),
            Ok(decoded) => self.decoded(decoded, date, file, received, key)?,
            Err(_) => {
                let is_kept = self.work.undecoded.len() < self.work.settings.limits.undecoded;
                if is_kept {
                    self.work.undecoded.put(counter, Undecoded { date, file, message });
                }
                self.work.event(Event::Undecodable { number: counter, layer, is_kept });
            }
        }
        self.after_message(received);
        Ok(())
    }

    /// Tries again what did not decode; an upgraded client knows more constructors.
    pub(super) fn decode_again(&mut self) -> Result<(), CloseReason> {
        for counter in self.work.undecoded.keys() {
            let Some(Undecoded { date, file, message }) = self.work.undecoded.get(counter).cloned() else { continue };
            if let Ok(decoded) = exact::DecryptedMessage::from_bytes(&message) {
                self.work.undecoded.remove(counter);
                self.late(decoded, date, file);
            }
        }
        Ok(())
    }

    /// Notes the layer that the peer knows; it only rises.
    pub(super) fn peer_layer(&mut self, layer: i32) {
        if let Ok(layer) = u32::try_from(layer)
            && layer > self.session.peer_layer
        {
            self.session.peer_layer = layer;
            self.work.event(Event::Layer(layer));
        }
    }
}

/// What a message asks to be sent again, if it is a Resend.
fn wanted(message: &Waiting) -> Option<DecryptedMessageActionResend> {
    match exact::DecryptedMessage::from_bytes(&message.message).ok()?.raise().value {
        DecryptedMessage::Service(service) => match service.action {
            DecryptedMessageAction::Resend(action) => Some(action),
            _ => None,
        },
        DecryptedMessage::DecryptedMessage(_) => None,
    }
}
