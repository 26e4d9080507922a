//! A store in one file, an embedded database.
//!
//! This module owns the file's format: three tables, sealed records under names that tell nothing ([`seal`]), commits,
//! and what is done so that deleted records leave the file. What is under the database is in [`connection`].

mod connection;
mod error;
mod seal;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use ::redb::backends::FileBackend;
use ::redb::{Database, ReadableDatabase, ReadableTable, StorageBackend, Table, TableDefinition, TableError};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use self::connection::Connection;
use self::seal::{Keys, Name, SCOPE_LEN};
use super::create::create;
use super::{Batch, DamagedRecord, Loaded, RecordKey, RecordValue, Scope, Store, StoreKey};
use crate::private;

pub use self::error::RedbError;

/// The version of the file format that this crate writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const RECORDS: TableDefinition<'_, &Name, &[u8]> = TableDefinition::new("records");
const FILLER: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("filler");

type Records<'txn> = Table<'txn, &'static Name, &'static [u8]>;

/// A store in one file, sealed under a [`StoreKey`].
///
/// # What a copy of the file tells
/// Without the key: how many chats have records, how many records each has, which records changed between two copies,
/// and each record's length rounded up to 64 bytes. Neither ids, kinds, numbers nor contents. A record that was changed
/// or moved under another name is found out ([`Loaded::damaged`]); that the file as a whole was replaced by an older
/// copy of itself, or that records were taken out of it, is not. Damage between the records shows as
/// [`RedbError::DamagedFile`], or as records that are missing; never as a record with other content.
///
/// # What a deletion promises
/// The database never writes over what it may still need after a crash, so that the bytes of a record that was deleted
/// or overwritten stay in pages that are free, until these are used again. They are sealed: without the key they tell
/// nothing. Once [`scrub`](Store::scrub) has returned, they are nowhere in the file, under whatever key. Two things are
/// done for that. A commit blanks a record before it deletes or replaces it, so that no page in use holds the remains of
/// a record that is gone; and `scrub` writes over every page that is free. A part that the file gives back to the system
/// is written over before that. A scrub reads the file several times over and rearranges it: tens of milliseconds for a
/// few megabytes, many seconds for hundreds.
///
/// The promise ends at the file. A file system that copies on write or keeps snapshots, a backup, and a flash drive that
/// maps its blocks anew may each still have the old bytes, sealed. Where these matter, keep the key where it can be
/// erased, and move the records to a store with a new key.
///
/// # One at a time
/// The file is locked while it is open, also against other values in the same process; on a system without file locks it is up to the caller. After a failed commit
/// the database is opened anew from the file, under the same lock.
pub struct Redb {
    connection: Connection,
    keys: Keys,
    rng: Box<dyn CryptoRng + Send + Sync>,
}

impl Redb {
    /// Opens the store in a file, which is created when there is none. The directory must exist. A new file appears under
    /// its name only when it is a whole store, and on the disk.
    ///
    /// A new file can be used by its owner only (Unix, mode 0600); one that is open to others is refused, not mended,
    /// since they may have read or changed it already. The random numbers go into salts and nonces: `rng` must never
    /// repeat itself, in no other process either.
    ///
    /// # Errors
    /// Another process has the store open, the key is another one, the file is open to others than its owner, was
    /// written by a newer version, is damaged or no store at all, or cannot be used. No record is changed.
    pub fn open(
        path: impl AsRef<Path>,
        key: &StoreKey,
        mut rng: impl CryptoRng + Send + Sync + 'static,
    ) -> Result<Self, RedbError> {
        let path = path.as_ref();
        let file = match open_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path, rng.next_u64(), |file| {
                    let connection = Connection::new(FileBackend::new(file)?);
                    connection.run(|database| initialize(database, key, &mut rng))?;
                    Ok::<_, RedbError>(())
                })?;
                open_file(path)?
            }
            opened => opened?,
        };
        if let Some(mode) = private::mode_beyond_owner(&file.metadata()?) {
            return Err(RedbError::Permissions { path: path.to_owned(), mode });
        }
        Self::with_backend(FileBackend::new(file)?, key, rng)
    }

    /// Opens the store in whatever `backend` stands for: memory, or a faulty disk in a test.
    ///
    /// An empty one becomes a new store; if that is interrupted, the backend may be neither empty nor a store. The backend
    /// is closed when the store is dropped. After an error the database is opened anew on the same backend.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for permissions.
    pub fn with_backend(
        backend: impl StorageBackend,
        key: &StoreKey,
        rng: impl CryptoRng + Send + Sync + 'static,
    ) -> Result<Self, RedbError> {
        let mut rng: Box<dyn CryptoRng + Send + Sync> = Box::new(rng);
        let connection = Connection::new(backend);
        let keys = connection.run(|database| prepare(database, key, &mut *rng))?;
        Ok(Self { connection, keys, rng })
    }
}

impl Store for Redb {
    type Error = RedbError;

    fn load(&self, scope: Scope) -> Result<Loaded, RedbError> {
        let mut loaded = self.connection.run(|database| {
            let records = database.begin_read()?.open_table(RECORDS)?;
            let mut loaded = Loaded::default();
            let (first, last) = self.keys.range(scope);
            for entry in records.range::<&Name>(&first..=&last)? {
                let (name, sealed) = entry?;
                let key = self.keys.key_of(name.value());
                match key.and_then(|key| Some((key, self.keys.open(key, sealed.value())?))) {
                    Some(record) => loaded.records.push(record),
                    None => loaded.damaged.push(DamagedRecord { key }),
                }
            }
            Ok(loaded)
        })?;
        loaded.records.sort_unstable_by_key(|(key, _)| *key);
        loaded.damaged.sort_unstable_by_key(|record| record.key);
        Ok(loaded)
    }

    fn read(&self, key: RecordKey) -> Result<Option<RecordValue>, RedbError> {
        self.connection.run(|database| {
            let records = database.begin_read()?.open_table(RECORDS)?;
            let Some(sealed) = records.get(&self.keys.name(key))? else { return Ok(None) };
            self.keys.open(key, sealed.value()).map(Some).ok_or(RedbError::DamagedRecord { key })
        })
    }

    fn chats(&self) -> Result<Vec<i32>, RedbError> {
        let mut chats = self.connection.run(|database| {
            let records = database.begin_read()?.open_table(RECORDS)?;
            let mut chats = Vec::new();
            let mut previous = None;
            for entry in records.range::<&Name>(..)? {
                let (name, _) = entry?;
                let scope: Option<[u8; SCOPE_LEN]> = name.value().first_chunk().copied();
                if scope != previous {
                    previous = scope;
                    chats.extend(scope.and_then(|scope| match self.keys.scope_of(&scope)? {
                        Scope::Chat(chat_id) => Some(chat_id),
                        Scope::Account => None,
                    }));
                }
            }
            Ok(chats)
        })?;
        chats.sort_unstable();
        Ok(chats)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), RedbError> {
        if batch.is_empty() {
            return Ok(());
        }
        let Self { connection, keys, rng } = self;
        connection.run(|database| {
            let transaction = database.begin_write()?;
            apply(&mut transaction.open_table(RECORDS)?, keys, &mut **rng, batch)?;
            Ok(transaction.commit()?)
        })
    }

    fn scrub(&mut self) -> Result<(), RedbError> {
        let growths = self.connection.growths();
        self.connection.run(|database| scrub(database, || growths.count()))
    }
}

impl fmt::Debug for Redb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection: _, keys: _, rng: _ } = self;
        f.write_str("Redb([redacted])")
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

fn prepare(database: &Database, key: &StoreKey, rng: &mut dyn CryptoRng) -> Result<Keys, RedbError> {
    let transaction = database.begin_read()?;
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) if transaction.list_tables()?.next().is_none() => {
            return initialize(database, key, rng);
        }
        Err(error) => return Err(error.into()),
    };
    let format = u32::from_le_bytes(field(&meta, "format")?);
    if format > FORMAT {
        return Err(RedbError::NewerFormat { found: format, known: FORMAT });
    }
    let keys = Keys::derive(key, &field(&meta, "salt")?);
    if !bool::from(keys.check().ct_eq(&field::<32>(&meta, "check")?)) {
        return Err(RedbError::WrongKey);
    }
    transaction.open_table(RECORDS)?;
    if transaction.open_table(FILLER).is_ok() {
        // A crash interrupted a scrub.
        drop((meta, transaction));
        remove_filler(database)?;
    }
    Ok(keys)
}

fn initialize(database: &Database, key: &StoreKey, rng: &mut dyn CryptoRng) -> Result<Keys, RedbError> {
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let keys = Keys::derive(key, &salt);
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("format", FORMAT.to_le_bytes().as_slice())?;
        meta.insert("salt", salt.as_slice())?;
        meta.insert("check", keys.check().as_slice())?;
        transaction.open_table(RECORDS)?;
    }
    transaction.commit()?;
    Ok(keys)
}

fn field<const LEN: usize>(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<[u8; LEN], RedbError> {
    let value = meta.get(name)?;
    let bytes = value.as_ref().and_then(|value| value.value().try_into().ok());
    bytes.ok_or_else(|| RedbError::DamagedFile { reason: format!("its {name} is missing") })
}

fn apply(records: &mut Records<'_>, keys: &Keys, rng: &mut dyn CryptoRng, batch: &Batch) -> Result<(), RedbError> {
    let mut deleted = Vec::new();
    for chat_id in batch.deleted_chats() {
        let (first, last) = keys.range(Scope::Chat(chat_id));
        for entry in records.range::<&Name>(&first..=&last)? {
            deleted.push(*entry?.0.value());
        }
    }
    let changes: Vec<_> = batch.iter().map(|(key, change)| (keys.name(key), key, change)).collect();

    // All blanks come before the first removal: a removal moves the records behind it within their page, and must not
    // leave the remains of one that goes in the same batch.
    for name in deleted.iter().chain(changes.iter().map(|(name, ..)| name)) {
        blank(records, name)?;
    }
    for name in &deleted {
        records.remove(name)?;
    }
    for (name, key, change) in changes {
        match change {
            Some(value) => records.insert(&name, keys.seal(key, value, rng).as_slice())?,
            None => records.remove(&name)?,
        };
    }
    Ok(())
}

// One byte longer than the record: for a value of the same length redb copies the page as it is, with what lies in its
// unused part; for any other it builds a new page from the records.
fn blank(records: &mut Records<'_>, name: &Name) -> Result<(), RedbError> {
    let len = records.get(name)?.map(|sealed| sealed.value().len());
    if let Some(len) = len {
        records.insert(name, vec![0; len + 1].as_slice())?;
    }
    Ok(())
}

/// How many bytes of a value fill one page of the database, of 4096 bytes, together with its key and two lengths.
const PAGE_FILL: usize = 4096 - 16;

/// How many pages are filled after the last free one: enough for those that the filling itself took and gave back.
const MARGIN: u32 = 16;

// The database grows its file only when no page is free. So the free pages have all been written over when a table of
// page-sized values makes the file grow. It doubles then, for which it is made as short as it can be before and after.
fn scrub(database: &mut Database, growths: impl Fn() -> u64) -> Result<(), RedbError> {
    settle(database)?;
    database.compact()?;
    let transaction = database.begin_write()?;
    {
        let mut filler = transaction.open_table(FILLER)?;
        let before = growths();
        let mut margin = MARGIN;
        for number in 0.. {
            filler.insert(number, [0; PAGE_FILL].as_slice())?;
            if growths() != before {
                margin -= 1;
            }
            if margin == 0 {
                break;
            }
        }
    }
    transaction.commit()?;
    remove_filler(database)?;
    database.compact()?;
    Ok(())
}

fn remove_filler(database: &Database) -> Result<(), RedbError> {
    let transaction = database.begin_write()?;
    transaction.delete_table(FILLER)?;
    transaction.commit()?;
    settle(database)
}

// Pages that one commit gives up are free after the next one, which may also return the end of the file to the system.
fn settle(database: &Database) -> Result<(), RedbError> {
    for _ in 0..2 {
        database.begin_write()?.commit()?;
    }
    Ok(())
}
