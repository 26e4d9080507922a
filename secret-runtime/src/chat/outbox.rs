//! The way of slots to the server: in order, again after failures, and out of the chat once the peer has confirmed them.

use tl_types::RpcError;
use tl_types::api::constructors::InputEncryptedFile as KnownFile;
use tl_types::api::functions::messages;
use tl_types::api::types::messages::SentEncryptedMessage;
use tl_types::api::types::{EncryptedFile, InputEncryptedChat};
use tl_types::secret::constructors::DecryptedMessageActionDeleteMessages;

use super::call::{Call, CallId};
use super::draft::Active;
use super::error::{CloseReason, Dropped};
use super::event::{Event, Notice, SendFailure};
use super::input::{Answer, Failure};
use super::record::{Slot, SlotKind};
use super::state::{Chat, Hold};
use super::suite::Suite;

/// What to do about a call that failed.
enum Remedy {
    /// The call behind which this one waited failed; it is that one's turn.
    Again,
    /// Make it again, after at least so many seconds.
    Later(u32),
    /// These bytes will never be taken.
    Never,
}

/// Source: <https://core.telegram.org/api/errors> and the errors of `messages.sendEncrypted`.
fn remedy(failure: &Failure) -> Remedy {
    let Failure::Rpc(error) = failure else { return Remedy::Later(0) };
    if error.message == "MSG_WAIT_FAILED" || error.message == "MSG_WAIT_TIMEOUT" {
        return Remedy::Again;
    }
    match error.code {
        // A wait that the server asks for comes as FLOOD_WAIT_n or another name with the number of seconds.
        420 => Remedy::Later(error.value().and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(1)),
        400 | 404 => Remedy::Never,
        // The server, the account (401, 406), or the way there (303) has to change; the message can stay as it is.
        _ => Remedy::Later(0),
    }
}

/// Whether an error says that the chat is over.
pub(super) fn closes(error: &RpcError) -> bool {
    error.code == 403 || error.message == "ENCRYPTION_DECLINED"
}

/// Whether a call is that of the slot as it is now.
fn is_of_kind(slot: &Slot, of_deletion: bool) -> bool {
    (slot.kind == SlotKind::Deletion) == of_deletion
}

impl<S: Suite> Chat<S> {
    /// Whether the answer to this call of a message will be taken.
    pub(crate) fn awaits(&self, call: CallId) -> bool {
        let (counter, of_deletion) = match call {
            CallId::Slot(counter) => (counter, false),
            CallId::Deletion(counter) => (counter, true),
            CallId::Handshake | CallId::Randomness | CallId::Discard | CallId::Passing => return false,
        };
        self.volatile.in_flight.contains(&counter)
            && self.slots.get(&counter).is_some_and(|slot| is_of_kind(slot, of_deletion))
    }

    /// The message behind which this one is to be sent.
    pub(crate) fn in_flight_before(&self, counter: u32) -> Option<u32> {
        self.volatile.in_flight_before(counter)
    }
}

impl<S: Suite> Active<'_, '_, S> {
    fn peer(&self) -> InputEncryptedChat {
        InputEncryptedChat::new(self.id, self.access_hash)
    }

    /// Hands out what can be sent now.
    ///
    /// While a slot is held back because it failed, nothing behind it is sent: a peer that sees a hole and too many
    /// messages behind it may close the chat.
    pub(super) fn pump(&mut self) {
        while let Some((counter, slot)) = self.work.slots.at_or_after(self.session.next_unsent) {
            let is_due = !slot.is_sent && !self.work.volatile.in_flight.contains(&counter);
            if is_due && !self.may_send(counter) {
                return;
            }
            if is_due {
                self.send(counter);
            }
            self.session.next_unsent = counter + 1;
        }
    }

    fn may_send(&self, counter: u32) -> bool {
        let is_held = self
            .session
            .hold
            .is_some_and(|hold| counter > hold.slot || (counter == hold.slot && hold.until > self.work.now));
        !is_held && self.work.volatile.in_flight.len() < self.work.settings.limits.in_flight
    }

    fn send(&mut self, counter: u32) {
        let Some(slot) = self.work.slots.get(counter) else { return };
        let id = match slot.kind {
            SlotKind::Deletion => CallId::Deletion(counter),
            SlotKind::Content | SlotKind::Command | SlotKind::Erasure | SlotKind::Protocol => CallId::Slot(counter),
        };
        let call = self.call(slot);
        let after = self.work.volatile.in_flight_before(counter);
        self.work.volatile.in_flight.insert(counter);
        self.work.call(id, call, after);
    }

    fn call(&self, slot: &Slot) -> Call {
        let Slot { random_id, kind, data, silent, file, .. } = slot;
        let (peer, random_id, data) = (self.peer(), *random_id, data.clone());
        match (kind, file) {
            (SlotKind::Content, Some(file)) => Call::SendEncryptedFile(
                messages::SendEncryptedFile::new(peer, random_id, data, file.clone()).with_silent(*silent),
            ),
            (SlotKind::Content, None) => {
                Call::SendEncrypted(messages::SendEncrypted::new(peer, random_id, data).with_silent(*silent))
            }
            (SlotKind::Command | SlotKind::Erasure | SlotKind::Protocol | SlotKind::Deletion, _) => {
                Call::SendEncryptedService(messages::SendEncryptedService::new(peer, random_id, data))
            }
        }
    }

    /// Takes the answer to the call of a slot; `of_deletion` if the slot's message was deleted before that call.
    pub(super) fn answered(&mut self, counter: u32, of_deletion: bool, answer: Answer) -> Result<(), CloseReason> {
        let is_expected = self.work.slots.get(counter).is_some_and(|slot| is_of_kind(slot, of_deletion));
        if !is_expected || !self.work.volatile.in_flight.remove(&counter) {
            self.work.dropped(Dropped::UnexpectedAnswer);
            return Ok(());
        }
        match answer {
            Answer::Sent(sent) => self.sent(counter, sent),
            Answer::Failed(failure) => self.failed(counter, failure)?,
            Answer::Chat(_) | Answer::DhConfig(_) | Answer::Done => {
                self.work.dropped(Dropped::UnexpectedAnswer);
                self.hold(counter, &Failure::Unanswered, 0);
            }
        }
        self.pump();
        Ok(())
    }

    fn sent(&mut self, counter: u32, sent: SentEncryptedMessage) {
        if self.session.hold.is_some_and(|hold| hold.slot == counter) {
            self.session.hold = None;
        }
        let (date, file) = match sent {
            SentEncryptedMessage::SentEncryptedMessage(sent) => (Some(sent.date), None),
            SentEncryptedMessage::SentEncryptedFile(sent) => (Some(sent.date), Some(sent.file)),
            _ => (None, None),
        };
        self.arrived(counter, date, file);
    }

    /// A message is with the server.
    fn arrived(&mut self, counter: u32, date: Option<i32>, file: Option<EncryptedFile>) {
        let Some(slot) = self.work.slots.get(counter) else { return };
        let random_id = slot.random_id;
        let reports = !slot.is_reported && slot.kind.is_of_the_caller();
        let is_wanted = slot.is_wanted;
        if counter < self.session.confirmed {
            self.work.slots.remove(counter);
        } else {
            // What was uploaded for a message can be used once; what it became, again.
            let known = match &file {
                Some(EncryptedFile::EncryptedFile(file)) => Some(KnownFile::new(file.id, file.access_hash).into()),
                _ => None,
            };
            self.work.slots.update(counter, |slot| {
                slot.is_sent = !is_wanted;
                slot.is_wanted = false;
                slot.is_reported = true;
                slot.file = known.or(slot.file.take());
            });
            if is_wanted {
                self.session.next_unsent = self.session.next_unsent.min(counter);
            }
        }
        if reports {
            self.work.event(Event::Sent { random_id, date, file });
        }
    }

    fn failed(&mut self, counter: u32, failure: Failure) -> Result<(), CloseReason> {
        if let Failure::Rpc(error) = &failure
            && closes(error)
        {
            return Err(CloseReason::refused(error));
        }
        if counter < self.session.confirmed {
            // It failed after it was carried out.
            self.arrived(counter, None, None);
            return Ok(());
        }
        self.session.next_unsent = self.session.next_unsent.min(counter);
        match remedy(&failure) {
            // It goes again behind the one that is still on its way.
            Remedy::Again if self.work.volatile.in_flight.range(..counter).next().is_some() => {}
            Remedy::Again => self.hold(counter, &failure, 0),
            Remedy::Later(seconds) => self.hold(counter, &failure, seconds),
            Remedy::Never => self.refused(counter, &failure),
        }
        Ok(())
    }

    /// The server will never take these bytes: the message becomes its own deletion, so that no number is missing.
    fn refused(&mut self, counter: u32, failure: &Failure) {
        let Some(slot) = self.work.slots.get(counter) else { return };
        let (random_id, kind, is_reported) = (slot.random_id, slot.kind, slot.is_reported);
        let may_vanish = matches!(kind, SlotKind::Content | SlotKind::Command) && !is_reported;
        let (Failure::Rpc(error), true) = (failure, may_vanish) else {
            // The server took these very bytes before, or the chat cannot go on without them.
            self.hold(counter, failure, 0);
            return;
        };
        self.rewrite_to_deletion(counter);
        self.work.event(Event::failed(random_id, error));
        self.session.hold = Some(Hold { slot: counter, attempts: 0, until: self.work.now });
        if kind == SlotKind::Content {
            // The server may have passed it on all the same.
            self.enqueue_protocol(DecryptedMessageActionDeleteMessages::new(vec![random_id]).into());
        }
    }

    /// Waits before a slot is tried again, longer each time; behind one that is held back it waits anyway.
    fn hold(&mut self, counter: u32, failure: &Failure, at_least: u32) {
        let attempts = match self.session.hold {
            Some(hold) if hold.slot < counter => return,
            Some(hold) if hold.slot == counter => hold.attempts.saturating_add(1),
            _ => 1,
        };
        let seconds = backoff(attempts, self.work.settings.longest_backoff).max(at_least);
        let until = self.work.now.after(seconds);
        self.session.hold = Some(Hold { slot: counter, attempts, until });
        let error = match failure {
            Failure::Rpc(error) => Some(error.clone()),
            Failure::Unanswered => None,
        };
        self.work.notice(Notice::Delayed { error, seconds });
    }

    /// The peer has so many of our messages: their slots are done.
    pub(super) fn confirm(&mut self, received: u32) {
        if received <= self.session.confirmed {
            return;
        }
        self.session.confirmed = received;
        if self.session.hold.is_some_and(|hold| hold.slot < received) {
            self.session.hold = None;
        }
        self.drop_confirmed();
    }

    /// Drops the slots that the peer has confirmed. The caller wants to know when the server took a message, so one whose
    /// answer is still to come stays until then.
    pub(super) fn drop_confirmed(&mut self) {
        let mut next = self.work.slots.first().map(|(counter, _)| counter);
        while let Some(counter) = next.filter(|counter| *counter < self.session.confirmed) {
            if !self.work.volatile.in_flight.contains(&counter) {
                self.arrived(counter, None, None);
            }
            next = self.work.slots.after(counter).map(|(counter, _)| counter);
        }
    }

    /// Answers a Resend: the slots of `range` are sent again, as they are.
    ///
    /// What the peer has confirmed is left out, and so is what goes beyond the limit; what was never sent is a fault.
    pub(super) fn resend(&mut self, first: u32, last: u32) {
        let first = first.max(self.session.confirmed);
        let last = last.min(first.saturating_add(self.work.settings.limits.resend).saturating_sub(1));
        let mut next = self.work.slots.at_or_after(first).map(|(counter, _)| counter);
        while let Some(counter) = next.filter(|counter| *counter <= last) {
            if self.work.volatile.in_flight.contains(&counter) {
                self.work.slots.update(counter, |slot| slot.is_wanted = true);
            } else {
                self.work.slots.update(counter, |slot| slot.is_sent = false);
                self.session.next_unsent = self.session.next_unsent.min(counter);
            }
            next = self.work.slots.after(counter).map(|(counter, _)| counter);
        }
    }

    /// Prepares the deletion of messages: one that the peer has not confirmed becomes its own deletion, before the service
    /// message that deletes it wherever it arrived.
    pub(super) fn delete_slots(&mut self, random_ids: &[i64]) {
        let mut next = self.work.slots.at_or_after(self.session.confirmed);
        while let Some((counter, slot)) = next {
            let (random_id, is_reported) = (slot.random_id, slot.is_reported);
            if slot.kind == SlotKind::Content && random_ids.contains(&random_id) {
                self.rewrite_to_deletion(counter);
                if !is_reported {
                    self.work.event(Event::Failed { random_id, why: SendFailure::Deleted });
                }
            }
            next = self.work.slots.after(counter);
        }
        self.stop_timers(random_ids);
    }
}

/// Seconds before the attempt after so many: 1, 2, 4, … up to `longest`.
pub(super) fn backoff(attempts: u32, longest: u32) -> u32 {
    1_u32.checked_shl(attempts.saturating_sub(1)).filter(|seconds| *seconds != 0).unwrap_or(u32::MAX).min(longest)
}
