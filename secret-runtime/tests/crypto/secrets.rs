//! Secrets are not printed, and are read back only in their own length.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use secret_runtime::crypto::derivation::aes_parameters;
use secret_runtime::crypto::diffie_hellman::{Group, PrivateExponent};
use secret_runtime::crypto::file::FileKey;
use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor};
use secret_runtime::crypto::visualization::KeyHash;
use secret_runtime::crypto::{ChatKey, KeyFingerprint, Rejected, Role};

use super::vectors::{group, key};

#[test]
fn debug_output_shows_no_secret() {
    insta::assert_debug_snapshot!(key(), @r"
    ChatKey {
        fingerprint: KeyFingerprint(b07091d7b7cb788f),
        ..
    }
    ");
    let file_key = FileKey::from_parts(&[0xaa; 32], &[0xbb; 32]).unwrap();
    insta::assert_snapshot!(format!("{:?}", PrivateExponent::from_bytes([0xaa; 256])), @"PrivateExponent { .. }");
    insta::assert_snapshot!(format!("{file_key:?}"), @"FileKey { fingerprint: -1402737232, .. }");
    insta::assert_snapshot!(format!("{:?}", file_key.encryptor()), @"FileEncryptor { ige: IgeEncryptor { .. } }");
    insta::assert_snapshot!(format!("{:?}", file_key.decryptor(10)), @"FileDecryptor { ige: IgeDecryptor { .. }, missing: 10 }");
    insta::assert_snapshot!(format!("{:?}", IgeEncryptor::new(&[0xaa; 32], &[0xbb; 32])), @"IgeEncryptor { .. }");
    insta::assert_snapshot!(format!("{:?}", IgeDecryptor::new(&[0xaa; 32], &[0xbb; 32])), @"IgeDecryptor { .. }");
    insta::assert_snapshot!(format!("{:?}", aes_parameters(&key(), Role::Originator, &[0; 16])), @"AesParameters { .. }");
}

#[test]
fn debug_output_shows_what_is_public() {
    insta::assert_snapshot!(format!("{:?}", KeyHash([0xab; 36])), @"KeyHash(abababababababababababababababababababababababababababababababababababab)");
    let group = format!("{:?}", group());
    insta::assert_snapshot!(&group[..60], @"Group { g: 3, prime: c71caeb9c6b1c9048e6c522f70f13f73980d402");
    insta::assert_snapshot!(format!("{Rejected:?}: {Rejected}"), @"Rejected: the message was not encrypted under this key by this sender: drop it");
}

#[test]
fn a_fingerprint_is_printed_as_sixteen_digits() {
    assert_eq!(KeyFingerprint(1).to_string(), "0000000000000001");
    assert_eq!(KeyFingerprint(-1).to_string(), "ffffffffffffffff");
}

#[test]
fn keys_are_equal_when_all_their_bytes_are() {
    assert_eq!(key(), key().clone());
    for at in [0, 100, 255] {
        let mut bytes = *key().as_bytes();
        bytes[at] ^= 1;
        assert_ne!(ChatKey::from_bytes(bytes), key());
    }
}

#[test]
fn a_key_survives_its_store() {
    let stored = postcard::to_stdvec(&key()).unwrap();
    assert_eq!(stored.len(), 2 + 256);
    let restored: ChatKey = postcard::from_bytes(&stored).unwrap();
    assert_eq!((&restored, restored.fingerprint()), (&key(), key().fingerprint()));

    let json = serde_json::to_string(&key()).unwrap();
    assert_eq!(serde_json::from_str::<ChatKey>(&json).unwrap(), key());
}

#[test]
fn an_exponent_survives_its_store() {
    let exponent = PrivateExponent::from_bytes([3; 256]);
    let restored: PrivateExponent = postcard::from_bytes(&postcard::to_stdvec(&exponent).unwrap()).unwrap();
    assert_eq!(restored.public_value(&group()), exponent.public_value(&group()));
}

#[test]
fn what_an_exponent_remembers_of_one_group_is_not_taken_for_another() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let exponent = PrivateExponent::generate(&group(), &mut rng, &[]);
    let restored: PrivateExponent = postcard::from_bytes(&postcard::to_stdvec(&exponent).unwrap()).unwrap();
    let other = Group::check(4, group().prime(), &mut rng).unwrap();
    for group in [group(), other] {
        assert_eq!(exponent.public_value(&group), restored.public_value(&group));
    }
}

#[test]
fn a_stored_key_of_another_length_is_refused() {
    for length in [0, 255, 257] {
        let bytes = vec![1_u8; length];
        postcard::from_bytes::<ChatKey>(&postcard::to_stdvec(&bytes).unwrap()).unwrap_err();
        let error = serde_json::from_str::<ChatKey>(&serde_json::to_string(&bytes).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("invalid length {length}, expected 256 bytes")), "{error}");
        postcard::from_bytes::<PrivateExponent>(&postcard::to_stdvec(&bytes).unwrap()).unwrap_err();
    }
}
