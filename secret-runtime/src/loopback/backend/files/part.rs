//! The rules for a part: <https://core.telegram.org/api/files#uploading-files>.

use tl_types::RpcError;

use super::super::error::bad;

/// The most bytes of a part; every part's length divides it.
const LONGEST: usize = 512 * 1024;

/// The most parts of a file.
const PARTS: i32 = 8000;

/// A part that obeys the rules.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) index: i32,
    /// How many parts the file has, if the client knows.
    pub(super) total: Option<i32>,
    pub(super) bytes: Vec<u8>,
}

/// A part of `upload.saveFilePart`.
pub(super) fn small(index: i32, bytes: Vec<u8>) -> Result<Part, RpcError> {
    check(index, &bytes)?;
    Ok(Part { index, total: None, bytes })
}

/// A part of `upload.saveBigFilePart`.
pub(super) fn big(index: i32, total: i32, bytes: Vec<u8>) -> Result<Part, RpcError> {
    check(index, &bytes)?;
    let total = match total {
        -1 => None,
        1..=PARTS => Some(total),
        _ => return Err(bad("FILE_PARTS_INVALID")),
    };
    if total.is_some_and(|total| index >= total) {
        return Err(bad("FILE_PART_INVALID"));
    }
    if total.is_some_and(|total| index + 1 < total) && !is_part_length(bytes.len()) {
        return Err(bad("FILE_PART_SIZE_INVALID"));
    }
    Ok(Part { index, total, bytes })
}

fn check(index: i32, bytes: &[u8]) -> Result<(), RpcError> {
    match bytes.len() {
        _ if !(0..PARTS).contains(&index) => Err(bad("FILE_PART_INVALID")),
        0 => Err(bad("FILE_PART_EMPTY")),
        1..=LONGEST => Ok(()),
        _ => Err(bad("FILE_PART_TOO_BIG")),
    }
}

/// Whether every part but the last may have this length.
pub(super) fn is_part_length(len: usize) -> bool {
    len > 0 && len.is_multiple_of(1024) && LONGEST.is_multiple_of(len)
}
