//! Reading TL from bytes that nobody vouches for.
//!
//! Everything that input can make grow is bounded here: what is reserved ahead of reading, how deep values nest, and how
//! many items a vector may announce. Memory stays below [`MEMORY_FACTOR`] times the input plus a constant.

use crate::codec::{Combinator, Decode};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::schema::Shape;
use crate::sink::{FALSE_ID, TRUE_ID, VECTOR_ID};

/// How deep vectors and boxed fields may nest in one value.
///
/// Every cycle of TL's recursive types passes through one of the two. The deepest values in use (rich text inside page
/// blocks inside details) have about a dozen levels.
pub const MAX_DEPTH: u32 = 48;

/// Decoding takes at most this many bytes of memory for each byte of input, plus a constant.
///
/// The factor is that of the worst vector: items of a type that takes few bytes on the wire and many in memory, in a
/// vector that has just doubled its capacity. The first error or `Debug` of a process reads the table of declarations
/// besides, once.
pub const MEMORY_FACTOR: usize = 112;

/// How many bytes may be reserved for announced items, in multiples of the input's length, before they are read.
const RESERVE_FACTOR: usize = 8;

/// A cursor over encoded bytes.
///
/// After the first failure nothing is left to read: numbers are then 0, strings and vectors empty, and a type becomes
/// the constructor that takes the fewest steps to fill. So generated code has no branch for errors, and reading ends at
/// once; the value is worth nothing, and [`Reader::read`] gives the failure in its place.
#[derive(Debug)]
pub struct Reader<'a> {
    /// What is still to be read, up to the limit in force.
    rest: &'a [u8],
    /// The offset at which `rest` ends.
    end: usize,
    depth: u32,
    reserve: usize,
    failure: Option<(DecodeErrorKind, usize)>,
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            end: bytes.len(),
            depth: 0,
            reserve: bytes.len().saturating_mul(RESERVE_FACTOR),
            failure: None,
        }
    }

    /// The offset of the next byte.
    pub fn position(&self) -> usize {
        self.end - self.rest.len()
    }

    /// What is still to be read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Reads one value out of a sequence.
    ///
    /// # Errors
    /// [`DecodeError`] if the next bytes are not such a value. The reader is used up then.
    pub fn read<T: Decode>(&mut self) -> Result<T, DecodeError> {
        let (start, input) = (self.position(), self.rest);
        let value = T::decode(self);
        match self.failure.take() {
            None => Ok(value),
            Some((kind, offset)) => Err(DecodeError::describe(kind, start, offset, &T::SHAPE, input)),
        }
    }

    /// Checks that everything was read; `shape` is what was read last.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TrailingBytes`] if something is left.
    pub fn finish(&self, shape: &Shape) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(DecodeError::whole(DecodeErrorKind::TrailingBytes { count }, self.position(), shape)),
        }
    }

    /// Notes a failure at `offset`, and leaves nothing to read.
    #[cold]
    #[inline(never)]
    fn fail(&mut self, kind: DecodeErrorKind, offset: usize) {
        if self.failure.is_none() {
            self.failure = Some((kind, offset));
        }
        self.rest = &[];
    }

    #[cold]
    #[inline(never)]
    fn run_dry(&mut self) {
        let end = self.end;
        self.fail(DecodeErrorKind::UnexpectedEnd, end);
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> [u8; N] {
        if let Some((array, rest)) = self.rest.split_first_chunk() {
            self.rest = rest;
            *array
        } else {
            self.run_dry();
            [0; N]
        }
    }

    /// Reads a constructor id; 0, which no constructor has, if there is none left.
    #[inline]
    pub fn id(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// Reads a constructor id that must be `expected`.
    #[inline]
    pub fn expect(&mut self, expected: u32) {
        let id = self.id();
        if id != expected {
            self.unknown(id);
        }
    }

    /// Notes that `id`, which was just read, is no constructor of the expected type.
    #[cold]
    #[inline(never)]
    pub fn unknown(&mut self, id: u32) {
        // Behind a failure there was none to read, and what this adds is not kept.
        let offset = self.position().saturating_sub(4);
        self.fail(DecodeErrorKind::UnknownId { id }, offset);
    }

    /// Reads `#`.
    #[inline]
    pub fn nat(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// Reads `int`.
    #[inline]
    pub fn int(&mut self) -> i32 {
        i32::from_le_bytes(self.array())
    }

    /// Reads `long`.
    #[inline]
    pub fn long(&mut self) -> i64 {
        i64::from_le_bytes(self.array())
    }

    /// Reads `double`.
    #[inline]
    pub fn double(&mut self) -> f64 {
        f64::from_le_bytes(self.array())
    }

    /// Reads `int128`.
    #[inline]
    pub fn int128(&mut self) -> [u8; 16] {
        self.array()
    }

    /// Reads `int256`.
    #[inline]
    pub fn int256(&mut self) -> [u8; 32] {
        self.array()
    }

    /// Reads `Bool`.
    #[inline]
    pub fn bool(&mut self) -> bool {
        match self.id() {
            TRUE_ID => true,
            FALSE_ID => false,
            id => {
                self.unknown(id);
                false
            }
        }
    }

    /// Reads `string`.
    pub fn string(&mut self) -> String {
        let offset = self.position();
        match std::str::from_utf8(self.borrow_bytes()) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                self.fail(DecodeErrorKind::InvalidUtf8 { valid_up_to: error.valid_up_to() }, offset);
                String::new()
            }
        }
    }

    /// Reads `bytes`.
    pub fn bytes(&mut self) -> Vec<u8> {
        self.borrow_bytes().to_vec()
    }

    /// Reads the content of `string` or `bytes` in place.
    ///
    /// The padding is skipped whatever it holds, and a short content may carry the long form of the length: both occur in
    /// what other implementations send.
    pub fn borrow_bytes(&mut self) -> &'a [u8] {
        let (header, len) = match *self.rest {
            [short @ ..=253, ..] => (1, usize::from(short)),
            [254, low, middle, high, ..] => (4, u32::from_le_bytes([low, middle, high, 0]) as usize),
            [255, ..] => {
                let offset = self.position();
                self.fail(DecodeErrorKind::InvalidStringLength, offset);
                return &[];
            }
            _ => {
                self.run_dry();
                return &[];
            }
        };
        let padded = (header + len).next_multiple_of(4);
        match (self.rest.get(header..header + len), self.rest.get(padded..)) {
            (Some(content), Some(rest)) => {
                self.rest = rest;
                content
            }
            _ => {
                self.run_dry();
                &[]
            }
        }
    }

    /// Reads the count of a bare vector whose items take at least four bytes each, which the rest of the input must hold.
    pub fn count(&mut self) -> usize {
        let offset = self.position();
        let announced = self.nat();
        match usize::try_from(announced) {
            Ok(count) if count <= self.rest.len() / 4 => count,
            _ => {
                self.fail(DecodeErrorKind::VectorTooLong { announced }, offset);
                0
            }
        }
    }

    /// Reads `Vector<T>`.
    pub fn vector<T: Decode>(&mut self) -> Vec<T> {
        self.expect(VECTOR_ID);
        self.items(T::decode)
    }

    /// Reads `vector<%T>`: a bare vector of bare items.
    pub fn bare_vector<T: Combinator>(&mut self) -> Vec<T> {
        self.items(T::decode_fields)
    }

    /// Reads a count and as many items.
    pub fn items<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.count();
        self.enter();
        let mut items = Vec::with_capacity(self.reservation::<T>(count));
        for _ in 0..count {
            items.push(item(self));
            if self.failure.is_some() {
                break;
            }
        }
        self.leave();
        items
    }

    /// Reads a boxed value to the heap, one level deeper.
    pub fn boxed<T: Decode>(&mut self) -> Box<T> {
        self.enter();
        let value = Box::new(T::decode(self));
        self.leave();
        value
    }

    /// Reads the fields of a combinator to the heap.
    pub fn boxed_fields<T: Combinator>(&mut self) -> Box<T> {
        self.enter();
        let value = Box::new(T::decode_fields(self));
        self.leave();
        value
    }

    /// Reads an object behind its length in bytes (`bytes:int body:Object`); it must take up all of them.
    pub fn sized<T: Decode>(&mut self) -> T {
        let len = self.nat() as usize;
        let (object, behind) = match self.rest.split_at_checked(len) {
            Some(parts) => parts,
            None => {
                self.run_dry();
                (self.rest, self.rest)
            }
        };
        let end = self.end;
        (self.rest, self.end) = (object, end - behind.len());
        let value = T::decode(self);
        if !self.rest.is_empty() {
            let (count, offset) = (self.rest.len(), self.position());
            self.fail(DecodeErrorKind::TrailingBytes { count }, offset);
        }
        self.end = end;
        self.rest = if self.failure.is_none() { behind } else { &[] };
        value
    }

    /// Takes everything up to the limit in force.
    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    fn enter(&mut self) {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let offset = self.position();
            self.fail(DecodeErrorKind::TooDeep, offset);
        }
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// For how many of `count` items room may be made before any is read.
    fn reservation<T>(&mut self, count: usize) -> usize {
        let bytes = count.saturating_mul(size_of::<T>());
        match self.reserve.checked_sub(bytes) {
            Some(reserve) => {
                self.reserve = reserve;
                count
            }
            None => 0,
        }
    }
}
