//! Downloading a file: parts come side by side, and are decrypted and written in order.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tl_types::api::constructors::EncryptedFile as KnownFile;
use tl_types::api::types::EncryptedFile;
use tl_types::api::types::upload::File;
use tl_types::secret::constructors::DecryptedMessage;
use tokio::task::JoinHandle;
use tracing::Instrument;
use tracing::field::Empty;

use super::media::described;
use super::{DownloadError, PARTS_AT_ONCE, Progress, insist};
use crate::chat::files::{DownloadPlan, document_size};
use crate::client::trace::in_span;
use crate::client::{CallError, Transport};
use crate::crypto::file::FileKey;

/// How far a download is, and what the file is encrypted with.
///
/// Stored and loaded (it holds the key), it goes on after a restart, behind the bytes that were [written](Self::written).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Download {
    /// The key, with the iv for the next part.
    key: FileKey,
    #[serde(with = "crate::chat::tl")]
    file: KnownFile,
    /// The file's size, without padding.
    size: u64,
    next: u32,
}

impl Download {
    /// The download of the file of a received message, once it is clear that the message's key is for this file.
    ///
    /// # Errors
    /// [`DownloadError`] if the message has no file, if its key is for another, or if no file has such a size.
    pub fn new(message: &DecryptedMessage, file: &EncryptedFile) -> Result<Self, DownloadError> {
        let EncryptedFile::EncryptedFile(file) = file else { return Err(DownloadError::NoFile) };
        let (key, size) = described(message)?;
        key.verify(file.key_fingerprint).map_err(DownloadError::Fingerprint)?;
        DownloadPlan::new(file).map_err(DownloadError::File)?;
        Ok(Self { key, file: file.clone(), size: document_size(size, file.size), next: 0 })
    }

    /// The file's size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes were written: where the sink of the next run has to go on.
    #[must_use]
    pub fn written(&self) -> u64 {
        let plan = DownloadPlan::new(&self.file).ok();
        let start = plan.and_then(|plan| plan.part(self.next)).map_or(self.size, |part| part.start);
        start.min(self.size)
    }

    /// Downloads what is missing, up to [`PARTS_AT_ONCE`] parts at a time, from the data centre that has the file.
    ///
    /// `sink` takes the file from [`Download::written`] on; it is written where blocking is allowed, and given back when
    /// all is there. `progress` is told after every part. To cancel, drop the future; to resume, run it again with a sink
    /// that was cut to [`Download::written`] bytes.
    ///
    /// Encrypted files are not authenticated: the key's fingerprint and every part's size are checked, and nothing more can
    /// be.
    ///
    /// # Errors
    /// [`DownloadError`]; what is written stays so.
    pub async fn run<T: Transport, W: Write + Send + 'static>(
        &mut self,
        transport: &Arc<T>,
        sink: W,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<W, DownloadError> {
        let span = tracing::debug_span!("download", bytes = self.size, outcome = Empty);
        in_span(span, self.download(transport, sink, progress)).await
    }

    async fn download<T: Transport, W: Write + Send + 'static>(
        &mut self,
        transport: &Arc<T>,
        sink: W,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<W, DownloadError> {
        let plan = DownloadPlan::new(&self.file).map_err(DownloadError::File)?;
        let mut decryptor = self.key.decryptor(self.size - self.written());
        let mut sink = sink;
        let mut parts = Parts::default();
        while self.next < plan.part_count() {
            parts.start(transport, &plan, self.next);
            let Some(bytes) = parts.next(self.next, &plan).await? else { break };
            let written = tokio::task::spawn_blocking(move || {
                let mut bytes = zeroize::Zeroizing::new(bytes);
                let content = decryptor.update(&mut bytes).map_err(std::io::Error::other)?;
                sink.write_all(content)?;
                sink.flush()?;
                Ok::<_, std::io::Error>((sink, decryptor))
            });
            let written = written.await.map_err(std::io::Error::other).and_then(|written| written);
            (sink, decryptor) = written.map_err(DownloadError::Sink)?;
            self.key = FileKey::from_parts(self.key.key(), &decryptor.iv()).map_err(DownloadError::Key)?;
            self.next += 1;
            progress(Progress { done: self.written(), total: self.size });
        }
        Ok(sink)
    }
}

/// The parts on their way, in order. They end with this value.
#[derive(Default)]
struct Parts {
    calls: VecDeque<Part>,
}

struct Part {
    number: u32,
    call: JoinHandle<Result<File, CallError>>,
}

impl Drop for Part {
    fn drop(&mut self) {
        self.call.abort();
    }
}

impl Parts {
    /// Asks for as many parts as may be on their way, from `next` on.
    fn start<T: Transport>(&mut self, transport: &Arc<T>, plan: &DownloadPlan, next: u32) {
        let mut number = self.calls.back().map_or(next, |last| last.number + 1);
        while self.calls.len() < PARTS_AT_ONCE {
            let Some(request) = plan.request(number) else { return };
            let (transport, dc) = (Arc::clone(transport), plan.dc_id());
            let call = async move { insist(|| transport.call_in(dc, &request)).await };
            let call = tokio::spawn(call.in_current_span());
            self.calls.push_back(Part { number, call });
            number += 1;
        }
    }

    /// The next part, of the size that it has to have.
    async fn next(&mut self, part: u32, plan: &DownloadPlan) -> Result<Option<Vec<u8>>, DownloadError> {
        let Some(mut next) = self.calls.pop_front() else { return Ok(None) };
        let answer = (&mut next.call).await.unwrap_or(Err(CallError::Unanswered)).map_err(DownloadError::Call)?;
        let File::File(file) = answer else { return Err(DownloadError::Redirected) };
        let expected = plan.part(part).map_or(0, |bytes| bytes.end - bytes.start);
        if file.bytes.len() as u64 != expected {
            return Err(DownloadError::PartSize { part, expected, found: file.bytes.len() });
        }
        Ok(Some(file.bytes))
    }
}
