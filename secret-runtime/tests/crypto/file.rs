//! Files, in one piece and in parts.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use secret_runtime::crypto::file::{FileFingerprintMismatch, FileKey, FileKeyLength, FileTooShort};
use secret_runtime::crypto::ige::PartialBlock;
use serde_json::Value;

use super::randomness::{Constant, Sequence};
use super::vectors::{VECTORS, array, bytes};

fn vector() -> &'static Value {
    &VECTORS["file"]
}

fn key() -> FileKey {
    FileKey::from_parts(&bytes(vector(), "key"), &bytes(vector(), "iv")).unwrap()
}

/// Encrypts in parts of `part` bytes, as many as are whole.
fn encrypt(content: &[u8], part: usize, padding: u8) -> Vec<u8> {
    let mut encryptor = key().encryptor();
    let mut parts = content.chunks_exact(part);
    let mut ciphertext = Vec::new();
    for part in &mut parts {
        let mut part = part.to_vec();
        encryptor.update(&mut part).unwrap();
        ciphertext.extend(part);
    }
    let mut last = parts.remainder().to_vec();
    encryptor.finish(&mut last, &mut Constant(padding));
    ciphertext.extend(last);
    ciphertext
}

fn decrypt(ciphertext: &[u8], part: usize, size: usize) -> (Vec<u8>, Result<(), FileTooShort>) {
    let mut decryptor = key().decryptor(size as u64);
    let mut content = Vec::new();
    for part in ciphertext.to_vec().chunks_mut(part) {
        content.extend_from_slice(decryptor.update(part).unwrap());
    }
    (content, decryptor.finish())
}

#[test]
fn the_fingerprint_is_that_of_the_vector() {
    let fingerprint = key().fingerprint();
    assert_eq!(i64::from(fingerprint), vector()["key_fingerprint_int"].as_i64().unwrap());
    assert_eq!(fingerprint.to_le_bytes().as_slice(), bytes(vector(), "key_fingerprint_wire"));
}

#[test]
fn the_encrypted_file_is_that_of_the_vector() {
    /// Gives the vector's padding.
    struct Padding;
    impl rand_core::TryRng for Padding {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            unreachable!("padding is bytes")
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            unreachable!("padding is bytes")
        }
        fn try_fill_bytes(&mut self, padding: &mut [u8]) -> Result<(), Self::Error> {
            padding.copy_from_slice(&bytes(vector(), "pad"));
            Ok(())
        }
    }
    impl rand_core::TryCryptoRng for Padding {}

    let mut data = bytes(vector(), "content");
    key().encryptor().finish(&mut data, &mut Padding);
    assert_eq!(data, bytes(vector(), "ciphertext"));
}

#[test]
fn the_file_of_the_vector_decrypts_to_its_content() {
    let content = bytes(vector(), "content");
    for part in [16, 512, 4096] {
        assert_eq!(decrypt(&bytes(vector(), "ciphertext"), part, content.len()), (content.clone(), Ok(())));
    }
}

#[test]
fn the_iv_after_512_bytes_is_that_of_the_vector() {
    let expected: [u8; 32] = array(vector(), "chained_iv_after_512_bytes");

    let mut encryptor = key().encryptor();
    assert_eq!(encryptor.iv(), *key().iv());
    encryptor.update(&mut bytes(vector(), "content")[..512]).unwrap();
    assert_eq!(encryptor.iv(), expected);

    let mut decryptor = key().decryptor(1000);
    assert_eq!(decryptor.iv(), *key().iv());
    decryptor.update(&mut bytes(vector(), "ciphertext")[..512]).unwrap();
    assert_eq!(decryptor.iv(), expected);
}

#[test]
fn a_file_of_whole_blocks_gets_no_padding() {
    assert_eq!(encrypt(&[1; 64], 32, 0).len(), 64);
    assert_eq!(encrypt(&[], 32, 0).len(), 0);
    assert_eq!(encrypt(&[1; 65], 32, 0).len(), 80);
}

#[test]
fn padding_comes_from_the_source_of_randomness() {
    let [one, other] = [1, 2].map(|padding| encrypt(&[7; 20], 16, padding));
    assert_eq!(one[..16], other[..16]);
    assert_ne!(one[16..], other[16..]);
}

#[test]
fn a_part_of_partial_blocks_is_refused_and_left_alone() {
    let mut part = [7; 20];
    assert_eq!(key().encryptor().update(&mut part), Err(PartialBlock { length: 20 }));
    assert_eq!(key().decryptor(20).update(&mut part), Err(PartialBlock { length: 20 }));
    assert_eq!(part, [7; 20]);
}

#[test]
fn a_file_that_ends_early_is_noticed() {
    let ciphertext = encrypt(&[7; 100], 16, 0);
    let (content, end) = decrypt(&ciphertext[..96], 32, 100);
    assert_eq!(content, [7; 96]);
    assert_eq!(end, Err(FileTooShort { missing: 4 }));
}

#[test]
fn what_comes_behind_the_file_is_cut_off() {
    let ciphertext = encrypt(&[7; 100], 16, 0);
    let (content, end) = decrypt(&[ciphertext, vec![1; 64]].concat(), 32, 100);
    assert_eq!(content, [7; 100]);
    assert_eq!(end, Ok(()));
}

#[test]
fn a_key_or_iv_of_another_length_is_refused() {
    for (key, iv) in [(31, 32), (33, 32), (32, 31), (32, 33), (0, 0), (16, 48)] {
        assert_eq!(FileKey::from_parts(&vec![0; key], &vec![0; iv]), Err(FileKeyLength { key, iv }));
    }
}

#[test]
fn the_parts_of_a_key_are_what_it_was_made_of() {
    assert_eq!(key().key(), &array(vector(), "key"));
    assert_eq!(key().iv(), &array(vector(), "iv"));
}

#[test]
fn a_file_of_another_key_is_noticed_before_it_is_downloaded() {
    let fingerprint = key().fingerprint();
    assert_eq!(key().verify(fingerprint), Ok(()));
    let mismatch = FileFingerprintMismatch { expected: fingerprint, found: fingerprint ^ 1 };
    assert_eq!(key().verify(fingerprint ^ 1), Err(mismatch));
}

#[test]
fn every_file_has_a_key_of_its_own() {
    let mut rng = Sequence(0);
    let [one, other] = [(); 2].map(|()| FileKey::generate(&mut rng));
    assert_ne!(one, other);
    assert_ne!(one.key(), one.iv());
}

#[test]
fn a_file_key_survives_its_store() {
    let stored = postcard::to_stdvec(&key()).unwrap();
    assert_eq!(stored.len(), 1 + 64);
    assert_eq!(postcard::from_bytes::<FileKey>(&stored).unwrap(), key());
    let json = serde_json::to_string(&key()).unwrap();
    assert_eq!(serde_json::from_str::<FileKey>(&json).unwrap(), key());
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(175),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_file_in_parts_is_the_same_as_in_one_piece(
        content in prop::collection::vec(any::<u8>(), 0..3000),
        blocks in 1..20_usize,
    ) {
        let whole = encrypt(&content, 1 << 20, 9);
        prop_assert_eq!(whole.len(), content.len().next_multiple_of(16));
        prop_assert_eq!(&encrypt(&content, 16 * blocks, 9), &whole);
        prop_assert_eq!(decrypt(&whole, 16 * blocks, content.len()), (content, Ok(())));
    }
}
