//! Byte strings of a fixed length in serde: written as bytes, read back only with that very length.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserializer, Serializer};
use zeroize::{Zeroize, Zeroizing};

pub(super) fn serialize<const N: usize, S: Serializer>(bytes: &[u8; N], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

pub(super) fn deserialize<'de, T: From<Zeroizing<[u8; N]>>, const N: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_bytes(FixedLength(PhantomData))
}

struct FixedLength<T, const N: usize>(PhantomData<T>);

impl<'de, T: From<Zeroizing<[u8; N]>>, const N: usize> Visitor<'de> for FixedLength<T, N> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
        let fixed: [u8; N] = bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))?;
        Ok(T::from(Zeroizing::new(fixed)))
    }

    fn visit_byte_buf<E: Error>(self, mut bytes: Vec<u8>) -> Result<T, E> {
        let result = self.visit_bytes(&bytes);
        bytes.zeroize();
        result
    }

    // Formats without byte strings, such as JSON, write a sequence of numbers.
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<T, A::Error> {
        let mut fixed = Zeroizing::new([0; N]);
        for (index, byte) in fixed.iter_mut().enumerate() {
            *byte = sequence.next_element()?.ok_or_else(|| A::Error::invalid_length(index, &self))?;
        }
        match sequence.next_element::<u8>()? {
            Some(_) => Err(A::Error::invalid_length(N + 1, &self)),
            None => Ok(T::from(fixed)),
        }
    }
}
