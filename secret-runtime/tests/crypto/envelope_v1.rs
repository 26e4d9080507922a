//! MTProto 1.0, which is only received.

use secret_runtime::crypto::Rejected;
use secret_runtime::crypto::derivation::aes_parameters_v1;
use secret_runtime::crypto::envelope::{open, open_v1};
use secret_runtime::crypto::ige::IgeEncryptor;
use secret_runtime::crypto::{ChatKey, Role};
use sha1::{Digest, Sha1};

use super::vectors::{VECTORS, array, bytes, key};

/// A message with a body of `hashed` bytes that claims one of `length`, and `padding` bytes behind.
fn forge(length: u32, hashed: usize, padding: usize) -> Vec<u8> {
    let mut plaintext = length.to_le_bytes().to_vec();
    plaintext.resize(4 + hashed, 0x5a);
    let message_key: [u8; 16] = Sha1::digest(&plaintext)[4..].try_into().unwrap();
    plaintext.resize(4 + hashed + padding, 0xa5);
    let parameters = aes_parameters_v1(&key(), &message_key);
    IgeEncryptor::new(&parameters.key, &parameters.iv).encrypt(&mut plaintext).unwrap();
    [&key().fingerprint().to_bytes()[..], &message_key, &plaintext].concat()
}

fn check(wire: &[u8], expected: Result<usize, Rejected>) {
    assert_eq!(open_v1(&key(), wire).map(|body| body.len()), expected);
}

#[test]
fn the_message_of_the_vector_opens_to_its_body() {
    let vector = &VECTORS["mtproto1"];
    assert_eq!(*open_v1(&key(), &bytes(vector, "data")).unwrap(), bytes(vector, "body"));
}

#[test]
fn derived_keys_are_those_of_the_vector() {
    let vector = &VECTORS["mtproto1"];
    let parameters = aes_parameters_v1(&key(), &array(vector, "msg_key"));
    assert_eq!(parameters.key, array(vector, "aes_key"));
    assert_eq!(parameters.iv, array(vector, "aes_iv"));
}

#[test]
fn padding_is_accepted_from_0_to_15_bytes() {
    for padding in [0, 4, 8, 12] {
        let length = 28 - padding;
        check(&forge(length as u32, length, padding), Ok(length));
    }
}

#[test]
fn a_whole_block_of_padding_is_rejected() {
    check(&forge(28, 28, 16), Err(Rejected));
    check(&forge(12, 12, 32), Err(Rejected));
}

#[test]
fn an_impossible_length_is_rejected_although_the_hash_fits() {
    for length in [27, 29, 30, 32, 24, 0, 0x7fff_fffc, 0x8000_001c, 0xffff_ffff] {
        check(&forge(length, 28, 0), Err(Rejected));
    }
}

#[test]
fn a_message_that_was_changed_anywhere_is_rejected() {
    let wire = forge(28, 28, 0);
    check(&wire, Ok(28));
    for at in 0..wire.len() {
        let mut wire = wire.clone();
        wire[at] ^= 1;
        check(&wire, Err(Rejected));
    }
    for length in 0..wire.len() {
        check(&wire[..length], Err(Rejected));
    }
}

#[test]
fn a_message_under_another_key_is_rejected() {
    let wire = bytes(&VECTORS["mtproto1"], "data");
    assert_eq!(open_v1(&ChatKey::from_bytes([9; 256]), &wire).map(|body| body.len()), Err(Rejected));
}

#[test]
fn neither_version_opens_messages_of_the_other() {
    check(&bytes(&VECTORS["mtproto2"][0], "data"), Err(Rejected));
    let wire = bytes(&VECTORS["mtproto1"], "data");
    assert_eq!(open(&key(), Role::Originator, &wire).map(|body| body.len()), Err(Rejected));
}
