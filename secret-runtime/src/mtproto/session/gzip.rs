//! `gzip_packed`: what may be compressed, and unpacking within limits.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use flate2::write::GzEncoder;
use tl_types::mtproto::constructors::GzipPacked;
use tl_types::{Combinator, Encode, MAX_STRING_LEN, Reader};

use super::ProtocolFault;

/// Bytes of which a body is judged by whether to compress it.
const SAMPLE: usize = 256;
/// A sample of random bytes has about 162 different ones; one of text or of TL has far fewer.
const RANDOM: usize = 130;

/// An encoded `gzip_packed` with `body` in it, if that is shorter.
pub(super) fn pack(body: &[u8]) -> Option<Vec<u8>> {
    if looks_random(body) {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
    let packed = encoder.write_all(body).and_then(|()| encoder.finish()).ok()?;
    let is_shorter = packed.len() + 12 < body.len() && packed.len() <= MAX_STRING_LEN;
    is_shorter.then(|| GzipPacked::new(packed).to_bytes().ok()).flatten()
}

/// Encrypted bodies and parts of files don't get shorter, and trying takes longer than encrypting them.
fn looks_random(body: &[u8]) -> bool {
    let middle = body.len().saturating_sub(SAMPLE) / 2;
    let mut seen = [false; 256];
    for byte in body.iter().skip(middle).take(SAMPLE) {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() > RANDOM
}

/// What the fields of a `gzip_packed` hold, with a gzip or a zlib header in front. `budget` is how many bytes that may
/// be; they are taken off it.
pub(super) fn unpack(fields: &[u8], budget: &mut usize) -> Result<Vec<u8>, ProtocolFault> {
    let mut reader = Reader::new(fields);
    let packed = reader.borrow_bytes();
    if packed.is_empty() {
        return Err(ProtocolFault::Packed);
    }
    let limit = *budget as u64 + 1;
    let mut body = Vec::with_capacity(packed.len().saturating_mul(3).min(*budget));
    let unpacked = match packed {
        [0x1f, 0x8b, ..] => GzDecoder::new(packed).take(limit).read_to_end(&mut body),
        _ => ZlibDecoder::new(packed).take(limit).read_to_end(&mut body),
    };
    *budget = unpacked.ok().and_then(|bytes| budget.checked_sub(bytes)).ok_or(ProtocolFault::Packed)?;
    Ok(body)
}

/// The id of `gzip_packed`.
pub(super) const ID: u32 = GzipPacked::ID;
