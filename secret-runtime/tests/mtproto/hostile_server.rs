//! A client and a server that does what it must not. It knows the client's secret nonce, as a server does.

use secret_runtime::crypto::diffie_hellman::{Group, GroupError, PrivateExponent, PublicValueError};
use secret_runtime::mtproto::handshake::{
    ClientHandshake, ClientHandshakeSettings, ClientStep, HandshakeError, Violation,
};
use tl_types::mtproto::{constructors, functions};
use tl_types::{Decode, Encode};

use crate::handshake::{NOW, settings};
use crate::keys;
use crate::puppet::{NEW_NONCE, NONCE, SERVER_NONCE, encrypt, new_nonce_hash, open, seal, sha1};
use crate::random::{Random, hex};

type Answer = Result<ClientStep, HandshakeError>;

fn client(settings: ClientHandshakeSettings) -> (ClientHandshake, Random) {
    let mut rng = Random::with_chosen(1, [NONCE.to_vec(), NEW_NONCE.to_vec()]);
    (ClientHandshake::new(settings, &mut rng).0, rng)
}

fn product() -> constructors::ResPq {
    constructors::ResPq::new(NONCE, SERVER_NONCE, hex("17ed48941a08f981"), vec![1, keys::public().fingerprint()])
}

fn answer_product(change: impl FnOnce(&mut constructors::ResPq)) -> Answer {
    let (mut client, mut rng) = client(settings());
    let mut product = product();
    change(&mut product);
    client.handle(&product.to_bytes().unwrap(), NOW, &mut rng)
}

fn after_product(settings: ClientHandshakeSettings) -> (ClientHandshake, Random) {
    let (mut client, mut rng) = client(settings);
    assert!(matches!(client.handle(&product().to_bytes().unwrap(), NOW, &mut rng), Ok(ClientStep::Send(_))));
    (client, rng)
}

fn exponent() -> PrivateExponent {
    PrivateExponent::from_bytes([0x55; 256])
}

fn inner() -> constructors::ServerDhInnerData {
    let g_a = exponent().public_value(&keys::group()).to_vec();
    constructors::ServerDhInnerData::new(NONCE, SERVER_NONCE, 3, hex(keys::PRIME), g_a, 1_700_000_000)
}

fn parameters(encrypted_answer: Vec<u8>) -> Vec<u8> {
    constructors::ServerDhParamsOk::new(NONCE, SERVER_NONCE, encrypted_answer).to_bytes().unwrap()
}

fn answer_parameters(body: &[u8]) -> Answer {
    let (mut client, mut rng) = after_product(settings());
    client.handle(body, NOW, &mut rng)
}

fn answer_inner(change: impl FnOnce(&mut constructors::ServerDhInnerData)) -> Answer {
    let mut inner = inner();
    change(&mut inner);
    answer_parameters(&parameters(seal(&SERVER_NONCE, &inner)))
}

/// A client that waits for the end, and the key.
fn before_the_end() -> (ClientHandshake, Random, [u8; 256]) {
    let (mut client, mut rng) = after_product(settings());
    let step = client.handle(&parameters(seal(&SERVER_NONCE, &inner())), NOW, &mut rng);
    let Ok(ClientStep::Send(request)) = step else { panic!("{step:?}") };
    let request = functions::SetClientDhParams::from_bytes(&request).unwrap();
    let ours = open::<constructors::ClientDhInnerData>(&SERVER_NONCE, &request.encrypted_data);
    let key = exponent().agree(&keys::group(), &ours.g_b).unwrap();
    (client, rng, *key.as_bytes())
}

fn refused(answer: Answer) -> Violation {
    match answer {
        Err(HandshakeError::Violation(violation)) => violation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_keeps_the_rules_is_answered() {
    let (mut client, mut rng, key) = before_the_end();
    let agreed = constructors::DhGenOk::new(NONCE, SERVER_NONCE, new_nonce_hash(1, &key)).to_bytes().unwrap();
    let Ok(ClientStep::Done(new_key)) = client.handle(&agreed, NOW, &mut rng) else { panic!() };
    assert_eq!(new_key.key.as_bytes(), &key);
}

#[test]
fn another_nonce_is_refused_in_every_message() {
    let other = [0x77; 16];
    assert_eq!(refused(answer_product(|product| product.nonce = other)), Violation::Nonce);
    let sealed = seal(&SERVER_NONCE, &inner());
    let outer = |nonce, server_nonce| {
        let body = constructors::ServerDhParamsOk::new(nonce, server_nonce, sealed.clone()).to_bytes().unwrap();
        refused(answer_parameters(&body))
    };
    assert_eq!(outer(other, SERVER_NONCE), Violation::Nonce);
    assert_eq!(outer(NONCE, other), Violation::ServerNonce);
    assert_eq!(refused(answer_inner(|inner| inner.nonce = other)), Violation::Nonce);
    assert_eq!(refused(answer_inner(|inner| inner.server_nonce = other)), Violation::ServerNonce);
    let hash = sha1(&[&NEW_NONCE])[4..].try_into().unwrap();
    let fail = |nonce, server_nonce| {
        let body = constructors::ServerDhParamsFail::new(nonce, server_nonce, hash).to_bytes().unwrap();
        refused(answer_parameters(&body))
    };
    assert_eq!(fail(other, SERVER_NONCE), Violation::Nonce);
    assert_eq!(fail(NONCE, other), Violation::ServerNonce);
    type End = fn([u8; 16], [u8; 16], &[u8; 256]) -> Vec<u8>;
    let ends: [End; 3] = [
        |nonce, server, key| constructors::DhGenOk::new(nonce, server, new_nonce_hash(1, key)).to_bytes().unwrap(),
        |nonce, server, key| constructors::DhGenRetry::new(nonce, server, new_nonce_hash(2, key)).to_bytes().unwrap(),
        |nonce, server, key| constructors::DhGenFail::new(nonce, server, new_nonce_hash(3, key)).to_bytes().unwrap(),
    ];
    for body in ends {
        let end = |nonce, server_nonce| {
            let (mut client, mut rng, key) = before_the_end();
            refused(client.handle(&body(nonce, server_nonce, &key), NOW, &mut rng))
        };
        assert_eq!(end(other, SERVER_NONCE), Violation::Nonce);
        assert_eq!(end(NONCE, other), Violation::ServerNonce);
    }
}

#[test]
fn a_product_that_is_none_is_refused() {
    for pq in ["", "00", "02", "0f00", "61", "0009", "ffffffffffffffc5", "0117ed48941a08f981", "17ed48941a08f983"] {
        assert_eq!(refused(answer_product(|product| product.pq = hex(pq))), Violation::Product, "{pq}");
    }
    let answer = answer_product(|product| product.pq = hex("000017ed48941a08f981"));
    assert!(answer.is_ok(), "leading zeros change nothing");
}

#[test]
fn a_server_without_a_known_key_is_refused_and_shown_in_short() {
    let error = answer_product(|product| product.server_public_key_fingerprints = vec![7; 1000]).unwrap_err();
    assert_eq!(error, HandshakeError::UnknownKey { offered: vec![7; 16] });
}

#[test]
fn an_answer_that_does_not_fit_its_hash_is_refused() {
    let data = inner().to_bytes().unwrap();
    let hashed = [&sha1(&[&data])[..], &data].concat();
    let check = |sealed| assert_eq!(refused(answer_parameters(&parameters(sealed))), Violation::EncryptedPart);
    let padded = hashed.len().next_multiple_of(16);
    assert!(answer_parameters(&parameters(encrypt(&SERVER_NONCE, hashed.clone(), padded))).is_ok());
    check(encrypt(&SERVER_NONCE, hashed.clone(), padded + 16));
    check(encrypt(&SERVER_NONCE, hashed.clone(), padded)[..padded - 16].to_vec());
    check(encrypt(&SERVER_NONCE, hashed.clone(), padded)[1..].to_vec());
    check(Vec::new());
    check(vec![0; 16]);
    check(vec![0; 608]);
    let mut wrong = hashed;
    wrong[0] ^= 1;
    check(encrypt(&SERVER_NONCE, wrong, padded));
}

#[test]
fn a_bad_group_is_refused() {
    let check = |answer, expected| assert_eq!(refused(answer), Violation::Group(expected));
    check(answer_inner(|inner| inner.g = 2), GroupError::Generator { g: 2 });
    check(answer_inner(|inner| inner.g = 8), GroupError::Generator { g: 8 });
    check(answer_inner(|inner| inner.dh_prime[255] ^= 1), GroupError::Modulus { bits: 2048 });
    check(answer_inner(|inner| inner.dh_prime.truncate(255)), GroupError::Modulus { bits: 2040 });
    // 2 bits more in the middle: not a prime, while the residues for the generator stay.
    let not_prime = answer_inner(|inner| {
        inner.g = 4;
        inner.dh_prime[100] ^= 0x30;
    });
    check(not_prime, GroupError::NotSafePrime);
}

#[test]
fn a_group_that_was_verified_before_is_not_tested_again() {
    // Not a prime: if it were tested, it would be refused.
    let mut prime = hex(keys::PRIME);
    prime[100] ^= 0x30;
    let known: Group = serde_json::from_value(serde_json::json!({ "g": 3, "prime": prime })).unwrap();
    let mut inner = inner();
    (inner.dh_prime, inner.g_a) = (prime, exponent().public_value(&known).to_vec());
    let body = parameters(seal(&SERVER_NONCE, &inner));
    let (mut client, mut rng) = after_product(ClientHandshakeSettings { known_groups: vec![known], ..settings() });
    assert!(client.handle(&body, NOW, &mut rng).is_ok());
    inner.g = 4;
    let body = parameters(seal(&SERVER_NONCE, &inner));
    assert!(matches!(refused(answer_parameters(&body)), Violation::Group(_)), "with another generator it is");
}

#[test]
fn a_public_value_that_makes_a_weak_key_is_refused() {
    let check = |g_a: Vec<u8>, expected| {
        assert_eq!(refused(answer_inner(|inner| inner.g_a = g_a)), Violation::PublicValue(expected));
    };
    let prime = hex(keys::PRIME);
    let mut below = prime.clone();
    below[255] -= 1;
    for g_a in [vec![], vec![1], vec![0xff; 247], prime, below] {
        check(g_a, PublicValueError::OutOfRange);
    }
    check(vec![1; 257], PublicValueError::TooLong { bytes: 257 });
}

#[test]
fn a_refusal_counts_only_with_its_proof() {
    let fail = |hash| constructors::ServerDhParamsFail::new(NONCE, SERVER_NONCE, hash).to_bytes().unwrap();
    let hash = sha1(&[&NEW_NONCE])[4..].try_into().unwrap();
    assert_eq!(answer_parameters(&fail(hash)).unwrap_err(), HandshakeError::Refused);
    assert_eq!(refused(answer_parameters(&fail([0; 16]))), Violation::NewNonceHash);

    let end = |body: fn([u8; 16]) -> Vec<u8>, number| {
        let (mut client, mut rng, key) = before_the_end();
        client.handle(&body(new_nonce_hash(number, &key)), NOW, &mut rng)
    };
    let agreed = |hash| constructors::DhGenOk::new(NONCE, SERVER_NONCE, hash).to_bytes().unwrap();
    let retry = |hash| constructors::DhGenRetry::new(NONCE, SERVER_NONCE, hash).to_bytes().unwrap();
    let failed = |hash| constructors::DhGenFail::new(NONCE, SERVER_NONCE, hash).to_bytes().unwrap();
    assert!(matches!(end(agreed, 1), Ok(ClientStep::Done(_))));
    assert!(matches!(end(retry, 2), Ok(ClientStep::Send(_))));
    assert_eq!(end(failed, 3).unwrap_err(), HandshakeError::Refused);
    for (body, numbers) in [(agreed as fn(_) -> _, [0, 2, 3]), (retry, [0, 1, 3]), (failed, [0, 1, 2])] {
        for number in numbers {
            assert_eq!(refused(end(body, number)), Violation::NewNonceHash, "{number}");
        }
    }
}

#[test]
fn a_retry_names_the_key_before_it_and_has_another_public_value() {
    let (mut client, mut rng, key) = before_the_end();
    let retry = constructors::DhGenRetry::new(NONCE, SERVER_NONCE, new_nonce_hash(2, &key)).to_bytes().unwrap();
    let Ok(ClientStep::Send(request)) = client.handle(&retry, NOW, &mut rng) else { panic!() };
    let request = functions::SetClientDhParams::from_bytes(&request).unwrap();
    let ours = open::<constructors::ClientDhInnerData>(&SERVER_NONCE, &request.encrypted_data);
    assert_eq!(ours.retry_id.to_le_bytes(), sha1(&[&key])[..8]);
    assert_ne!(exponent().agree(&keys::group(), &ours.g_b).unwrap().as_bytes(), &key);
}

#[test]
fn another_message_than_the_next_one_is_malformed() {
    let agreed = constructors::DhGenOk::new(NONCE, SERVER_NONCE, [0; 16]).to_bytes().unwrap();
    let error = answer_parameters(&agreed).unwrap_err();
    assert!(matches!(error, HandshakeError::Malformed { expected: "Server_DH_Params", .. }), "{error}");
}
