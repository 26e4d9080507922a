//! One side's secret in a key exchange, and what is done with it.

use std::fmt;
use std::sync::Arc;

use crypto_bigint::U2048;
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::super::{ChatKey, bytes};
use super::{Group, significant, to_bytes};

/// `a` or `b`: 256 bytes that stay with this side. Wiped when its last clone is dropped, never printed.
///
/// Serialized as a byte string of 256 bytes; a store has to protect it, and to have it before the public value is sent.
#[derive(Clone)]
pub struct PrivateExponent {
    bytes: Arc<Zeroizing<[u8; 256]>>,
    /// The public value that [`generate`](Self::generate) has found, and in which group: finding it takes milliseconds.
    public_value: Option<(Group, Arc<[u8; 256]>)>,
}

impl PartialEq for PrivateExponent {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(other.bytes.as_slice()).into()
    }
}

impl PrivateExponent {
    /// A new exponent whose public value in that group is one that the peer will accept.
    ///
    /// `server_random` is `random` of `messages.dhConfig`, normally 256 bytes. It is XORed with bytes from `rng`, so it
    /// can help where those are bad, and cannot harm where they are good; it is never used alone.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(group: &Group, rng: &mut R, server_random: &[u8]) -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; 256]);
            rng.fill_bytes(bytes.as_mut_slice());
            bytes.iter_mut().zip(server_random.iter().cycle()).for_each(|(byte, random)| *byte ^= random);
            let mut exponent = Self::from(bytes);
            let public_value = exponent.public_value(group);
            if check_public_value(group, &public_value).is_ok() {
                exponent.public_value = Some((group.clone(), Arc::new(public_value)));
                return exponent;
            }
        }
    }

    /// An exponent from its bytes, big-endian.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 256]) -> Self {
        Self::from(Zeroizing::new(bytes))
    }

    /// The value that the peer gets: `g^a mod p`, big-endian, 256 bytes with the leading zeros.
    #[must_use]
    pub fn public_value(&self, group: &Group) -> [u8; 256] {
        if let Some((of, public_value)) = &self.public_value
            && of == group
        {
            return **public_value;
        }
        to_bytes(&self.power(group, &U2048::from_u32(group.g().unsigned_abs())))
    }

    /// The key that both sides share, from the value that the peer sent: at most 256 bytes, big-endian, with or without
    /// leading zeros.
    ///
    /// # Errors
    /// [`PublicValueError`] when the peer's value makes a key that others could know.
    pub fn agree(&self, group: &Group, their_public: &[u8]) -> Result<ChatKey, PublicValueError> {
        let their_public = check_public_value(group, their_public)?;
        let shared = self.power(group, &U2048::from_be_slice(&their_public));
        Ok(ChatKey::from(Zeroizing::new(to_bytes(&shared))))
    }

    fn power(&self, group: &Group, base: &U2048) -> Zeroizing<U2048> {
        let exponent = Zeroizing::new(U2048::from_be_slice(self.bytes.as_slice()));
        // Only the modulus, which everybody knows, takes variable time.
        let arithmetic = FixedMontyParams::new_vartime(*group.modulus());
        let power = Zeroizing::new(FixedMontyForm::new(base, &arithmetic).pow(&*exponent));
        Zeroizing::new(power.retrieve())
    }
}

/// Verifies a public value, of ours or of the peer's, and pads it to 256 bytes: `2^1984 <= x <= p - 2^1984`, which is
/// within `1 < x < p - 1`.
///
/// Some clients send it without leading zeros, so any length is accepted that holds no more than 256 significant bytes.
///
/// # Errors
/// [`PublicValueError`] when it is out of range.
pub fn check_public_value(group: &Group, value: &[u8]) -> Result<[u8; 256], PublicValueError> {
    let value = significant(value);
    let mut padded = [0; 256];
    if value.len() > padded.len() {
        return Err(PublicValueError::TooLong { bytes: value.len() });
    }
    padded.iter_mut().rev().zip(value.iter().rev()).for_each(|(to, from)| *to = *from);
    let least = U2048::ONE.shl_vartime(2048 - 64);
    let most = group.modulus().as_ref().wrapping_sub(&least);
    if (least..=most).contains(&U2048::from_be_slice(&padded)) { Ok(padded) } else { Err(PublicValueError::OutOfRange) }
}

impl fmt::Debug for PrivateExponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes: _, public_value: _ } = self;
        f.debug_struct("PrivateExponent").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for PrivateExponent {}

impl From<Zeroizing<[u8; 256]>> for PrivateExponent {
    fn from(bytes: Zeroizing<[u8; 256]>) -> Self {
        Self { bytes: Arc::new(bytes), public_value: None }
    }
}

impl Serialize for PrivateExponent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(&self.bytes, serializer)
    }
}

impl<'de> Deserialize<'de> for PrivateExponent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::deserialize(deserializer)
    }
}

/// The peer's public value is not one that an honest client sends: the key would be guessable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicValueError {
    /// More than 256 bytes after the leading zeros.
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// Too near to 0 or to `p`.
    OutOfRange,
}

impl fmt::Display for PublicValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "the peer's public value has {bytes} bytes, more than 256")?,
            Self::OutOfRange => f.write_str("the peer's public value is below 2^1984 or above p - 2^1984")?,
        }
        f.write_str(": discard the chat")
    }
}

impl std::error::Error for PublicValueError {}
