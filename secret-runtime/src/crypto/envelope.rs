//! Messages on the wire: `key_fingerprint || msg_key || AES-256-IGE(length || body || padding)`.
//!
//! It knows one key at a time and nothing of what a body means. Which key a message belongs to, whether its number was
//! seen before, and when MTProto 1.0 may still be accepted is for the chat to decide. The specification is
//! <https://core.telegram.org/api/end-to-end#serialization-and-encryption-of-outgoing-messages>.

mod legacy;

use std::fmt;

use rand_core::CryptoRng;
use subtle::{ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};
use zeroize::{Zeroize, Zeroizing};

use super::derivation::{MessageKey, aes_parameters, message_key};
use super::ige::{BLOCK, IgeDecryptor, IgeEncryptor};
use super::{ChatKey, KeyFingerprint, Padding, Role, padding};

pub use legacy::open_v1;

/// Bytes before the encrypted part: the key's fingerprint and `msg_key`.
const HEADER: usize = 8 + 16;
/// Bytes of the length before the body.
const LENGTH: usize = 4;

/// The message was not made with this key by this sender, or was changed on the way.
///
/// The one answer to everything that can be wrong with a message, and all of it takes the same time once the key's
/// fingerprint fits: an attacker who sees how a message is refused learns nothing. A message that is refused is dropped;
/// it is no reason to close the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rejected;

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message was not encrypted under this key by this sender: drop it")
    }
}

impl std::error::Error for Rejected {}

/// What was to be encrypted is no message; it is the caller's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// A serialized TL object has a multiple of 4 bytes, and fewer than 2³².
    Body {
        /// How many this one has.
        bytes: usize,
    },
    /// Padding has 12 to 1024 bytes, and fills up the last block.
    Padding {
        /// How many this one has.
        bytes: usize,
    },
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body { bytes } => write!(f, "a body of {bytes} bytes is no serialized TL object"),
            Self::Padding { bytes } => {
                write!(f, "{bytes} bytes of padding are not between 12 and 1024, or do not fill up the last block")
            }
        }
    }
}

impl std::error::Error for SealError {}

/// Encrypts a message by MTProto 2.0, padded with random bytes.
///
/// `body` is a serialized TL object (`decryptedMessageLayer`), so its length is a multiple of 4. `sender` is our own
/// role. The result is `data` of `messages.sendEncrypted`: 24 bytes longer than the padded plaintext.
///
/// # Errors
/// [`SealError`] if `body` is no serialized TL object: what would be sent could not be read.
pub fn seal<R: CryptoRng + ?Sized>(
    key: &ChatKey,
    sender: Role,
    body: &[u8],
    padding: Padding,
    rng: &mut R,
) -> Result<Vec<u8>, SealError> {
    seal_with(key, sender, body, padding.len(LENGTH + body.len()), |padding| rng.fill_bytes(padding))
}

/// As [`seal`], with padding that the caller chooses: the same input gives the same bytes, as known-answer tests need.
///
/// Everything else uses [`seal`]: padding has to be random and secret.
///
/// # Errors
/// As [`seal`], and if the padding is not 12 to 1024 bytes or does not make the plaintext, with the four bytes of its
/// length, a multiple of 16.
pub fn seal_with_padding(key: &ChatKey, sender: Role, body: &[u8], padding: &[u8]) -> Result<Vec<u8>, SealError> {
    let is_whole = (LENGTH + body.len() + padding.len()).is_multiple_of(BLOCK);
    if !is_whole || !(padding::MIN..=padding::MAX).contains(&padding.len()) {
        return Err(SealError::Padding { bytes: padding.len() });
    }
    seal_with(key, sender, body, padding.len(), |room| room.copy_from_slice(padding))
}

/// Decrypts and verifies a message by MTProto 2.0, and returns its body.
///
/// `sender` is the role of who should have sent it: the peer's. A message of our own that comes back is refused.
///
/// # Errors
/// [`Rejected`], whatever is wrong; nothing of the message can be used then, and nothing of it stays in memory.
pub fn open(key: &ChatKey, sender: Role, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
    let (claimed_key, ciphertext) = split(key, wire)?;
    let parameters = aes_parameters(key, sender, claimed_key);
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    IgeDecryptor::new(&parameters.key, &parameters.iv).decrypt(&mut plaintext).map_err(|_| Rejected)?;

    // From here on there is one decision, at the end: leaving earlier would tell an attacker what the decrypted bytes
    // look like.
    let body = BodyLength::read(&plaintext);
    let accepted = message_key(key, sender, &plaintext).ct_eq(claimed_key)
        & (body.length % 4).ct_eq(&0)
        & !body.padding.ct_lt(&(padding::MIN as u64))
        & !body.padding.ct_gt(&(padding::MAX as u64));
    if accepted.into() { Ok(body.cut(plaintext)) } else { Err(Rejected) }
}

/// The fingerprint of the key that a message says it is encrypted under; nothing is verified.
///
/// `None` when the message is too short to have one.
#[must_use]
pub fn key_fingerprint(wire: &[u8]) -> Option<KeyFingerprint> {
    wire.first_chunk().map(|bytes| KeyFingerprint(i64::from_le_bytes(*bytes)))
}

fn seal_with(
    key: &ChatKey,
    sender: Role,
    body: &[u8],
    padding_len: usize,
    fill_padding: impl FnOnce(&mut [u8]),
) -> Result<Vec<u8>, SealError> {
    let length = u32::try_from(body.len()).ok().filter(|length| length.is_multiple_of(4));
    let length = length.ok_or(SealError::Body { bytes: body.len() })?.to_le_bytes();

    let mut wire = vec![0; HEADER + LENGTH + body.len() + padding_len];
    let (header, plaintext) = wire.split_at_mut(HEADER);
    // First of all the padding: should the source of randomness panic, then no plaintext is left behind.
    fill_padding(plaintext.split_at_mut(LENGTH + body.len()).1);
    plaintext.iter_mut().zip(length).for_each(|(to, from)| *to = from);
    plaintext.split_at_mut(LENGTH).1.split_at_mut(body.len()).0.copy_from_slice(body);

    let message_key = message_key(key, sender, plaintext);
    let parameters = aes_parameters(key, sender, &message_key);
    let encrypted = IgeEncryptor::new(&parameters.key, &parameters.iv).encrypt(plaintext);
    debug_assert_eq!(encrypted, Ok(()), "padding makes whole blocks");
    let (fingerprint, place_of_message_key) = header.split_at_mut(8);
    fingerprint.copy_from_slice(&key.fingerprint().to_bytes());
    place_of_message_key.copy_from_slice(&message_key);
    Ok(wire)
}

/// What can be said before decryption: the length is possible, and the key is the one that the message names.
fn split<'w>(key: &ChatKey, wire: &'w [u8]) -> Result<(&'w MessageKey, &'w [u8]), Rejected> {
    let (fingerprint, rest) = wire.split_first_chunk().ok_or(Rejected)?;
    let (message_key, ciphertext) = rest.split_first_chunk().ok_or(Rejected)?;
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(BLOCK) || *fingerprint != key.fingerprint().to_bytes()
    {
        return Err(Rejected);
    }
    Ok((message_key, ciphertext))
}

/// Where a decrypted message says that its body ends.
struct BodyLength {
    length: u64,
    /// What remains behind the body. A length beyond the end wraps around to a number that no padding has.
    padding: u64,
}

impl BodyLength {
    fn read(plaintext: &[u8]) -> Self {
        let length = u64::from(plaintext.first_chunk().map_or(u32::MAX, |length| u32::from_le_bytes(*length)));
        Self { length, padding: (plaintext.len() as u64).wrapping_sub(LENGTH as u64).wrapping_sub(length) }
    }

    /// Leaves the body alone, in the same memory. Only for a length that was found to be right.
    fn cut(self, mut plaintext: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
        let length = self.length as usize;
        plaintext.copy_within(LENGTH..LENGTH + length, 0);
        plaintext.split_at_mut(length).1.zeroize();
        plaintext.truncate(length);
        plaintext
    }
}
