//! The files of secret messages: encrypted and uploaded, downloaded and decrypted, part by part, in constant memory.
//!
//! [`Upload`] and [`Download`] say how far a file is. They are values that can be stored (they hold the file's key, so
//! where secrets may be), and a run that failed or was dropped goes on where it stopped.
//!
//! Source: <https://core.telegram.org/api/end-to-end#sending-encrypted-files> and <https://core.telegram.org/api/files>.

mod download;
mod error;
mod media;
mod send;
mod upload;

use std::future::Future;
use std::time::Duration;

use crate::client::CallError;

pub use download::Download;
pub use error::{DownloadError, SendFileError, UploadError};
pub use media::NoMedia;
pub use upload::Upload;

/// How many parts are on their way at once, unless the caller says otherwise. 4: 2 MiB, which fills a line of 100 Mbit/s at
/// a round trip of 150 ms.
pub const PARTS_AT_ONCE: usize = 4;

/// How often a part is tried whose call had no answer.
const ATTEMPTS: u32 = 6;

/// The longest wait that the server may ask for without the file failing.
const LONGEST_WAIT: u64 = 5 * 60;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are there, up or down.
    pub done: u64,
    /// All bytes.
    pub total: u64,
}

/// Makes a call until it has an answer, or an error that does not pass.
async fn insist<R, F: Future<Output = Result<R, CallError>>>(mut call: impl FnMut() -> F) -> Result<R, CallError> {
    let mut attempt = 0;
    loop {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        attempt += 1;
        let backoff = 1_u64 << attempt.min(5);
        let wait = match &error {
            // FLOOD_WAIT_n and FLOOD_PREMIUM_WAIT_n: as long as it takes.
            CallError::Rpc(error) if error.code == 420 => {
                error.value().and_then(|seconds| u64::try_from(seconds).ok()).filter(|wait| *wait <= LONGEST_WAIT)
            }
            CallError::Rpc(error) if !matches!(error.code, ..0 | 500..) => None,
            CallError::Rpc(_) | CallError::Unanswered => (attempt < ATTEMPTS).then_some(backoff),
            CallError::Closed | CallError::Decode(_) | CallError::Encode(_) => None,
        };
        let Some(seconds) = wait else { return Err(error) };
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}
