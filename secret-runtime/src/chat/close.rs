//! The end of a chat.

use tl_types::api::functions::messages::DiscardEncryption;

use super::call::{Call, CallId};
use super::draft::Draft;
use super::error::CloseReason;
use super::event::{Event, SendFailure};
use super::state::Phase;
use super::suite::Suite;

impl<S: Suite> Draft<'_, S> {
    /// Closes the chat: keys and messages go, self-destruct timers and events stay.
    ///
    /// The server is told unless it told us.
    pub(super) fn close(&mut self, reason: CloseReason) {
        let tells_server = match &reason {
            CloseReason::ByUs | CloseReason::PeerFault(_) | CloseReason::KeyMismatch => true,
            CloseReason::ByPeer { .. } | CloseReason::Refused { .. } => false,
        };
        self.close_and_tell(reason, tells_server.then_some(false));
    }

    /// Closes the chat; `discard` is whether to tell the server, and whether to ask for the history to be deleted.
    pub(super) fn close_and_tell(&mut self, reason: CloseReason, discard: Option<bool>) {
        for counter in self.work.slots.keys() {
            if let Some(slot) = self.work.slots.get(counter)
                && slot.kind.is_of_the_caller()
                && !slot.is_reported
            {
                let random_id = slot.random_id;
                self.work.event(Event::Failed { random_id, why: SendFailure::ChatClosed });
            }
            self.work.slots.remove(counter);
        }
        self.work.waiting.keys().into_iter().for_each(|counter| self.work.waiting.remove(counter));
        self.work.early.keys().into_iter().for_each(|number| self.work.early.remove(number));
        self.work.volatile.in_flight.clear();
        self.core.retry = None;
        self.core.phase = Phase::Closed { reason: reason.clone(), discard };
        self.work.event(Event::Closed(reason));
        self.call_discard();
    }

    /// Tells the server, if it is still to be told.
    pub(super) fn call_discard(&mut self) {
        if let Phase::Closed { discard: Some(delete_history), .. } = self.core.phase {
            let call = DiscardEncryption::new(self.core.id).with_delete_history(delete_history);
            self.work.call(CallId::Discard, Call::DiscardEncryption(call), None);
        }
    }
}
