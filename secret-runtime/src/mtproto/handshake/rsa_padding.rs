//! How the client's secret nonce is made into a number for RSA: `RSA_PAD`, and the padding with SHA-1 that older clients
//! use.
//!
//! Source: <https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows>.

use rand_core::CryptoRng;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tl_types::Reader;
use tl_types::mtproto::types::PQInnerData;
use zeroize::Zeroizing;

use super::rsa::{RsaPrivateKey, RsaPublicKey};
use super::significant;
use crate::crypto::ige::{IgeDecryptor, IgeEncryptor};

/// The longest data that `RSA_PAD` takes.
const MAX_DATA: usize = 144;
/// Data with random bytes behind it.
const PADDED: usize = 192;
const HASH: usize = 32;
const TEMPORARY_KEY: usize = 32;

/// Encrypts at most 144 bytes for the owner of a key; nothing if there are more.
pub(super) fn encrypt(key: &RsaPublicKey, data: &[u8], rng: &mut dyn CryptoRng) -> Option<[u8; 256]> {
    if data.len() > MAX_DATA {
        return None;
    }
    let mut padded = Zeroizing::new([0; PADDED]);
    rng.fill_bytes(padded.as_mut_slice());
    padded.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    loop {
        let mut temporary_key = Zeroizing::new([0; TEMPORARY_KEY]);
        rng.fill_bytes(temporary_key.as_mut_slice());
        let mut number = Zeroizing::new([0; TEMPORARY_KEY + PADDED + HASH]);
        let (masked_key, content) = number.split_at_mut(TEMPORARY_KEY);
        let hash_of_both = hash(&[temporary_key.as_slice(), padded.as_slice()]);
        let reversed_and_hash = padded.iter().rev().chain(&hash_of_both);
        content.iter_mut().zip(reversed_and_hash).for_each(|(to, from)| *to = *from);
        IgeEncryptor::new(&temporary_key, &[0; 32]).encrypt(content).ok()?;
        let mask = hash(&[content]);
        masked_key.iter_mut().zip(temporary_key.iter().zip(mask)).for_each(|(to, (key, mask))| *to = key ^ mask);
        // About every other number is not below the modulus; another temporary key makes another number.
        if let Some(encrypted) = key.encrypt(&number) {
            return Some(encrypted);
        }
    }
}

/// Decrypts what a client encrypted with either padding; nothing if it is neither.
pub(super) fn decrypt(key: &RsaPrivateKey, encrypted: &[u8]) -> Option<PQInnerData> {
    let encrypted = significant(encrypted);
    let mut padded = [0; 256];
    if encrypted.len() > padded.len() {
        return None;
    }
    padded.iter_mut().rev().zip(encrypted.iter().rev()).for_each(|(to, from)| *to = *from);
    let number = key.decrypt(&padded)?;
    without_pad(&number).or_else(|| without_sha1(&number))
}

fn without_pad(number: &[u8; 256]) -> Option<PQInnerData> {
    let (masked_key, content) = number.split_first_chunk::<TEMPORARY_KEY>()?;
    let mask = hash(&[content]);
    let mut temporary_key = Zeroizing::new(*masked_key);
    temporary_key.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    let mut content = Zeroizing::new(content.to_vec());
    IgeDecryptor::new(&temporary_key, &[0; 32]).decrypt(&mut content).ok()?;
    let (data, found) = content.split_at_mut_checked(PADDED)?;
    data.reverse();
    let expected = hash(&[temporary_key.as_slice(), data]);
    if !bool::from(expected.as_slice().ct_eq(found)) {
        return None;
    }
    Reader::new(data).read().ok()
}

/// A zero, the SHA-1 of the data, the data, and anything behind it.
fn without_sha1(number: &[u8; 256]) -> Option<PQInnerData> {
    let (found, rest) = number.strip_prefix(&[0])?.split_first_chunk::<20>()?;
    let mut reader = Reader::new(rest);
    let data = reader.read().ok()?;
    let expected: [u8; 20] = Sha1::digest(rest.get(..reader.position())?).into();
    bool::from(expected.ct_eq(found)).then_some(data)
}

fn hash(parts: &[&[u8]]) -> [u8; HASH] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}
