//! One step: an input goes in, and what it comes to goes out.

use rand_core::CryptoRng;
use tl_types::api::types::messages::DhConfig;

use super::call::CallId;
use super::change::Staged;
use super::draft::Draft;
use super::error::{CloseReason, CommandError, Dropped};
use super::input::{Answer, Input};
use super::rekey::Exchange;
use super::settings::Settings;
use super::state::{Chat, Core, Phase, Retry, Session};
use super::suite::Suite;
use super::time::UnixTime;

impl<S: Suite> Chat<S> {
    /// What `input` comes to. The chat stays as it is until the step is given to [`Chat::merge`].
    ///
    /// The same chat, input, time and randomness give the same step.
    ///
    /// # Errors
    /// [`CommandError`] if a command cannot be carried out, or if too many events wait to be delivered for another message
    /// to be taken. What a peer or the server does is never an error: it is dropped with a notice, or closes the chat.
    pub fn step(
        &self,
        input: Input<S>,
        now: UnixTime,
        settings: &Settings,
        rng: &mut dyn CryptoRng,
    ) -> Result<Staged<S>, CommandError> {
        let limit = settings.limits.events;
        if matches!(input, Input::Message(_)) && self.events.len() >= limit {
            return Err(CommandError::EventsFull { limit });
        }
        let mut draft = Draft::new(self, now, settings, rng);
        let outcome = match input {
            Input::Command(command) => {
                draft.command(command)?;
                Ok(())
            }
            Input::Message(arrival) => draft.message(arrival),
            Input::Chat(chat) => draft.news(chat),
            Input::Answer { call, answer } => draft.answered(call, answer),
            Input::Tick => draft.tick(),
            Input::Resume => draft.resume(),
        };
        let outcome = outcome.and_then(|()| draft.settle());
        if let Err(reason) = outcome {
            draft.close(reason);
        }
        Ok(draft.finish(false, &self.core))
    }

    /// When the next [`Input::Tick`] is due; `None` if time changes nothing.
    pub fn due(&self, settings: &Settings) -> Option<UnixTime> {
        let retry = self.core.retry.map(|retry| retry.at);
        let ready = self.session().map(|session| self.due_when_ready(session, settings));
        [retry, self.core.next_timer].into_iter().chain(ready.into_iter().flatten()).flatten().min()
    }

    fn due_when_ready(&self, session: &Session<S>, settings: &Settings) -> [Option<UnixTime>; 3] {
        // While calls are on their way, their answers bring things on.
        let hold = session.hold.filter(|_| self.volatile.in_flight.is_empty()).map(|hold| hold.until);
        let is_incomplete = !self.waiting.is_empty() || session.dropped_below > session.next_in;
        let may_ask = session.heard_since && is_incomplete && settings.limits.has_room(self.slots.len());
        let resend = may_ask.then(|| session.asked_at.after(settings.repeat_resend_after));
        let may_rekey = session.may_rekey(self.slots.len(), settings) && session.uses_allowed == 0;
        [hold, resend, may_rekey.then(|| session.key_since.after(settings.rekey.seconds))]
    }

    /// Whether the chat has something to do after a restart: calls that were not answered.
    pub fn is_busy(&self) -> bool {
        let is_sending = |session: &Session<S>| {
            session.next_unsent < session.next_out
                || matches!(session.exchange, Exchange::Preparing | Exchange::Answering { .. })
        };
        !self.volatile.in_flight.is_empty() || self.core.waits_for_server() || self.session().is_some_and(is_sending)
    }
}

impl<S: Suite> Core<S> {
    /// Whether a call of the handshake, or the one that discards the chat, is not answered.
    fn waits_for_server(&self) -> bool {
        match &self.phase {
            Phase::Requesting { is_placed, .. } => !is_placed,
            Phase::Accepting { .. } => true,
            Phase::Closed { discard, .. } => discard.is_some(),
            Phase::Requested { .. } | Phase::Ready(_) => false,
        }
    }
}

impl<S: Suite> Draft<'_, S> {
    fn answered(&mut self, call: CallId, answer: Answer) -> Result<(), CloseReason> {
        match call {
            CallId::Handshake => return self.handshake_answered(answer),
            CallId::Discard => self.discard_answered(answer),
            CallId::Passing => {}
            CallId::Slot(_) | CallId::Deletion(_) | CallId::Randomness => {
                let Some(mut active) = self.active() else {
                    self.work.dropped(Dropped::UnexpectedAnswer);
                    return Ok(());
                };
                match call {
                    CallId::Slot(counter) => active.answered(counter, false, answer)?,
                    CallId::Deletion(counter) => active.answered(counter, true, answer)?,
                    _ => active.randomness(&server_random(answer))?,
                }
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), CloseReason> {
        if let Some(retry) = self.core.retry.filter(|retry| retry.at <= self.work.now) {
            self.core.retry = Some(Retry { at: self.work.now.after(self.work.settings.longest_backoff), ..retry });
            self.call_handshake();
            self.call_discard();
        }
        if let Some(mut active) = self.active() {
            active.ask();
        }
        Ok(())
    }

    /// Goes on after the chat was loaded. A call that was on its way may have been carried out, and is made again.
    fn resume(&mut self) -> Result<(), CloseReason> {
        if self.core.waits_for_server() {
            let attempts = self.core.retry.map_or(1, |retry| retry.attempts);
            self.core.retry = Some(Retry { attempts, at: self.work.now.after(self.work.settings.longest_backoff) });
            self.call_handshake();
            self.call_discard();
        }
        let Some(mut active) = self.active() else { return Ok(()) };
        active.session.next_unsent = active.session.confirmed;
        active.drop_confirmed();
        active.decode_again()?;
        active.ask_for_randomness();
        active.announce_layer();
        Ok(())
    }

    /// What every step ends with.
    fn settle(&mut self) -> Result<(), CloseReason> {
        self.expire();
        if let Some(mut active) = self.active() {
            active.rekey_if_due();
            active.pump();
        }
        Ok(())
    }
}

/// The randomness of an answer; none, if the server did not give any.
fn server_random(answer: Answer) -> Vec<u8> {
    match answer {
        Answer::DhConfig(DhConfig::DhConfig(config)) => config.random,
        Answer::DhConfig(DhConfig::NotModified(config)) => config.random,
        _ => Vec::new(),
    }
}
