//! AES-256-IGE against the implementation of the crate `ige`.

use aes::Aes256;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor, PartialBlock};

fn encrypted_by_the_crate(key: &[u8; 32], iv: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let mut blocks: Vec<_> = data.as_chunks::<16>().0.iter().map(|block| (*block).into()).collect();
    ige::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_blocks(&mut blocks);
    blocks.concat()
}

fn decrypted_by_the_crate(key: &[u8; 32], iv: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let mut blocks: Vec<_> = data.as_chunks::<16>().0.iter().map(|block| (*block).into()).collect();
    ige::Decryptor::<Aes256>::new(key.into(), iv.into()).decrypt_blocks(&mut blocks);
    blocks.concat()
}

#[test]
fn partial_blocks_are_refused_and_left_alone() {
    let mut data = [7; 33];
    assert_eq!(IgeEncryptor::new(&[1; 32], &[2; 32]).encrypt(&mut data), Err(PartialBlock { length: 33 }));
    assert_eq!(IgeDecryptor::new(&[1; 32], &[2; 32]).decrypt(&mut data), Err(PartialBlock { length: 33 }));
    assert_eq!(data, [7; 33]);
}

#[test]
fn no_data_leaves_the_iv_as_it_was() {
    let iv = std::array::from_fn(|at| at as u8);
    let mut encryptor = IgeEncryptor::new(&[1; 32], &iv);
    encryptor.encrypt(&mut []).unwrap();
    assert_eq!(encryptor.iv(), iv);
    let mut decryptor = IgeDecryptor::new(&[1; 32], &iv);
    decryptor.decrypt(&mut []).unwrap();
    assert_eq!(decryptor.iv(), iv);
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(40),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_implementations_agree_in_any_parts(
        key in any::<[u8; 32]>(),
        iv in any::<[u8; 32]>(),
        blocks in prop::collection::vec(any::<[u8; 16]>(), 0..64),
        cut in any::<prop::sample::Index>(),
    ) {
        let data = blocks.concat();
        let cut = 16 * cut.index(blocks.len() + 1);

        let mut ours = data.clone();
        let mut encryptor = IgeEncryptor::new(&key, &iv);
        encryptor.encrypt(&mut ours[..cut]).unwrap();
        // A state that is made of the vector continues as the first one would have.
        IgeEncryptor::new(&key, &encryptor.iv()).encrypt(&mut ours[cut..]).unwrap();
        prop_assert_eq!(&ours, &encrypted_by_the_crate(&key, &iv, &data));

        let mut decryptor = IgeDecryptor::new(&key, &iv);
        decryptor.decrypt(&mut ours[..cut]).unwrap();
        prop_assert_eq!(decryptor.iv(), encryptor.iv());
        decryptor.decrypt(&mut ours[cut..]).unwrap();
        prop_assert_eq!(&ours, &data);

        let mut ours = data.clone();
        IgeDecryptor::new(&key, &iv).decrypt(&mut ours).unwrap();
        prop_assert_eq!(&ours, &decrypted_by_the_crate(&key, &iv, &data));
    }
}
