//! TL values inside records: as their TL bytes. For `#[serde(with = "tl")]`.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tl_types::{Decode, Encode};
use zeroize::Zeroizing;

pub(crate) fn serialize<T: Encode, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = Zeroizing::new(value.to_bytes().map_err(S::Error::custom)?);
    bytes.as_slice().serialize(serializer)
}

pub(crate) fn deserialize<'de, T: Decode, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let bytes = Zeroizing::new(Vec::<u8>::deserialize(deserializer)?);
    T::from_bytes(&bytes).map_err(D::Error::custom)
}

/// The same for a value that may be absent.
pub(super) mod option {
    use super::{Decode, Deserialize, Deserializer, Encode, Serialize, Serializer, Zeroizing};
    use serde::de::Error as _;
    use serde::ser::Error as _;

    pub(in crate::chat) fn serialize<T: Encode, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes = value.as_ref().map(|value| value.to_bytes().map(Zeroizing::new)).transpose();
        bytes.map_err(S::Error::custom)?.as_ref().map(|bytes| bytes.as_slice()).serialize(serializer)
    }

    pub(in crate::chat) fn deserialize<'de, T: Decode, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let bytes = Option::<Vec<u8>>::deserialize(deserializer)?.map(Zeroizing::new);
        bytes.map(|bytes| T::from_bytes(&bytes).map_err(D::Error::custom)).transpose()
    }
}
