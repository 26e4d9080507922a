//! MTProto 2.0: sealing and opening.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use secret_runtime::crypto::derivation::{aes_parameters, message_key};
use secret_runtime::crypto::envelope::{SealError, key_fingerprint, open, seal, seal_with_padding};
use secret_runtime::crypto::ige::IgeEncryptor;
use secret_runtime::crypto::{ChatKey, Padding, Rejected, Role};
use serde_json::Value;

use super::randomness::Sequence;
use super::vectors::{VECTORS, array, bytes, key, list, sender};

/// What `mtproto2` vectors say of themselves.
fn parts(vector: &Value) -> (Role, Vec<u8>, Vec<u8>) {
    let (body, plaintext) = (bytes(vector, "body"), bytes(vector, "plaintext"));
    let padding = plaintext[4 + body.len()..].to_vec();
    assert_eq!(padding.len() as u64, vector["padding_len"].as_u64().unwrap());
    (sender(&vector["sender_is_originator"]), body, padding)
}

fn check_rejected(sender: Role, wire: &[u8], what: &str) {
    assert_eq!(open(&key(), sender, wire).map(|body| body.len()), Err(Rejected), "{what}");
}

/// A message with whatever plaintext, under a correct `msg_key`.
fn forge(sender: Role, mut plaintext: Vec<u8>) -> Vec<u8> {
    let message_key = message_key(&key(), sender, &plaintext);
    let parameters = aes_parameters(&key(), sender, &message_key);
    IgeEncryptor::new(&parameters.key, &parameters.iv).encrypt(&mut plaintext).unwrap();
    [&key().fingerprint().to_bytes()[..], &message_key, &plaintext].concat()
}

/// A plaintext that claims a body of `length` bytes, of `total` bytes in all.
fn claiming(length: u32, total: usize) -> Vec<u8> {
    let mut plaintext = vec![0x5a; total];
    plaintext[..4].copy_from_slice(&length.to_le_bytes());
    plaintext
}

#[test]
fn sealed_messages_are_those_of_the_vectors() {
    for vector in list(&VECTORS, "mtproto2") {
        let (sender, body, padding) = parts(vector);
        let wire = seal_with_padding(&key(), sender, &body, &padding).unwrap();
        assert_eq!(wire, bytes(vector, "data"), "{}", vector["name"]);
    }
}

#[test]
fn messages_of_the_vectors_open_to_their_bodies() {
    for vector in list(&VECTORS, "mtproto2") {
        let (sender, body, _) = parts(vector);
        assert_eq!(*open(&key(), sender, &bytes(vector, "data")).unwrap(), body, "{}", vector["name"]);
    }
}

#[test]
fn derived_keys_are_those_of_the_vectors() {
    for vector in list(&VECTORS, "mtproto2") {
        let (sender, ..) = parts(vector);
        let message_key = message_key(&key(), sender, &bytes(vector, "plaintext"));
        assert_eq!(message_key, array(vector, "msg_key"));
        let parameters = aes_parameters(&key(), sender, &message_key);
        assert_eq!(parameters.key, array(vector, "aes_key"));
        assert_eq!(parameters.iv, array(vector, "aes_iv"));
    }
}

#[test]
fn policies_pad_as_the_vectors_do() {
    for vector in list(&VECTORS, "mtproto2") {
        let (sender, body, padding) = parts(vector);
        let policy = match vector["padding_policy"].as_str().unwrap() {
            "minimal" => Padding::Minimal,
            "tdlib_bucket" => Padding::Bucketed,
            other => panic!("{other}"),
        };
        assert_eq!(policy.len(4 + body.len()), padding.len(), "{}", vector["name"]);
        assert_eq!(seal(&key(), sender, &body, policy, &mut Sequence(0)).unwrap().len(), bytes(vector, "data").len());
    }
}

#[test]
fn negative_vectors_are_all_rejected_alike() {
    for vector in list(&VECTORS, "mtproto2_negative") {
        let sender = sender(&vector["receiver_believes_sender_is_originator"]);
        check_rejected(sender, &bytes(vector, "data"), vector["name"].as_str().unwrap());
    }
}

#[test]
fn boundary_vectors_are_accepted() {
    for vector in list(&VECTORS, "mtproto2_boundary") {
        assert_eq!(vector["accept"], true);
        let wire = bytes(vector, "data");
        let body = open(&key(), Role::Originator, &wire).unwrap();
        let padding = wire.len() - 24 - 4 - body.len();
        assert_eq!(padding as u64, vector["padding_len"].as_u64().unwrap());
    }
}

#[test]
fn the_fingerprint_of_a_vectors_message_is_its_keys() {
    for vector in list(&VECTORS, "mtproto2") {
        assert_eq!(key_fingerprint(&bytes(vector, "data")), Some(key().fingerprint()));
    }
}

#[test]
fn a_fingerprint_needs_eight_bytes() {
    assert_eq!(key_fingerprint(&[1; 7]), None);
    assert_eq!(key_fingerprint(&[1; 8]).map(|fingerprint| fingerprint.0), Some(0x0101_0101_0101_0101));
}

#[test]
fn padding_is_accepted_from_12_to_1024_bytes_and_nowhere_else() {
    for (padding, accepted) in [(8, false), (12, true), (28, true), (1020, true), (1024, true), (1028, false)] {
        // Of these four lengths of a body one makes the total a multiple of 16.
        let length = (4..20).step_by(4).find(|length| (4 + length + padding) % 16 == 0).unwrap();
        let wire = forge(Role::Acceptor, claiming(length as u32, 4 + length + padding));
        let expected = if accepted { Ok(length) } else { Err(Rejected) };
        assert_eq!(open(&key(), Role::Acceptor, &wire).map(|body| body.len()), expected, "{padding}");
    }
}

#[test]
fn an_authentic_message_with_an_impossible_length_is_rejected() {
    for (length, total) in [
        (29, 48),
        (30, 48),
        (31, 48),
        (36, 48), // less than 12 bytes are left
        (44, 48),
        (48, 48),
        (52, 48),
        (0x7fff_fffc, 48),
        (0x8000_0000, 48),
        (0xffff_fffc, 48),
        (0xffff_ffff, 48),
        (1, 16),
        (4, 16),
    ] {
        check_rejected(Role::Originator, &forge(Role::Originator, claiming(length, total)), &format!("{length}"));
    }
}

#[test]
fn an_empty_body_is_a_message() {
    let wire = seal(&key(), Role::Originator, &[], Padding::Minimal, &mut Sequence(0)).unwrap();
    assert_eq!(wire.len(), 24 + 16);
    assert!(open(&key(), Role::Originator, &wire).unwrap().is_empty());
}

#[test]
fn messages_of_every_short_length_but_the_right_ones_are_rejected() {
    let wire = seal(&key(), Role::Originator, &[7; 20], Padding::Minimal, &mut Sequence(0)).unwrap();
    for length in 0..wire.len() {
        check_rejected(Role::Originator, &wire[..length], &format!("{length} bytes"));
    }
}

#[test]
fn a_message_does_not_open_for_the_other_direction() {
    for sender in [Role::Originator, Role::Acceptor] {
        let wire = seal(&key(), sender, &[7; 100], Padding::Bucketed, &mut Sequence(0)).unwrap();
        assert_eq!(*open(&key(), sender, &wire).unwrap(), [7; 100]);
        check_rejected(sender.other(), &wire, "reflected");
    }
}

#[test]
fn a_message_does_not_open_under_another_key_that_claims_its_fingerprint() {
    let other = ChatKey::from_bytes([9; 256]);
    let mut wire = seal(&other, Role::Originator, &[7; 100], Padding::Bucketed, &mut Sequence(0)).unwrap();
    check_rejected(Role::Originator, &wire, "another key");
    wire[..8].copy_from_slice(&key().fingerprint().to_bytes());
    check_rejected(Role::Originator, &wire, "another key under our fingerprint");
}

#[test]
fn padding_comes_from_the_source_of_randomness() {
    let seal = |seed| seal(&key(), Role::Originator, &[7; 8], Padding::Minimal, &mut Sequence(seed));
    assert_eq!(seal(1), seal(1));
    assert_ne!(seal(1), seal(2));

    let mut padding = [0; 20];
    rand_core::Rng::fill_bytes(&mut Sequence(1), &mut padding);
    assert_eq!(seal(1), seal_with_padding(&key(), Role::Originator, &[7; 8], &padding));
}

#[test]
fn a_body_that_is_no_tl_object_is_not_sealed() {
    let sealed = seal(&key(), Role::Originator, &[7; 5], Padding::Minimal, &mut Sequence(0));
    assert_eq!(sealed, Err(SealError::Body { bytes: 5 }));
}

#[test]
fn padding_that_a_peer_would_refuse_is_not_sealed() {
    // Too little, too much, and one that leaves a partial block.
    for (body, padding) in [(12, 0), (12, 1040), (12, 12), (0, 13)] {
        let sealed = seal_with_padding(&key(), Role::Originator, &vec![7; body], &vec![0; padding]);
        assert_eq!(sealed, Err(SealError::Padding { bytes: padding }));
    }
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Originator), Just(Role::Acceptor)]
}

fn policy() -> impl Strategy<Value = Padding> {
    prop_oneof![Just(Padding::Minimal), Just(Padding::Bucketed)]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<[u8; 4]>(), 0..500).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(219),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_sealed_opens_to_the_same(
        key in any::<[u8; 32]>(),
        sender in role(),
        policy in policy(),
        body in body(),
        seed in any::<u64>(),
    ) {
        let key = ChatKey::from_bytes(key.repeat(8).try_into().unwrap());
        let wire = seal(&key, sender, &body, policy, &mut Sequence(seed)).unwrap();
        prop_assert_eq!(wire.len(), 24 + 4 + body.len() + policy.len(4 + body.len()));
        prop_assert_eq!(&*open(&key, sender, &wire).unwrap(), &body);
    }

    #[test]
    fn a_message_that_was_changed_anywhere_is_rejected(
        sender in role(),
        policy in policy(),
        body in body(),
        at in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let mut wire = seal(&key(), sender, &body, policy, &mut Sequence(0)).unwrap();
        let at = at.index(wire.len());
        wire[at] ^= change;
        prop_assert_eq!(open(&key(), sender, &wire).map(|body| body.len()), Err(Rejected));
    }

    #[test]
    fn bytes_that_nobody_sealed_are_rejected(mut wire in prop::collection::vec(any::<u8>(), 0..400), ours in any::<bool>()) {
        if let (true, Some(fingerprint)) = (ours, wire.first_chunk_mut()) {
            *fingerprint = key().fingerprint().to_bytes();
        }
        prop_assert_eq!(open(&key(), Role::Originator, &wire).map(|body| body.len()), Err(Rejected));
    }
}
