//! How the file of a secret message is cut into parts, up and down.
//!
//! Owns sizes, part numbers, and which constructor names the file afterwards. Knows neither keys nor contents: a plan is
//! made from a size alone, and encryption is [`crypto`](crate::crypto)'s.

mod download;
mod upload;

use tl_types::api::constructors::{EncryptedFile, InputEncryptedFile};
use tl_types::api::types;

pub use download::{DownloadError, DownloadPlan};
pub use upload::{FileError, UploadPlan};

/// How many bytes every part but the last has, up and down: 512 KiB.
///
/// Uploading takes multiples of 1 KiB that divide 512 KiB. The largest is the only one with which every permitted size
/// keeps to the permitted number of parts, so that there is nothing to choose; downloading takes it as well.
///
/// Source: <https://core.telegram.org/api/files>.
pub const PART_SIZE: u32 = 512 << 10;

/// How many parts a file may have: 2000 MiB.
pub const MAX_PARTS: u32 = 4000;

/// How many parts a file of a premium user may have: 4000 MiB. A peer below layer 143 cannot be told of more than
/// 2000 MiB.
pub const MAX_PARTS_PREMIUM: u32 = 8000;

/// The longest file that is uploaded with `upload.saveFilePart`, in encrypted bytes: 10 MiB.
pub const MAX_SMALL_FILE: u64 = 10 << 20;

/// The AES block, which encrypted files are a multiple of.
const BLOCK: u64 = 16;

const fn longest(parts: u32) -> u64 {
    parts as u64 * PART_SIZE as u64
}

/// The bytes of a part of a file of `size` bytes; `None` behind the last one.
fn part_range(size: u64, part: u32) -> Option<std::ops::Range<u64>> {
    let start = longest(part);
    (start < size).then(|| start..size.min(start + u64::from(PART_SIZE)))
}

fn part_count(size: u64) -> u32 {
    u32::try_from(size.div_ceil(u64::from(PART_SIZE))).unwrap_or(u32::MAX)
}

/// Names a file that is on the server already, so that a message can be forwarded without another upload. Its key and
/// iv go into the forwarded message unchanged.
#[must_use]
pub fn forward(file: &EncryptedFile) -> types::InputEncryptedFile {
    InputEncryptedFile::new(file.id, file.access_hash).into()
}

/// The size of a received document in bytes, from `media.size` and `encryptedFile.size`: the smaller, since the file on
/// the server is padded; the file's alone where `media.size` says nothing. A negative size says nothing either.
///
/// Source: the behaviour of Telegram for Android.
#[must_use]
pub fn document_size(media: i64, file: i64) -> u64 {
    let file = u64::try_from(file).unwrap_or(0);
    match u64::try_from(media) {
        Ok(media) if media > 0 => media.min(file),
        _ => file,
    }
}
