//! The group that a chat's keys are agreed in: the server's choice, verified once and then stored with the chat.

use std::fmt;
use std::sync::Arc;

use crypto_bigint::{Odd, U2048};
use rand_core::CryptoRng;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::super::bytes;
use super::{prime, significant};

/// A generator and a modulus that are known to be good. A chat's later keys are agreed in the same group as its first.
///
/// Serialized as `g` and the 256 bytes of `p`. Deserialization only looks at the form of both: what a store returns was
/// verified by [`check`](Self::check) before.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    g: i32,
    // Shared by the clones: every step of a chat makes some.
    #[serde(serialize_with = "serialize_prime")]
    prime: Arc<[u8; 256]>,
    // The same number as `prime`.
    #[serde(skip)]
    modulus: Arc<Odd<U2048>>,
}

impl Group {
    /// Verifies `g` and `p` of `messages.dhConfig`: `p` has 2048 bits, `p` and `(p - 1) / 2` are prime, and `g`
    /// generates the subgroup of that order.
    ///
    /// Telegram's own prime is recognized at once; for any other one this takes up to seconds. `rng` chooses the bases
    /// of the primality test.
    ///
    /// # Errors
    /// [`GroupError`]: the server is wrong or hostile, and no key may be agreed with these numbers.
    pub fn check<R: CryptoRng + ?Sized>(g: i32, p: &[u8], rng: &mut R) -> Result<Self, GroupError> {
        let p = significant(p);
        let group = <[u8; 256]>::try_from(p).ok().and_then(|bytes| Self::of_form(g, bytes));
        let group = group.ok_or_else(|| GroupError::Modulus { bits: bit_length(p) })?;
        if !is_generator(g, &group.prime) {
            return Err(GroupError::Generator { g });
        }
        if !prime::is_safe_prime(&group.modulus, rng) {
            return Err(GroupError::NotSafePrime);
        }
        Ok(group)
    }

    /// The group that Telegram's servers have given since 2013: `g` is 3.
    #[cfg(feature = "loopback")]
    pub(crate) fn telegram() -> Option<Self> {
        let [prime] = prime::KNOWN;
        Self::of_form(3, super::to_bytes(&prime))
    }

    /// The generator: 2 to 7.
    #[must_use]
    pub fn g(&self) -> i32 {
        self.g
    }

    /// The modulus `p`, big-endian.
    #[must_use]
    pub fn prime(&self) -> &[u8; 256] {
        &self.prime
    }

    pub(super) fn modulus(&self) -> &Odd<U2048> {
        &self.modulus
    }

    /// A group whose modulus is odd and has 2048 bits; nothing else is verified.
    fn of_form(g: i32, prime: [u8; 256]) -> Option<Self> {
        let modulus = U2048::from_be_slice(&prime);
        let odd = Odd::new(modulus).into_option()?;
        (modulus.bit_width_vartime() == U2048::BITS).then(|| Self { g, prime: Arc::new(prime), modulus: Arc::new(odd) })
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { g, prime, modulus: _ } = self;
        let prime = prime.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        f.debug_struct("Group").field("g", g).field("prime", &format_args!("{prime}")).finish()
    }
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Group")]
        struct Form {
            g: i32,
            #[serde(deserialize_with = "bytes::deserialize")]
            prime: Zeroizing<[u8; 256]>,
        }
        let Form { g, prime } = Form::deserialize(deserializer)?;
        if !(2..=7).contains(&g) {
            return Err(D::Error::custom("g is not one of 2 to 7"));
        }
        Self::of_form(g, *prime).ok_or_else(|| D::Error::custom("p is even or has fewer than 2048 bits"))
    }
}

fn serialize_prime<S: Serializer>(prime: &[u8; 256], serializer: S) -> Result<S::Ok, S::Error> {
    bytes::serialize(prime, serializer)
}

fn bit_length(number: &[u8]) -> usize {
    number.len() * 8 - number.first().map_or(0, |byte| byte.leading_zeros() as usize)
}

/// For a safe prime these residues are what makes `g` a square, so that it generates the subgroup of order
/// `(p - 1) / 2` (<https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication>).
fn is_generator(g: i32, prime: &[u8; 256]) -> bool {
    let p_modulo = |n: u32| prime.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % n);
    match g {
        2 => p_modulo(8) == 7,
        3 => p_modulo(3) == 2,
        4 => true,
        5 => matches!(p_modulo(5), 1 | 4),
        6 => matches!(p_modulo(24), 19 | 23),
        7 => matches!(p_modulo(7), 3 | 5 | 6),
        _ => false,
    }
}

/// The server's parameters for key exchange are wrong: agree on no key with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupError {
    /// `p` does not have 2048 bits, or is even.
    Modulus {
        /// How many bits it has.
        bits: usize,
    },
    /// `p` or `(p - 1) / 2` is not prime.
    NotSafePrime,
    /// `g` is not in 2 to 7, or does not generate the right subgroup.
    Generator {
        /// The generator.
        g: i32,
    },
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modulus { bits } => write!(f, "the server's modulus has {bits} bits, it must have 2048 and be odd")?,
            Self::NotSafePrime => f.write_str("the server's modulus is not a safe prime")?,
            Self::Generator { g } => write!(f, "the server's generator {g} does not fit its prime")?,
        }
        f.write_str(": agree on no key with it")
    }
}

impl std::error::Error for GroupError {}
