//! Messages in the order of their `qts`, which rises by one with each.

use std::collections::BTreeMap;

use tl_types::api::types::{EncryptedMessage, Update};
use tokio::time::Instant;

use super::{Asking, Item, Tracker};

/// Messages that wait for a missing one. A difference brings what is more.
const WAITING: usize = 1000;

/// How far the messages have been given out.
#[derive(Debug)]
pub(super) struct Order {
    /// The `qts` of the last one; `None` before the first state is known.
    given: Option<i32>,
    waiting: BTreeMap<i32, EncryptedMessage>,
    gap_since: Option<Instant>,
}

impl Order {
    pub(super) fn new(qts: Option<i32>) -> Self {
        Self { given: qts, waiting: BTreeMap::new(), gap_since: None }
    }

    /// Since when one is missing.
    pub(super) fn gap_since(&self) -> Option<Instant> {
        self.gap_since
    }

    /// Everything up to `qts` has come another way.
    pub(super) fn restart(&mut self, qts: Option<i32>) {
        self.given = self.given.max(qts);
        self.gap_since = None;
    }

    /// The server does not have the missing ones: the others go on.
    pub(super) fn skip_gap(&mut self) {
        if let Some((first, _)) = self.waiting.first_key_value() {
            self.given = self.given.max(first.checked_sub(1));
        }
    }

    /// Keeps a message until its turn.
    fn keep(&mut self, message: EncryptedMessage, qts: i32) {
        if Some(qts) > self.given && self.waiting.len() < WAITING {
            self.waiting.insert(qts, message);
        }
    }

    /// Gives out the messages whose turn it is.
    pub(super) fn release(&mut self, now: Instant, items: &mut Vec<Item>) {
        let Some(mut given) = self.given else { return };
        while let Some(entry) = self.waiting.first_entry() {
            let qts = *entry.key();
            if qts > given.saturating_add(1) {
                break;
            }
            let message = entry.remove();
            if qts > given {
                items.push(Item::Message { message, qts: Some(qts) });
                given = qts;
            }
        }
        self.given = Some(given);
        self.gap_since = (!self.waiting.is_empty()).then(|| self.gap_since.unwrap_or(now));
    }
}

impl Tracker {
    pub(super) fn update(&mut self, update: Update, now: Instant, items: &mut Vec<Item>) {
        match update {
            // One without a number has no place in the order.
            Update::NewEncryptedMessage(update) if update.qts <= 0 => {
                items.push(Item::Message { message: update.message, qts: None });
            }
            Update::NewEncryptedMessage(update) => {
                self.order.keep(update.message, update.qts);
                if self.asking == Asking::Nothing && !self.is_stale {
                    self.order.release(now, items);
                }
            }
            Update::Encryption(update) => items.push(Item::Chat(Box::new(update.chat))),
            Update::EncryptedChatTyping(update) => items.push(Item::Typing { chat: update.chat_id }),
            Update::EncryptedMessagesRead(update) => {
                items.push(Item::Read { chat: update.chat_id, max_date: update.max_date });
            }
            _ => {}
        }
    }
}
