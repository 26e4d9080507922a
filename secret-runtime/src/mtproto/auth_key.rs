//! The authorization key that a client and a server share.

use std::fmt;
use std::sync::Arc;

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The key that a client and a server agreed on: 256 bytes.
///
/// Wiped when its last clone is dropped, compared in constant time, and never printed.
#[derive(Clone)]
pub struct AuthKey {
    bytes: Arc<Zeroizing<[u8; 256]>>,
    hash: [u8; 20],
}

impl AuthKey {
    /// A key from its bytes, with the leading zeros.
    #[must_use]
    pub fn new(bytes: [u8; 256]) -> Self {
        let hash = Sha1::digest(bytes).into();
        Self { bytes: Arc::new(Zeroizing::new(bytes)), hash }
    }

    /// The 256 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 256] {
        &self.bytes
    }

    /// `auth_key_id`: the last 64 bits of the key's SHA-1.
    #[must_use]
    pub fn id(&self) -> i64 {
        let [.., a, b, c, d, e, f, g, h] = self.hash;
        i64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// `auth_key_aux_hash`: the first 64 bits of the key's SHA-1.
    #[must_use]
    pub fn auxiliary_hash(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.hash;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl PartialEq for AuthKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(other.bytes.as_slice()).into()
    }
}

impl Eq for AuthKey {}

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes: _, hash: _ } = self;
        f.debug_struct("AuthKey").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for AuthKey {}
