//! What the state machine needs of cryptography, and MTProto's answer to it.

use std::fmt::Debug;

use rand_core::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::crypto::diffie_hellman::{self, GroupError, PublicValueError};
use crate::crypto::envelope::{self, SealError};
use crate::crypto::visualization::KeyHash;
use crate::crypto::{ChatKey, KeyFingerprint, Padding, Rejected, Role};

/// Key agreement and envelope.
///
/// [`Mtproto`] is what Telegram uses. A model checker puts toy arithmetic in its place and runs the same [`Chat::step`].
///
/// [`Chat::step`]: super::Chat::step
pub trait Suite: Clone + Debug + PartialEq + 'static {
    /// A prime and a generator that passed every check.
    type Group: Clone + Debug + PartialEq + Serialize + DeserializeOwned;
    /// The private half of a key agreement.
    type Exponent: Clone + Debug + PartialEq + Serialize + DeserializeOwned;
    /// What both sides agree on.
    type Key: Clone + Debug + PartialEq + Serialize + DeserializeOwned;

    /// Checks what `messages.getDhConfig` answered.
    ///
    /// # Errors
    /// [`GroupError`] if keys agreed on with it could be guessed.
    fn group(g: i32, p: &[u8], rng: &mut dyn CryptoRng) -> Result<Self::Group, GroupError>;

    /// A fresh private exponent; the server's randomness is mixed in, and never used alone.
    fn exponent(group: &Self::Group, server_random: &[u8], rng: &mut dyn CryptoRng) -> Self::Exponent;

    /// `g_a` or `g_b`, as it is sent.
    fn public_value(group: &Self::Group, exponent: &Self::Exponent) -> Vec<u8>;

    /// The key of our exponent and their public value.
    ///
    /// # Errors
    /// [`PublicValueError`] if theirs is out of range.
    fn agree(
        group: &Self::Group,
        exponent: &Self::Exponent,
        public_value: &[u8],
    ) -> Result<Self::Key, PublicValueError>;

    /// What stands in front of every message under the key.
    fn fingerprint(key: &Self::Key) -> KeyFingerprint;

    /// What both users compare; taken of the chat's first key.
    fn key_hash(key: &Self::Key) -> KeyHash;

    /// Encrypts a message of `sender`.
    ///
    /// # Errors
    /// [`SealError`] if the body is no serialized TL object.
    fn seal(
        key: &Self::Key,
        sender: Role,
        body: &[u8],
        padding: Padding,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, SealError>;

    /// Decrypts a message of `sender` (MTProto 2.0).
    ///
    /// # Errors
    /// [`Rejected`], whatever is wrong.
    fn open(key: &Self::Key, sender: Role, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected>;

    /// Decrypts a message in the older envelope (MTProto 1.0), which is never written.
    ///
    /// # Errors
    /// [`Rejected`], whatever is wrong.
    fn open_v1(key: &Self::Key, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected>;
}

/// Telegram's cryptography: see [`crate::crypto`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mtproto {}

impl Suite for Mtproto {
    type Group = diffie_hellman::Group;
    type Exponent = diffie_hellman::PrivateExponent;
    type Key = ChatKey;

    fn group(g: i32, p: &[u8], rng: &mut dyn CryptoRng) -> Result<Self::Group, GroupError> {
        diffie_hellman::Group::check(g, p, rng)
    }

    fn exponent(group: &Self::Group, server_random: &[u8], rng: &mut dyn CryptoRng) -> Self::Exponent {
        diffie_hellman::PrivateExponent::generate(group, rng, server_random)
    }

    fn public_value(group: &Self::Group, exponent: &Self::Exponent) -> Vec<u8> {
        exponent.public_value(group).to_vec()
    }

    fn agree(
        group: &Self::Group,
        exponent: &Self::Exponent,
        public_value: &[u8],
    ) -> Result<Self::Key, PublicValueError> {
        exponent.agree(group, public_value)
    }

    fn fingerprint(key: &Self::Key) -> KeyFingerprint {
        key.fingerprint()
    }

    fn key_hash(key: &Self::Key) -> KeyHash {
        // A chat starts at layer 46, so its first key is also the one in force when it reached that layer.
        KeyHash::new(key, key)
    }

    fn seal(
        key: &Self::Key,
        sender: Role,
        body: &[u8],
        padding: Padding,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        envelope::seal(key, sender, body, padding, rng)
    }

    fn open(key: &Self::Key, sender: Role, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        envelope::open(key, sender, wire)
    }

    fn open_v1(key: &Self::Key, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        envelope::open_v1(key, wire)
    }
}
