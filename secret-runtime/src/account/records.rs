//! Chats and the account as records: a byte for the format, then the value as postcard writes it.
//!
//! postcard names neither fields nor variants, so a change of any stored struct is a new format: raise [`FORMAT`], and keep
//! a reader for the old one.

use postcard::ser_flavors::Size;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::index::{Entry, Index};
use crate::chat::{Change, Suite};
use crate::store::{Batch, RecordKey, RecordValue, Scope};

/// The format of every record that is written.
const FORMAT: u8 = 1;

/// The kinds of records. A number is never used for another kind.
mod kind {
    pub(super) const CORE: u8 = 0;
    pub(super) const SLOT: u8 = 1;
    pub(super) const WAITING: u8 = 2;
    pub(super) const EARLY: u8 = 3;
    pub(super) const UNDECODED: u8 = 4;
    pub(super) const TIMER: u8 = 5;
    pub(super) const EVENT: u8 = 6;

    pub(super) const ACCOUNT: u8 = 0;
    pub(super) const ENTRY: u8 = 1;
    pub(super) const DATE: u8 = 2;
}

/// What concerns all chats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct AccountRecord<S: Suite> {
    /// Everything up to it is durable.
    pub(super) qts: Option<i32>,
    /// The configuration that the server gave last.
    pub(super) dh: Option<Dh<S>>,
    /// The layer that every chat has announced.
    pub(super) layer: u32,
}

/// A Diffie–Hellman configuration that passed every check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Dh<S: Suite> {
    pub(super) version: i32,
    pub(super) group: S::Group,
}

impl<S: Suite> Default for AccountRecord<S> {
    fn default() -> Self {
        Self { qts: None, dh: None, layer: 0 }
    }
}

/// Why a record says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) key: RecordKey,
    /// The format that it claims; `None` if it has none or breaks it.
    pub(super) format: Option<u8>,
}

pub(super) fn core_key(chat: i32) -> RecordKey {
    chat_key(chat, kind::CORE, 0)
}

fn chat_key(chat: i32, kind: u8, number: u64) -> RecordKey {
    RecordKey { scope: Scope::Chat(chat), kind, number }
}

fn entry_key(chat: i32) -> RecordKey {
    RecordKey { scope: Scope::Account, kind: kind::ENTRY, number: u64::from(chat.cast_unsigned()) }
}

pub(super) fn write_changes<S: Suite>(chat: i32, changes: &[Change<S>], batch: &mut Batch) {
    for change in changes {
        let number = |counter: &u32| u64::from(*counter);
        match change {
            Change::Core(core) => write(core_key(chat), Some(core), batch),
            Change::Slot(counter, slot) => write(chat_key(chat, kind::SLOT, number(counter)), slot.as_ref(), batch),
            Change::Waiting(counter, message) => {
                write(chat_key(chat, kind::WAITING, number(counter)), message.as_ref(), batch);
            }
            Change::Early(counter, message) => {
                write(chat_key(chat, kind::EARLY, number(counter)), message.as_ref(), batch);
            }
            Change::Undecoded(counter, message) => {
                write(chat_key(chat, kind::UNDECODED, number(counter)), message.as_ref(), batch);
            }
            Change::Timer(random_id, timer) => {
                write(chat_key(chat, kind::TIMER, random_id.cast_unsigned()), timer.as_ref(), batch);
            }
            Change::Event(number, event) => write(chat_key(chat, kind::EVENT, *number), event.as_ref(), batch),
        }
    }
}

pub(super) fn read_change<S: Suite>(key: RecordKey, value: &RecordValue) -> Result<Change<S>, Unreadable> {
    let counter = || u32::try_from(key.number).map_err(|_| Unreadable { key, format: None });
    Ok(match key.kind {
        kind::CORE => Change::Core(Box::new(read(key, value)?)),
        kind::SLOT => Change::Slot(counter()?, Some(read(key, value)?)),
        kind::WAITING => Change::Waiting(counter()?, Some(read(key, value)?)),
        kind::EARLY => Change::Early(counter()?, Some(read(key, value)?)),
        kind::UNDECODED => Change::Undecoded(counter()?, Some(read(key, value)?)),
        kind::TIMER => Change::Timer(key.number.cast_signed(), Some(read(key, value)?)),
        kind::EVENT => Change::Event(key.number, Some(read(key, value)?)),
        _ => return Err(Unreadable { key, format: None }),
    })
}

pub(super) fn write_account<S: Suite>(record: &AccountRecord<S>, batch: &mut Batch) {
    write(RecordKey { scope: Scope::Account, kind: kind::ACCOUNT, number: 0 }, Some(record), batch);
}

pub(super) fn write_entry(chat: i32, entry: Option<Entry>, batch: &mut Batch) {
    write(entry_key(chat), entry.filter(|entry| *entry != Entry::default()).as_ref(), batch);
}

/// The `date` of the updates that are durable.
pub(super) fn write_date(date: i32, batch: &mut Batch) {
    write(RecordKey { scope: Scope::Account, kind: kind::DATE, number: 0 }, Some(&date), batch);
}

pub(super) fn read_account<S: Suite>(
    key: RecordKey,
    value: &RecordValue,
    record: &mut AccountRecord<S>,
    index: &mut Index,
    date: &mut Option<i32>,
) -> Result<(), Unreadable> {
    match key.kind {
        kind::ACCOUNT => *record = read(key, value)?,
        kind::ENTRY => {
            let chat = u32::try_from(key.number).map_err(|_| Unreadable { key, format: None })?;
            index.set(chat.cast_signed(), read(key, value)?);
        }
        kind::DATE => *date = Some(read(key, value)?),
        _ => return Err(Unreadable { key, format: None }),
    }
    Ok(())
}

fn write<T: Serialize>(key: RecordKey, value: Option<&T>, batch: &mut Batch) {
    let Some(value) = value else { return batch.delete(key) };
    // Measured first: a vector that grows leaves copies of what it held, and nobody wipes those.
    let Ok(len) = postcard::serialize_with_flavor(value, Size::default()) else { return };
    let mut bytes = Vec::with_capacity(1 + len);
    bytes.push(FORMAT);
    // postcard fails where a value does not say how long it is, or is TL that TL cannot say; neither gets into a chat.
    if let Ok(bytes) = postcard::to_extend(value, bytes) {
        batch.put(key, Zeroizing::new(bytes));
    }
}

fn read<T: DeserializeOwned>(key: RecordKey, value: &RecordValue) -> Result<T, Unreadable> {
    match value.split_first() {
        Some((&FORMAT, bytes)) => postcard::from_bytes(bytes).map_err(|_| Unreadable { key, format: None }),
        Some((format, _)) => Err(Unreadable { key, format: Some(*format) }),
        None => Err(Unreadable { key, format: None }),
    }
}
