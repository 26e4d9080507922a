//! Which chats have something to do, so that the others need not be read: when time matters to them, and whether they have
//! to go on after a restart.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::chat::{Chat, Phase, Settings, Suite, UnixTime};

/// What the index knows of a chat. A chat without an entry is like one with nothing set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// When time matters to it next.
    pub(super) due: Option<UnixTime>,
    /// Calls of it are not answered, so it has to go on after a restart.
    pub(super) is_busy: bool,
    /// Events of it were not delivered.
    pub(super) has_events: bool,
    /// A stranger waits for an answer.
    pub(super) is_requested: bool,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    entries: BTreeMap<i32, Entry>,
    due: BTreeSet<(UnixTime, i32)>,
    requests: usize,
}

impl Entry {
    pub(super) fn of<S: Suite>(chat: &Chat<S>, settings: &Settings) -> Self {
        Self {
            due: chat.due(settings),
            is_busy: chat.is_busy(),
            has_events: chat.events().next().is_some(),
            is_requested: matches!(chat.phase(), Phase::Requested { .. }),
        }
    }
}

impl Index {
    pub(super) fn get(&self, chat: i32) -> Option<Entry> {
        self.entries.get(&chat).copied()
    }

    pub(super) fn set(&mut self, chat: i32, entry: Entry) {
        self.forget(chat);
        self.requests += usize::from(entry.is_requested);
        self.due.extend(entry.due.map(|due| (due, chat)));
        self.entries.insert(chat, entry);
    }

    pub(super) fn forget(&mut self, chat: i32) {
        if let Some(entry) = self.entries.remove(&chat) {
            self.requests -= usize::from(entry.is_requested);
            if let Some(due) = entry.due {
                self.due.remove(&(due, chat));
            }
        }
    }

    /// How many strangers wait for an answer.
    pub(super) fn requests(&self) -> usize {
        self.requests
    }

    pub(super) fn due(&self) -> Option<UnixTime> {
        self.due.first().map(|(due, _)| *due)
    }

    pub(super) fn due_by(&self, now: UnixTime) -> Vec<i32> {
        self.due.iter().take_while(|(due, _)| *due <= now).map(|(_, chat)| *chat).collect()
    }

    /// The chats that have to go on, or to tell something again.
    pub(super) fn to_resume(&self) -> Vec<i32> {
        let needs = |entry: &Entry| entry.is_busy || entry.has_events;
        self.entries.iter().filter(|(_, entry)| needs(entry)).map(|(chat, _)| *chat).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_changes_is_due_at_its_new_time_alone() {
        let mut index = Index::default();
        let entry = |due| Entry { due: Some(UnixTime(due)), is_requested: true, ..Entry::default() };
        index.set(1, entry(10));
        index.set(2, entry(20));
        index.set(1, Entry { due: Some(UnixTime(30)), ..Entry::default() });
        assert_eq!((index.due(), index.requests()), (Some(UnixTime(20)), 1));
        assert_eq!(index.due_by(UnixTime(29)), [2]);
        assert_eq!(index.due_by(UnixTime(30)), [2, 1]);
        index.forget(2);
        assert_eq!((index.due(), index.requests()), (Some(UnixTime(30)), 0));
    }
}
