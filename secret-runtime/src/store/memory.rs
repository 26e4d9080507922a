//! A store in memory, for tests and simulations.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::ops::RangeInclusive;

use super::{Batch, Loaded, RecordKey, RecordValue, Scope, Store};

/// A store that lasts as long as the value. A clone is a snapshot: what a crash at this moment would leave on a disk.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Memory {
    records: BTreeMap<RecordKey, RecordValue>,
}

impl Memory {
    /// The number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl Store for Memory {
    type Error = Infallible;

    fn load(&self, scope: Scope) -> Result<Loaded, Infallible> {
        let records = self.records.range(all_of(scope)).map(|(key, value)| (*key, value.clone())).collect();
        Ok(Loaded { records, damaged: Vec::new() })
    }

    fn read(&self, key: RecordKey) -> Result<Option<RecordValue>, Infallible> {
        Ok(self.records.get(&key).cloned())
    }

    fn chats(&self) -> Result<Vec<i32>, Infallible> {
        let mut chats: Vec<i32> = self.records.keys().filter_map(|key| chat_of(key.scope)).collect();
        chats.dedup();
        Ok(chats)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), Infallible> {
        for chat_id in batch.deleted_chats() {
            let deleted: Vec<_> = self.records.range(all_of(Scope::Chat(chat_id))).map(|(key, _)| *key).collect();
            deleted.iter().for_each(|key| drop(self.records.remove(key)));
        }
        for (key, change) in batch.iter() {
            match change {
                Some(value) => self.records.insert(key, value.clone()),
                None => self.records.remove(&key),
            };
        }
        Ok(())
    }

    fn scrub(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records } = self;
        f.debug_struct("Memory").field("records", &records.keys().collect::<Vec<_>>()).finish()
    }
}

fn all_of(scope: Scope) -> RangeInclusive<RecordKey> {
    RecordKey { scope, kind: 0, number: 0 }..=RecordKey { scope, kind: u8::MAX, number: u64::MAX }
}

fn chat_of(scope: Scope) -> Option<i32> {
    match scope {
        Scope::Account => None,
        Scope::Chat(chat_id) => Some(chat_id),
    }
}
