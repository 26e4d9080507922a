//! Updates in the order of their `qts`, and the differences that bring what was missed.
//!
//! A state machine without input or output: [`Tracker`] takes what the connection brings and what calls answer, and gives
//! work for the account and the next call to make. It goes by the account's own durable `qts` and `date` alone; what else
//! the session receives, and how far its `pts` is, is the host's.
//!
//! Source: <https://core.telegram.org/api/updates>.

mod difference;
mod order;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tl_types::api::functions::updates::{GetDifference, GetState};
use tl_types::api::types::{EncryptedChat, EncryptedMessage, Updates};
use tokio::time::Instant;

use difference::Asking;
use order::Order;

/// How long an update may be missing before it is asked for: it is often only late.
const GAP_WAIT: Duration = Duration::from_millis(500);

/// After how many differences in a row that have nothing a message that is still missing is given up: the server does not
/// have it any more. Two, since the first may have crossed with it.
const EMPTY: u32 = 2;

/// After how long without any update the difference is asked for, in case one was lost.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// The longest wait before a failed call is made again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// After how many seconds of updates in order their date is made durable, with the next message: the difference after a
/// restart then goes on from it.
const DATE_STEP: i32 = 10 * 60;

/// What comes of updates.
#[derive(Debug, PartialEq)]
pub(crate) enum Item {
    /// A message whose turn it is.
    Message { message: EncryptedMessage, qts: Option<i32> },
    /// News of a chat.
    Chat(Box<EncryptedChat>),
    /// The peer is typing.
    Typing { chat: i32 },
    /// The peer has read everything up to a date.
    Read { chat: i32, max_date: i32 },
    /// All that was missed, up to a state.
    Difference { messages: Vec<EncryptedMessage>, chats: Vec<EncryptedChat>, qts: Option<i32>, date: i32 },
}

/// The call to make next.
#[derive(Debug, PartialEq)]
pub(crate) enum Ask {
    /// `updates.getState`, whose answer goes to [`Tracker::state`].
    State(GetState),
    /// `updates.getDifference`, whose answer goes to [`Tracker::difference`].
    Difference(GetDifference),
}

/// What is known of the order of updates.
#[derive(Debug)]
pub(crate) struct Tracker {
    order: Order,
    /// The durable state.
    qts: Option<i32>,
    date: Option<i32>,
    /// The `seq` of the last updates, and the date of the newest.
    seq: Option<i32>,
    newest: i32,
    asking: Asking,
    /// Something may be missing.
    is_stale: bool,
    not_before: Instant,
    failures: u32,
    /// So many differences in a row had nothing.
    empties: u32,
    heard: Instant,
}

impl Tracker {
    /// Begins with what is durable; whatever came since is asked for first.
    pub(crate) fn new(qts: Option<i32>, date: Option<i32>, now: Instant) -> Self {
        Self {
            order: Order::new(qts),
            qts,
            date,
            seq: None,
            newest: date.unwrap_or(0),
            asking: Asking::Nothing,
            is_stale: true,
            not_before: now,
            failures: 0,
            empties: 0,
            heard: now,
        }
    }

    /// Whether it is known where the order begins. Messages that came before that are not asked for.
    pub(crate) fn has_begun(&self) -> bool {
        self.qts.is_some()
    }

    /// Updates may have been lost.
    pub(crate) fn reconnected(&mut self) {
        self.is_stale = true;
        self.seq = None;
    }

    /// Takes updates; what has to wait for what is missing waits here.
    pub(crate) fn updates(&mut self, updates: Updates, now: Instant, items: &mut Vec<Item>) {
        self.heard = now;
        match updates {
            Updates::TooLong => self.is_stale = true,
            Updates::UpdateShort(short) => {
                self.update(short.update, now, items);
                self.date_seen(short.date, items);
            }
            Updates::Combined(combined) => {
                self.in_sequence(combined.seq_start, combined.seq);
                combined.updates.into_iter().for_each(|update| self.update(update, now, items));
                self.date_seen(combined.date, items);
            }
            Updates::Updates(updates) => {
                self.in_sequence(updates.seq, updates.seq);
                updates.updates.into_iter().for_each(|update| self.update(update, now, items));
                self.date_seen(updates.date, items);
            }
            // Messages of cloud chats.
            _ => {}
        }
    }

    fn in_sequence(&mut self, first: i32, last: i32) {
        if last == 0 {
            return;
        }
        self.is_stale |= self.seq.is_some_and(|seq| first > seq.saturating_add(1));
        self.seq = Some(self.seq.map_or(last, |seq| seq.max(last)));
    }

    fn date_seen(&mut self, date: i32, items: &mut Vec<Item>) {
        self.newest = self.newest.max(date);
        let brings_messages = items.iter().any(|item| matches!(item, Item::Message { .. }));
        let is_due = self.date.is_some_and(|durable| self.newest.saturating_sub(durable) >= DATE_STEP);
        if brings_messages && is_due && self.is_in_order() {
            items.push(Item::Difference { messages: Vec::new(), chats: Vec::new(), qts: None, date: self.newest });
        }
    }

    fn is_in_order(&self) -> bool {
        !self.is_stale && self.asking == Asking::Nothing && self.order.gap_since().is_none()
    }

    /// How far everything is durable now.
    pub(crate) fn durable(&mut self, qts: Option<i32>, date: Option<i32>, now: Instant, items: &mut Vec<Item>) {
        self.qts = qts;
        self.date = date;
        if self.asking == Asking::Settling {
            self.asking = Asking::Nothing;
            self.failures = 0;
            self.order.restart(qts);
            if self.empties >= EMPTY {
                self.order.skip_gap();
            }
        }
        if self.asking == Asking::Nothing && !self.is_stale {
            self.order.release(now, items);
        }
    }

    /// Some of what was given was not taken: it is asked for again after a while, with all that came behind it.
    pub(crate) fn not_taken(&mut self, qts: Option<i32>, now: Instant) {
        self.qts = qts;
        self.order = Order::new(qts);
        if matches!(self.asking, Asking::Settling | Asking::More(_)) {
            self.asking = Asking::Nothing;
        }
        self.is_stale = true;
        self.back_off(now, None);
    }

    /// There is room again.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.not_before = self.not_before.min(now);
    }

    /// When [`Tracker::ask`] has to be looked at, if nothing else happens.
    pub(crate) fn due(&self) -> Option<Instant> {
        match &self.asking {
            Asking::Nothing if self.is_stale => Some(self.not_before),
            Asking::More(_) => Some(self.not_before),
            Asking::Nothing => {
                let gap = self.order.gap_since().map(|since| since + GAP_WAIT);
                Some(gap.map_or(self.heard + SILENCE, |gap| gap.min(self.heard + SILENCE)))
            }
            Asking::State | Asking::Difference(_) | Asking::Settling => None,
        }
    }

    fn back_off(&mut self, now: Instant, at_least: Option<Duration>) {
        let seconds = 1_u64.checked_shl(self.failures).unwrap_or(u64::MAX);
        self.failures = (self.failures + 1).min(32);
        let wait = Duration::from_secs(seconds).min(LONGEST_BACKOFF).max(at_least.unwrap_or_default());
        self.not_before = now + wait;
    }
}
