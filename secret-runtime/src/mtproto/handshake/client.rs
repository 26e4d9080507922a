//! The client's side.

use std::fmt;

use rand_core::CryptoRng;
use tl_types::mtproto::{constructors, functions, types};
use tl_types::{Decode, Reader};
use zeroize::{Zeroize, Zeroizing};

use super::derived::{Nonces, Verdict, check_nonce};
use super::rsa::RsaPublicKey;
use super::{ClientStep, HandshakeError, NewKey, Violation, body, factors, rsa_padding, significant};
use crate::chat::UnixTime;
use crate::crypto::diffie_hellman::{Group, PrivateExponent};
use crate::mtproto::AuthKey;

/// A server that wants another key again and again is broken, or has an attacker in front of it.
const MOST_RETRIES: u32 = 4;

/// Fingerprints of a server that an error shows.
const MOST_SHOWN: usize = 16;

/// What a client wants.
#[derive(Clone, Debug)]
pub struct ClientHandshakeSettings {
    /// The keys of servers that are trusted.
    pub keys: Vec<RsaPublicKey>,
    /// The number of the data centre; 10,000 is added for a test one, and it is negative for one that only has media.
    pub dc: i32,
    /// How many seconds a temporary key is to last; a permanent one if there are none.
    pub temporary_for: Option<u32>,
    /// Groups that were verified before: testing an unknown prime takes up to seconds. Telegram's own is always known.
    pub known_groups: Vec<Group>,
}

/// The client's side of one handshake.
///
/// Send the body that [`new`](Self::new) gives, then give every answer to [`handle`](Self::handle) until it says
/// [`ClientStep::Done`]. After an error begin again, on a new connection.
pub struct ClientHandshake {
    settings: ClientHandshakeSettings,
    state: State,
}

enum State {
    /// `req_pq_multi` was sent.
    Product {
        nonce: [u8; 16],
    },
    /// `req_DH_params` was sent.
    Parameters {
        nonces: Nonces,
    },
    /// `set_client_DH_params` was sent.
    Agreement(Box<Agreement>),
    Over,
}

struct Agreement {
    nonces: Nonces,
    group: Group,
    g_a: Vec<u8>,
    key: AuthKey,
    server_time: i32,
    time_offset: i64,
    retries: u32,
}

impl ClientHandshake {
    /// Begins; the body is `req_pq_multi`.
    #[must_use]
    pub fn new(settings: ClientHandshakeSettings, rng: &mut dyn CryptoRng) -> (Self, Vec<u8>) {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let first = body(&functions::ReqPqMulti::new(nonce));
        (Self { settings, state: State::Product { nonce } }, first)
    }

    /// Takes the body of the server's answer. `now` is this side's clock, to know how far the server's is ahead.
    ///
    /// # Errors
    /// [`HandshakeError`]; the handshake is over then.
    pub fn handle(
        &mut self,
        answer: &[u8],
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<ClientStep, HandshakeError> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Product { nonce } => self.product(nonce, answer, rng),
            State::Parameters { nonces } => self.parameters(nonces, answer, now, rng),
            State::Agreement(agreement) => self.agreement(agreement, answer, rng),
            State::Over => Err(HandshakeError::Over),
        }
    }

    fn product(
        &mut self,
        nonce: [u8; 16],
        answer: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<ClientStep, HandshakeError> {
        let answer = read::<constructors::ResPq>("resPQ", answer)?;
        check_nonce(&nonce, &answer.nonce)?;
        let offered = &answer.server_public_key_fingerprints;
        let known = |fingerprint: &i64| self.settings.keys.iter().find(|key| key.fingerprint() == *fingerprint);
        let key = offered.iter().find_map(known).ok_or_else(|| HandshakeError::UnknownKey {
            offered: offered.iter().copied().take(MOST_SHOWN).collect(),
        })?;
        let (p, q) = big_endian(&answer.pq).and_then(factors::factors).ok_or(Violation::Product)?;
        let (p, q) = (significant(&p.to_be_bytes()).to_vec(), significant(&q.to_be_bytes()).to_vec());
        let mut new_nonce = Zeroizing::new([0; 32]);
        rng.fill_bytes(new_nonce.as_mut_slice());
        let nonces = Nonces { nonce, server_nonce: answer.server_nonce, new_nonce };
        let data = self.inner_data(&nonces, answer.pq, &p, &q);
        // No number in it is longer than the 8 bytes that were read above.
        let encrypted_data = rsa_padding::encrypt(key, &data, rng).ok_or(Violation::Product)?.to_vec();
        let request = functions::ReqDhParams::new(nonce, nonces.server_nonce, p, q, key.fingerprint(), encrypted_data);
        self.state = State::Parameters { nonces };
        Ok(ClientStep::Send(body(&request)))
    }

    /// `p_q_inner_data_dc` or `p_q_inner_data_temp_dc`.
    fn inner_data(&self, nonces: &Nonces, pq: Vec<u8>, p: &[u8], q: &[u8]) -> Zeroizing<Vec<u8>> {
        let (p, q, dc) = (p.to_vec(), q.to_vec(), self.settings.dc);
        let (nonce, server_nonce) = (nonces.nonce, nonces.server_nonce);
        let pq = significant(&pq).to_vec();
        Zeroizing::new(match self.settings.temporary_for {
            None => {
                let new_nonce = *nonces.new_nonce;
                let mut data = constructors::PQInnerDataDc::new(pq, p, q, nonce, server_nonce, new_nonce, dc);
                let bytes = body(&data);
                data.new_nonce.zeroize();
                bytes
            }
            Some(seconds) => {
                let expires_in = i32::try_from(seconds).unwrap_or(i32::MAX);
                let new_nonce = *nonces.new_nonce;
                let mut data =
                    constructors::PQInnerDataTempDc::new(pq, p, q, nonce, server_nonce, new_nonce, dc, expires_in);
                let bytes = body(&data);
                data.new_nonce.zeroize();
                bytes
            }
        })
    }

    fn parameters(
        &mut self,
        nonces: Nonces,
        answer: &[u8],
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<ClientStep, HandshakeError> {
        let answer = match read("Server_DH_Params", answer)? {
            types::ServerDhParams::Ok(answer) => answer,
            types::ServerDhParams::Fail(answer) => {
                nonces.check(&answer.nonce, &answer.server_nonce)?;
                return Err(refusal(&nonces.hash_without_key(), &answer.new_nonce_hash));
            }
            // The schema may grow.
            _ => return Err(Violation::Order.into()),
        };
        nonces.check(&answer.nonce, &answer.server_nonce)?;
        let inner = nonces.open::<constructors::ServerDhInnerData>(&answer.encrypted_answer)?;
        nonces.check(&inner.nonce, &inner.server_nonce)?;
        let group = self.group(inner.g, &inner.dh_prime, rng)?;
        let (key, request) = agree(&nonces, &group, &inner.g_a, 0, rng)?;
        self.state = State::Agreement(Box::new(Agreement {
            nonces,
            group,
            g_a: inner.g_a,
            key,
            server_time: inner.server_time,
            time_offset: i64::from(inner.server_time).saturating_sub(now.0),
            retries: 0,
        }));
        Ok(ClientStep::Send(request))
    }

    fn group(&self, g: i32, prime: &[u8], rng: &mut dyn CryptoRng) -> Result<Group, Violation> {
        let is_it = |group: &&Group| group.g() == g && group.prime() == significant(prime);
        match self.settings.known_groups.iter().find(is_it) {
            Some(known) => Ok(known.clone()),
            None => Group::check(g, prime, rng).map_err(Violation::Group),
        }
    }

    fn agreement(
        &mut self,
        mut agreement: Box<Agreement>,
        answer: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<ClientStep, HandshakeError> {
        let answer = read("Set_client_DH_params_answer", answer)?;
        let Agreement { nonces, key, .. } = &*agreement;
        match answer {
            types::SetClientDhParamsAnswer::DhGenOk(answer) => {
                nonces.check(&answer.nonce, &answer.server_nonce)?;
                check_hash(&nonces.hash(Verdict::Agreed, key), &answer.new_nonce_hash1)?;
                Ok(ClientStep::Done(self.new_key(*agreement)))
            }
            types::SetClientDhParamsAnswer::DhGenRetry(answer) => {
                nonces.check(&answer.nonce, &answer.server_nonce)?;
                check_hash(&nonces.hash(Verdict::Retry, key), &answer.new_nonce_hash2)?;
                if agreement.retries == MOST_RETRIES {
                    return Err(HandshakeError::TooManyRetries);
                }
                let retry_id = key.auxiliary_hash().cast_signed();
                let (key, request) = agree(nonces, &agreement.group, &agreement.g_a, retry_id, rng)?;
                agreement.key = key;
                agreement.retries += 1;
                self.state = State::Agreement(agreement);
                Ok(ClientStep::Send(request))
            }
            types::SetClientDhParamsAnswer::DhGenFail(answer) => {
                nonces.check(&answer.nonce, &answer.server_nonce)?;
                Err(refusal(&nonces.hash(Verdict::Failed, key), &answer.new_nonce_hash3))
            }
            // The schema may grow.
            _ => Err(Violation::Order.into()),
        }
    }

    fn new_key(&self, agreement: Agreement) -> NewKey {
        let Agreement { nonces, group: _, g_a: _, key, server_time, time_offset, retries: _ } = agreement;
        let expires_at = self.settings.temporary_for.map(|seconds| server_time.saturating_add_unsigned(seconds));
        NewKey { key, salt: nonces.salt(), server_time, time_offset, expires_at }
    }
}

impl fmt::Debug for ClientHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, state } = self;
        let state = match state {
            State::Product { .. } => "waits for resPQ",
            State::Parameters { .. } => "waits for Server_DH_Params",
            State::Agreement(_) => "waits for Set_client_DH_params_answer",
            State::Over => "over",
        };
        f.debug_struct("ClientHandshake").field("settings", settings).field("state", &state).finish()
    }
}

/// A key with the server's public value, and `set_client_DH_params` with ours.
fn agree(
    nonces: &Nonces,
    group: &Group,
    g_a: &[u8],
    retry_id: i64,
    rng: &mut dyn CryptoRng,
) -> Result<(AuthKey, Vec<u8>), HandshakeError> {
    let exponent = PrivateExponent::generate(group, rng, &[]);
    let key = exponent.agree(group, g_a).map_err(Violation::PublicValue)?;
    let (nonce, server_nonce) = (nonces.nonce, nonces.server_nonce);
    let g_b = exponent.public_value(group).to_vec();
    let inner = body(&constructors::ClientDhInnerData::new(nonce, server_nonce, retry_id, g_b));
    let encrypted_data = nonces.seal(&inner, rng);
    Ok((AuthKey::from(key), body(&functions::SetClientDhParams::new(nonce, server_nonce, encrypted_data))))
}

fn read<T: Decode>(expected: &'static str, body: &[u8]) -> Result<T, HandshakeError> {
    Reader::new(body).read().map_err(|error| HandshakeError::Malformed { expected, error })
}

fn check_hash(expected: &[u8; 16], found: &[u8; 16]) -> Result<(), Violation> {
    check_nonce(expected, found).map_err(|_| Violation::NewNonceHash)
}

/// A refusal counts only with the hash that proves the server: others could end every handshake with one.
fn refusal(expected: &[u8; 16], found: &[u8; 16]) -> HandshakeError {
    check_hash(expected, found).map_or_else(HandshakeError::from, |()| HandshakeError::Refused)
}

/// A number of at most 8 bytes.
fn big_endian(bytes: &[u8]) -> Option<u64> {
    let bytes = significant(bytes);
    (bytes.len() <= size_of::<u64>()).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
