use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// What can go wrong with the file that a log-in is kept in.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionFileError {
    /// Another process, or another value in this one, has it open.
    Locked {
        /// Which file.
        path: PathBuf,
    },
    /// Others than its owner may use the file (Unix).
    Permissions {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A newer version of this crate wrote it.
    NewerFormat {
        /// Which file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// It is cut short, changed, or something else altogether.
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It cannot be read or written: the disk is full, for example. The file is as it was.
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for SessionFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path } => {
                write!(f, "the session file {} is in use: close it in the other process first", path.display())
            }
            Self::Permissions { path, mode } => write!(
                f,
                "the session file {} is open to others than its owner (mode {mode:04o}): give it mode 0600 if it can be \
                 trusted",
                path.display()
            ),
            Self::NewerFormat { path, found, known } => write!(
                f,
                "the session file {} has format {found}, and this version knows formats up to {known}: open it with a newer \
                 version",
                path.display()
            ),
            Self::Damaged { path, reason } => write!(
                f,
                "{} is no session file, or is damaged: {reason}; put a copy back, or move it away and log in again",
                path.display()
            ),
            Self::Io { path, source } => write!(f, "the session file {} cannot be used: {source}", path.display()),
        }
    }
}

impl Error for SessionFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Locked { .. } | Self::Permissions { .. } | Self::NewerFormat { .. } | Self::Damaged { .. } => None,
        }
    }
}
