//! The older envelope from the writer's side, which the crate does not have: point 28.

use ige::cipher::{BlockModeEncrypt, KeyIvInit};
use secret_runtime::crypto::ChatKey;
use sha1::{Digest, Sha1};

pub(crate) fn seal(key: &ChatKey, body: &[u8]) -> Vec<u8> {
    let k = key.as_bytes();
    let mut plaintext = [&u32::try_from(body.len()).unwrap().to_le_bytes()[..], body].concat();
    let msg_key: [u8; 16] = Sha1::digest(&plaintext)[4..20].try_into().unwrap();
    plaintext.resize(plaintext.len().next_multiple_of(16), 0);
    let sha = |parts: &[&[u8]]| <[u8; 20]>::from(Sha1::digest(parts.concat()));
    let a = sha(&[&msg_key, &k[..32]]);
    let b = sha(&[&k[32..48], &msg_key, &k[48..64]]);
    let c = sha(&[&k[64..96], &msg_key]);
    let d = sha(&[&msg_key, &k[96..128]]);
    let aes_key: [u8; 32] = [&a[..8], &b[8..20], &c[4..16]].concat().try_into().unwrap();
    let aes_iv: [u8; 32] = [&a[8..20], &b[..8], &c[16..20], &d[..8]].concat().try_into().unwrap();
    let mut cipher = ige::Encryptor::<aes::Aes256>::new(&aes_key.into(), &aes_iv.into());
    for block in plaintext.chunks_exact_mut(16) {
        let mut one: [u8; 16] = (&*block).try_into().unwrap();
        cipher.encrypt_block((&mut one).into());
        block.copy_from_slice(&one);
    }
    [&key.fingerprint().0.to_le_bytes()[..], &msg_key, &plaintext].concat()
}
