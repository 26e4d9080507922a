//! The proof of a password, against a server's side that is written here from the specification.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use secret_runtime::client::srp::{SrpError, new_verifier, prove};
use secret_runtime::crypto::diffie_hellman::GroupError;
use sha2::{Digest, Sha256};
use tl_types::api::constructors::PasswordKdfAlgoSha256sha256pbkdf2hmacsha512iter100000Sha256ModPow as ModPow;
use tl_types::api::types::PasswordKdfAlgo;

use crate::random::random;

const P: &str = "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DB\
                 FA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64\
                 2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B41\
                 0DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4\
                 E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF\
                 6F4FADF034B10403119CD8E3B92FCC5B";

const PASSWORD: &str = "correct horse, пароль";

/// `g^x mod p` of that password with these salts, computed by another program (Python's `hashlib.pbkdf2_hmac`).
const VERIFIER: &str = "6e955110249cc83be6c7663d5a5e1264a67182f5d2edf4a853ead381b051ed9c25f5b9f4519ab7137af8607c22d7a69f\
                        926fb888f252e71b09ee17aa3e53d71090bf290234aa6c3b1339763e8bff64c274825beea38581ebc09e9373e552655e\
                        feeca5c0c6da052b18b789528cefaa6af77865ae2d72f5e3c20988666ee945378000428c1313045fed932859a0e5b77b\
                        3ae52cfeff895bea8b4d2abdaa9a23745b0b9c8cd185d837b84d4c478f9172b1fe8e8215e019b83bde5b6aeeeaa58721\
                        543067ac22de1c24088af821be87f146123e7d5c5322a5ee21668e4ee440a45fa4a2b55539d56cf8091e624bf21a7e53\
                        b5a355ae4a50f38514c15e43ff56d0f6";

fn number(hex: &str) -> U2048 {
    let bytes: Vec<u8> =
        (0..hex.len() / 2).map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap()).collect();
    U2048::from_be_slice(&bytes)
}

fn bytes(number: &U2048) -> [u8; 256] {
    let mut bytes = [0; 256];
    let digits = number.as_words().iter().rev().flat_map(|word| word.to_be_bytes());
    bytes.iter_mut().zip(digits).for_each(|(to, from)| *to = from);
    bytes
}

fn small(digest: &[u8]) -> U2048 {
    let mut padded = [0; 256];
    padded[256 - digest.len()..].copy_from_slice(digest);
    U2048::from_be_slice(&padded)
}

fn element(number: &U2048) -> FixedMontyForm<{ U2048::LIMBS }> {
    let p = Odd::new(number_p()).into_option().unwrap();
    FixedMontyForm::new(number, &FixedMontyParams::new_vartime(p))
}

fn number_p() -> U2048 {
    number(P)
}

fn mod_pow() -> ModPow {
    ModPow::new("salt one", "the second salt", 3, bytes(&number_p()))
}

/// What a server computes.
struct Verifying {
    verifier: U2048,
    b: U2048,
    algorithm: ModPow,
}

impl Verifying {
    fn new(verifier: U2048, algorithm: ModPow) -> Self {
        Self { verifier, b: small(&[0x5a; 250]), algorithm }
    }

    fn public(&self) -> [u8; 256] {
        let k = small(&Sha256::digest([self.algorithm.p.as_slice(), &bytes(&U2048::from_u32(3))].concat()));
        let public = element(&k) * element(&self.verifier) + element(&U2048::from_u32(3)).pow(&self.b);
        bytes(&public.retrieve())
    }

    fn expects(&self, a: &[u8]) -> Vec<u8> {
        let b = self.public();
        let u = small(&Sha256::digest([a, b.as_slice()].concat()));
        let shared = (element(&U2048::from_be_slice(a)) * element(&self.verifier).pow(&u)).pow(&self.b);
        let key = Sha256::digest(bytes(&shared.retrieve()));
        let of_p = Sha256::digest(&self.algorithm.p);
        let of_g = Sha256::digest(bytes(&U2048::from_u32(3)));
        let of_group: Vec<u8> = of_p.iter().zip(&of_g).map(|(left, right)| left ^ right).collect();
        let [salt1, salt2] = [&self.algorithm.salt1, &self.algorithm.salt2].map(Sha256::digest);
        let parts = [of_group.as_slice(), &salt1, &salt2, a, &b, &key];
        Sha256::digest(parts.concat()).to_vec()
    }
}

fn proved(server: &Verifying, password: &str, b: &[u8]) -> Result<bool, SrpError> {
    let algorithm = PasswordKdfAlgo::from(server.algorithm.clone());
    let proof = prove(password.as_bytes(), &algorithm, 5, b, &mut random(3))?;
    assert_eq!((proof.srp_id, proof.a.len(), proof.m1.len()), (5, 256, 32));
    Ok(proof.m1 == server.expects(&proof.a))
}

#[test]
fn a_server_that_has_the_verifier_is_convinced_by_the_password_and_by_no_other() {
    let server = Verifying::new(number(VERIFIER), mod_pow());
    let b = server.public();
    assert_eq!(proved(&server, PASSWORD, &b), Ok(true));
    assert_eq!(proved(&server, "correct horse", &b), Ok(false));
}

#[test]
fn a_new_password_has_a_longer_salt_and_a_verifier_that_fits_it() {
    let (algorithm, verifier) = new_verifier(b"new", &mod_pow().into(), &mut random(4)).unwrap();
    let PasswordKdfAlgo::Sha256sha256pbkdf2hmacsha512iter100000Sha256ModPow(algorithm) = algorithm else { panic!() };
    assert!(algorithm.salt1.starts_with(b"salt one") && algorithm.salt1.len() == 8 + 32);
    assert_eq!(algorithm.salt2, b"the second salt");
    let server = Verifying::new(U2048::from_be_slice(&verifier), algorithm);
    let b = server.public();
    assert_eq!(proved(&server, "new", &b), Ok(true));
}

#[test]
fn no_proof_is_made_for_a_public_value_that_would_give_the_password_away() {
    let server = Verifying::new(number(VERIFIER), mod_pow());
    let p = number_p();
    let edge = U2048::ONE.shl_vartime(2048 - 64);
    let outside = [U2048::ZERO, U2048::ONE, edge.wrapping_sub(&U2048::ONE), p.wrapping_sub(&U2048::ONE), p, U2048::MAX];
    for value in outside {
        assert_eq!(proved(&server, PASSWORD, &bytes(&value)), Err(SrpError::ServerValue), "{value}");
    }
    assert_eq!(proved(&server, PASSWORD, &[]), Err(SrpError::ServerValue));
    assert_eq!(proved(&server, PASSWORD, &[1; 257]), Err(SrpError::ServerValue));
}

#[test]
fn no_proof_is_made_in_a_bad_group_or_for_an_unknown_algorithm() {
    let b = Verifying::new(number(VERIFIER), mod_pow()).public();
    let check = |algorithm: PasswordKdfAlgo| prove(b"password", &algorithm, 5, &b, &mut random(3)).map(|_| ());
    let mut generator = mod_pow();
    generator.g = 2;
    assert_eq!(check(generator.into()), Err(SrpError::Group(GroupError::Generator { g: 2 })));
    let mut composite = mod_pow();
    composite.p[100] ^= 0x10;
    assert!(matches!(check(composite.into()), Err(SrpError::Group(_))));
    let mut short = mod_pow();
    short.p = vec![0xff; 255];
    assert_eq!(check(short.into()), Err(SrpError::Group(GroupError::Modulus { bits: 2040 })));
    assert_eq!(check(PasswordKdfAlgo::Unknown), Err(SrpError::UnknownAlgorithm));
}
