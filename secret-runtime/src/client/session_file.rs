//! What a client keeps of its log-in: the authorization keys, the data centre, the user, and where the data centres are.
//! Without it, one logs in anew.
//!
//! The file is for its owner's eyes only: whoever has it is logged in. It appears under its name whole or not at all, and a
//! change counts only once it is on the disk. It knows nothing of secret chats, which have a store of their own.

mod disk;
mod error;
mod format;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::mtproto::AuthKey;
use disk::Disk;
pub use error::SessionFileError;

/// The user that is logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The id of the user.
    pub user_id: i64,
    /// Whether it is a bot.
    pub bot: bool,
}

impl KeptKey {
    pub(crate) fn new(key: AuthKey, salt: i64, clock_offset: i64) -> Self {
        Self { key, salt, clock_offset, authorized: false }
    }
}

/// A log-in that is kept, in a file or, for as long as the process lives, in memory.
///
/// Only one process, and one value in it, has a file open at a time. Changes, a handful for each connection, are written
/// by the thread that makes them, which waits for the disk.
pub struct SessionFile {
    disk: Option<Disk>,
    kept: Mutex<Kept>,
}

/// What is kept.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The data centre that the user belongs to; before log-in, the one that the server has sent us to.
    pub(crate) home: Option<i32>,
    pub(crate) user: Option<SignedIn>,
    pub(crate) data_centers: BTreeMap<i32, KeptKey>,
    /// Where the servers have said that the data centres are; since format 2.
    pub(crate) addresses: BTreeMap<i32, Vec<KeptAddress>>,
}

/// What is kept of one data centre.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptKey {
    pub(crate) key: AuthKey,
    pub(crate) salt: i64,
    /// How far the server's clock is ahead of ours, in milliseconds.
    pub(crate) clock_offset: i64,
    /// Whether the user is logged in with this key.
    pub(crate) authorized: bool,
}

/// An address of a data centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptAddress {
    pub(crate) address: SocketAddr,
    /// Streams to it have to be obfuscated.
    pub(crate) obfuscated_only: bool,
}

impl SessionFile {
    /// Opens the file, or begins a new one if there is none; it is written when there is something to keep.
    ///
    /// Beside it stays an empty file, whose name has `.lock` at its end.
    ///
    /// # Errors
    /// [`SessionFileError`]: if another process has it open, if others than its owner may read it, if it is damaged or of a
    /// newer format, or if it cannot be read. It is left as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SessionFileError> {
        let disk = Disk::open(path.as_ref())?;
        let kept = match disk.read()? {
            Some(bytes) => format::read(&bytes).map_err(|fault| fault.at(disk.path()))?,
            None => Kept::default(),
        };
        Ok(Self { disk: Some(disk), kept: Mutex::new(kept) })
    }

    /// A log-in that ends with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { disk: None, kept: Mutex::default() }
    }

    /// The user that is logged in.
    #[must_use]
    pub fn user(&self) -> Option<SignedIn> {
        self.lock().user
    }

    /// The data centre of the user, if it is known.
    #[must_use]
    pub fn home(&self) -> Option<i32> {
        self.lock().home
    }

    pub(crate) fn key_of(&self, dc: i32) -> Option<KeptKey> {
        self.lock().data_centers.get(&dc).cloned()
    }

    pub(crate) fn addresses_of(&self, dc: i32) -> Vec<KeptAddress> {
        self.lock().addresses.get(&dc).cloned().unwrap_or_default()
    }

    /// Changes what is kept. It counts, for [`SessionFile::user`] and the others too, only once it is on the disk.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Kept)) -> Result<(), SessionFileError> {
        let mut kept = self.lock();
        let mut next = kept.clone();
        change(&mut next);
        if next == *kept {
            return Ok(());
        }
        if let Some(disk) = &self.disk {
            disk.replace(&format::write(&next))?;
        }
        *kept = next;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SessionFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { disk, kept: _ } = self;
        let (home, user) = (self.home(), self.user());
        f.debug_struct("SessionFile")
            .field("path", &disk.as_ref().map(Disk::path))
            .field("home", &home)
            .field("user", &user)
            .finish_non_exhaustive()
    }
}
