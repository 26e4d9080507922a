//! A store that breaks on demand.

use std::fmt;

use secret_runtime::store::{Batch, Loaded, Memory, RecordKey, RecordValue, Scope, Store};

/// What is to happen at the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// The disk is full; nothing is written, and the program goes on.
    Full,
    /// The program dies before anything is written.
    Before,
    /// The program dies after everything was written.
    After,
}

/// A [`Memory`] that a trap can be laid in.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// What is durable.
    pub memory: Memory,
    /// What the next commit runs into.
    pub trap: Option<Trap>,
}

/// A commit that ran into a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trapped(pub Trap);

impl fmt::Display for Trapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the commit ran into {:?}", self.0)
    }
}

impl std::error::Error for Trapped {}

impl Store for Disk {
    type Error = Trapped;

    fn load(&self, scope: Scope) -> Result<Loaded, Trapped> {
        self.memory.load(scope).map_err(|never| match never {})
    }

    fn read(&self, key: RecordKey) -> Result<Option<RecordValue>, Trapped> {
        self.memory.read(key).map_err(|never| match never {})
    }

    fn chats(&self) -> Result<Vec<i32>, Trapped> {
        self.memory.chats().map_err(|never| match never {})
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), Trapped> {
        let trap = self.trap.take();
        if matches!(trap, None | Some(Trap::After)) {
            self.memory.commit(batch).map_err(|never| match never {})?;
        }
        trap.map_or(Ok(()), |trap| Err(Trapped(trap)))
    }

    fn scrub(&mut self) -> Result<(), Trapped> {
        Ok(())
    }
}
