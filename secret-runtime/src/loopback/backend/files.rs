//! Parts of files as they are uploaded, and encrypted files: <https://core.telegram.org/api/files>.
//!
//! A part is kept as it came and never copied but into the answer that carries it.

mod location;
mod part;
mod store;

use std::sync::Mutex;

use rand_core::CryptoRng;
use tl_types::api::functions::upload;
use tl_types::api::{constructors, types};
use tl_types::{Combinator, Decode, Encode, RpcError, Sink, Writer};

use super::error::{bad, internal, undecodable};
use super::{Call, Caller};

use store::{Store, Uploaded};

/// The files. They have a lock of their own: nobody who sends a message waits for who uploads.
#[derive(Debug)]
pub(in crate::loopback) struct Files {
    store: Mutex<Store>,
}

/// A call that only concerns files.
#[derive(Debug)]
pub(in crate::loopback) enum FileCall {
    SaveFilePart(upload::SaveFilePart),
    SaveBigFilePart(upload::SaveBigFilePart),
    GetFile(upload::GetFile),
}

impl FileCall {
    /// Decodes a call, if it is one of these.
    pub(in crate::loopback) fn decode(call: &Call<'_>) -> Option<Result<Self, RpcError>> {
        fn of<F: Decode>(call: &Call<'_>, wrap: impl FnOnce(F) -> FileCall) -> Result<FileCall, RpcError> {
            F::from_bytes(call.function).map(wrap).map_err(|_| undecodable())
        }
        match call.id {
            upload::SaveFilePart::ID => Some(of(call, Self::SaveFilePart)),
            upload::SaveBigFilePart::ID => Some(of(call, Self::SaveBigFilePart)),
            upload::GetFile::ID => Some(of(call, Self::GetFile)),
            _ => None,
        }
    }
}

impl Files {
    /// No files, and room for so many bytes.
    pub(in crate::loopback) fn new(limit: usize) -> Self {
        Self { store: Mutex::new(Store::new(limit)) }
    }

    /// All files, out of a server that has stopped.
    pub(in crate::loopback) fn take(&self) -> Self {
        let store = self.store.lock().map(|mut store| std::mem::replace(&mut *store, Store::new(0)));
        Self { store: Mutex::new(store.unwrap_or_else(|_| Store::new(0))) }
    }

    /// How many bytes are kept.
    pub(in crate::loopback) fn bytes(&self) -> usize {
        self.store.lock().map_or(0, |store| store.bytes())
    }

    /// Carries out a call; `dc` is where files are kept.
    pub(in crate::loopback) fn handle(&self, caller: Caller, call: FileCall, dc: i32) -> Result<Vec<u8>, RpcError> {
        match call {
            FileCall::SaveFilePart(call) => {
                let part = part::small(call.file_part, call.bytes)?;
                self.save(caller.device, call.file_id, part)
            }
            FileCall::SaveBigFilePart(call) => {
                let part = part::big(call.file_part, call.file_total_parts, call.bytes)?;
                self.save(caller.device, call.file_id, part)
            }
            FileCall::GetFile(call) => self.read(caller, &call, dc),
        }
    }

    fn save(&self, device: i64, file: i64, part: part::Part) -> Result<Vec<u8>, RpcError> {
        self.store.lock().map_err(|_| internal())?.save((device, file), part)?;
        true.to_bytes().map_err(|_| internal())
    }

    fn read(&self, caller: Caller, call: &upload::GetFile, dc: i32) -> Result<Vec<u8>, RpcError> {
        let types::InputFileLocation::InputEncryptedFileLocation(location) = &call.location else {
            return Err(bad("LOCATION_INVALID"));
        };
        if caller.dc.abs() != dc {
            return Err(RpcError::new(303, format!("FILE_MIGRATE_{dc}")));
        }
        let range = location::range(call.offset, call.limit, call.precise)?;
        let file = self.store.lock().map_err(|_| internal())?.file(location.id, location.access_hash)?;
        let bytes = file.read(range);
        let mut writer = Writer::new(Vec::with_capacity(bytes.len() + 24));
        writer.id(constructors::upload::File::ID);
        types::storage::FileType::FilePartial.encode(&mut writer);
        writer.int(0);
        writer.bytes(&bytes);
        let (answer, result) = writer.finish();
        result.map(|()| answer).map_err(|_| internal())
    }

    /// Makes the file that a message refers to out of its parts, or finds it.
    ///
    /// # Errors
    /// `FILE_EMTPY`, `FILE_PART_%d_MISSING`, `FILE_PARTS_INVALID` or `MD5_CHECKSUM_INVALID`.
    pub(super) fn attach(
        &self,
        device: i64,
        input: &types::InputEncryptedFile,
        dc: i32,
        rng: &mut dyn CryptoRng,
    ) -> Result<types::EncryptedFile, RpcError> {
        let mut store = self.store.lock().map_err(|_| internal())?;
        let uploaded = match input {
            types::InputEncryptedFile::InputEncryptedFile(file) => {
                let found = store.file(file.id, file.access_hash).map_err(|_| bad("FILE_EMTPY"))?;
                return Ok(describe(file.id, file.access_hash, &found, dc));
            }
            types::InputEncryptedFile::Uploaded(file) => {
                let md5 = Some(file.md5_checksum.as_str()).filter(|sum| !sum.is_empty());
                store.assemble((device, file.id), file.parts, md5, file.key_fingerprint)?
            }
            types::InputEncryptedFile::BigUploaded(file) => {
                store.assemble((device, file.id), file.parts, None, file.key_fingerprint)?
            }
            _ => return Err(bad("FILE_EMTPY")),
        };
        let (id, access_hash) = (rng.next_u64().cast_signed(), rng.next_u64().cast_signed());
        let file = describe(id, access_hash, &uploaded, dc);
        store.keep(id, access_hash, uploaded);
        Ok(file)
    }
}

fn describe(id: i64, access_hash: i64, file: &Uploaded, dc: i32) -> types::EncryptedFile {
    constructors::EncryptedFile::new(id, access_hash, file.size(), dc, file.key_fingerprint()).into()
}
