//! What one commit changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{RecordKey, RecordValue, Scope};

/// Changes that become durable together.
///
/// An ordered map: each record is written at most once, and the later of two changes to the same record wins.
///
/// ```
/// use secret_runtime::store::{Batch, RecordKey, Scope};
/// let key = RecordKey { scope: Scope::Chat(7), kind: 1, number: 0 };
/// let mut batch = Batch::default();
/// batch.put(key, vec![1, 2, 3].into());
/// batch.delete(key);
/// assert_eq!(batch.iter().collect::<Vec<_>>(), [(key, None)]);
/// ```
#[derive(Clone, Default)]
pub struct Batch {
    deleted_chats: BTreeSet<i32>,
    changes: BTreeMap<RecordKey, Option<RecordValue>>,
}

impl Batch {
    /// Writes a record, whether or not it exists.
    pub fn put(&mut self, key: RecordKey, value: RecordValue) {
        self.changes.insert(key, Some(value));
    }

    /// Deletes a record, whether or not it exists.
    pub fn delete(&mut self, key: RecordKey) {
        self.changes.insert(key, None);
    }

    /// Deletes every record of a chat, the changes to it that the batch holds so far included. Changes that are added
    /// afterwards stay.
    pub fn delete_chat(&mut self, chat_id: i32) {
        self.changes.retain(|key, _| key.scope != Scope::Chat(chat_id));
        self.deleted_chats.insert(chat_id);
    }

    /// Adds all changes of another batch, which win.
    pub fn extend(&mut self, later: Batch) {
        for chat_id in later.deleted_chats {
            self.delete_chat(chat_id);
        }
        self.changes.extend(later.changes);
    }

    /// Drops all changes.
    pub fn clear(&mut self) {
        self.deleted_chats.clear();
        self.changes.clear();
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.deleted_chats.is_empty() && self.changes.is_empty()
    }

    /// The number of changes; a deleted chat counts as one.
    pub fn len(&self) -> usize {
        self.deleted_chats.len() + self.changes.len()
    }

    /// The chats to delete, in ascending order. They are deleted before the changes of [`iter`](Self::iter) are applied.
    pub fn deleted_chats(&self) -> impl Iterator<Item = i32> + '_ {
        self.deleted_chats.iter().copied()
    }

    /// The changes to single records, ordered by name: the new content, or `None` for a deletion.
    pub fn iter(&self) -> impl Iterator<Item = (RecordKey, Option<&RecordValue>)> + '_ {
        self.changes.iter().map(|(key, value)| (*key, value.as_ref()))
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { deleted_chats, changes } = self;
        let names = |put: bool| {
            let of_sort = changes.iter().filter(move |(_, value)| value.is_some() == put);
            of_sort.map(|(key, _)| key).collect::<Vec<_>>()
        };
        f.debug_struct("Batch")
            .field("deleted_chats", deleted_chats)
            .field("puts", &names(true))
            .field("deletes", &names(false))
            .finish()
    }
}
