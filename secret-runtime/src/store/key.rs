//! The key under which a store is sealed, and the file that keeps it.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::create::create;
use crate::private;

/// How many bytes a key has.
const LEN: usize = 32;

/// The key under which a store is sealed: 32 uniformly random bytes.
///
/// Whoever has it can read every record of the store, and whoever lost it none.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; LEN]);

impl StoreKey {
    /// A key that the caller keeps: in the key chain of the system, say. The bytes must be uniformly random: a password
    /// is not a key.
    pub fn new(bytes: [u8; LEN]) -> Self {
        Self(bytes)
    }

    /// A new key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut key = Self([0; LEN]);
        rng.fill_bytes(&mut key.0);
        key
    }

    /// The key in a file, which is created with a random key when there is none.
    ///
    /// The file holds the 32 bytes and nothing else. A new one appears under its name only when it is whole and on the
    /// disk, and on Unix only its owner may read it (mode 0600). If two processes create it at once, both get the same
    /// key.
    ///
    /// # Errors
    /// The file cannot be read or created, it has another length than 32 bytes, or others than its owner may read or
    /// write it.
    pub fn from_file<R: CryptoRng + ?Sized>(path: impl AsRef<Path>, rng: &mut R) -> Result<Self, StoreKeyError> {
        let path = path.as_ref();
        let io = |source| StoreKeyError::Io { path: path.to_owned(), source };
        match File::open(path) {
            Ok(file) => return Self::read(path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        let created = create(path, rng.next_u64(), |mut file| {
            file.write_all(&Self::random(rng).0)?;
            file.sync_all()
        });
        created.map_err(io)?;
        Self::read(path, File::open(path).map_err(io)?)
    }

    pub(super) fn bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    fn read(path: &Path, mut file: File) -> Result<Self, StoreKeyError> {
        let io = |source| StoreKeyError::Io { path: path.to_owned(), source };
        let metadata = file.metadata().map_err(io)?;
        if let Some(mode) = private::mode_beyond_owner(&metadata) {
            return Err(StoreKeyError::Permissions { path: path.to_owned(), mode });
        }
        if metadata.len() != LEN as u64 {
            return Err(StoreKeyError::Length { path: path.to_owned(), found: metadata.len() });
        }
        let mut key = Self([0; LEN]);
        file.read_exact(&mut key.0).map_err(io)?;
        Ok(key)
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("StoreKey([redacted])")
    }
}

/// Why the key in a file cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreKeyError {
    /// The file cannot be read or created.
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not 32 bytes long, so it holds no key.
    Length {
        /// Which file.
        path: PathBuf,
        /// Its length in bytes.
        found: u64,
    },
    /// Others than the owner may use the file (Unix).
    Permissions {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

impl fmt::Display for StoreKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "the key file {} cannot be used: {source}", path.display()),
            Self::Length { path, found } => {
                write!(f, "the key file {} holds no key: it has {found} bytes, and a key has {LEN}", path.display())
            }
            Self::Permissions { path, mode } => write!(
                f,
                "the key file {} is open to others than its owner (mode {mode:04o}): give it mode 0600, or make a new key \
                 if it may have been read",
                path.display()
            ),
        }
    }
}

impl Error for StoreKeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Length { .. } | Self::Permissions { .. } => None,
        }
    }
}
