//! Answers to functions of MTProto itself: they stand alone, not in an `rpc_result`. The session asks for some of its own
//! accord; a caller may submit such a function, too, and has its answer like any other.

use tl_types::Encode;

use super::super::SessionEvent;
use super::super::parse::encoded;
use super::ClientSession;

impl ClientSession {
    /// The answer to this message, which is that of a request, or of nothing that anybody waits for.
    pub(super) fn answered_alone(&mut self, message_id: i64, answer: &[u8]) {
        if let Some(request) = self.requests.of_message(message_id) {
            let event = SessionEvent::Answer { request, result: Ok(answer.to_vec()) };
            self.requests.finish(event, &mut self.events);
        }
    }

    /// An answer that does not say to which message: to the first on its way that calls this function.
    pub(super) fn carried_out_alone<F: Encode>(&mut self, function: &F, answer: &[u8]) {
        let body = encoded(function);
        let asked = self.requests.in_flight().into_iter().find(|(message_id, id)| {
            self.requests.request(*id).is_some_and(|request| request.body.bytes(*message_id) == body)
        });
        if let Some((message_id, _)) = asked {
            self.answered_alone(message_id, answer);
        }
    }
}
