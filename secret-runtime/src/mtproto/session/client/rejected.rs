//! What became of messages that have no answer yet: rejected, forgotten, received or not.

use super::super::{RequestId, SessionEvent, UnansweredReason, UnixMillis};
use super::ClientSession;
use super::requests::unanswered;
use super::service::Service;

// Error codes of `bad_msg_notification`
// (https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message).
const ID_TOO_LOW: i32 = 16;
const ID_TOO_HIGH: i32 = 17;
const TOO_OLD: i32 = 20;
const SEQ_NO_TOO_LOW: i32 = 32;
const SEQ_NO_TOO_HIGH: i32 = 33;

impl ClientSession {
    /// Whether we sent this message and wait for something.
    pub(super) fn is_ours(&self, message_id: i64) -> bool {
        self.requests.of_message(message_id).is_some() || self.services.is_waiting(message_id)
    }

    pub(super) fn replace_salt(&mut self, salt: i64) {
        if self.salts.replace(salt) {
            self.events.push_back(SessionEvent::Salt(salt));
        }
    }

    /// The server did not take a message, or a container of several. `notice` is the id of the message that says so.
    pub(super) fn rejected(&mut self, message_id: i64, code: i32, notice: i64, now: UnixMillis) {
        if !self.is_ours(message_id) {
            return;
        }
        match code {
            ID_TOO_LOW => self.set_clock(notice, now),
            ID_TOO_HIGH => {
                self.set_clock(notice, now);
                // None of the ids that lie ahead was accepted. Later notices of the same kind find none.
                self.numbering.go_back_before(self.server_time(now), self.accepted);
            }
            SEQ_NO_TOO_LOW | SEQ_NO_TOO_HIGH => self.is_broken = true,
            _ => {}
        }
        for message_id in self.services.contents(message_id) {
            if let Some(service) = self.services.take(message_id) {
                self.services.queue.push_back(service);
            } else if let Some(id) = self.current(message_id) {
                if code == TOO_OLD {
                    self.forgotten(id);
                } else if !self.requests.send_anew(id, self.settings.attempts) {
                    let reason = UnansweredReason::Rejected { code };
                    self.requests.finish(unanswered(id, reason), &mut self.events);
                }
            }
        }
    }

    /// The request that goes by this id now, not one that had it before.
    fn current(&mut self, message_id: i64) -> Option<RequestId> {
        let id = self.requests.of_message(message_id)?;
        self.requests.request(id)?.sent_as.filter(|(current, _)| *current == message_id).map(|_| id)
    }

    /// The server cannot tell whether it carried a request out.
    pub(super) fn forgotten(&mut self, id: RequestId) {
        if !self.requests.is_repeatable(id) || !self.requests.send_anew(id, self.settings.attempts) {
            self.requests.finish(unanswered(id, UnansweredReason::Forgotten), &mut self.events);
        }
    }

    /// The server did not receive a message: it is sent again under its id, so that it counts once should both arrive.
    pub(super) fn send_again(&mut self, message_id: i64) {
        if let Some(id) = self.current(message_id) {
            self.requests.send_again(id);
        }
    }

    /// The server began a session with this message of ours, and knows none before it.
    pub(super) fn session_is_new(&mut self, first_message_id: i64, unique_id: i64) {
        let before = self.unique_id.replace(unique_id);
        if before != Some(unique_id) {
            self.events.push_back(SessionEvent::NewSession);
        }
        for (message_id, id) in self.requests.in_flight() {
            // Whatever its id, for the first message that arrived may have been one that was sent again.
            let is_older = self.requests.is_of_earlier_connection(id);
            let is_unknown = message_id < first_message_id;
            // Another session may have carried it out, also one whose notice was lost with its connection.
            let is_uncertain = match before {
                Some(before) => before != unique_id && (is_older || is_unknown),
                None => is_older,
            };
            if is_uncertain && !self.requests.is_repeatable(id) {
                self.requests.finish(unanswered(id, UnansweredReason::Forgotten), &mut self.events);
            } else if is_unknown {
                self.requests.send_again(id);
            }
        }
    }

    /// The server's answer to `msgs_state_req`, or the same unasked: a byte for each message.
    pub(super) fn learn_states(&mut self, ids: &[i64], states: &[u8]) {
        let mut answered = Vec::new();
        for (message_id, state) in ids.iter().zip(states) {
            let Some(id) = self.current(*message_id) else { continue };
            match state & 7 {
                1 => self.forgotten(id),
                2 | 3 => self.requests.send_again(id),
                4 => {
                    self.note_received(*message_id);
                    // Its answer was made, so it may have been lost.
                    if state & 64 != 0 {
                        answered.push(*message_id);
                    }
                }
                _ => {}
            }
        }
        self.services.about(&answered, Service::ResendAnswers);
    }
}
