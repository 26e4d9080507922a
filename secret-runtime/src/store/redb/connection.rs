//! The database and what is under it: opened anew after an error, and wiped where it shrinks.

use std::fmt;
use std::io;
use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, Builder, Database, StorageBackend};

use super::RedbError;

/// How much memory the database may use to keep pages, which are sealed, in bytes.
const CACHE: usize = 16 << 20;

/// A database that outlives its own errors.
pub(super) struct Connection {
    backend: Backend,
    database: Mutex<Option<Database>>,
}

impl Connection {
    pub(super) fn new(backend: impl StorageBackend) -> Self {
        let shared = Shared { under: Box::new(backend), growths: AtomicU64::new(0), locks: Mutex::default() };
        Self { backend: Backend(Arc::new(shared)), database: Mutex::new(None) }
    }

    /// Does some work on the database, which is opened first if need be.
    // redb refuses any further work after an error of its backend, until it is opened anew; and it checks little of what
    // it reads, but panics, in a way that is safe, where a page makes no sense.
    pub(super) fn run<T>(&self, work: impl FnOnce(&mut Database) -> Result<T, RedbError>) -> Result<T, RedbError> {
        let mut slot = lock(&self.database);
        let database = slot.take();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
            let mut database = match database {
                Some(database) => database,
                None => Builder::new().set_cache_size(CACHE).create_with_backend(self.backend.clone())?,
            };
            let result = work(&mut database);
            if !matches!(result, Err(RedbError::Io(_) | RedbError::Database(_))) {
                *slot = Some(database);
            }
            result
        }));
        outcome.unwrap_or_else(|_| Err(RedbError::DamagedFile { reason: "a page makes no sense".to_owned() }))
    }

    /// Counts how often the file became longer.
    pub(super) fn growths(&self) -> Growths {
        Growths(self.backend.clone())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let database = lock(&self.database).take();
        // Closing writes down which pages are free, and may panic for the same reason. Every commit is on the disk.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(database)));
    }
}

/// How often the file became longer.
pub(super) struct Growths(Backend);

impl Growths {
    pub(super) fn count(&self) -> u64 {
        self.0.0.growths.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
struct Backend(Arc<Shared>);

type Range = (Bound<u64>, Bound<u64>);

struct Shared {
    under: Box<dyn StorageBackend>,
    growths: AtomicU64,
    locks: Mutex<Vec<Range>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Nobody is left to tell of a failure, and the system releases the locks with the file.
        let _ = self.under.close();
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.under.fmt(f)
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.under.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.under.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let before = self.0.under.len()?;
        if len > before {
            self.0.growths.fetch_add(1, Ordering::Relaxed);
        }
        if len < before {
            wipe(&*self.0.under, len, before)?;
        }
        self.0.under.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.under.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.under.write(offset, data)
    }

    // The locks are kept while the database is opened anew, so that no other process comes between.
    fn close(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        let mut locks = lock(&self.0.locks);
        if locks.contains(&(start, end)) {
            return Ok(true);
        }
        let locked = self.0.under.try_lock_range(start, end)?;
        if locked {
            locks.push((start, end));
        }
        Ok(locked)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.under.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.under.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.under.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        lock(&self.0.locks).retain(|held| *held != (start, end));
        self.0.under.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.under.query_lock_range(start, end)
    }
}

// What is zero already is left alone: a file that grew but was not written there takes no space for it.
fn wipe(backend: &dyn StorageBackend, from: u64, to: u64) -> io::Result<()> {
    static ZEROS: [u8; CHUNK] = [0; CHUNK];
    const CHUNK: usize = 1 << 16;
    let mut found = vec![0; CHUNK];
    let mut offset = from;
    while offset < to {
        let len = usize::try_from(to - offset).map_or(CHUNK, |rest| rest.min(CHUNK));
        found.truncate(len);
        let zeros = ZEROS.get(..len).unwrap_or_default();
        backend.read(offset, &mut found)?;
        if found != zeros {
            backend.write(offset, zeros)?;
        }
        offset += len as u64;
    }
    backend.sync_data()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
