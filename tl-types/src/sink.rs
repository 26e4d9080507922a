//! Where encoded values go: the [`Sink`] trait, and the two sinks that measure and that write.

use crate::codec::{Combinator, Encode};
use crate::error::EncodeError;

/// The id of a boxed vector.
pub(crate) const VECTOR_ID: u32 = 0x1cb5_c415;
/// The id of `boolTrue`.
pub(crate) const TRUE_ID: u32 = 0x9972_75b5;
/// The id of `boolFalse`.
pub(crate) const FALSE_ID: u32 = 0xbc79_9737;

/// The longest byte string that TL can say: its length has three bytes.
pub const MAX_STRING_LEN: usize = 0x00ff_ffff;

/// A flag in its place: bit `number`, if it is set.
#[inline]
pub fn bit(number: u8, set: bool) -> u32 {
    u32::from(set) << number
}

/// Takes the bytes of a value as it is encoded.
///
/// The provided methods write TL's primitive types; all numbers are little-endian.
pub trait Sink {
    /// Takes the next bytes.
    fn put(&mut self, bytes: &[u8]);

    /// Remembers that the value cannot be encoded; the first error stays.
    fn refuse(&mut self, error: EncodeError);

    /// Writes a constructor id.
    #[inline]
    fn id(&mut self, id: u32) {
        self.put(&id.to_le_bytes());
    }

    /// Writes `#`: flags, or a count.
    #[inline]
    fn nat(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }

    /// Writes `int`.
    #[inline]
    fn int(&mut self, value: i32) {
        self.put(&value.to_le_bytes());
    }

    /// Writes `long`.
    #[inline]
    fn long(&mut self, value: i64) {
        self.put(&value.to_le_bytes());
    }

    /// Writes `double`.
    #[inline]
    fn double(&mut self, value: f64) {
        self.put(&value.to_le_bytes());
    }

    /// Writes `Bool`.
    #[inline]
    fn bool(&mut self, value: bool) {
        self.id(if value { TRUE_ID } else { FALSE_ID });
    }

    /// Writes `string`.
    #[inline]
    fn string(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    /// Writes `bytes`: a length of one byte, or `fe` and three bytes, then the content, then zeros up to a multiple of 4.
    fn bytes(&mut self, value: &[u8]) {
        let len = value.len();
        let header = match u8::try_from(len) {
            Ok(short @ ..=253) => {
                self.put(&[short]);
                1
            }
            _ => {
                if len > MAX_STRING_LEN {
                    return self.refuse(EncodeError::StringTooLong { len });
                }
                let [low, middle, high, ..] = len.to_le_bytes();
                self.put(&[0xfe, low, middle, high]);
                4
            }
        };
        self.put(value);
        let padding: &[u8] = match (header + len) % 4 {
            0 => &[],
            1 => &[0; 3],
            2 => &[0; 2],
            _ => &[0; 1],
        };
        self.put(padding);
    }

    /// Writes the count of a bare vector.
    fn count(&mut self, len: usize) {
        match i32::try_from(len) {
            Ok(count) => self.int(count),
            Err(_) => self.refuse(EncodeError::VectorTooLong { len }),
        }
    }

    /// Remembers that only some of the fields behind one flag are set.
    #[cold]
    fn incomplete(&mut self, combinator: &'static str, fields: &'static str) {
        self.refuse(EncodeError::IncompleteFlag { combinator, fields });
    }

    /// Writes `Vector<T>`.
    fn vector<T: Encode>(&mut self, items: &[T])
    where
        Self: Sized,
    {
        self.id(VECTOR_ID);
        self.count(items.len());
        for item in items {
            item.encode(self);
        }
    }

    /// Writes `vector<%T>`: a bare vector of bare items.
    fn bare_vector<T: Combinator>(&mut self, items: &[T])
    where
        Self: Sized,
    {
        self.count(items.len());
        for item in items {
            item.encode_fields(self);
        }
    }

    /// Writes an object behind its length in bytes (`bytes:int body:Object`).
    fn sized<T: Encode>(&mut self, object: &T)
    where
        Self: Sized,
    {
        self.count(object.encoded_len());
        object.encode(self);
    }
}

/// Counts the bytes. A value that is refused has no length; what writes it says why.
#[derive(Debug, Default)]
pub struct Length {
    bytes: usize,
}

impl Length {
    /// How many bytes were put so far.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Sink for Length {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
    }

    fn refuse(&mut self, _: EncodeError) {}

    #[inline]
    fn bytes(&mut self, value: &[u8]) {
        let len = value.len();
        let header = if len < 254 { 1 } else { 4 };
        self.bytes += (header + len).next_multiple_of(4);
    }
}

/// Appends to a vector that it owns, which costs an indirection less at each field than one that it borrows.
#[derive(Debug)]
pub struct Writer {
    out: Vec<u8>,
    error: Option<EncodeError>,
}

impl Writer {
    /// A writer that appends to `out`.
    pub fn new(out: Vec<u8>) -> Self {
        Self { out, error: None }
    }

    /// What was written, and what the value was refused for; what was written is no value then.
    pub fn finish(self) -> (Vec<u8>, Result<(), EncodeError>) {
        (self.out, self.error.map_or(Ok(()), Err))
    }
}

impl Sink for Writer {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    #[inline]
    fn bytes(&mut self, value: &[u8]) {
        let len = value.len();
        if len > MAX_STRING_LEN {
            return self.refuse(EncodeError::StringTooLong { len });
        }
        // Room for the longest header and for four zeros, of which those that are too many are taken back: copying a
        // fixed number of bytes is cheaper than finding out how many.
        self.out.reserve(len + 8);
        let start = self.out.len();
        let [low, middle, high, ..] = len.to_le_bytes();
        let header = if len < 254 {
            self.out.push(low);
            1
        } else {
            self.out.extend_from_slice(&[0xfe, low, middle, high]);
            4
        };
        self.out.extend_from_slice(value);
        self.out.extend_from_slice(&[0; 4]);
        self.out.truncate(start + (header + len).next_multiple_of(4));
    }

    #[cold]
    fn refuse(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }
}
