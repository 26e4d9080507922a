//! Uploading: from the size of a file to its parts.

use std::fmt;
use std::ops::Range;

use tl_types::api::constructors::{InputEncryptedFileBigUploaded, InputEncryptedFileUploaded};
use tl_types::api::types::InputEncryptedFile;

use super::{BLOCK, MAX_PARTS, MAX_PARTS_PREMIUM, MAX_SMALL_FILE, PART_SIZE, longest, part_count, part_range};

/// The parts in which a file is uploaded.
///
/// ```
/// use secret_runtime::chat::files::UploadPlan;
///
/// let plan = UploadPlan::new(600_001, false)?;
/// assert_eq!(plan.encrypted_size(), 600_016);
/// assert_eq!(plan.parts().collect::<Vec<_>>(), [0..524_288, 524_288..600_016]);
/// assert!(!plan.is_big());
/// # Ok::<(), secret_runtime::chat::files::FileError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadPlan {
    plain_size: u64,
    encrypted_size: u64,
}

impl UploadPlan {
    /// The plan for a file of `size` bytes before encryption, of a user with or without Telegram Premium.
    ///
    /// # Errors
    /// [`FileError`] if the server would refuse the file.
    pub fn new(size: u64, premium: bool) -> Result<Self, FileError> {
        let limit = longest(if premium { MAX_PARTS_PREMIUM } else { MAX_PARTS });
        match size.checked_next_multiple_of(BLOCK) {
            Some(0) => Err(FileError::Empty),
            Some(encrypted_size) if encrypted_size <= limit => Ok(Self { plain_size: size, encrypted_size }),
            _ => Err(FileError::TooLarge { size, limit }),
        }
    }

    /// What `media.size` says, in bytes.
    #[must_use]
    pub fn plain_size(&self) -> u64 {
        self.plain_size
    }

    /// What is uploaded, in bytes: [`plain_size`](Self::plain_size) and random padding up to a multiple of 16.
    #[must_use]
    pub fn encrypted_size(&self) -> u64 {
        self.encrypted_size
    }

    /// How many bytes every part but the last has: [`PART_SIZE`].
    #[must_use]
    pub fn part_size(&self) -> u32 {
        PART_SIZE
    }

    /// How many parts there are: `file_total_parts` of `upload.saveBigFilePart`.
    #[must_use]
    pub fn part_count(&self) -> u32 {
        part_count(self.encrypted_size)
    }

    /// The bytes of a part, by its `file_part` from 0; `None` behind the last one.
    #[must_use]
    pub fn part(&self, file_part: u32) -> Option<Range<u64>> {
        part_range(self.encrypted_size, file_part)
    }

    /// The bytes of each part, in order.
    pub fn parts(&self) -> impl Iterator<Item = Range<u64>> + use<> {
        let size = self.encrypted_size;
        (0..self.part_count()).map_while(move |part| part_range(size, part))
    }

    /// Whether the parts go through `upload.saveBigFilePart`, for more than 10 MiB, or through `upload.saveFilePart`.
    #[must_use]
    pub fn is_big(&self) -> bool {
        self.encrypted_size > MAX_SMALL_FILE
    }

    /// Names the uploaded file in `messages.sendEncryptedFile`.
    ///
    /// `file_id` is the one that every part was saved under. `md5` is that of the encrypted bytes, for the server to
    /// compare; it may be left out, and is not used for a big file. `key_fingerprint` is that of the file's key and iv.
    #[must_use]
    pub fn input_file(&self, file_id: i64, md5: Option<[u8; 16]>, key_fingerprint: i32) -> InputEncryptedFile {
        // At most 8000, see `new`.
        let parts = i32::try_from(self.part_count()).unwrap_or(i32::MAX);
        if self.is_big() {
            return InputEncryptedFileBigUploaded::new(file_id, parts, key_fingerprint).into();
        }
        let md5: String = md5.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
        InputEncryptedFileUploaded::new(file_id, parts, md5, key_fingerprint).into()
    }
}

/// A file that cannot be sent; it is for who sends it to choose another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileError {
    /// It has no bytes; the server would answer `FILE_EMTPY` (so spelt).
    Empty,
    /// It is too long.
    TooLarge {
        /// How many bytes it has.
        size: u64,
        /// How many it may have, encrypted, for this user.
        limit: u64,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty, which the server does not take"),
            Self::TooLarge { size, limit } => write!(f, "the file has {size} bytes; at most {limit} can be uploaded"),
        }
    }
}

impl std::error::Error for FileError {}
