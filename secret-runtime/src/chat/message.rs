//! Messages that get a number: encoded at the peer's layer, sealed, and put into a slot.

use tl_types::api::types::InputEncryptedFile;
use tl_types::secret::constructors::{DecryptedMessageLayer, DecryptedMessageService};
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};
use tl_types::{Encode, Layered};
use zeroize::Zeroizing;

use super::draft::Active;
use super::error::CommandError;
use super::policy::Refusal;
use super::record::{Slot, SlotKind};
use super::sequence::{in_seq_no, out_seq_no};
use super::suite::Suite;

/// Random bytes in front of every message; 15 are the fewest that a peer accepts.
const RANDOM_BYTES: usize = 15;

/// A message on its way to a slot.
pub(super) struct Draft {
    pub(super) random_id: i64,
    pub(super) message: DecryptedMessage,
    pub(super) kind: SlotKind,
    pub(super) silent: bool,
    pub(super) file: Option<InputEncryptedFile>,
}

impl<S: Suite> Active<'_, '_, S> {
    /// Gives a message the next number, and keeps it for sending.
    pub(super) fn enqueue(&mut self, draft: Draft) -> Result<u32, CommandError> {
        let counter = self.session.next_out;
        let received = self.session.next_in;
        let layer = self.session.layer();
        let data = self.seal(&draft.message, layer, counter, received, None)?;
        let slot = Slot {
            random_id: draft.random_id,
            kind: draft.kind,
            layer,
            received,
            key: S::fingerprint(&self.session.key),
            data,
            silent: draft.silent,
            file: draft.file,
            is_sent: false,
            is_wanted: false,
            is_reported: false,
        };
        self.work.slots.put(counter, slot);
        self.session.next_out += 1;
        self.session.uses += 1;
        self.remember(draft.random_id);
        Ok(counter)
    }

    /// Whether a peer may make the chat say more of its own accord.
    pub(super) fn has_room(&self) -> bool {
        self.work.settings.limits.has_room(self.work.slots.len())
    }

    /// Sends a message that the chat needs for itself.
    ///
    /// Its actions are small and known to every layer, so that there is no error but the end of the numbers: the chat then
    /// says nothing more, and the caller's next message fails with that error.
    pub(super) fn enqueue_protocol(&mut self, action: DecryptedMessageAction) -> Option<u32> {
        let random_id = self.work.random_id();
        let message = DecryptedMessageService::new(random_id, action).into();
        self.enqueue(Draft { random_id, message, kind: SlotKind::Protocol, silent: false, file: None }).ok()
    }

    /// Puts the deletion of a slot's message in its place: both numbers and the layer stay.
    ///
    /// Source: <https://core.telegram.org/api/end-to-end/seq_no#deleting-unacknowledged-messages>.
    pub(super) fn rewrite_to_deletion(&mut self, counter: u32) {
        let Some(slot) = self.work.slots.get(counter) else { return };
        let (random_id, layer, received, key) = (slot.random_id, slot.layer, slot.received, slot.key);
        let action = tl_types::secret::constructors::DecryptedMessageActionDeleteMessages::new(vec![random_id]);
        let message = DecryptedMessageService::new(random_id, action).into();
        let previous = self.session.previous_key.as_ref().filter(|previous| S::fingerprint(previous) == key).cloned();
        // A peer that has not received this number still has both keys. Once the older one is gone here, nothing that
        // needs it follows, and the newer one will do.
        let fingerprint = S::fingerprint(previous.as_ref().unwrap_or(&self.session.key));
        let Ok(data) = self.seal(&message, layer, counter, received, previous.as_ref()) else { return };
        self.work.timers.remove(random_id);
        // The call of the old bytes is no longer waited for; what it comes to does not matter.
        self.work.volatile.in_flight.remove(&counter);
        self.work.slots.update(counter, |slot| {
            slot.kind = SlotKind::Deletion;
            slot.key = fingerprint;
            slot.data = data;
            slot.silent = false;
            slot.file = None;
            slot.is_sent = false;
            slot.is_reported = true;
        });
        self.session.next_unsent = self.session.next_unsent.min(counter);
    }

    fn seal(
        &mut self,
        message: &DecryptedMessage,
        layer: u32,
        counter: u32,
        received: u32,
        key: Option<&S::Key>,
    ) -> Result<Vec<u8>, CommandError> {
        let message = message.exact_at(layer).map_err(|error| CommandError::Refused(Refusal::of_schema(error)))?;
        let mut random_bytes = vec![0; RANDOM_BYTES];
        self.work.rng.fill_bytes(&mut random_bytes);
        let wrapped = DecryptedMessageLayer::<exact::DecryptedMessage>::new(
            random_bytes,
            layer.cast_signed(),
            in_seq_no(self.role, received)?,
            out_seq_no(self.role, counter)?,
            message,
        );
        let body = Zeroizing::new(wrapped.to_bytes().map_err(CommandError::Encode)?);
        let key = key.unwrap_or(&self.session.key);
        S::seal(key, self.role, &body, self.work.settings.padding, self.work.rng).map_err(CommandError::Seal)
    }

    /// Notes a `random_id` as used.
    pub(super) fn remember(&mut self, random_id: i64) {
        let ids = &mut self.session.random_ids;
        while ids.len() >= self.work.settings.limits.random_ids && ids.pop_front().is_some() {}
        ids.push_back(random_id);
    }
}
