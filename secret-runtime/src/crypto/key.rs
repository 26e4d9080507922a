//! The key of a chat and its fingerprint. How a key comes about is [`diffie_hellman`](super::diffie_hellman)'s matter.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::bytes;

/// A key that both sides of a chat share: 256 bytes, big-endian, left-padded with zeros.
///
/// Wiped when its last clone is dropped, compared in constant time, and never printed: `Debug` shows the fingerprint.
/// Serialized as a byte string of 256 bytes; a store has to protect it.
#[derive(Clone)]
pub struct ChatKey {
    // Shared by the clones: every step of a chat makes some.
    bytes: Arc<Zeroizing<[u8; 256]>>,
    // Every message carries it, and it costs five blocks of SHA-1.
    fingerprint: KeyFingerprint,
}

impl ChatKey {
    /// A key from its bytes, with the leading zeros.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 256]) -> Self {
        Self::from(Zeroizing::new(bytes))
    }

    /// The 256 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 256] {
        &self.bytes
    }

    /// What the messages under this key begin with, and what both sides compare at the end of a key exchange.
    #[must_use]
    pub fn fingerprint(&self) -> KeyFingerprint {
        self.fingerprint
    }

    /// `LENGTH` bytes for key derivation, from `OFFSET + x`.
    pub(super) fn part<const OFFSET: usize, const LENGTH: usize>(&self, x: usize) -> &[u8] {
        const { assert!(OFFSET + 8 + LENGTH <= 256, "x is at most 8") };
        self.bytes.split_at(OFFSET + x).1.split_at(LENGTH).0
    }
}

impl From<Zeroizing<[u8; 256]>> for ChatKey {
    fn from(bytes: Zeroizing<[u8; 256]>) -> Self {
        let fingerprint = KeyFingerprint::of(&bytes);
        Self { bytes: Arc::new(bytes), fingerprint }
    }
}

impl PartialEq for ChatKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes) || self.bytes.ct_eq(other.bytes.as_slice()).into()
    }
}

impl Eq for ChatKey {}

impl fmt::Debug for ChatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes: _, fingerprint } = self;
        f.debug_struct("ChatKey").field("fingerprint", fingerprint).finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for ChatKey {}

impl Serialize for ChatKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(&self.bytes, serializer)
    }
}

impl<'de> Deserialize<'de> for ChatKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::deserialize(deserializer)
    }
}

/// The last 8 bytes of a key's SHA-1 as a little-endian number, as in `encryptedChat.key_fingerprint`.
///
/// It tells keys apart; the server sees it, so it proves nothing to people: they compare a
/// [`KeyHash`](super::visualization::KeyHash).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyFingerprint(pub i64);

impl KeyFingerprint {
    /// As in front of every message.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    fn of(key: &[u8; 256]) -> Self {
        let hash: [u8; 20] = Sha1::digest(key).into();
        let [.., a, b, c, d, e, f, g, h] = hash;
        Self(i64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFingerprint({self})")
    }
}

/// 16 hexadecimal digits, of the number.
impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
