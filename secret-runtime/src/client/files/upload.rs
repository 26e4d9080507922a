//! Uploading a file: read, encrypted and sent part by part.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;

use md5::{Digest, Md5};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use tl_types::api::functions::upload::{SaveBigFilePart, SaveFilePart};
use tl_types::api::types::InputEncryptedFile;
use tokio::task::JoinSet;
use tracing::Instrument;
use tracing::field::Empty;
use zeroize::Zeroizing;

use super::{PARTS_AT_ONCE, Progress, UploadError, insist};
use crate::chat::files::UploadPlan;
use crate::client::trace::in_span;
use crate::client::{CallError, Transport};
use crate::crypto::file::{FileEncryptor, FileKey};

/// How far an upload is, and what the file is encrypted with.
///
/// Stored and loaded (it holds the key), it goes on after a restart: the file is read and encrypted from its beginning, and
/// only the parts that the server does not have are sent. The server keeps parts for some hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    key: FileKey,
    file_id: i64,
    size: u64,
    is_premium: bool,
    /// The padding of the last block, drawn once, so that every run encrypts the same bytes.
    padding: [u8; 16],
    saved: BTreeSet<u32>,
    /// Of the encrypted bytes; known once all of them were read.
    md5: Option<[u8; 16]>,
}

impl Upload {
    /// A new upload of a file of `size` bytes, for a user with or without Telegram Premium.
    ///
    /// # Errors
    /// [`UploadError::File`] if the server would refuse the file.
    pub fn new<R: CryptoRng + ?Sized>(size: u64, is_premium: bool, rng: &mut R) -> Result<Self, UploadError> {
        UploadPlan::new(size, is_premium).map_err(UploadError::File)?;
        let mut padding = [0; 16];
        rng.fill_bytes(&mut padding);
        let (key, file_id) = (FileKey::generate(rng), rng.next_u64().cast_signed());
        Ok(Self { key, file_id, size, is_premium, padding, saved: BTreeSet::new(), md5: None })
    }

    /// The key, which goes into the message.
    #[must_use]
    pub fn key(&self) -> &FileKey {
        &self.key
    }

    /// The file's size in bytes, which goes into the message.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The uploaded file, for `messages.sendEncryptedFile`; `None` until all of it is there.
    #[must_use]
    pub fn file(&self) -> Option<InputEncryptedFile> {
        let plan = self.plan().ok()?;
        let md5 = self.md5.filter(|_| self.saved.len() == usize::try_from(plan.part_count()).unwrap_or(usize::MAX))?;
        Some(plan.input_file(self.file_id, Some(md5), self.key.fingerprint()))
    }

    /// Uploads what is not there yet, up to [`PARTS_AT_ONCE`] parts at a time.
    ///
    /// `source` is the file from its beginning; it is read where blocking is allowed. `progress` is told after every part.
    /// To cancel, drop the future; to resume, run it again with the file from its beginning.
    ///
    /// # Errors
    /// [`UploadError`]; the parts that are there stay so.
    pub async fn run<T: Transport>(
        &mut self,
        transport: &Arc<T>,
        source: impl Read + Send + 'static,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<InputEncryptedFile, UploadError> {
        let span = tracing::debug_span!("upload", bytes = self.size, outcome = Empty);
        in_span(span, self.upload(transport, source, progress)).await
    }

    async fn upload<T: Transport>(
        &mut self,
        transport: &Arc<T>,
        source: impl Read + Send + 'static,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<InputEncryptedFile, UploadError> {
        let plan = self.plan()?;
        if let Some(file) = self.file() {
            return Ok(file);
        }
        let mut reader = Some(Reader::new(self, plan, source));
        let mut calls: JoinSet<Result<Saved, CallError>> = JoinSet::new();
        // The memory of parts that are there is that of the next ones.
        let mut spare = Vec::new();
        let mut done = self.saved.iter().map(|part| bytes_of(plan, *part)).sum();
        for part in 0..plan.part_count() {
            let Some(mut taken) = reader.take() else { break };
            let buffer = spare.pop().unwrap_or_default();
            let read = tokio::task::spawn_blocking(move || {
                let bytes = taken.next(part, buffer)?;
                Ok::<_, UploadError>((taken, bytes))
            });
            let (taken, bytes) = read.await.map_err(|error| UploadError::Source(io::Error::other(error)))??;
            reader = Some(taken);
            if self.saved.contains(&part) {
                spare.push(bytes);
                continue;
            }
            while calls.len() >= PARTS_AT_ONCE {
                spare.push(self.saved(calls.join_next().await, plan, &mut done, &mut progress)?);
            }
            let (transport, file_id) = (Arc::clone(transport), self.file_id);
            let call = async move { save(&*transport, plan, file_id, part, bytes).await };
            calls.spawn(call.in_current_span());
        }
        let md5 = reader.map(Reader::finish);
        while !calls.is_empty() {
            self.saved(calls.join_next().await, plan, &mut done, &mut progress)?;
        }
        self.md5 = md5;
        self.file().ok_or(UploadError::SizeChanged { expected: self.size })
    }

    fn plan(&self) -> Result<UploadPlan, UploadError> {
        UploadPlan::new(self.size, self.is_premium).map_err(UploadError::File)
    }

    fn saved(
        &mut self,
        call: Option<Result<Result<Saved, CallError>, tokio::task::JoinError>>,
        plan: UploadPlan,
        done: &mut u64,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Vec<u8>, UploadError> {
        let saved = call.unwrap_or(Ok(Err(CallError::Closed))).unwrap_or(Err(CallError::Unanswered));
        let Saved { part, buffer } = saved.map_err(UploadError::Call)?;
        if self.saved.insert(part) {
            *done += bytes_of(plan, part);
        }
        progress(Progress { done: *done, total: plan.encrypted_size() });
        Ok(buffer)
    }
}

fn bytes_of(plan: UploadPlan, part: u32) -> u64 {
    plan.part(part).map_or(0, |bytes| bytes.end - bytes.start)
}

/// A part that the server has, and its memory.
struct Saved {
    part: u32,
    buffer: Vec<u8>,
}

async fn save<T: Transport>(
    transport: &T,
    plan: UploadPlan,
    file_id: i64,
    part: u32,
    bytes: Vec<u8>,
) -> Result<Saved, CallError> {
    // At most 8000, see `UploadPlan`.
    let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let (is_saved, buffer) = if plan.is_big() {
        let call = SaveBigFilePart::new(file_id, number(part), number(plan.part_count()), bytes);
        (insist(|| transport.call(&call)).await?, call.bytes)
    } else {
        let call = SaveFilePart::new(file_id, number(part), bytes);
        (insist(|| transport.call(&call)).await?, call.bytes)
    };
    if is_saved { Ok(Saved { part, buffer }) } else { Err(CallError::Unanswered) }
}

/// The file as encrypted parts.
struct Reader<R> {
    source: R,
    plan: UploadPlan,
    encryptor: FileEncryptor,
    padding: [u8; 16],
    md5: Md5,
}

impl<R: Read> Reader<R> {
    fn new(upload: &Upload, plan: UploadPlan, source: R) -> Self {
        Self { source, plan, encryptor: upload.key.encryptor(), padding: upload.padding, md5: Md5::new() }
    }

    /// The next part, in the memory of an earlier one.
    fn next(&mut self, part: u32, buffer: Vec<u8>) -> Result<Vec<u8>, UploadError> {
        let changed = UploadError::SizeChanged { expected: self.plan.plain_size() };
        let Some(range) = self.plan.part(part) else { return Err(changed) };
        let encrypted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let content = usize::try_from(range.end.min(self.plan.plain_size()) - range.start).unwrap_or(usize::MAX);
        // Wiped if it does not become a part: until then it is what the user wrote.
        let mut bytes = Zeroizing::new(buffer);
        bytes.resize(encrypted, 0);
        let (to_read, to_pad) = bytes.split_at_mut(content);
        match self.source.read_exact(to_read) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(changed),
            Err(error) => return Err(UploadError::Source(error)),
        }
        to_pad.iter_mut().zip(self.padding).for_each(|(to, from)| *to = from);
        if part + 1 == self.plan.part_count() && self.has_more()? {
            return Err(changed);
        }
        // A part is a multiple of 16 bytes by its plan.
        self.encryptor.update(&mut bytes).map_err(|error| UploadError::Source(io::Error::other(error)))?;
        if !self.plan.is_big() {
            self.md5.update(bytes.as_slice());
        }
        Ok(std::mem::take(&mut *bytes))
    }

    fn has_more(&mut self) -> Result<bool, UploadError> {
        loop {
            match self.source.read(&mut [0]) {
                Ok(read) => return Ok(read != 0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(UploadError::Source(error)),
            }
        }
    }

    fn finish(self) -> [u8; 16] {
        self.md5.finalize().into()
    }
}
