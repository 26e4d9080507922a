//! What the user wants of a chat.

use std::num::NonZeroI64;

use tl_types::api::functions::messages::{ReadEncryptedHistory, SetEncryptedTyping};
use tl_types::api::types::{InputEncryptedChat, InputEncryptedFile};
use tl_types::secret::constructors::{self, DecryptedMessageService};
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction, SendMessageAction};

use super::call::{Call, CallId};
use super::draft::{Active, Draft};
use super::error::{CloseReason, CommandError};
use super::event::Receipt;
use super::input::Command;
use super::message::Draft as MessageDraft;
use super::policy::{self, Refusal};
use super::record::SlotKind;
use super::split::{SplitLimits, split};
use super::state::Phase;
use super::suite::Suite;

/// Seconds between two calls of `messages.setEncryptedTyping`.
const TYPING_INTERVAL: u32 = 5;

impl<'a, S: Suite> Draft<'a, S> {
    /// Carries out a command, or changes nothing.
    pub(super) fn command(&mut self, command: Command<S>) -> Result<(), CommandError> {
        match command {
            Command::Accept(config) => self.accept(config),
            Command::Send { message, file, lower } => {
                let mut active = self.ready_to_send()?;
                match message {
                    DecryptedMessage::DecryptedMessage(message) => active.send_content(message, file, lower)?,
                    DecryptedMessage::Service(service) => active.send_service(service)?,
                }
                active.pump();
                Ok(())
            }
            Command::SetTyping(is_typing) => {
                self.ready_to_send()?.set_typing(is_typing);
                Ok(())
            }
            Command::ReadHistory { max_date } => {
                let active = self.ready_to_send()?;
                let peer = InputEncryptedChat::new(active.id, active.access_hash);
                let call = Call::ReadEncryptedHistory(ReadEncryptedHistory::new(peer, max_date));
                active.work.call(CallId::Passing, call, None);
                Ok(())
            }
            Command::Discard { delete_history } => self.discard(delete_history),
            Command::Delivered(last) => {
                while let Some((number, _)) = self.work.events.first().filter(|(number, _)| *number <= last) {
                    self.work.events.remove(number);
                }
                Ok(())
            }
        }
    }

    fn ready_to_send(&mut self) -> Result<Active<'_, 'a, S>, CommandError> {
        if let Phase::Closed { reason, .. } = &self.core.phase {
            return Err(CommandError::Closed(reason.clone()));
        }
        self.active().ok_or(CommandError::NotReady)
    }

    fn discard(&mut self, delete_history: bool) -> Result<(), CommandError> {
        match &self.core.phase {
            Phase::Closed { reason, .. } => return Err(CommandError::Closed(reason.clone())),
            Phase::Ready(session) if delete_history && !policy::deletes_history(session.peer_layer) => {
                return Err(CommandError::DeleteHistory { needs: policy::DELETE_HISTORY_LAYER });
            }
            _ => {}
        }
        self.close_and_tell(CloseReason::ByUs, Some(delete_history));
        Ok(())
    }
}

impl<S: Suite> Active<'_, '_, S> {
    fn send_content(
        &mut self,
        mut message: constructors::DecryptedMessage,
        mut file: Option<InputEncryptedFile>,
        lower: bool,
    ) -> Result<(), CommandError> {
        if message.random_id == 0 {
            message.random_id = self.work.random_id();
        } else if self.was_sent(message.random_id) {
            return Ok(());
        }
        // The chat's timer goes into every message, so that it holds whenever the other side learns of the timer.
        message.ttl = policy::clamp_ttl(if message.ttl == 0 { self.session.ttl } else { message.ttl });
        let next_random_id = || NonZeroI64::new(self.work.random_id()).unwrap_or(NonZeroI64::MIN);
        let parts = split(message, SplitLimits::TELEGRAM, next_random_id).map_err(CommandError::Split)?;
        let limit = self.work.settings.limits.unconfirmed;
        if self.work.slots.len() + parts.len() > limit {
            return Err(CommandError::Unconfirmed { parts: parts.len(), limit });
        }
        for part in parts {
            let (random_id, silent) = (part.random_id, part.silent);
            let timer = policy::self_destruct_after(&part);
            let message = self.fit(part.into(), lower)?;
            let draft = MessageDraft { random_id, message, kind: SlotKind::Content, silent, file: file.take() };
            let counter = self.enqueue(draft)?;
            if let Some(seconds) = timer {
                self.keep_time(random_id, seconds, true);
            }
            self.work.receipts.push(Receipt { random_id, counter });
        }
        Ok(())
    }

    /// The server forgets within seconds that somebody types, so it is told again; but not at every letter.
    fn set_typing(&mut self, is_typing: bool) {
        let now = self.work.now;
        let was_told = self.work.volatile.typed_at.is_some_and(|told| now < told.after(TYPING_INTERVAL));
        if is_typing && was_told {
            return;
        }
        self.work.volatile.typed_at = is_typing.then_some(now);
        let peer = InputEncryptedChat::new(self.id, self.access_hash);
        let call = Call::SetEncryptedTyping(SetEncryptedTyping::new(peer, is_typing));
        self.work.call(CallId::Passing, call, None);
    }

    /// The message as the peer's layer has it.
    fn fit(&mut self, message: DecryptedMessage, lower: bool) -> Result<DecryptedMessage, Refusal> {
        let layer = self.session.layer();
        if !lower {
            policy::check(&message, layer)?;
            return Ok(message);
        }
        let lowered = policy::lower(message, layer)?;
        self.work.lowered.extend(lowered.dropped);
        Ok(lowered.value)
    }

    /// Whether a message of this `random_id` has a slot, or had one not long ago. Its receipt is given once more.
    fn was_sent(&mut self, random_id: i64) -> bool {
        let mut next = self.work.slots.first();
        while let Some((counter, slot)) = next {
            if slot.random_id == random_id {
                self.work.receipts.push(Receipt { random_id, counter });
                return true;
            }
            next = self.work.slots.after(counter);
        }
        self.session.random_ids.contains(&random_id)
    }

    fn send_service(&mut self, mut service: DecryptedMessageService) -> Result<(), CommandError> {
        if let Some(constructor) = protocol_name(&service.action) {
            return Err(CommandError::Protocol { constructor });
        }
        if let DecryptedMessageAction::Typing(action) = &service.action {
            // iOS drops a message with this action, and then waits for its number.
            self.set_typing(action.action != SendMessageAction::SendMessageCancelAction);
            return Ok(());
        }
        if service.random_id == 0 {
            service.random_id = self.work.random_id();
        } else if self.was_sent(service.random_id) {
            return Ok(());
        }
        let limit = self.work.settings.limits.unconfirmed;
        if self.work.slots.len() >= limit {
            return Err(CommandError::Unconfirmed { parts: 1, limit });
        }
        match &mut service.action {
            DecryptedMessageAction::SetMessageTtl(action) => {
                action.ttl_seconds = policy::clamp_ttl(action.ttl_seconds);
                self.session.ttl = action.ttl_seconds;
            }
            DecryptedMessageAction::ReadMessages(action) => self.start_timers(&action.random_ids, false),
            DecryptedMessageAction::DeleteMessages(action) => self.delete_slots(&action.random_ids),
            DecryptedMessageAction::FlushHistory => self.stop_all_timers(),
            _ => {}
        }
        let kind = match &service.action {
            DecryptedMessageAction::DeleteMessages(_) | DecryptedMessageAction::FlushHistory => SlotKind::Erasure,
            _ => SlotKind::Command,
        };
        let random_id = service.random_id;
        let message = self.fit(service.into(), false)?;
        let counter = self.enqueue(MessageDraft { random_id, message, kind, silent: false, file: None })?;
        self.work.receipts.push(Receipt { random_id, counter });
        Ok(())
    }
}

/// The constructor of an action that the chat sends by itself.
fn protocol_name(action: &DecryptedMessageAction) -> Option<&'static str> {
    match action {
        DecryptedMessageAction::Resend(_) => Some("decryptedMessageActionResend"),
        DecryptedMessageAction::NotifyLayer(_) => Some("decryptedMessageActionNotifyLayer"),
        DecryptedMessageAction::RequestKey(_) => Some("decryptedMessageActionRequestKey"),
        DecryptedMessageAction::AcceptKey(_) => Some("decryptedMessageActionAcceptKey"),
        DecryptedMessageAction::AbortKey(_) => Some("decryptedMessageActionAbortKey"),
        DecryptedMessageAction::CommitKey(_) => Some("decryptedMessageActionCommitKey"),
        DecryptedMessageAction::SetMessageTtl(_)
        | DecryptedMessageAction::ReadMessages(_)
        | DecryptedMessageAction::DeleteMessages(_)
        | DecryptedMessageAction::ScreenshotMessages(_)
        | DecryptedMessageAction::FlushHistory
        | DecryptedMessageAction::Typing(_)
        | DecryptedMessageAction::Noop => None,
    }
}
