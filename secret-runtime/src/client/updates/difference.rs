//! What was missed: `updates.getState` for the place of everything else, then `updates.getDifference` until it is all there.

use std::time::Duration;

use tl_types::api::constructors::updates::State;
use tl_types::api::functions::updates::{GetDifference, GetState};
use tl_types::api::types::updates::Difference;
use tl_types::api::types::{EncryptedChat, EncryptedMessage, Update};
use tokio::time::Instant;

use super::{Ask, GAP_WAIT, Item, SILENCE, Tracker};
use crate::client::CallError;
use crate::client::trace::told;

/// How often in a row the server may say that the difference is too long.
const TOO_LONG: u32 = 8;

/// How far asking is.
#[derive(Debug, PartialEq)]
pub(super) enum Asking {
    Nothing,
    /// `updates.getState` is on its way.
    State,
    /// `updates.getDifference` is on its way.
    Difference(Point),
    /// It goes on from here, once what came is durable.
    More(Point),
    /// The last part came, and is to be durable.
    Settling,
}

/// Where a difference begins, but for the `qts`, which is the durable one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// The session's, as the server told it just now: secret chats have no part in it.
    pts: i32,
    date: i32,
    too_long: u32,
}

impl Tracker {
    /// The call to make now, if there is one.
    pub(crate) fn ask(&mut self, now: Instant) -> Option<Ask> {
        if self.asking == Asking::Nothing {
            let gap_is_old = self.order.gap_since().is_some_and(|since| now >= since + GAP_WAIT);
            self.is_stale |= gap_is_old || now >= self.heard + SILENCE;
        }
        if now < self.not_before {
            return None;
        }
        match self.asking {
            Asking::Nothing if self.is_stale => {
                self.is_stale = false;
                self.heard = now;
                self.asking = Asking::State;
                Some(Ask::State(GetState::new()))
            }
            Asking::More(point) => Some(self.ask_difference(point)),
            _ => None,
        }
    }

    fn ask_difference(&mut self, point: Point) -> Ask {
        self.asking = Asking::Difference(point);
        Ask::Difference(GetDifference::new(point.pts, point.date, self.qts.unwrap_or(0)))
    }

    /// Takes the answer of `updates.getState`.
    pub(crate) fn state(&mut self, answer: Result<State, CallError>, now: Instant, items: &mut Vec<Item>) {
        let state = match answer {
            Ok(state) => state,
            Err(error) => return self.failed(&error, now),
        };
        self.seq = Some(state.seq);
        if self.qts.is_none() {
            // There was no chat before now, so nothing is missing.
            self.asking = Asking::Settling;
            items.push(caught_up(Some(state.qts), state.date));
            return;
        }
        let date = self.date.unwrap_or(state.date);
        self.asking = Asking::More(Point { pts: state.pts, date, too_long: 0 });
    }

    /// Takes the answer of `updates.getDifference`.
    pub(crate) fn difference(&mut self, answer: Result<Difference, CallError>, now: Instant, items: &mut Vec<Item>) {
        let Asking::Difference(point) = self.asking else { return };
        match answer {
            Ok(Difference::Empty(empty)) => {
                self.asking = Asking::Settling;
                // Those that came before anything was missing say nothing of it.
                self.empties = self.order.gap_since().map_or(0, |_| self.empties.saturating_add(1));
                items.push(caught_up(None, empty.date));
            }
            Ok(Difference::Difference(difference)) => {
                let state = difference.state;
                self.asking = Asking::Settling;
                self.seq = Some(state.seq);
                self.take(difference.new_encrypted_messages, difference.other_updates, &state, items);
            }
            Ok(Difference::Slice(slice)) => {
                let state = slice.intermediate_state;
                self.asking = Asking::More(Point { pts: state.pts, date: state.date, too_long: 0 });
                self.take(slice.new_encrypted_messages, slice.other_updates, &state, items);
            }
            Ok(Difference::TooLong(too_long)) if point.too_long < TOO_LONG => {
                self.asking = Asking::More(Point { pts: too_long.pts, too_long: point.too_long + 1, ..point });
            }
            Ok(_) => self.failed(&CallError::Unanswered, now),
            Err(error) => self.failed(&error, now),
        }
    }

    fn take(&mut self, messages: Vec<EncryptedMessage>, others: Vec<Update>, state: &State, items: &mut Vec<Item>) {
        let mut chats: Vec<EncryptedChat> = Vec::new();
        self.empties = 0;
        for update in others {
            match update {
                Update::Encryption(update) => chats.push(update.chat),
                Update::EncryptedMessagesRead(update) => {
                    items.push(Item::Read { chat: update.chat_id, max_date: update.max_date });
                }
                _ => {}
            }
        }
        items.push(Item::Difference { messages, chats, qts: Some(state.qts), date: state.date });
    }

    fn failed(&mut self, error: &CallError, now: Instant) {
        tracing::debug!(error = %told(error), "the difference is asked for again later");
        self.asking = Asking::Nothing;
        self.is_stale = true;
        let wait = match error {
            CallError::Rpc(error) if error.code == 420 => error.value().and_then(|seconds| u64::try_from(seconds).ok()),
            _ => None,
        };
        self.back_off(now, wait.map(Duration::from_secs));
    }
}

fn caught_up(qts: Option<i32>, date: i32) -> Item {
    Item::Difference { messages: Vec::new(), chats: Vec::new(), qts, date }
}
