//! A server and clients that are older than ours, or do what they must not.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use pkcs1::der::SecretDocument;
use secret_runtime::crypto::diffie_hellman::{PrivateExponent, PublicValueError};
use secret_runtime::mtproto::handshake::{
    ClientHandshake, ClientStep, HandshakeError, ServerHandshake, ServerStep, Violation,
};
use tl_types::mtproto::{constructors, functions};
use tl_types::{Decode, Encode};

use crate::handshake::{NOW, server, settings};
use crate::keys;
use crate::puppet::{NEW_NONCE, NONCE, encrypt, new_nonce_hash, open, seal, sha1};
use crate::random::Random;

/// The padding of older clients: a zero, the hash, the data, and anything behind it.
fn old_padding(data: &[u8]) -> Vec<u8> {
    let mut number = [&[0], &sha1(&[data])[..], data].concat();
    number.resize(256, 0x66);
    number
}

fn rsa(number: &[u8]) -> Vec<u8> {
    let (_, document) = SecretDocument::from_pem(keys::SERVER_PEM).unwrap();
    let key = document.decode_msg::<pkcs1::RsaPrivateKeyRef<'_>>().unwrap();
    let modulus = Odd::new(U2048::from_be_slice(key.modulus.as_bytes())).unwrap();
    let params = FixedMontyParams::new_vartime(modulus);
    let power = FixedMontyForm::new(&U2048::from_be_slice(number), &params).pow(&U2048::from_u32(65537));
    power.retrieve().to_be_bytes().as_ref().to_vec()
}

struct Puppet {
    server: ServerHandshake,
    rng: Random,
    product: constructors::ResPq,
    p: Vec<u8>,
    q: Vec<u8>,
}

impl Puppet {
    /// Its first request was answered.
    fn new(first: &impl Encode) -> Self {
        let (mut server, mut rng) = (server(), Random::new(1));
        let step = server.handle(&first.to_bytes().unwrap(), NOW, &mut rng);
        let Ok(ServerStep::Answer(answer)) = step else { panic!("{step:?}") };
        let product = constructors::ResPq::from_bytes(&answer).unwrap();
        // Our client takes the product apart.
        let mut clients = Random::with_chosen(2, [NONCE.to_vec()]);
        let step = ClientHandshake::new(settings(), &mut clients).0.handle(&answer, NOW, &mut clients);
        let Ok(ClientStep::Send(request)) = step else { panic!("{step:?}") };
        let request = functions::ReqDhParams::from_bytes(&request).unwrap();
        Self { server, rng, product, p: request.p, q: request.q }
    }

    fn handle(&mut self, request: &impl Encode) -> Result<ServerStep, HandshakeError> {
        self.server.handle(&request.to_bytes().unwrap(), NOW, &mut self.rng)
    }

    fn inner(&self) -> constructors::PQInnerData {
        let Self { product, p, q, .. } = self;
        let pq = product.pq.clone();
        constructors::PQInnerData::new(pq, p.clone(), q.clone(), NONCE, product.server_nonce, NEW_NONCE)
    }

    fn request(&self, encrypted_data: Vec<u8>) -> functions::ReqDhParams {
        let (p, q, key) = (self.p.clone(), self.q.clone(), keys::public().fingerprint());
        functions::ReqDhParams::new(NONCE, self.product.server_nonce, p, q, key, encrypted_data)
    }

    fn refused_inner(inner: impl FnOnce(&Self) -> Vec<u8>) -> Violation {
        let mut puppet = Self::new(&functions::ReqPqMulti::new(NONCE));
        let request = puppet.request(rsa(&old_padding(&inner(&puppet))));
        refused(puppet.handle(&request))
    }

    fn agree(&self, g_b: Vec<u8>) -> constructors::ClientDhInnerData {
        constructors::ClientDhInnerData::new(NONCE, self.product.server_nonce, 0, g_b)
    }

    fn set(&self, inner: &impl Encode) -> functions::SetClientDhParams {
        let server_nonce = self.product.server_nonce;
        functions::SetClientDhParams::new(NONCE, server_nonce, seal(&server_nonce, inner))
    }

    /// The server waits for the client's public value; with it the server's.
    fn before_the_end() -> (Self, Vec<u8>) {
        let mut puppet = Self::new(&functions::ReqPq::new(NONCE));
        let request = puppet.request(rsa(&old_padding(&puppet.inner().to_bytes().unwrap())));
        let step = puppet.handle(&request);
        let Ok(ServerStep::Answer(answer)) = step else { panic!("{step:?}") };
        let answer = constructors::ServerDhParamsOk::from_bytes(&answer).unwrap();
        let server_nonce = puppet.product.server_nonce;
        let theirs = open::<constructors::ServerDhInnerData>(&server_nonce, &answer.encrypted_answer);
        (puppet, theirs.g_a)
    }

    fn refused_end(inner: impl FnOnce(&mut constructors::ClientDhInnerData)) -> Violation {
        let (mut puppet, _) = Self::before_the_end();
        let mut ours = puppet.agree(public_value());
        inner(&mut ours);
        let request = puppet.set(&ours);
        refused(puppet.handle(&request))
    }
}

fn exponent() -> PrivateExponent {
    PrivateExponent::from_bytes([0x55; 256])
}

fn public_value() -> Vec<u8> {
    exponent().public_value(&keys::group()).to_vec()
}

fn refused(answer: Result<ServerStep, HandshakeError>) -> Violation {
    match answer {
        Err(HandshakeError::Violation(violation)) => violation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_older_client_is_served() {
    let (mut puppet, g_a) = Puppet::before_the_end();
    let request = puppet.set(&puppet.agree(public_value()));
    let step = puppet.handle(&request);
    let Ok(ServerStep::Done { answer, key, dc }) = step else { panic!("{step:?}") };
    let expected = exponent().agree(&keys::group(), &g_a).unwrap();
    assert_eq!((key.key.as_bytes(), dc, key.expires_at), (expected.as_bytes(), None, None));
    let answer = constructors::DhGenOk::from_bytes(&answer).unwrap();
    assert_eq!(answer.new_nonce_hash1, new_nonce_hash(1, expected.as_bytes()));
}

#[test]
fn an_older_client_may_want_a_temporary_key_without_naming_a_data_centre() {
    let mut puppet = Puppet::new(&functions::ReqPqMulti::new(NONCE));
    let constructors::PQInnerData { pq, p, q, nonce, server_nonce, new_nonce, .. } = puppet.inner();
    let inner = constructors::PQInnerDataTemp::new(pq, p, q, nonce, server_nonce, new_nonce, 3600);
    let request = puppet.request(rsa(&old_padding(&inner.to_bytes().unwrap())));
    puppet.handle(&request).unwrap();
    let request = puppet.set(&puppet.agree(public_value()));
    let Ok(ServerStep::Done { key, .. }) = puppet.handle(&request) else { panic!() };
    assert_eq!(key.expires_at, Some(1_700_003_600));
}

#[test]
fn data_that_cannot_be_read_is_refused() {
    let check = |encrypted: &dyn Fn(&Puppet) -> Vec<u8>| {
        let mut puppet = Puppet::new(&functions::ReqPqMulti::new(NONCE));
        let request = puppet.request(encrypted(&puppet));
        assert_eq!(refused(puppet.handle(&request)), Violation::RsaData);
    };
    check(&|_| Vec::new());
    check(&|_| vec![1; 255]);
    check(&|_| vec![0xff; 256]);
    check(&|_| vec![1; 257]);
    check(&|_| vec![0; 300]);
    let padded = |puppet: &Puppet| old_padding(&puppet.inner().to_bytes().unwrap());
    for index in [0, 1, 20, 21, 60, 100] {
        check(&|puppet| {
            let mut number = padded(puppet);
            number[index] ^= 1;
            rsa(&number)
        });
    }
}

#[test]
fn data_of_another_handshake_is_refused() {
    let check = |change: fn(&mut constructors::PQInnerData), expected| {
        let violation = Puppet::refused_inner(|puppet| {
            let mut inner = puppet.inner();
            change(&mut inner);
            inner.to_bytes().unwrap()
        });
        assert_eq!(violation, expected);
    };
    check(|inner| inner.nonce[0] ^= 1, Violation::Nonce);
    check(|inner| inner.server_nonce[0] ^= 1, Violation::ServerNonce);
    check(|inner| inner.pq[7] ^= 2, Violation::Factors);
    check(|inner| inner.p[3] ^= 2, Violation::Factors);
    check(|inner| inner.q[3] ^= 2, Violation::Factors);
    check(|inner| std::mem::swap(&mut inner.p, &mut inner.q), Violation::Factors);
}

#[test]
fn a_request_of_another_handshake_is_refused() {
    let check = |change: fn(&mut functions::ReqDhParams), expected| {
        let mut puppet = Puppet::new(&functions::ReqPqMulti::new(NONCE));
        let mut request = puppet.request(rsa(&old_padding(&puppet.inner().to_bytes().unwrap())));
        change(&mut request);
        assert_eq!(puppet.handle(&request).unwrap_err(), expected);
    };
    check(|request| request.nonce[0] ^= 1, Violation::Nonce.into());
    check(|request| request.server_nonce[0] ^= 1, Violation::ServerNonce.into());
    check(|request| request.p[3] ^= 2, Violation::Factors.into());
    check(|request| request.q[3] ^= 2, Violation::Factors.into());
    check(|request| std::mem::swap(&mut request.p, &mut request.q), Violation::Factors.into());
    check(|request| request.public_key_fingerprint = 5, HandshakeError::UnknownKey { offered: vec![5] });
}

#[test]
fn a_request_whose_data_is_of_the_same_other_handshake_is_refused() {
    let check = |change: fn(&mut [u8; 16], &mut [u8; 16]), expected| {
        let mut puppet = Puppet::new(&functions::ReqPqMulti::new(NONCE));
        let mut inner = puppet.inner();
        change(&mut inner.nonce, &mut inner.server_nonce);
        let mut request = puppet.request(rsa(&old_padding(&inner.to_bytes().unwrap())));
        change(&mut request.nonce, &mut request.server_nonce);
        assert_eq!(refused(puppet.handle(&request)), expected);
    };
    check(|nonce, _| nonce[0] ^= 1, Violation::Nonce);
    check(|_, server_nonce| server_nonce[0] ^= 1, Violation::ServerNonce);
}

#[test]
fn a_temporary_key_that_ends_before_it_begins_is_refused() {
    for seconds in [0, -1, i32::MIN] {
        let violation = Puppet::refused_inner(|puppet| {
            let constructors::PQInnerData { pq, p, q, nonce, server_nonce, new_nonce, .. } = puppet.inner();
            let inner = constructors::PQInnerDataTempDc::new(pq, p, q, nonce, server_nonce, new_nonce, 2, seconds);
            inner.to_bytes().unwrap()
        });
        assert_eq!(violation, Violation::ExpiresIn { seconds });
    }
}

#[test]
fn the_clients_last_message_is_verified() {
    assert_eq!(Puppet::refused_end(|inner| inner.nonce[0] ^= 1), Violation::Nonce);
    assert_eq!(Puppet::refused_end(|inner| inner.server_nonce[0] ^= 1), Violation::ServerNonce);
    assert_eq!(Puppet::refused_end(|inner| inner.retry_id = 1), Violation::RetryId);
    let out_of_range = Violation::PublicValue(PublicValueError::OutOfRange);
    assert_eq!(Puppet::refused_end(|inner| inner.g_b = vec![1]), out_of_range);
    assert_eq!(Puppet::refused_end(|inner| inner.g_b = vec![0xff; 256]), out_of_range);
    let (mut puppet, _) = Puppet::before_the_end();
    let server_nonce = puppet.product.server_nonce;
    let data = puppet.agree(public_value()).to_bytes().unwrap();
    let hashed = [&[0; 20][..], &data].concat();
    let length = hashed.len().next_multiple_of(16);
    let encrypted_data = encrypt(&server_nonce, hashed, length);
    let request = functions::SetClientDhParams::new(NONCE, server_nonce, encrypted_data);
    assert_eq!(refused(puppet.handle(&request)), Violation::EncryptedPart);
}

#[test]
fn messages_out_of_order_are_refused() {
    let (mut server, mut rng) = (server(), Random::new(1));
    let puppet = Puppet::new(&functions::ReqPqMulti::new(NONCE));
    let early = puppet.request(vec![1; 256]).to_bytes().unwrap();
    assert_eq!(refused(server.handle(&early, NOW, &mut rng)), Violation::Order);
    let early = puppet.set(&puppet.agree(vec![])).to_bytes().unwrap();
    assert_eq!(refused(server.handle(&early, NOW, &mut rng)), Violation::Order);
    let mut puppet = puppet;
    let set = puppet.set(&puppet.agree(vec![]));
    assert_eq!(refused(puppet.handle(&set)), Violation::Order);
    let ping = functions::Ping::new(1);
    let error = Puppet::new(&functions::ReqPq::new(NONCE)).handle(&ping).unwrap_err();
    assert!(matches!(error, HandshakeError::Malformed { expected: "req_DH_params", .. }), "{error}");
}
