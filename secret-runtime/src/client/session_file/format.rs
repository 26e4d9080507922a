//! The bytes of the file: a mark, the format's number, what is kept, and the SHA-256 of all that. Format 1 had no addresses.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Kept, SessionFileError};

const MARK: &[u8; 8] = b"sr-login";
const FORMAT: u32 = 2;
const CHECKSUM: usize = 32;

/// What is wrong with the bytes.
pub(super) enum Fault {
    Newer(u32),
    Damaged(&'static str),
}

impl Fault {
    pub(super) fn at(self, path: &Path) -> SessionFileError {
        let path = path.to_owned();
        match self {
            Self::Newer(found) => SessionFileError::NewerFormat { path, found, known: FORMAT },
            Self::Damaged(reason) => SessionFileError::Damaged { path, reason },
        }
    }
}

pub(super) fn write(kept: &Kept) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    // Maps of numbers and byte strings can always be written.
    bytes.extend_from_slice(&Zeroizing::new(postcard::to_allocvec(kept).unwrap_or_default()));
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<Kept, Fault> {
    let (mark, rest) = bytes.split_first_chunk().ok_or(Fault::Damaged("it is too short"))?;
    if mark != MARK {
        return Err(Fault::Damaged("it was written by something else"));
    }
    let (format, _) = rest.split_first_chunk().ok_or(Fault::Damaged("it is too short"))?;
    let format = u32::from_le_bytes(*format);
    if format > FORMAT {
        return Err(Fault::Newer(format));
    }
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(Fault::Damaged("it is too short"))?;
    if Sha256::digest(content).as_slice() != checksum {
        return Err(Fault::Damaged("its checksum is wrong"));
    }
    let kept = content.get(MARK.len() + size_of::<u32>()..).ok_or(Fault::Damaged("it is too short"))?;
    let kept = match format {
        ..2 => postcard::from_bytes(kept).map(|(home, user, data_centers)| Kept {
            home,
            user,
            data_centers,
            addresses: BTreeMap::new(),
        }),
        _ => postcard::from_bytes(kept),
    };
    kept.map_err(|_| Fault::Damaged("its content makes no sense"))
}
