//! A device: what one permanent authorization key stands for.

use std::collections::VecDeque;
use std::sync::Arc;

use tl_types::api::types;

use super::layer;

/// A log-in, and the encrypted messages that wait for it.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) user: Option<i64>,
    /// Who has given the right code, and still has to give the password.
    pub(super) half_way: Option<i64>,
    pub(super) layer: i32,
    /// The qts of the newest message.
    pub(super) qts: i32,
    /// What `messages.receivedQueue` has not confirmed, oldest first.
    pub(super) queue: VecDeque<Queued>,
}

/// A message in a device's queue.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) qts: i32,
    pub(super) random_id: i64,
    pub(super) message: Arc<types::EncryptedMessage>,
}

impl Device {
    /// A device that nobody is logged in on. Its first message will have the qts `first_qts`.
    pub(super) fn new(first_qts: i32) -> Self {
        Self {
            user: None,
            half_way: None,
            layer: layer::NEWEST,
            qts: first_qts.saturating_sub(1),
            queue: VecDeque::new(),
        }
    }

    /// Logs a user in.
    pub(super) fn enter(&mut self, user: i64) {
        self.user = Some(user);
        self.half_way = None;
    }

    /// Logs the user out. The qts goes on: it belongs to the key.
    pub(super) fn leave(&mut self) {
        self.user = None;
        self.half_way = None;
        self.queue.clear();
    }

    /// Adds a message, and gives its qts.
    pub(super) fn enqueue(&mut self, random_id: i64, message: Arc<types::EncryptedMessage>) -> i32 {
        self.qts = self.qts.saturating_add(1);
        self.queue.push_back(Queued { qts: self.qts, random_id, message });
        self.qts
    }

    /// Whether a message of this id is not confirmed.
    pub(super) fn holds(&self, random_id: i64) -> bool {
        self.queue.iter().any(|queued| queued.random_id == random_id)
    }

    /// Forgets the messages up to `qts`, and gives their random ids.
    pub(super) fn confirm(&mut self, qts: i32) -> Vec<i64> {
        let count = self.queue.partition_point(|queued| queued.qts <= qts);
        self.queue.drain(..count).map(|queued| queued.random_id).collect()
    }
}
