//! An object whose type is not known where it is read.

use std::fmt;

use crate::codec::{Decode, Encode};
use crate::error::{DecodeError, EncodeError};
use crate::reader::Reader;
use crate::schema::Shape;
use crate::sink::Sink;

/// An encoded object: the id and what follows it.
///
/// It stands where the schema says `Object` or `!X`. Decoding takes everything up to the limit in force: the end of the
/// input, or the length that stands in front of the object. [`Raw::decode_as`] decodes it once its type is known.
///
/// `Debug` tells the id and the length, not the content.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Raw(pub Vec<u8>);

impl Raw {
    /// Encodes an object.
    ///
    /// # Errors
    /// [`EncodeError`] if a string or a vector is longer than TL can say.
    pub fn from_object<T: Encode>(object: &T) -> Result<Self, EncodeError> {
        object.to_bytes().map(Self)
    }

    /// The constructor id in front, if there are four bytes.
    pub fn id(&self) -> Option<u32> {
        self.0.first_chunk().map(|id| u32::from_le_bytes(*id))
    }

    /// Decodes the whole object as a `T`.
    ///
    /// # Errors
    /// [`DecodeError`] if it is anything else.
    pub fn decode_as<T: Decode>(&self) -> Result<T, DecodeError> {
        T::from_bytes(&self.0)
    }
}

impl Encode for Raw {
    #[inline]
    fn encode<S: Sink>(&self, sink: &mut S) {
        sink.put(&self.0);
    }
}

impl Decode for Raw {
    const SHAPE: Shape = Shape::Raw;

    fn decode(reader: &mut Reader<'_>) -> Self {
        Self(reader.take_rest().to_vec())
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        match self.id() {
            Some(id) => write!(f, "Raw(#{id:08x}, {} bytes)", bytes.len()),
            None => write!(f, "Raw({} bytes)", bytes.len()),
        }
    }
}
