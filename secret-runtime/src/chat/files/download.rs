//! Downloading: from what the server says of a file to the requests for its parts.

use std::fmt;
use std::ops::Range;

use tl_types::api::constructors::{EncryptedFile, InputEncryptedFileLocation};
use tl_types::api::functions::upload::GetFile;

use super::{BLOCK, MAX_PARTS_PREMIUM, PART_SIZE, longest, part_count, part_range};

/// The parts in which a file is downloaded.
///
/// Every request asks for [`PART_SIZE`] bytes at a multiple of it, the last one too. That keeps to the rules of
/// `upload.getFile` without `precise`: offset and limit are multiples of 4 KiB, the limit divides 1 MiB, and no part
/// reaches over a multiple of 1 MiB. Source: <https://core.telegram.org/api/files>.
#[derive(Clone, Debug, PartialEq)]
pub struct DownloadPlan {
    location: InputEncryptedFileLocation,
    dc_id: i32,
    size: u64,
}

impl DownloadPlan {
    /// The plan for the file of a received message.
    ///
    /// # Errors
    /// [`DownloadError`] if no encrypted file has that size.
    pub fn new(file: &EncryptedFile) -> Result<Self, DownloadError> {
        let limit = longest(MAX_PARTS_PREMIUM);
        let size = u64::try_from(file.size).ok().filter(|&size| size > 0 && size <= limit);
        let size = size.ok_or(DownloadError::Size { size: file.size, limit })?;
        if !size.is_multiple_of(BLOCK) {
            return Err(DownloadError::NotWholeBlocks { size });
        }
        let location = InputEncryptedFileLocation::new(file.id, file.access_hash);
        Ok(Self { location, dc_id: file.dc_id, size })
    }

    /// The data centre that has the file.
    #[must_use]
    pub fn dc_id(&self) -> i32 {
        self.dc_id
    }

    /// How many bytes are downloaded: a multiple of 16, padding included.
    #[must_use]
    pub fn encrypted_size(&self) -> u64 {
        self.size
    }

    /// How many parts there are.
    #[must_use]
    pub fn part_count(&self) -> u32 {
        part_count(self.size)
    }

    /// The bytes of a part, from 0, which the answer to its [`request`](Self::request) holds all of; `None` behind the
    /// last one.
    #[must_use]
    pub fn part(&self, part: u32) -> Option<Range<u64>> {
        part_range(self.size, part)
    }

    /// The request for a part, from 0; `None` behind the last one.
    #[must_use]
    pub fn request(&self, part: u32) -> Option<GetFile> {
        let offset = i64::try_from(self.part(part)?.start).ok()?;
        let limit = i32::try_from(PART_SIZE).ok()?;
        Some(GetFile::new(self.location.clone(), offset, limit))
    }
}

/// The server names a file that cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DownloadError {
    /// No file has that size.
    Size {
        /// `encryptedFile.size`.
        size: i64,
        /// The largest that one has.
        limit: u64,
    },
    /// It is not a multiple of 16 bytes, and cannot be decrypted.
    NotWholeBlocks {
        /// `encryptedFile.size`.
        size: u64,
    },
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { size, limit } => {
                write!(f, "the server gives the file a size of {size} bytes; one has from 16 to {limit}")
            }
            Self::NotWholeBlocks { size } => {
                write!(f, "the server gives the file a size of {size} bytes, which is no multiple of 16")
            }
        }
    }
}

impl std::error::Error for DownloadError {}
