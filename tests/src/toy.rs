//! Toy cryptography under the real state machine: arithmetic small enough to look at, and nothing to wait for.
//!
//! It is as strict as the real one where the state machine could go wrong (a message opens only under its key and from its
//! sender), and hides nothing.

use rand_core::CryptoRng;
use secret_runtime::chat::Suite;
use secret_runtime::crypto::diffie_hellman::{GroupError, PublicValueError};
use secret_runtime::crypto::envelope::SealError;
use secret_runtime::crypto::visualization::KeyHash;
use secret_runtime::crypto::{KeyFingerprint, Padding, Rejected, Role};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A prime just below 2⁶¹; products fit 128 bits.
const P: u64 = (1 << 61) - 1;
const G: u64 = 3;

/// The toy suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Toy {}

/// A number that only the toy suite uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Number(pub u64);

impl Suite for Toy {
    type Group = ();
    type Exponent = Number;
    type Key = Number;

    fn group(_: i32, _: &[u8], _: &mut dyn CryptoRng) -> Result<(), GroupError> {
        Ok(())
    }

    fn exponent((): &(), server_random: &[u8], rng: &mut dyn CryptoRng) -> Number {
        let server = server_random.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Number((rng.next_u64() ^ server) % (P - 3) + 2)
    }

    fn public_value((): &(), exponent: &Number) -> Vec<u8> {
        power(G, exponent.0).to_be_bytes().to_vec()
    }

    fn agree((): &(), exponent: &Number, public_value: &[u8]) -> Result<Number, PublicValueError> {
        let bytes = public_value.try_into().map_err(|_| PublicValueError::OutOfRange)?;
        let value = u64::from_be_bytes(bytes);
        if value <= 1 || value >= P - 1 {
            return Err(PublicValueError::OutOfRange);
        }
        Ok(Number(power(value, exponent.0)))
    }

    fn fingerprint(key: &Number) -> KeyFingerprint {
        KeyFingerprint(mix(key.0, &[]).cast_signed())
    }

    fn key_hash(key: &Number) -> KeyHash {
        let mut hash = [0; 36];
        hash.iter_mut().zip(0..).for_each(|(byte, place)| *byte = mix(key.0, &[place]).to_le_bytes()[0]);
        KeyHash(hash)
    }

    fn seal(key: &Number, sender: Role, body: &[u8], _: Padding, _: &mut dyn CryptoRng) -> Result<Vec<u8>, SealError> {
        Ok([&Self::fingerprint(key).0.to_le_bytes(), &tag(key, sender, body)[..], body].concat())
    }

    fn open(key: &Number, sender: Role, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        let (fingerprint, rest) = wire.split_first_chunk().ok_or(Rejected)?;
        let (found, body) = rest.split_first_chunk::<8>().ok_or(Rejected)?;
        let is_right = i64::from_le_bytes(*fingerprint) == Self::fingerprint(key).0 && *found == tag(key, sender, body);
        if is_right { Ok(Zeroizing::new(body.to_vec())) } else { Err(Rejected) }
    }

    fn open_v1(_: &Number, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        Err(Rejected)
    }
}

fn power(base: u64, exponent: u64) -> u64 {
    let times = |a: u64, b: u64| u64::try_from(u128::from(a) * u128::from(b) % u128::from(P)).unwrap();
    let (mut result, mut base, mut exponent) = (1, base % P, exponent);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        exponent /= 2;
    }
    result
}

fn tag(key: &Number, sender: Role, body: &[u8]) -> [u8; 8] {
    mix(key.0 ^ if sender == Role::Originator { 0x5bd1 } else { 0xe995 }, body).to_le_bytes()
}

/// FNV-1a, with a seed.
fn mix(seed: u64, bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    seed.to_le_bytes()
        .iter()
        .chain(bytes)
        .fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
