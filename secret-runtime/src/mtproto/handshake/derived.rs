//! What both sides derive from their nonces: the temporary cipher, the hashes that prove the same key, the first salt.
//!
//! Source: <https://core.telegram.org/mtproto/auth_key>.

use rand_core::CryptoRng;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use tl_types::{Decode, Reader};
use zeroize::Zeroizing;

use super::Violation;
use crate::crypto::derivation::AesParameters;
use crate::crypto::ige::{BLOCK, IgeDecryptor, IgeEncryptor};
use crate::mtproto::AuthKey;

/// The nonces of one handshake; the new one is the client's secret.
pub(super) struct Nonces {
    pub(super) nonce: [u8; 16],
    pub(super) server_nonce: [u8; 16],
    pub(super) new_nonce: Zeroizing<[u8; 32]>,
}

/// What a server says of the key that it got.
#[derive(Clone, Copy)]
pub(super) enum Verdict {
    Agreed = 1,
    Retry = 2,
    Failed = 3,
}

impl Nonces {
    /// Verifies that a message belongs to this handshake.
    pub(super) fn check(&self, nonce: &[u8; 16], server_nonce: &[u8; 16]) -> Result<(), Violation> {
        check_nonce(&self.nonce, nonce)?;
        if bool::from(self.server_nonce.ct_eq(server_nonce)) { Ok(()) } else { Err(Violation::ServerNonce) }
    }

    /// `new_nonce_hash1`, `2` or `3`.
    pub(super) fn hash(&self, verdict: Verdict, key: &AuthKey) -> [u8; 16] {
        low_128_bits(&sha1(&[self.new_nonce.as_slice(), &[verdict as u8], &key.auxiliary_hash().to_le_bytes()]))
    }

    /// `new_nonce_hash` of `server_DH_params_fail`.
    pub(super) fn hash_without_key(&self) -> [u8; 16] {
        low_128_bits(&sha1(&[self.new_nonce.as_slice()]))
    }

    /// The first server salt.
    pub(super) fn salt(&self) -> i64 {
        let mut salt = [0; 8];
        let both = self.new_nonce.iter().zip(self.server_nonce);
        salt.iter_mut().zip(both).for_each(|(byte, (new, server))| *byte = new ^ server);
        i64::from_le_bytes(salt)
    }

    /// Hashes data, pads it and encrypts it with the temporary cipher.
    pub(super) fn seal(&self, data: &[u8], rng: &mut dyn CryptoRng) -> Vec<u8> {
        let mut sealed = sha1(&[data]).to_vec();
        sealed.extend_from_slice(data);
        let unpadded = sealed.len();
        sealed.resize(unpadded.next_multiple_of(BLOCK), 0);
        rng.fill_bytes(sealed.get_mut(unpadded..).unwrap_or_default());
        let AesParameters { key, iv } = &self.cipher();
        // It is padded to whole blocks.
        let _ = IgeEncryptor::new(key, iv).encrypt(&mut sealed);
        sealed
    }

    /// Decrypts what the other side sealed, and verifies the hash and that the padding is shorter than a block.
    pub(super) fn open<T: Decode>(&self, sealed: &[u8]) -> Result<T, Violation> {
        let mut opened = Zeroizing::new(sealed.to_vec());
        let AesParameters { key, iv } = &self.cipher();
        IgeDecryptor::new(key, iv).decrypt(&mut opened).map_err(|_| Violation::EncryptedPart)?;
        let (found, padded) = opened.split_first_chunk::<20>().ok_or(Violation::EncryptedPart)?;
        let mut reader = Reader::new(padded);
        let value = reader.read().map_err(|_| Violation::EncryptedPart)?;
        let data = padded.get(..reader.position()).unwrap_or_default();
        let fits = bool::from(sha1(&[data]).ct_eq(found.as_slice())) && reader.rest().len() < BLOCK;
        fits.then_some(value).ok_or(Violation::EncryptedPart)
    }

    /// `tmp_aes_key` and `tmp_aes_iv`.
    fn cipher(&self) -> AesParameters {
        let (new, server) = (self.new_nonce.as_slice(), self.server_nonce.as_slice());
        let (new_server, server_new, new_new) = (sha1(&[new, server]), sha1(&[server, new]), sha1(&[new, new]));
        let mut parameters = AesParameters { key: [0; 32], iv: [0; 32] };
        let both = new_server.iter().chain(server_new.iter()).chain(new_new.iter()).chain(new);
        let places = parameters.key.iter_mut().chain(&mut parameters.iv);
        places.zip(both).for_each(|(to, from)| *to = *from);
        parameters
    }
}

/// Verifies that a message has the client's first nonce.
pub(super) fn check_nonce(expected: &[u8; 16], found: &[u8; 16]) -> Result<(), Violation> {
    if bool::from(expected.ct_eq(found)) { Ok(()) } else { Err(Violation::Nonce) }
}

fn sha1(parts: &[&[u8]]) -> Zeroizing<[u8; 20]> {
    let mut hash = Sha1::new();
    parts.iter().for_each(|part| hash.update(part));
    Zeroizing::new(hash.finalize().into())
}

fn low_128_bits(hash: &[u8; 20]) -> [u8; 16] {
    let mut low = [0; 16];
    low.iter_mut().rev().zip(hash.iter().rev()).for_each(|(to, from)| *to = *from);
    low
}
