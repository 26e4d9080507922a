//! A file under a store, with the time that it takes to reach the disk.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};
use secret_runtime::store::{Redb, StoreKey};

use crate::{Error, seeded};

/// What a file has waited for the disk.
#[derive(Clone, Debug, Default)]
pub struct Waits(Arc<[AtomicU64; 2]>);

impl Waits {
    /// Nanoseconds so far.
    #[must_use]
    pub fn nanoseconds(&self) -> f64 {
        let [nanoseconds, _] = &*self.0;
        nanoseconds.load(Ordering::Relaxed) as f64
    }

    /// How often so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        let [_, count] = &*self.0;
        count.load(Ordering::Relaxed)
    }
}

/// The store in a file, which is created when there is none.
///
/// # Errors
/// The store cannot be opened.
pub fn open(path: &Path, waits: &Waits) -> Result<Redb, Error> {
    let backend = Timed { file: file(path)?, waits: waits.clone(), waits_for_the_disk: true };
    Ok(Redb::with_backend(backend, &StoreKey::new([0x42; 32]), seeded())?)
}

/// The same, but nothing is waited for: a crash of the machine could lose what was committed.
///
/// # Errors
/// The store cannot be opened.
pub fn open_without_waiting(path: &Path, waits: &Waits) -> Result<Redb, Error> {
    let backend = Timed { file: file(path)?, waits: waits.clone(), waits_for_the_disk: false };
    Ok(Redb::with_backend(backend, &StoreKey::new([0x42; 32]), seeded())?)
}

fn file(path: &Path) -> Result<FileBackend, Error> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    Ok(FileBackend::new(file)?)
}

/// The bytes of a file.
///
/// # Errors
/// There is none.
pub fn size(path: &Path) -> Result<u64, Error> {
    Ok(fs::metadata(path)?.len())
}

struct Timed {
    file: FileBackend,
    waits: Waits,
    waits_for_the_disk: bool,
}

impl fmt::Debug for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

impl StorageBackend for Timed {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let start = Instant::now();
        let outcome = if self.waits_for_the_disk { self.file.sync_data() } else { Ok(()) };
        let [nanoseconds, count] = &*self.waits.0;
        nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        count.fetch_add(1, Ordering::Relaxed);
        outcome
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}
