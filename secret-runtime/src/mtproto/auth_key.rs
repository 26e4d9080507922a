//! The key that a client and a server share. How they agree on it is [`handshake`](super::handshake)'s matter.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::{Digest, Sha1};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::crypto::ChatKey;

/// An authorization key: 2048 bits that a client and a server share.
///
/// Wiped when its last clone is dropped, compared in constant time, and never printed: `Debug` shows its id. Serialized
/// as a byte string of 256 bytes; a store has to protect it.
///
/// Source: <https://core.telegram.org/mtproto/description#authorization-key>.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthKey {
    // Messages between a client and a server are sealed with the formulas of secret chats.
    shared: ChatKey,
    auxiliary_hash: u64,
}

impl AuthKey {
    /// A key from its 256 bytes, big-endian, with the leading zeros.
    #[must_use]
    pub fn new(bytes: [u8; 256]) -> Self {
        Self::from(ChatKey::from(Zeroizing::new(bytes)))
    }

    /// The 256 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 256] {
        self.shared.as_bytes()
    }

    /// `auth_key_id`, which encrypted packets begin with: the low 64 bits of the key's SHA-1, as a little-endian number.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.shared.fingerprint().0
    }

    /// `auth_key_aux_hash`: the high 64 bits of the key's SHA-1, as a little-endian number. The handshake proves with it
    /// that both sides have the same key.
    #[must_use]
    pub fn auxiliary_hash(&self) -> u64 {
        self.auxiliary_hash
    }

    /// The same key, for the derivation of message keys.
    pub(crate) fn shared(&self) -> &ChatKey {
        &self.shared
    }
}

impl From<ChatKey> for AuthKey {
    fn from(shared: ChatKey) -> Self {
        let hash: [u8; 20] = Sha1::digest(shared.as_bytes()).into();
        let [a, b, c, d, e, f, g, h, ..] = hash;
        Self { shared, auxiliary_hash: u64::from_le_bytes([a, b, c, d, e, f, g, h]) }
    }
}

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared: _, auxiliary_hash: _ } = self;
        f.debug_struct("AuthKey").field("id", &format_args!("{:016x}", self.id())).finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for AuthKey {}

impl Serialize for AuthKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shared.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AuthKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ChatKey::deserialize(deserializer).map(Self::from)
    }
}
