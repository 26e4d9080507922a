//! What can be done with a type's bytes, without naming the type.

use std::fmt::{self, Debug};

use tl_types::{Decode, DecodeError, Encode, EncodeError};

/// The operations of one Rust type, behind function pointers, so that one loop serves all types.
#[derive(Clone, Copy)]
pub struct Codec {
    /// Decodes, and drops the value.
    pub decode: fn(&[u8]) -> Result<(), DecodeError>,
    /// Decodes, and encodes a copy of the value.
    pub reencode: fn(&[u8]) -> Result<Reencoded, DecodeError>,
    /// Decodes, and prints the value with `{:?}`.
    pub print: fn(&[u8]) -> Result<String, DecodeError>,
}

/// A value that was decoded, copied and encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reencoded {
    /// The copy's encoding.
    pub bytes: Result<Vec<u8>, EncodeError>,
    /// The length that the copy announces.
    pub announced: usize,
    /// Whether the copy is equal to the value; one that holds a NaN is not.
    pub copy_is_equal: bool,
}

impl Codec {
    /// The operations of `T`.
    pub const fn of<T: Decode + Encode + Clone + PartialEq + Debug>() -> Self {
        Self { decode: decode::<T>, reencode: reencode::<T>, print: print::<T> }
    }
}

impl Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}

fn decode<T: Decode>(bytes: &[u8]) -> Result<(), DecodeError> {
    T::from_bytes(bytes).map(drop)
}

fn reencode<T: Decode + Encode + Clone + PartialEq>(bytes: &[u8]) -> Result<Reencoded, DecodeError> {
    let value = T::from_bytes(bytes)?;
    let copy = value.clone();
    let copy_is_equal = copy == value;
    drop(value);
    Ok(Reencoded { announced: copy.encoded_len(), bytes: copy.to_bytes(), copy_is_equal })
}

fn print<T: Decode + Debug>(bytes: &[u8]) -> Result<String, DecodeError> {
    T::from_bytes(bytes).map(|value| format!("{value:?}"))
}
