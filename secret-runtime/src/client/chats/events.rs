//! What the caller is told, and how it says that it has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::error::StoreFailure;
use crate::chat::{Event, Notice};

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum News {
    /// Something that is not lost: it comes again after a restart, until it is acknowledged.
    Event {
        /// The chat.
        chat: i32,
        /// Which of the chat's events it is.
        number: u64,
        /// What happened.
        event: Event,
    },
    /// Something that may be lost.
    Notice {
        /// The chat.
        chat: i32,
        /// What happened.
        notice: Notice,
    },
    /// The peer has read everything up to a date: `updateEncryptedMessagesRead`. It may be lost.
    ReadUntil {
        /// The chat.
        chat: i32,
        /// In seconds since 1970.
        max_date: i32,
    },
    /// The store failed; what came in is asked for again, and what was to go out is tried again, until there is room. It may
    /// be lost.
    StoreFailed(StoreFailure),
}

/// The caller has taken something; which event it is that it has, if so.
#[derive(Debug)]
pub(super) struct Acknowledged(pub(super) Option<(i32, u64)>);

/// What happens, in order within a chat.
///
/// Take them also where you only send: a chat in which too many wait ([`Limits::events`](crate::chat::Limits)) takes
/// nothing more of the peer's, neither its confirmations nor its keys, and then
/// [`send_encrypted`](super::SecretChats::send_encrypted) waits, too.
///
/// An event that [`Events::next`] gave counts as delivered when the next is asked for. Whoever hands events on, and knows
/// only later that they arrived, takes [`Events::next_unacknowledged`], and [`Events::acknowledge`]s each.
#[derive(Debug)]
pub struct Events {
    pub(super) news: mpsc::UnboundedReceiver<News>,
    pub(super) acknowledged: mpsc::UnboundedSender<Acknowledged>,
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) given: Option<(i32, u64)>,
}

impl Events {
    /// The next one; `None` once the chats are shut down. Cancellation loses nothing.
    pub async fn next(&mut self) -> Option<News> {
        if let Some(given) = self.given.take() {
            self.confirm(Some(given));
        }
        let news = self.next_unacknowledged().await?;
        if let News::Event { chat, number, .. } = &news {
            self.given = Some((*chat, *number));
        }
        Some(news)
    }

    /// The next one, which is told again after a restart until it is [acknowledged](Self::acknowledge).
    pub async fn next_unacknowledged(&mut self) -> Option<News> {
        let news = self.news.recv().await?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        if !matches!(news, News::Event { .. }) {
            // There is room for another; the others say so by being acknowledged.
            self.confirm(None);
        }
        Some(news)
    }

    /// Says that an event need not be told again. What is no event needs no acknowledgement.
    pub fn acknowledge(&mut self, news: &News) {
        if let News::Event { chat, number, .. } = news {
            self.confirm(Some((*chat, *number)));
        }
    }

    fn confirm(&self, event: Option<(i32, u64)>) {
        // After the end nobody listens, and the event is told again after the restart.
        let _ = self.acknowledged.send(Acknowledged(event));
    }
}

/// Which events are not acknowledged, and up to which number that is no longer so.
///
/// The account forgets events up to a number, and here one is acknowledged before another: the lowest open one counts.
#[derive(Debug, Default)]
pub(super) struct Open {
    chats: BTreeMap<i32, OpenOfChat>,
    changed: BTreeSet<i32>,
}

#[derive(Debug, Default)]
struct OpenOfChat {
    numbers: BTreeSet<u64>,
    last: u64,
}

impl Open {
    /// An event was told, or is kept for the one who waits for it.
    pub(super) fn told(&mut self, chat: i32, number: u64) {
        let open = self.chats.entry(chat).or_default();
        open.numbers.insert(number);
        open.last = open.last.max(number);
    }

    /// It was acknowledged.
    pub(super) fn acknowledged(&mut self, chat: i32, number: u64) {
        if let Some(open) = self.chats.get_mut(&chat)
            && open.numbers.remove(&number)
            && open.numbers.first().is_none_or(|first| *first > number)
        {
            self.changed.insert(chat);
        }
    }

    /// The chats in which more was acknowledged than is durable, each with the number up to which.
    pub(super) fn to_confirm(&self) -> Vec<(i32, u64)> {
        let upto = |chat: &i32| {
            let open = self.chats.get(chat)?;
            let last = open.numbers.first().map_or(Some(open.last), |first| first.checked_sub(1))?;
            Some((*chat, last))
        };
        self.changed.iter().filter_map(upto).collect()
    }

    /// All that is durable.
    pub(super) fn confirmed(&mut self) {
        for chat in std::mem::take(&mut self.changed) {
            if self.chats.get(&chat).is_some_and(|open| open.numbers.is_empty()) {
                self.chats.remove(&chat);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_acknowledged_out_of_order_counts_up_to_the_first_that_is_not() {
        let mut open = Open::default();
        (3..=6).for_each(|number| open.told(1, number));
        open.acknowledged(1, 5);
        assert_eq!(open.to_confirm(), []);
        open.acknowledged(1, 3);
        assert_eq!(open.to_confirm(), [(1, 3)]);
        open.acknowledged(1, 4);
        assert_eq!(open.to_confirm(), [(1, 5)]);
        open.confirmed();
        assert_eq!(open.to_confirm(), []);
        open.acknowledged(1, 6);
        assert_eq!(open.to_confirm(), [(1, 6)]);
        open.confirmed();
        assert!(open.chats.is_empty());
    }
}
