//! Where the bytes are, and which are forgotten when there is no more room.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use md5::{Digest, Md5};
use tl_types::RpcError;

use super::super::error::bad;
use super::part::{Part, is_part_length};

/// The device that uploads, and the id that it has chosen.
type UploadId = (i64, i64);

/// Uploads and files, up to a number of bytes.
#[derive(Debug)]
pub(super) struct Store {
    limit: usize,
    bytes: usize,
    uploads: HashMap<UploadId, Upload>,
    files: HashMap<i64, (i64, Arc<Uploaded>)>,
    /// The files, oldest first.
    order: VecDeque<i64>,
}

#[derive(Debug, Default)]
struct Upload {
    parts: BTreeMap<i32, Vec<u8>>,
    /// The length of all parts but the last, once it is known.
    part_length: Option<usize>,
}

/// A whole file.
#[derive(Debug)]
pub(super) struct Uploaded {
    parts: Vec<Vec<u8>>,
    key_fingerprint: i32,
}

impl Store {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, bytes: 0, uploads: HashMap::new(), files: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps a part; one that came before is replaced.
    pub(super) fn save(&mut self, id: UploadId, part: Part) -> Result<(), RpcError> {
        let upload = self.uploads.entry(id).or_default();
        let former = upload.parts.get(&part.index).map_or(0, Vec::len);
        let is_last = part.total.is_some_and(|total| part.index + 1 == total);
        if part.total.is_some() && !is_last {
            if upload.part_length.is_some_and(|length| length != part.bytes.len()) {
                return Err(bad("FILE_PART_SIZE_CHANGED"));
            }
            upload.part_length = Some(part.bytes.len());
        }
        let bytes = self.bytes - former + part.bytes.len();
        if bytes > self.limit && !self.make_room(part.bytes.len() - former.min(part.bytes.len())) {
            return Err(RpcError::new(500, "FILE_WRITE_FAILED"));
        }
        self.bytes = self.bytes - former + part.bytes.len();
        self.uploads.entry(id).or_default().parts.insert(part.index, part.bytes);
        Ok(())
    }

    /// Forgets the oldest files until `count` more bytes fit; says whether they do.
    fn make_room(&mut self, count: usize) -> bool {
        while self.bytes + count > self.limit {
            let Some(oldest) = self.order.pop_front() else { return false };
            if let Some((_, file)) = self.files.remove(&oldest) {
                self.bytes -= file.len();
            }
        }
        true
    }

    /// Takes the parts of an upload and makes one file of them.
    pub(super) fn assemble(
        &mut self,
        id: UploadId,
        parts: i32,
        md5: Option<&str>,
        key_fingerprint: i32,
    ) -> Result<Arc<Uploaded>, RpcError> {
        let upload = self.uploads.get(&id).ok_or_else(|| bad("FILE_EMTPY"))?;
        if parts <= 0 || usize::try_from(parts).is_ok_and(|parts| parts < upload.parts.len()) {
            return Err(bad("FILE_PARTS_INVALID"));
        }
        if let Some(missing) = (0..parts).find(|index| !upload.parts.contains_key(index)) {
            return Err(bad(&format!("FILE_PART_{missing}_MISSING")));
        }
        check_lengths(&upload.parts, parts)?;
        if md5.is_some_and(|sum| !sum.eq_ignore_ascii_case(&sum_of(upload.parts.values()))) {
            return Err(bad("MD5_CHECKSUM_INVALID"));
        }
        let upload = self.uploads.remove(&id).unwrap_or_default();
        Ok(Arc::new(Uploaded { parts: upload.parts.into_values().collect(), key_fingerprint }))
    }

    pub(super) fn keep(&mut self, id: i64, access_hash: i64, file: Arc<Uploaded>) {
        self.files.insert(id, (access_hash, file));
        self.order.push_back(id);
    }

    /// # Errors
    /// `LOCATION_INVALID` if there is none with this id and access hash, or not any more.
    pub(super) fn file(&self, id: i64, access_hash: i64) -> Result<Arc<Uploaded>, RpcError> {
        let found = self.files.get(&id).filter(|(hash, _)| *hash == access_hash);
        found.map(|(_, file)| Arc::clone(file)).ok_or_else(|| bad("LOCATION_INVALID"))
    }
}

/// All parts but the last have one length, which is a permitted one.
fn check_lengths(parts: &BTreeMap<i32, Vec<u8>>, count: i32) -> Result<(), RpcError> {
    let length = parts.get(&0).map_or(0, Vec::len);
    let fits = |(index, part): (&i32, &Vec<u8>)| {
        if index + 1 == count { part.len() <= length } else { part.len() == length && is_part_length(length) }
    };
    if parts.iter().all(fits) { Ok(()) } else { Err(bad("FILE_PART_LENGTH_INVALID")) }
}

fn sum_of<'a>(parts: impl Iterator<Item = &'a Vec<u8>>) -> String {
    let sum = parts.fold(Md5::new(), |sum, part| sum.chain_update(part)).finalize();
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Uploaded {
    fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    pub(super) fn size(&self) -> i64 {
        i64::try_from(self.len()).unwrap_or(i64::MAX)
    }

    pub(super) fn key_fingerprint(&self) -> i32 {
        self.key_fingerprint
    }

    /// The bytes of a range, as far as the file goes.
    pub(super) fn read(&self, range: Range<u64>) -> Vec<u8> {
        let part_length = self.parts.first().map_or(1, Vec::len).max(1);
        let clamp = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let (start, end) = (clamp(range.start), clamp(range.end));
        let mut bytes = Vec::with_capacity(end - start);
        let mut at = start;
        while at < end {
            let Some(part) = self.parts.get(at / part_length) else { break };
            let from = at % part_length;
            let piece = part.get(from..part.len().min(from + end - at)).unwrap_or_default();
            if piece.is_empty() {
                break;
            }
            bytes.extend_from_slice(piece);
            at += piece.len();
        }
        bytes
    }
}
