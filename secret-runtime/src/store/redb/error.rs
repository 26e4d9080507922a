//! What can go wrong with a store in a file.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::store::RecordKey;

/// What can go wrong with a store in a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum RedbError {
    /// Another process, or another value in this one, has the store open.
    Locked,
    /// The key is not the one that the store is sealed under.
    WrongKey,
    /// Others than its owner may use the file (Unix).
    Permissions {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A newer version of this crate wrote the file.
    NewerFormat {
        /// The format of the file.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// The file is no store, or is damaged as a whole: cut short, or written by something else.
    DamagedFile {
        /// What is wrong with it.
        reason: String,
    },
    /// A record's bytes changed, or were written under another name.
    DamagedRecord {
        /// Which record.
        key: RecordKey,
    },
    /// The file cannot be read or written: the disk is full, for example.
    Io(io::Error),
    /// The database refuses for another reason.
    Database(Box<redb::Error>),
}

impl fmt::Display for RedbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the store is in use: close it in the other process first"),
            Self::WrongKey => f.write_str("the store is sealed under another key: open it with that one"),
            Self::Permissions { path, mode } => write!(
                f,
                "the store {} is open to others than its owner (mode {mode:04o}): give it mode 0600 if it can be trusted",
                path.display()
            ),
            Self::NewerFormat { found, known } => write!(
                f,
                "the store has format {found}, and this version knows formats up to {known}: open it with a newer version"
            ),
            Self::DamagedFile { reason } => write!(f, "the file is no store, or is damaged: {reason}"),
            Self::DamagedRecord { key } => write!(f, "the record {key:?} is damaged: delete or overwrite it"),
            Self::Io(source) => write!(f, "the store cannot be read or written: {source}"),
            Self::Database(source) => write!(f, "the database failed: {source}"),
        }
    }
}

impl Error for RedbError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(source) => Some(source),
            Self::Database(source) => Some(source),
            Self::Locked
            | Self::WrongKey
            | Self::Permissions { .. }
            | Self::NewerFormat { .. }
            | Self::DamagedFile { .. }
            | Self::DamagedRecord { .. } => None,
        }
    }
}

impl From<io::Error> for RedbError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // redb reports so what is not a database, and a page that lies behind the end of the file.
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::DamagedFile { reason: error.to_string() }
            }
            _ => Self::Io(error),
        }
    }
}

impl From<redb::Error> for RedbError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::Locked,
            redb::Error::Io(error) => error.into(),
            redb::Error::Corrupted(reason) => Self::DamagedFile { reason },
            redb::Error::TableDoesNotExist(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_) => Self::DamagedFile { reason: error.to_string() },
            error => Self::Database(Box::new(error)),
        }
    }
}

macro_rules! from_redb {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for RedbError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}
from_redb!(CommitError, CompactionError, DatabaseError, StorageError, TableError, TransactionError);
