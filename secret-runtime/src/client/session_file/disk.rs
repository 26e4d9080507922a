//! A file that is replaced as a whole, by one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SessionFileError;
use crate::private;

/// A file of more bytes is none of ours: a key takes 256, and there are a handful of data centres.
const MAX_LEN: u64 = 1 << 20;

pub(super) struct Disk {
    path: PathBuf,
    /// Locked for as long as it is open. Not the file itself: that one is another after every change.
    _lock: File,
}

impl Disk {
    pub(super) fn open(path: &Path) -> Result<Self, SessionFileError> {
        let io = |source| SessionFileError::Io { path: path.to_owned(), source };
        let lock = beside(path, ".lock").map_err(io)?;
        let lock = private::options(OpenOptions::new().read(true).write(true).create(true).truncate(false))
            .open(lock)
            .map_err(io)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(SessionFileError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The content, if there is a file.
    pub(super) fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, SessionFileError> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|source| self.io(source))?,
        };
        let metadata = file.metadata().map_err(|source| self.io(source))?;
        if let Some(mode) = private::mode_beyond_owner(&metadata) {
            return Err(SessionFileError::Permissions { path: self.path.clone(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len().min(MAX_LEN)).unwrap_or(0)));
        file.take(MAX_LEN).read_to_end(&mut bytes).map_err(|source| self.io(source))?;
        Ok(Some(bytes))
    }

    /// Puts a file with this content in the place of the one there is. After an error, that one is still there.
    pub(super) fn replace(&self, content: &[u8]) -> Result<(), SessionFileError> {
        self.try_replace(content).map_err(|source| self.io(source))
    }

    fn try_replace(&self, content: &[u8]) -> io::Result<()> {
        let unfinished = beside(&self.path, ".new")?;
        // What a crash left behind. Nobody else writes here, since the lock is ours.
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let written = (|| {
            let mut file = private::options(OpenOptions::new().write(true).create_new(true)).open(&unfinished)?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&unfinished, &self.path)
        })();
        if written.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        private::sync_directory_of(&self.path)
    }

    fn io(&self, source: io::Error) -> SessionFileError {
        SessionFileError::Io { path: self.path.clone(), source }
    }
}

fn beside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?.to_owned();
    name.push(suffix);
    Ok(path.with_file_name(name))
}
