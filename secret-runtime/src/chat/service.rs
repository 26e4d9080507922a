//! What a message means, once its turn has come.
//!
//! Source: <https://core.telegram.org/api/end-to-end#serialization-and-encryption-of-outgoing-messages> and the pages it
//! names for each action.

use tl_types::Raise;
use tl_types::api::types::EncryptedFile;
use tl_types::secret::constructors::DecryptedMessage as Content;
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};

use super::draft::Active;
use super::error::{CloseReason, Dropped, PeerFault};
use super::event::{Event, Notice};
use super::policy;
use super::sequence::out_counter;
use super::suite::Suite;
use crate::crypto::KeyFingerprint;

impl<S: Suite> Active<'_, '_, S> {
    /// Takes a message that decoded. `received` is how many of ours the peer had, `key` what it is encrypted under.
    pub(super) fn decoded(
        &mut self,
        message: exact::DecryptedMessage,
        date: i32,
        file: Option<EncryptedFile>,
        received: u32,
        key: KeyFingerprint,
    ) -> Result<(), CloseReason> {
        let raised = message.raise();
        if self.is_repeated(&raised.value) {
            self.work.dropped(Dropped::RandomId);
            return Ok(());
        }
        match raised.value {
            DecryptedMessage::DecryptedMessage(message) => {
                self.content(message, date, file, Event::lost(&raised.lost));
                Ok(())
            }
            DecryptedMessage::Service(service) => self.action(service.action, received, key),
        }
    }

    /// Takes a Resend that was answered while it waited behind a hole.
    pub(super) fn answered_before(&mut self, message: exact::DecryptedMessage) {
        if self.is_repeated(&message.raise().value) {
            self.work.dropped(Dropped::RandomId);
        }
    }

    /// Takes a message that an older version of this client could not decode. Its place in the sequence is long gone, so
    /// what only means something there is left out.
    pub(super) fn late(&mut self, message: exact::DecryptedMessage, date: i32, file: Option<EncryptedFile>) {
        let raised = message.raise();
        if self.is_repeated(&raised.value) {
            return self.work.dropped(Dropped::RandomId);
        }
        match raised.value {
            DecryptedMessage::DecryptedMessage(message) => {
                self.content(message, date, file, Event::lost(&raised.lost));
            }
            DecryptedMessage::Service(service) => self.history(service.action),
        }
    }

    /// Notes the inner `random_id`, and says whether it cannot be one.
    fn is_repeated(&mut self, message: &DecryptedMessage) -> bool {
        let random_id = match message {
            DecryptedMessage::DecryptedMessage(message) => message.random_id,
            DecryptedMessage::Service(service) => service.random_id,
        };
        if random_id == 0 || self.session.random_ids.contains(&random_id) {
            return true;
        }
        self.remember(random_id);
        false
    }

    fn content(&mut self, mut message: Content, date: i32, file: Option<EncryptedFile>, lost: Vec<String>) {
        message.ttl = policy::clamp_ttl(message.ttl);
        if let Some(seconds) = policy::self_destruct_after(&message) {
            self.keep_time(message.random_id, seconds, false);
        }
        self.work.event(Event::Message { message, date, file, lost });
    }

    fn action(
        &mut self,
        action: DecryptedMessageAction,
        received: u32,
        key: KeyFingerprint,
    ) -> Result<(), CloseReason> {
        match action {
            DecryptedMessageAction::Resend(action) => self.asked(action.start_seq_no, action.end_seq_no)?,
            DecryptedMessageAction::NotifyLayer(action) => self.peer_layer(action.layer),
            DecryptedMessageAction::RequestKey(action) => {
                self.key_requested(action.exchange_id, action.g_a, received, key)?;
            }
            DecryptedMessageAction::AcceptKey(action) => {
                self.key_accepted(action.exchange_id, &action.g_b, action.key_fingerprint)?;
            }
            DecryptedMessageAction::CommitKey(action) => {
                self.key_committed(action.exchange_id, action.key_fingerprint)?;
            }
            DecryptedMessageAction::AbortKey(action) => self.key_aborted(action.exchange_id),
            other => self.history(other),
        }
        Ok(())
    }

    /// Actions that are about messages, and not about the chat's own course.
    fn history(&mut self, action: DecryptedMessageAction) {
        match action {
            DecryptedMessageAction::SetMessageTtl(action) => {
                self.session.ttl = policy::clamp_ttl(action.ttl_seconds);
                self.work.event(Event::Ttl(self.session.ttl));
            }
            DecryptedMessageAction::ReadMessages(action) => {
                self.start_timers(&action.random_ids, true);
                self.work.event(Event::Read(action.random_ids));
            }
            DecryptedMessageAction::ScreenshotMessages(action) => {
                self.work.event(Event::Screenshot(action.random_ids));
            }
            DecryptedMessageAction::DeleteMessages(action) => {
                self.stop_timers(&action.random_ids);
                self.work.event(Event::Deleted(action.random_ids));
            }
            DecryptedMessageAction::FlushHistory => {
                self.stop_all_timers();
                self.work.event(Event::HistoryFlushed);
            }
            DecryptedMessageAction::Typing(action) => self.work.notice(Notice::Typing(action.action)),
            DecryptedMessageAction::Noop
            | DecryptedMessageAction::Resend(_)
            | DecryptedMessageAction::NotifyLayer(_)
            | DecryptedMessageAction::RequestKey(_)
            | DecryptedMessageAction::AcceptKey(_)
            | DecryptedMessageAction::AbortKey(_)
            | DecryptedMessageAction::CommitKey(_) => {}
        }
    }

    /// The peer asks for messages of ours again.
    pub(super) fn asked(&mut self, start_seq_no: i32, end_seq_no: i32) -> Result<(), CloseReason> {
        let counters = (out_counter(self.role, start_seq_no), out_counter(self.role, end_seq_no));
        let (Ok(first), Ok(last)) = counters else {
            self.work.dropped(Dropped::ResendParity);
            return Ok(());
        };
        if last >= self.session.next_out {
            return Err(CloseReason::PeerFault(PeerFault::ResendTooHigh));
        }
        self.resend(first, last);
        Ok(())
    }
}
