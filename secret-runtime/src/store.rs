//! Durable storage: opaque records, made durable in batches, each whole or not at all.
//!
//! This module owns the [`Store`] trait and its two implementations: [`Memory`], and `Redb`, a file (feature `redb`).
//! It knows nothing of what a record holds: the state machine turns itself into records and back, and the store neither
//! reads nor interprets them. It imports neither `crypto` nor `chat`.
//!
//! What must survive is committed before it is sent or acknowledged; so [`Store::commit`] returns only when the batch is
//! on the disk. What must be gone is deleted by a commit, and the traces that the deletion leaves behind in a file are
//! overwritten by [`Store::scrub`].

mod batch;
mod memory;

#[cfg(feature = "redb")]
mod create;
#[cfg(feature = "redb")]
mod key;
#[cfg(feature = "redb")]
mod redb;

use std::error::Error;
use std::fmt;

use zeroize::Zeroizing;

pub use batch::Batch;
pub use memory::Memory;

#[cfg(feature = "redb")]
pub use key::{StoreKey, StoreKeyError};
#[cfg(feature = "redb")]
pub use redb::{FORMAT, Redb, RedbError};

/// Whom a record belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The account as a whole.
    Account,
    /// The secret chat with this chat id.
    Chat(i32),
}

/// The name of a record. Names are ordered by scope, then kind, then number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// Whom the record belongs to.
    pub scope: Scope,
    /// What kind of record it is; the state machine assigns the kinds.
    pub kind: u8,
    /// Which one of its kind: a sequence number, an index, or 0 where there is only one.
    pub number: u64,
}

/// The content of a record: opaque bytes, which may be empty, and are wiped when dropped.
pub type RecordValue = Zeroizing<Vec<u8>>;

/// What [`Store::load`] found.
#[derive(Default)]
pub struct Loaded {
    /// The records that are whole, ordered by kind, then number.
    pub records: Vec<(RecordKey, RecordValue)>,
    /// The records that are there but cannot be read. The ones in [`records`](Self::records) are not affected by them.
    pub damaged: Vec<DamagedRecord>,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, damaged } = self;
        let names: Vec<_> = records.iter().map(|(key, _)| key).collect();
        f.debug_struct("Loaded").field("records", &names).field("damaged", damaged).finish()
    }
}

/// A record that is there but cannot be read: its bytes changed, or they were written under another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DamagedRecord {
    /// Its name; `None` when the name itself is damaged. A named one can be deleted or overwritten like any other.
    pub key: Option<RecordKey>,
}

/// Where the records of an account are kept.
///
/// One value owns one store. After an error the store is as it was before the call, or, where the disk did not tell
/// whether it took a commit, as it was to be: [`load`](Self::load) shows which.
pub trait Store {
    /// What can go wrong.
    type Error: Error + Send + Sync + 'static;

    /// All records of a scope.
    ///
    /// # Errors
    /// The store cannot be read. A single record that cannot be read is no error, but listed in [`Loaded::damaged`].
    fn load(&self, scope: Scope) -> Result<Loaded, Self::Error>;

    /// The content of one record, `None` if there is no such record.
    ///
    /// # Errors
    /// The store cannot be read, or the record is damaged.
    fn read(&self, key: RecordKey) -> Result<Option<RecordValue>, Self::Error>;

    /// The id of every chat that has records, in ascending order.
    ///
    /// # Errors
    /// The store cannot be read.
    fn chats(&self) -> Result<Vec<i32>, Self::Error>;

    /// Makes the whole batch durable, or nothing of it. Returns only when it is on the disk.
    ///
    /// # Errors
    /// The disk is full or broken. The batch is not applied; the store stays usable, and the same batch may be committed
    /// again. Only if the disk failed while it confirmed the batch may the batch have been applied none the less.
    fn commit(&mut self, batch: &Batch) -> Result<(), Self::Error>;

    /// Overwrites what deleted and overwritten records left behind, as far as the implementation promises.
    ///
    /// Slower than a commit: call it when something must be gone for good, such as the key of a closed chat.
    ///
    /// # Errors
    /// As [`commit`](Self::commit). No record is affected.
    fn scrub(&mut self) -> Result<(), Self::Error>;
}
