//! The keys and the group that the tests use.

use std::sync::{Arc, LazyLock};

use secret_runtime::crypto::diffie_hellman::Group;
use secret_runtime::mtproto::handshake::{KeyError, RsaPrivateKey, RsaPublicKey};

use crate::random::{Random, hex};

/// The loopback server's key: everybody can read it here, so it is good for tests only.
pub(crate) const SERVER_PEM: &str = include_str!("../../src/loopback/server_key.pem");

/// The key of Telegram's servers at the time of the published example.
pub(crate) const EXAMPLE_PEM: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAwVACPi9w23mF3tBkdZz+zwrzKOaaQdr01vAbU4E1pvkfj4sqDsm6
lyDONS789sVoD/xCS9Y0hkkC3gtL1tSfTlgCMOOul9lcixlEKzwKENj1Yz/s7daS
an9tqw3bfUV/nqgbhGX81v/+7RFAEd+RwFnK7a+XYl9sluzHRyVVaTTveB2GazTw
Efzk2DWgkBluml8OREmvfraX3bkHZJTKX4EQSjBbbdJ2ZXIsRrYOXfaA+xayEGB+
8hdlLmAjbCVfaigxX0CDqWeR1yFL9kwd9P0NsZRPsmoqVwMbMu7mStFai6aIhc3n
Slv8kg9qv1m6XHVQY3PnEw+QQtqSIXklHwIDAQAB
-----END RSA PUBLIC KEY-----
";

pub(crate) const PRIME: &str = "
    c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db
    fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64
    2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41
    0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4
    e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf
    6f4fadf034b10403119cd8e3b92fcc5b";

pub(crate) fn private() -> Arc<[RsaPrivateKey]> {
    // A key is tried when it is read, which takes as long as a handshake.
    static PRIVATE: LazyLock<Arc<[RsaPrivateKey]>> =
        LazyLock::new(|| Arc::from([RsaPrivateKey::from_pem(SERVER_PEM).unwrap()]));
    PRIVATE.clone()
}

pub(crate) fn public() -> RsaPublicKey {
    private()[0].public().clone()
}

pub(crate) fn group() -> Group {
    Group::check(3, &hex(PRIME), &mut Random::new(0)).unwrap()
}

#[test]
fn a_key_has_the_fingerprint_that_telegram_gives_it() {
    let key = RsaPublicKey::from_pem(EXAMPLE_PEM).unwrap();
    assert_eq!(key.fingerprint().cast_unsigned(), 0xc3b4_2b02_6ce8_6b21);
    assert_eq!(key.to_pem().unwrap(), EXAMPLE_PEM);
    assert_eq!(format!("{key:?}"), "RsaPublicKey { fingerprint: c3b42b026ce86b21, .. }");
}

#[test]
fn the_public_half_of_a_key_survives_being_written() {
    let key = public();
    assert_eq!(RsaPublicKey::from_pem(&key.to_pem().unwrap()), Ok(key));
}

#[test]
fn what_is_no_key_is_refused_with_the_reason() {
    let check = |pem: &str, expected| assert_eq!(RsaPublicKey::from_pem(pem), Err(expected), "{pem}");
    let label = "RSA PUBLIC KEY";
    check("", KeyError::Pem { label });
    check(SERVER_PEM, KeyError::Pem { label });
    check(&EXAMPLE_PEM.replace("MIIB", "MIIC"), KeyError::Pem { label });
    let private = RsaPrivateKey::from_pem(EXAMPLE_PEM).err();
    assert_eq!(private, Some(KeyError::Pem { label: "RSA PRIVATE KEY" }));
    let (mut n, e) = ([0xff; 256], [1, 0, 1]);
    assert!(RsaPublicKey::new(&n, &e).is_ok());
    assert_eq!(RsaPublicKey::new(&n, &[1]), Err(KeyError::Exponent));
    assert_eq!(RsaPublicKey::new(&n, &[4]), Err(KeyError::Exponent));
    assert_eq!(RsaPublicKey::new(&n, &[0xff; 300]), Err(KeyError::Exponent));
    assert_eq!(RsaPublicKey::new(&[0xff; 257], &e), Err(KeyError::Modulus { bits: 2056 }));
    n[0] = 0x7f;
    assert_eq!(RsaPublicKey::new(&n, &e), Err(KeyError::Modulus { bits: 2047 }));
    (n[0], n[255]) = (0xff, 2);
    assert_eq!(RsaPublicKey::new(&n, &e), Err(KeyError::Modulus { bits: 2048 }));
    assert_eq!(RsaPublicKey::new(&[], &[]), Err(KeyError::Modulus { bits: 0 }));
}

#[test]
fn a_private_key_is_not_shown() {
    let key = RsaPrivateKey::from_pem(SERVER_PEM).unwrap();
    assert_eq!(format!("{key:?}"), format!("RsaPrivateKey {{ public: {:?}, .. }}", key.public()));
}
