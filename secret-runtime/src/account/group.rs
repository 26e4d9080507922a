//! Steps on their way into the store: staged together, committed together, and undone together.

use std::collections::BTreeMap;

use super::error::AccountError;
use super::index::Entry;
use super::records::{AccountRecord, Unreadable};
use super::{Account, Effects, Made, records};
use crate::chat::{Chat, Notice, Outgoing, Staged, Suite, UnixTime};
use crate::crypto::KeyFingerprint;
use crate::store::{Batch, DamagedRecord, Scope, Store};

/// Steps that are not committed.
#[derive(Debug)]
pub(super) struct Group<S: Suite> {
    pub(super) batch: Batch,
    pub(super) effects: Effects,
    /// What was in the place of what the steps changed.
    pub(super) before: BTreeMap<i32, Option<Entry>>,
    record_before: Option<AccountRecord<S>>,
    date_before: Option<Option<i32>>,
    /// An update was refused: to confirm one behind it would confirm it, too.
    pub(super) is_behind: bool,
}

impl<S: Suite> Default for Group<S> {
    fn default() -> Self {
        Self {
            batch: Batch::default(),
            effects: Effects::default(),
            before: BTreeMap::new(),
            record_before: None,
            date_before: None,
            is_behind: false,
        }
    }
}

impl<St: Store, S: Suite> Account<St, S> {
    /// Makes everything that was staged durable, in one commit, and says what to do then.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the store fails: nothing has happened then, and the chats are as they were.
    pub fn commit(&mut self) -> Result<Effects, AccountError<St::Error>> {
        let mut staged = std::mem::take(&mut self.staged);
        if !staged.batch.is_empty()
            && let Err(error) = self.store.commit(&staged.batch)
        {
            self.undo(staged);
            return Err(AccountError::Store(error));
        }
        for (_, notice) in &staged.effects.notices {
            if let Notice::Dropped(why) = notice {
                *self.dropped.entry(*why).or_default() += 1;
            }
        }
        staged.effects.outgoing = self.still_awaited(staged.effects.outgoing);
        self.loaded.leave_idle(self.settings.idle_in_memory);
        Ok(staged.effects)
    }

    /// Leaves out the messages whose calls a later step of the group made pointless: they became deletions, were answered,
    /// or their chat is closed. Those that remain go out by their numbers, a deletion in the place of its message.
    fn still_awaited(&self, outgoing: Vec<(i32, Outgoing)>) -> Vec<(i32, Outgoing)> {
        let mut messages = BTreeMap::new();
        let mut places = Vec::with_capacity(outgoing.len());
        for (id, call) in outgoing {
            let Some(counter) = call.id.counter() else {
                places.push((id, Some(call)));
                continue;
            };
            places.push((id, None));
            if let Some(chat) = self.loaded.get(id).filter(|chat| chat.awaits(call.id)) {
                messages.insert((id, counter), Outgoing { after: chat.in_flight_before(counter), ..call });
            }
        }
        let mut next = |id| {
            let first = messages.range((id, 0)..=(id, u32::MAX)).next().map(|(place, _)| *place)?;
            messages.remove(&first)
        };
        places.into_iter().filter_map(|(id, other)| Some((id, other.or_else(|| next(id))?))).collect()
    }

    /// Puts a step into the group, and takes it in memory.
    pub(super) fn stage(&mut self, id: i32, mut staged: Staged<S>) -> Made {
        self.note_before(id);
        records::write_changes(id, staged.changes(), &mut self.staged.batch);
        let effects = &mut self.staged.effects;
        effects.events.extend(staged.events().map(|(number, event)| (id, number, event.clone())));
        effects.outgoing.extend(staged.outgoing.drain(..).map(|call| (id, call)));
        effects.notices.extend(staged.notices.drain(..).map(|notice| (id, notice)));
        let made =
            Made { receipts: std::mem::take(&mut staged.receipts), lowered: std::mem::take(&mut staged.lowered) };
        match self.loaded.get_mut(id) {
            Some(chat) => {
                let before = oldest_key(chat);
                chat.merge(staged);
                self.has_old_keys |= before.is_some() && before != oldest_key(chat);
            }
            None => {
                if let Some(chat) = Chat::begin(staged) {
                    self.loaded.insert(id, chat, true);
                }
            }
        }
        self.index(id);
        made
    }

    /// The chats that were touched are read again, and go on as after a restart, at the next tick or before.
    fn undo(&mut self, staged: Group<S>) {
        for (chat, before) in staged.before {
            self.loaded.remove(chat);
            match before {
                Some(entry) => {
                    self.index.set(chat, Entry { is_busy: true, due: Some(UnixTime(i64::MIN)), ..entry });
                }
                None => self.index.forget(chat),
            }
        }
        if let Some(record) = staged.record_before {
            self.record = record;
        }
        if let Some(date) = staged.date_before {
            self.date = date;
        }
    }

    /// Brings the chat's entry in the index up to date.
    fn index(&mut self, id: i32) {
        let Some(chat) = self.loaded.get(id) else { return };
        let entry = Entry::of(chat, &self.settings.chat);
        self.loaded.used(id, entry.is_busy);
        if self.index.get(id) != Some(entry) {
            self.index.set(id, entry);
            records::write_entry(id, Some(entry), &mut self.staged.batch);
        }
    }

    pub(super) fn note_before(&mut self, id: i32) {
        self.staged.before.entry(id).or_insert_with(|| self.index.get(id));
    }

    pub(super) fn change_record(&mut self, change: impl FnOnce(&mut AccountRecord<S>)) {
        self.staged.record_before.get_or_insert_with(|| self.record.clone());
        change(&mut self.record);
        records::write_account(&self.record, &mut self.staged.batch);
    }

    pub(super) fn change_date(&mut self, date: i32) {
        self.staged.date_before.get_or_insert(self.date);
        self.date = Some(date);
        records::write_date(date, &mut self.staged.batch);
    }

    pub(super) fn note_damage(&mut self, records: Vec<DamagedRecord>) {
        for record in records {
            if !self.damaged.contains(&record) {
                self.damaged.push(record);
            }
        }
    }

    pub(super) fn is_known(&self, id: i32) -> Result<bool, AccountError<St::Error>> {
        if self.loaded.contains(id) || self.index.get(id).is_some() {
            return Ok(true);
        }
        if self.staged.before.contains_key(&id) {
            // Forgotten in this very group.
            return Ok(false);
        }
        let core = self.store.read(records::core_key(id)).map_err(AccountError::Store)?;
        Ok(core.is_some())
    }

    pub(super) fn load(&mut self, id: i32) -> Result<(), AccountError<St::Error>> {
        if self.loaded.contains(id) {
            return Ok(());
        }
        if !self.is_known(id)? {
            return Err(AccountError::UnknownChat { chat: id });
        }
        let loaded = self.store.load(Scope::Chat(id)).map_err(AccountError::Store)?;
        let mut damaged = loaded.damaged;
        let mut changes = Vec::with_capacity(loaded.records.len());
        for (key, value) in loaded.records {
            match records::read_change(key, &value) {
                Ok(change) => changes.push(change),
                Err(Unreadable { key, format: None }) => damaged.push(DamagedRecord { key: Some(key) }),
                Err(Unreadable { key, format: Some(format) }) => {
                    return Err(AccountError::Format { record: key, format });
                }
            }
        }
        if !damaged.is_empty() {
            return Err(AccountError::Damaged { chat: id, records: damaged });
        }
        let chat = Chat::load(changes).ok_or(AccountError::UnknownChat { chat: id })?;
        let is_busy = self.index.get(id).is_some_and(|entry| entry.is_busy);
        self.loaded.insert_stored(id, chat, is_busy);
        Ok(())
    }
}

/// The oldest key that a chat still has.
fn oldest_key<S: Suite>(chat: &Chat<S>) -> Option<KeyFingerprint> {
    let session = chat.session()?;
    Some(session.previous_key_fingerprint().unwrap_or_else(|| session.key_fingerprint()))
}
