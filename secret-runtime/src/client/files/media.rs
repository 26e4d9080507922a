//! Where a message says what its file is encrypted with.

use std::fmt;

use tl_types::secret::constructors::DecryptedMessage;
use tl_types::secret::types::DecryptedMessageMedia;

use super::DownloadError;
use crate::crypto::file::FileKey;

/// The message has no media that a file goes with, or the file is too large for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMedia;

impl fmt::Display for NoMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the message has no photo, video, audio or document that a file of this size goes with; send a document",
        )
    }
}

impl std::error::Error for NoMedia {}

/// Writes key, iv and size, in bytes, into a message's media.
pub(super) fn describe(message: &mut DecryptedMessage, file_key: &FileKey, bytes: u64) -> Result<(), NoMedia> {
    let media = message.media.as_deref_mut().ok_or(NoMedia)?;
    let (key, iv) = (file_key.key().to_vec(), file_key.iv().to_vec());
    let short = || i32::try_from(bytes).map_err(|_| NoMedia);
    match media {
        DecryptedMessageMedia::Document(media) => {
            media.size = i64::try_from(bytes).map_err(|_| NoMedia)?;
            (media.key, media.iv) = (key, iv);
        }
        DecryptedMessageMedia::Photo(media) => {
            media.size = short()?;
            (media.key, media.iv) = (key, iv);
        }
        DecryptedMessageMedia::Video(media) => {
            media.size = short()?;
            (media.key, media.iv) = (key, iv);
        }
        DecryptedMessageMedia::Audio(media) => {
            media.size = short()?;
            (media.key, media.iv) = (key, iv);
        }
        _ => return Err(NoMedia),
    }
    Ok(())
}

/// The key of a message's file, and the size that the message says.
pub(super) fn described(message: &DecryptedMessage) -> Result<(FileKey, i64), DownloadError> {
    let (key, iv, size) = match message.media.as_deref().ok_or(DownloadError::NoFile)? {
        DecryptedMessageMedia::Document(media) => (&media.key, &media.iv, media.size),
        DecryptedMessageMedia::Photo(media) => (&media.key, &media.iv, i64::from(media.size)),
        DecryptedMessageMedia::Video(media) => (&media.key, &media.iv, i64::from(media.size)),
        DecryptedMessageMedia::Audio(media) => (&media.key, &media.iv, i64::from(media.size)),
        _ => return Err(DownloadError::NoFile),
    };
    Ok((FileKey::from_parts(key, iv).map_err(DownloadError::Key)?, size))
}
