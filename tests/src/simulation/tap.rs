//! A suite that lets the test see what is encrypted: it notes what it seals, and is the suite inside for the rest.

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;

use rand_core::CryptoRng;
use secret_runtime::chat::Suite;
use secret_runtime::crypto::diffie_hellman::{GroupError, PublicValueError};
use secret_runtime::crypto::envelope::SealError;
use secret_runtime::crypto::visualization::KeyHash;
use secret_runtime::crypto::{KeyFingerprint, Padding, Rejected, Role};
use zeroize::Zeroizing;

/// The suite `S`, watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tap<S>(PhantomData<S>);

/// What is in an envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// Who wrote it.
    pub sender: Role,
    /// Under which key.
    pub key: KeyFingerprint,
    /// The `decryptedMessageLayer`, or whatever it is.
    pub body: Vec<u8>,
}

thread_local! {
    static SEALED: RefCell<HashMap<Vec<u8>, Sealed>> = RefCell::default();
}

/// What was sealed into these very bytes, in this thread.
pub fn sealed(wire: &[u8]) -> Option<Sealed> {
    SEALED.with_borrow(|sealed| sealed.get(wire).cloned())
}

/// Forgets everything that was sealed in this thread.
pub fn forget() {
    SEALED.with_borrow_mut(HashMap::clear);
}

impl<S: Suite> Suite for Tap<S> {
    type Group = S::Group;
    type Exponent = S::Exponent;
    type Key = S::Key;

    fn group(g: i32, p: &[u8], rng: &mut dyn CryptoRng) -> Result<S::Group, GroupError> {
        S::group(g, p, rng)
    }

    fn exponent(group: &S::Group, server_random: &[u8], rng: &mut dyn CryptoRng) -> S::Exponent {
        S::exponent(group, server_random, rng)
    }

    fn public_value(group: &S::Group, exponent: &S::Exponent) -> Vec<u8> {
        S::public_value(group, exponent)
    }

    fn agree(group: &S::Group, exponent: &S::Exponent, public_value: &[u8]) -> Result<S::Key, PublicValueError> {
        S::agree(group, exponent, public_value)
    }

    fn fingerprint(key: &S::Key) -> KeyFingerprint {
        S::fingerprint(key)
    }

    fn key_hash(key: &S::Key) -> KeyHash {
        S::key_hash(key)
    }

    fn seal(
        key: &S::Key,
        sender: Role,
        body: &[u8],
        padding: Padding,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        let wire = S::seal(key, sender, body, padding, rng)?;
        let note = Sealed { sender, key: S::fingerprint(key), body: body.to_vec() };
        SEALED.with_borrow_mut(|sealed| sealed.insert(wire.clone(), note));
        Ok(wire)
    }

    fn open(key: &S::Key, sender: Role, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        S::open(key, sender, wire)
    }

    fn open_v1(key: &S::Key, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        S::open_v1(key, wire)
    }
}
