//! Answers that are held back.

use std::sync::Arc;

use tl_types::RpcError;
use tokio::time::Instant;

use super::core::lock;
use super::sessions::Slot;

/// Answers of one connection whose time has not come.
#[derive(Default)]
pub(super) struct Delayed {
    answers: Vec<Answer>,
}

struct Answer {
    at: Instant,
    slot: Arc<Slot>,
    message_id: i64,
    result: Result<Vec<u8>, RpcError>,
}

impl Delayed {
    pub(super) fn add(&mut self, at: Instant, slot: &Arc<Slot>, message_id: i64, result: Result<Vec<u8>, RpcError>) {
        self.answers.push(Answer { at, slot: Arc::clone(slot), message_id, result });
    }

    /// When the next answer is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.answers.iter().map(|answer| answer.at).min()
    }

    /// Gives the answers that are due to their sessions; all of them, if there is no time.
    pub(super) fn release(&mut self, now: Option<Instant>) {
        for answer in self.answers.extract_if(.., |answer| now.is_none_or(|now| answer.at <= now)) {
            lock(&answer.slot.session).answer(answer.message_id, answer.result);
        }
    }
}
