//! A store that outlives its process, and that can be full.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use secret_runtime::store::{Batch, Loaded, Memory, RecordKey, RecordValue, Scope, Store};

#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    memory: Arc<Mutex<Memory>>,
    pub(crate) is_full: Arc<AtomicBool>,
    pub(crate) commits: Arc<AtomicUsize>,
    pub(crate) scrubs: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no space left")
    }
}

impl std::error::Error for Full {}

impl Disk {
    pub(crate) fn of(memory: Memory) -> Self {
        Self { memory: Arc::new(Mutex::new(memory)), ..Self::default() }
    }

    /// What a crash at this moment would leave.
    pub(crate) fn snapshot(&self) -> Memory {
        self.memory.lock().unwrap().clone()
    }

    pub(crate) fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }
}

impl Store for Disk {
    type Error = Full;

    fn load(&self, scope: Scope) -> Result<Loaded, Full> {
        self.memory.lock().unwrap().load(scope).map_err(|_| Full)
    }

    fn read(&self, key: RecordKey) -> Result<Option<RecordValue>, Full> {
        self.memory.lock().unwrap().read(key).map_err(|_| Full)
    }

    fn chats(&self) -> Result<Vec<i32>, Full> {
        self.memory.lock().unwrap().chats().map_err(|_| Full)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), Full> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(Full);
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.memory.lock().unwrap().commit(batch).map_err(|_| Full)
    }

    fn scrub(&mut self) -> Result<(), Full> {
        self.scrubs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}
