//! What a record looks like in the file: its name and its content, both encrypted. Knows nothing of the database.
//!
//! A name is two AES-256 blocks, each under a key of its own: the scope, then kind and number, these mixed with the first
//! block as in CBC, so that the same kind and number look different in every scope. The content is preceded by its
//! length, padded to a multiple of 64 bytes, and sealed with XChaCha20-Poly1305 under a random nonce, with the format
//! and the plain name as associated data, so that it opens under no other name.

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::FORMAT;
use crate::store::{RecordKey, RecordValue, Scope, StoreKey};

/// The length of the part of a name that stands for the scope.
pub(super) const SCOPE_LEN: usize = 16;

/// The name of a record in the file.
pub(super) type Name = [u8; 2 * SCOPE_LEN];

type Block = [u8; SCOPE_LEN];

const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;
const LENGTH_LEN: usize = 8;
const PADDED_TO: usize = 64;

/// The keys of one file.
pub(super) struct Keys {
    scopes: Aes256,
    records: Aes256,
    contents: XChaCha20Poly1305,
    check: [u8; 32],
}

impl Keys {
    /// The keys that a store key and a file's salt make.
    pub(super) fn derive(key: &StoreKey, salt: &[u8; 32]) -> Self {
        let derive = |purpose: &[u8; 8]| -> Zeroizing<[u8; 32]> {
            let mut hash = Sha256::new();
            hash.update(b"secret-runtime/store/1/");
            hash.update(purpose);
            hash.update(salt);
            hash.update(key.bytes());
            let mut digest = hash.finalize();
            let derived = Zeroizing::new(digest.into());
            digest.as_mut_slice().zeroize();
            derived
        };
        Self {
            scopes: Aes256::new((&*derive(b"scopes  ")).into()),
            records: Aes256::new((&*derive(b"records ")).into()),
            contents: XChaCha20Poly1305::new((&*derive(b"contents")).into()),
            check: *derive(b"check   "),
        }
    }

    /// What tells the right key from a wrong one. It is no secret.
    pub(super) fn check(&self) -> &[u8; 32] {
        &self.check
    }

    /// The name of a record.
    pub(super) fn name(&self, key: RecordKey) -> Name {
        let RecordKey { scope, kind, number } = key;
        let scope = self.scope_name(scope);
        let mut record = [0; SCOPE_LEN];
        let (kind_byte, rest) = record.split_at_mut(1);
        kind_byte.fill(kind);
        if let Some(bytes) = rest.first_chunk_mut() {
            *bytes = number.to_le_bytes();
        }
        let record = encrypt(&self.records, xor(record, scope));
        join(scope, record)
    }

    /// The first and the last name that a record of this scope can have.
    pub(super) fn range(&self, scope: Scope) -> (Name, Name) {
        let scope = self.scope_name(scope);
        (join(scope, [0; SCOPE_LEN]), join(scope, [u8::MAX; SCOPE_LEN]))
    }

    /// The scope that a name begins with; `None` if it is no name of this file.
    pub(super) fn scope_of(&self, name: &Block) -> Option<Scope> {
        match decrypt(&self.scopes, *name) {
            [0, rest @ ..] if rest == [0; SCOPE_LEN - 1] => Some(Scope::Account),
            [1, a, b, c, d, rest @ ..] if rest == [0; SCOPE_LEN - 5] => {
                Some(Scope::Chat(i32::from_le_bytes([a, b, c, d])))
            }
            _ => None,
        }
    }

    /// The record that has this name; `None` if it is no name of this file.
    pub(super) fn key_of(&self, name: &Name) -> Option<RecordKey> {
        let (scope_name, record) = (name.first_chunk()?, name.last_chunk()?);
        let scope = self.scope_of(scope_name)?;
        match xor(decrypt(&self.records, *record), *scope_name) {
            [kind, a, b, c, d, e, f, g, h, rest @ ..] if rest == [0; SCOPE_LEN - 9] => {
                Some(RecordKey { scope, kind, number: u64::from_le_bytes([a, b, c, d, e, f, g, h]) })
            }
            _ => None,
        }
    }

    /// Seals a record: nonce, then the encrypted content, then the tag.
    pub(super) fn seal(&self, key: RecordKey, value: &[u8], rng: &mut dyn CryptoRng) -> Vec<u8> {
        let padded = (LENGTH_LEN + value.len()).next_multiple_of(PADDED_TO);
        // Never moved as it grows: the plain text is in one place, where it is encrypted.
        let mut sealed = Vec::with_capacity(NONCE_LEN + padded + TAG_LEN);
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&(value.len() as u64).to_le_bytes());
        sealed.extend_from_slice(value);
        sealed.resize(NONCE_LEN + padded, 0);

        let (_, plain) = sealed.split_at_mut(NONCE_LEN);
        match self.contents.encrypt_inout_detached(&XNonce::from(nonce), &associated_data(key), plain.into()) {
            Ok(tag) => sealed.extend_from_slice(&tag),
            // Only from 256 GiB on, more than redb takes.
            Err(_) => sealed.zeroize(),
        }
        sealed
    }

    /// Opens a record; `None` if it is not what was sealed under this name.
    pub(super) fn open(&self, key: RecordKey, sealed: &[u8]) -> Option<RecordValue> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let (encrypted, tag) = rest.split_last_chunk::<TAG_LEN>()?;
        let mut plain = Zeroizing::new(encrypted.to_vec());
        let (nonce, tag) = (XNonce::from(*nonce), Tag::from(*tag));
        self.contents.decrypt_inout_detached(&nonce, &associated_data(key), plain.as_mut_slice().into(), &tag).ok()?;
        let (len, content) = plain.split_first_chunk()?;
        let content = content.get(..usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
        Some(Zeroizing::new(content.to_vec()))
    }

    fn scope_name(&self, scope: Scope) -> Block {
        encrypt(&self.scopes, scope_block(scope))
    }
}

fn scope_block(scope: Scope) -> Block {
    match scope {
        Scope::Account => [0; SCOPE_LEN],
        Scope::Chat(chat_id) => {
            let [a, b, c, d] = chat_id.to_le_bytes();
            [1, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }
}

fn associated_data(key: RecordKey) -> Vec<u8> {
    let RecordKey { scope, kind, number } = key;
    let mut data = FORMAT.to_le_bytes().to_vec();
    data.extend_from_slice(&scope_block(scope));
    data.push(kind);
    data.extend_from_slice(&number.to_le_bytes());
    data
}

fn encrypt(cipher: &Aes256, block: Block) -> Block {
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}

fn decrypt(cipher: &Aes256, block: Block) -> Block {
    let mut block = block.into();
    cipher.decrypt_block(&mut block);
    block.into()
}

fn xor(mut a: Block, b: Block) -> Block {
    a.iter_mut().zip(b).for_each(|(a, b)| *a ^= b);
    a
}

fn join(scope: Block, record: Block) -> Name {
    let mut name = [0; 2 * SCOPE_LEN];
    name.iter_mut().zip(scope.into_iter().chain(record)).for_each(|(to, from)| *to = from);
    name
}
