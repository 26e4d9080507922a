//! The steps of the handshake, written a second time, for sides that do what they must not.

use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor};
use sha1::{Digest, Sha1};
use tl_types::{Encode, Reader};

pub(crate) const NONCE: [u8; 16] = [0x11; 16];
pub(crate) const SERVER_NONCE: [u8; 16] = [0x22; 16];
pub(crate) const NEW_NONCE: [u8; 32] = [0x33; 32];

pub(crate) fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    Sha1::digest(parts.concat()).into()
}

pub(crate) fn cipher(server_nonce: &[u8; 16]) -> ([u8; 32], [u8; 32]) {
    let (new_server, server_new) = (sha1(&[&NEW_NONCE, server_nonce]), sha1(&[server_nonce, &NEW_NONCE]));
    let key = [&new_server[..], &server_new[..12]].concat();
    let iv = [&server_new[12..], &sha1(&[&NEW_NONCE, &NEW_NONCE]), &NEW_NONCE[..4]].concat();
    (key.try_into().unwrap(), iv.try_into().unwrap())
}

pub(crate) fn seal(server_nonce: &[u8; 16], value: &impl Encode) -> Vec<u8> {
    let data = value.to_bytes().unwrap();
    let sealed = [&sha1(&[&data])[..], &data].concat();
    let padded = sealed.len().next_multiple_of(16);
    encrypt(server_nonce, sealed, padded)
}

pub(crate) fn encrypt(server_nonce: &[u8; 16], mut sealed: Vec<u8>, length: usize) -> Vec<u8> {
    sealed.resize(length, 0x44);
    let (key, iv) = cipher(server_nonce);
    IgeEncryptor::new(&key, &iv).encrypt(&mut sealed).unwrap();
    sealed
}

pub(crate) fn open<T: tl_types::Decode>(server_nonce: &[u8; 16], sealed: &[u8]) -> T {
    let (key, iv) = cipher(server_nonce);
    let mut opened = sealed.to_vec();
    IgeDecryptor::new(&key, &iv).decrypt(&mut opened).unwrap();
    Reader::new(&opened[20..]).read().unwrap()
}

/// `new_nonce_hash1`, `2` or `3`.
pub(crate) fn new_nonce_hash(number: u8, key: &[u8; 256]) -> [u8; 16] {
    let auxiliary = &sha1(&[key])[..8];
    sha1(&[&NEW_NONCE, &[number], auxiliary])[4..].try_into().unwrap()
}
