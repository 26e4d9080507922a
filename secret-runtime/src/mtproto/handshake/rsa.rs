//! RSA keys of 2048 bits: how a client knows a server.

use std::fmt;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U64, U2048};
use pkcs1::der::asn1::UintRef;
use pkcs1::der::pem::LineEnding;
use pkcs1::der::{Document, SecretDocument};
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use sha1::{Digest, Sha1};
use tl_types::{Sink, Writer};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::significant;

const PUBLIC_LABEL: &str = "RSA PUBLIC KEY";
const PRIVATE_LABEL: &str = "RSA PRIVATE KEY";

/// The key by which clients know a server.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    modulus: Odd<U2048>,
    exponent: u64,
    fingerprint: i64,
}

impl RsaPublicKey {
    /// A key from PEM with the label `RSA PUBLIC KEY` (PKCS#1), as Telegram publishes them.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, document) =
            Document::from_pem(pem.trim_start()).map_err(|_| KeyError::Pem { label: PUBLIC_LABEL })?;
        if label != PUBLIC_LABEL {
            return Err(KeyError::Pem { label: PUBLIC_LABEL });
        }
        let key = document.decode_msg::<RsaPublicKeyRef<'_>>().map_err(|_| KeyError::Pem { label: PUBLIC_LABEL })?;
        Self::new(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    /// A key from its numbers, big-endian.
    ///
    /// # Errors
    /// [`KeyError`] when `n` is not an odd number of 2048 bits, or `e` not an odd number from 3 to 2^32.
    pub fn new(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let (n, e) = (significant(n), significant(e));
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        let bytes = <&[u8; 256]>::try_from(n).map_err(|_| KeyError::Modulus { bits })?;
        let modulus = Odd::new(U2048::from_be_slice(bytes)).into_option();
        let modulus = modulus.filter(|_| bits == 2048).ok_or(KeyError::Modulus { bits })?;
        let exponent = e.iter().fold(0_u64, |value, byte| value.saturating_mul(256).saturating_add(u64::from(*byte)));
        if !(3..=1 << 32).contains(&exponent) || exponent.is_multiple_of(2) {
            return Err(KeyError::Exponent);
        }
        let mut writer = Writer::new(Vec::with_capacity(272));
        writer.bytes(n);
        writer.bytes(e);
        let [.., a, b, c, d, e, f, g, h] = <[u8; 20]>::from(Sha1::digest(writer.finish().0));
        Ok(Self { modulus, exponent, fingerprint: i64::from_le_bytes([a, b, c, d, e, f, g, h]) })
    }

    /// How the server names the key: the low 64 bits of the SHA-1 of both numbers as TL `bytes`.
    ///
    /// Source: <https://core.telegram.org/mtproto/auth_key#dh-exchange-initiation>.
    #[must_use]
    pub fn fingerprint(&self) -> i64 {
        self.fingerprint
    }

    /// The key as PEM with the label `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    /// [`KeyError::Pem`], for which there is no known key.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let failed = |_| KeyError::Pem { label: PUBLIC_LABEL };
        let (modulus, exponent) = (to_bytes(self.modulus.as_ref()), self.exponent.to_be_bytes());
        let modulus = UintRef::new(&modulus).map_err(failed)?;
        let public_exponent = UintRef::new(significant(&exponent)).map_err(failed)?;
        let document = Document::encode_msg(&RsaPublicKeyRef { modulus, public_exponent }).map_err(failed)?;
        document.to_pem(PUBLIC_LABEL, LineEnding::LF).map_err(failed)
    }

    /// `number^e mod n`; nothing when the number is not below `n`.
    pub(super) fn encrypt(&self, number: &[u8; 256]) -> Option<[u8; 256]> {
        let number = Zeroizing::new(self.reduced(number)?);
        Some(to_bytes(&self.form(&number).pow(&U64::from_u64(self.exponent)).retrieve()))
    }

    fn reduced(&self, number: &[u8; 256]) -> Option<U2048> {
        let number = U2048::from_be_slice(number);
        (number < *self.modulus.as_ref()).then_some(number)
    }

    // Only the modulus, which everybody knows, takes variable time.
    fn form(&self, number: &U2048) -> FixedMontyForm<{ U2048::LIMBS }> {
        FixedMontyForm::new(number, &FixedMontyParams::new_vartime(self.modulus))
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { modulus: _, exponent: _, fingerprint } = self;
        f.debug_struct("RsaPublicKey").field("fingerprint", &format_args!("{fingerprint:016x}")).finish_non_exhaustive()
    }
}

/// A server's own key. Wiped when dropped, never printed; it is used in the same time whatever it is.
pub struct RsaPrivateKey {
    public: RsaPublicKey,
    exponent: Zeroizing<U2048>,
}

impl RsaPrivateKey {
    /// A key from PEM with the label `RSA PRIVATE KEY` (PKCS#1), as `openssl genrsa -traditional 2048` makes it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let malformed = KeyError::Pem { label: PRIVATE_LABEL };
        let (label, document) = SecretDocument::from_pem(pem.trim_start()).map_err(|_| malformed)?;
        if label != PRIVATE_LABEL {
            return Err(malformed);
        }
        let key = document.decode_msg::<RsaPrivateKeyRef<'_>>().map_err(|_| malformed)?;
        let public = RsaPublicKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes())?;
        let exponent = significant(key.private_exponent.as_bytes());
        let mut padded = Zeroizing::new([0; 256]);
        if exponent.len() > padded.len() {
            return Err(KeyError::Inconsistent);
        }
        padded.iter_mut().rev().zip(exponent.iter().rev()).for_each(|(to, from)| *to = *from);
        let key = Self { public, exponent: Zeroizing::new(U2048::from_be_slice(padded.as_slice())) };
        // A key that does not decrypt would only show when a client fails.
        let probe = to_bytes(&U2048::from_u32(2));
        match key.public.encrypt(&probe).and_then(|encrypted| key.decrypt(&encrypted)) {
            Some(decrypted) if *decrypted == probe => Ok(key),
            _ => Err(KeyError::Inconsistent),
        }
    }

    /// What clients know the server by.
    #[must_use]
    pub fn public(&self) -> &RsaPublicKey {
        &self.public
    }

    /// `number^d mod n`; nothing when the number is not below `n`.
    pub(super) fn decrypt(&self, number: &[u8; 256]) -> Option<Zeroizing<[u8; 256]>> {
        let number = self.public.reduced(number)?;
        let power = Zeroizing::new(self.public.form(&number).pow(&*self.exponent));
        Some(Zeroizing::new(to_bytes(&Zeroizing::new(power.retrieve()))))
    }
}

impl fmt::Debug for RsaPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { public, exponent: _ } = self;
        f.debug_struct("RsaPrivateKey").field("public", public).finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for RsaPrivateKey {}

/// Not an RSA key that MTProto can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// Not PEM with that label, or not a key in PKCS#1.
    Pem {
        /// What stands behind `BEGIN`.
        label: &'static str,
    },
    /// The modulus is even or does not have 2048 bits.
    Modulus {
        /// How many it has.
        bits: usize,
    },
    /// The public exponent is even, below 3 or above 2^32.
    Exponent,
    /// The private key does not decrypt what the public key encrypts.
    Inconsistent,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem { label } => {
                write!(f, "the RSA key is not PEM that begins with -----BEGIN {label}----- (PKCS#1): convert it")
            }
            Self::Modulus { bits } => {
                write!(f, "the RSA key's modulus has {bits} bits, it must have 2048 and be odd: take another key")
            }
            Self::Exponent => {
                f.write_str("the RSA key's public exponent is not an odd number from 3 to 2^32: take another key")
            }
            Self::Inconsistent => f.write_str("the two halves of the RSA key do not belong together: take another key"),
        }
    }
}

impl std::error::Error for KeyError {}

/// 256 bytes, big-endian, with the leading zeros.
fn to_bytes(number: &U2048) -> [u8; 256] {
    let mut bytes = [0; 256];
    let digits = number.as_words().iter().rev().flat_map(|word| word.to_be_bytes());
    bytes.iter_mut().zip(digits).for_each(|(to, from)| *to = from);
    bytes
}
