//! The server's side.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use rand_core::CryptoRng;
use tl_types::mtproto::types::PQInnerData;
use tl_types::mtproto::{constructors, functions};
use tl_types::{Combinator, Decode, Reader};
use zeroize::{Zeroize, Zeroizing};

use super::derived::{Nonces, Verdict, check_nonce};
use super::rsa::RsaPrivateKey;
use super::{HandshakeError, NewKey, ServerStep, Violation, body, factors, rsa_padding, significant};
use crate::chat::UnixTime;
use crate::crypto::diffie_hellman::{Group, PrivateExponent};
use crate::mtproto::AuthKey;

/// How a server says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `server_DH_params_fail` to `req_DH_params`.
    Parameters,
    /// `dh_gen_retry` to `set_client_DH_params`: the client makes another key. A server does so when it already has a key
    /// with that id.
    Retry,
    /// `dh_gen_fail` to `set_client_DH_params`.
    Failed,
}

/// The server's side of one connection's handshake.
///
/// It takes what today's clients send and what older ones do: `req_pq`, `p_q_inner_data` without a data centre, and
/// padding with SHA-1. A client that begins again, with another `req_pq_multi`, is answered.
pub struct ServerHandshake {
    keys: Arc<[RsaPrivateKey]>,
    dc: i32,
    group: Group,
    refusals: VecDeque<Refusal>,
    state: State,
}

enum State {
    Start,
    /// `resPQ` was sent.
    Product {
        nonce: [u8; 16],
        server_nonce: [u8; 16],
        primes: (u64, u64),
    },
    /// `server_DH_params_ok` was sent.
    Agreement(Box<Agreement>),
    Over,
}

struct Agreement {
    nonces: Nonces,
    exponent: PrivateExponent,
    wish: Wish,
    server_time: i32,
    /// `retry_id` of the next request.
    retry_id: i64,
}

/// What a client says about the key that it wants.
struct Wish {
    dc: Option<i32>,
    expires_in: Option<i32>,
}

impl ServerHandshake {
    /// Waits for a client.
    ///
    /// `dc` is the number of this data centre; a client may name it with 10,000 added, or negative.
    #[must_use]
    pub fn new(keys: Arc<[RsaPrivateKey]>, dc: i32, group: Group) -> Self {
        Self { keys, dc, group, refusals: VecDeque::new(), state: State::Start }
    }

    /// Says no at the next request that can be answered so. Several are said one after the other.
    pub fn refuse_next(&mut self, refusal: Refusal) {
        self.refusals.push_back(refusal);
    }

    /// Takes the body of a client's message. `now` is the server's clock.
    ///
    /// # Errors
    /// [`HandshakeError`]; close the connection then.
    pub fn handle(
        &mut self,
        request: &[u8],
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<ServerStep, HandshakeError> {
        let id = request.first_chunk().map(|id| u32::from_le_bytes(*id));
        match (id, std::mem::replace(&mut self.state, State::Over)) {
            (Some(functions::ReqPq::ID), _) => {
                let request = read::<functions::ReqPq>("req_pq", request)?;
                Ok(self.begin(request.nonce, rng))
            }
            (Some(functions::ReqPqMulti::ID), _) => {
                let request = read::<functions::ReqPqMulti>("req_pq_multi", request)?;
                Ok(self.begin(request.nonce, rng))
            }
            (Some(functions::ReqDhParams::ID), State::Product { nonce, server_nonce, primes }) => {
                let request = read::<functions::ReqDhParams>("req_DH_params", request)?;
                check_nonce(&nonce, &request.nonce)?;
                check_nonce(&server_nonce, &request.server_nonce).map_err(|_| Violation::ServerNonce)?;
                self.parameters(&request, primes, now, rng)
            }
            (Some(functions::SetClientDhParams::ID), State::Agreement(agreement)) => {
                let request = read::<functions::SetClientDhParams>("set_client_DH_params", request)?;
                agreement.nonces.check(&request.nonce, &request.server_nonce)?;
                self.agreement(agreement, &request)
            }
            (Some(functions::ReqDhParams::ID | functions::SetClientDhParams::ID), _) => Err(Violation::Order.into()),
            (_, State::Product { .. }) => Err(unexpected::<functions::ReqDhParams>("req_DH_params", request)),
            (_, State::Agreement(_)) => {
                Err(unexpected::<functions::SetClientDhParams>("set_client_DH_params", request))
            }
            _ => Err(unexpected::<functions::ReqPqMulti>("req_pq_multi", request)),
        }
    }

    fn begin(&mut self, nonce: [u8; 16], rng: &mut dyn CryptoRng) -> ServerStep {
        let mut server_nonce = [0; 16];
        rng.fill_bytes(&mut server_nonce);
        let primes = factors::random_primes(rng);
        let pq = significant(&(primes.0 * primes.1).to_be_bytes()).to_vec();
        let server_public_key_fingerprints = self.keys.iter().map(|key| key.public().fingerprint()).collect();
        self.state = State::Product { nonce, server_nonce, primes };
        ServerStep::Answer(body(&constructors::ResPq::new(nonce, server_nonce, pq, server_public_key_fingerprints)))
    }

    fn parameters(
        &mut self,
        request: &functions::ReqDhParams,
        primes: (u64, u64),
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<ServerStep, HandshakeError> {
        let is = |bytes: &[u8], number: u64| significant(bytes) == significant(&number.to_be_bytes());
        if !is(&request.p, primes.0) || !is(&request.q, primes.1) {
            return Err(Violation::Factors.into());
        }
        let fingerprint = request.public_key_fingerprint;
        let key = self.keys.iter().find(|key| key.public().fingerprint() == fingerprint);
        let key = key.ok_or_else(|| HandshakeError::UnknownKey { offered: vec![fingerprint] })?;
        let inner = rsa_padding::decrypt(key, &request.encrypted_data).ok_or(Violation::RsaData)?;
        let Inner { pq, p, q, nonce, server_nonce, new_nonce, wish } = Inner::of(inner).ok_or(Violation::RsaData)?;
        let nonces = Nonces { nonce: request.nonce, server_nonce: request.server_nonce, new_nonce };
        nonces.check(&nonce, &server_nonce)?;
        if !is(&pq, primes.0 * primes.1) || !is(&p, primes.0) || !is(&q, primes.1) {
            return Err(Violation::Factors.into());
        }
        if let Some(named) = wish.dc.filter(|named| !self.is_named(*named)) {
            return Err(HandshakeError::WrongDc { named });
        }
        if let Some(seconds) = wish.expires_in.filter(|seconds| *seconds <= 0) {
            return Err(Violation::ExpiresIn { seconds }.into());
        }
        if self.refuses(&[Refusal::Parameters]).is_some() {
            let answer = constructors::ServerDhParamsFail::new(nonce, server_nonce, nonces.hash_without_key());
            return Ok(ServerStep::Answer(body(&answer)));
        }
        let exponent = PrivateExponent::generate(&self.group, rng, &[]);
        let server_time = i32::try_from(now.0).unwrap_or(i32::MAX);
        let inner = body(&constructors::ServerDhInnerData::new(
            nonce,
            server_nonce,
            self.group.g(),
            self.group.prime().to_vec(),
            exponent.public_value(&self.group).to_vec(),
            server_time,
        ));
        let encrypted_answer = nonces.seal(&inner, rng);
        self.state = State::Agreement(Box::new(Agreement { nonces, exponent, wish, server_time, retry_id: 0 }));
        Ok(ServerStep::Answer(body(&constructors::ServerDhParamsOk::new(nonce, server_nonce, encrypted_answer))))
    }

    fn is_named(&self, named: i32) -> bool {
        named.unsigned_abs() % 10_000 == self.dc.unsigned_abs() % 10_000
    }

    fn agreement(
        &mut self,
        mut agreement: Box<Agreement>,
        request: &functions::SetClientDhParams,
    ) -> Result<ServerStep, HandshakeError> {
        let Agreement { nonces, exponent, wish, server_time, retry_id } = &*agreement;
        let inner = nonces.open::<constructors::ClientDhInnerData>(&request.encrypted_data)?;
        nonces.check(&inner.nonce, &inner.server_nonce)?;
        if inner.retry_id != *retry_id {
            return Err(Violation::RetryId.into());
        }
        let key = AuthKey::from(exponent.agree(&self.group, &inner.g_b).map_err(Violation::PublicValue)?);
        let (nonce, server_nonce) = (nonces.nonce, nonces.server_nonce);
        match self.refuses(&[Refusal::Retry, Refusal::Failed]) {
            Some(Refusal::Retry) => {
                let new_nonce_hash2 = nonces.hash(Verdict::Retry, &key);
                agreement.retry_id = key.auxiliary_hash().cast_signed();
                self.state = State::Agreement(agreement);
                Ok(ServerStep::Answer(body(&constructors::DhGenRetry::new(nonce, server_nonce, new_nonce_hash2))))
            }
            Some(_) => {
                let new_nonce_hash3 = nonces.hash(Verdict::Failed, &key);
                Ok(ServerStep::Answer(body(&constructors::DhGenFail::new(nonce, server_nonce, new_nonce_hash3))))
            }
            None => {
                let new_nonce_hash1 = nonces.hash(Verdict::Agreed, &key);
                let expires_at = wish.expires_in.map(|seconds| server_time.saturating_add(seconds));
                let key = NewKey { key, salt: nonces.salt(), server_time: *server_time, time_offset: 0, expires_at };
                let answer = body(&constructors::DhGenOk::new(nonce, server_nonce, new_nonce_hash1));
                Ok(ServerStep::Done { answer, key, dc: wish.dc })
            }
        }
    }

    /// The next refusal, if it is one of these.
    fn refuses(&mut self, fitting: &[Refusal]) -> Option<Refusal> {
        self.refusals.front().is_some_and(|next| fitting.contains(next)).then(|| self.refusals.pop_front()).flatten()
    }
}

impl fmt::Debug for ServerHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, dc, group: _, refusals, state } = self;
        let state = match state {
            State::Start => "waits for req_pq_multi",
            State::Product { .. } => "waits for req_DH_params",
            State::Agreement(_) => "waits for set_client_DH_params",
            State::Over => "over",
        };
        f.debug_struct("ServerHandshake")
            .field("keys", keys)
            .field("dc", dc)
            .field("refusals", refusals)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

/// What the four constructors of `P_Q_inner_data` have.
struct Inner {
    pq: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    new_nonce: Zeroizing<[u8; 32]>,
    wish: Wish,
}

impl Inner {
    fn of(data: PQInnerData) -> Option<Self> {
        // Four types with the same fields, and no trait that says so.
        macro_rules! inner {
            ($data:ident, $dc:expr, $expires_in:expr) => {{
                let new_nonce = Zeroizing::new($data.new_nonce);
                $data.new_nonce.zeroize();
                let wish = Wish { dc: $dc, expires_in: $expires_in };
                let (nonce, server_nonce) = ($data.nonce, $data.server_nonce);
                Self { pq: $data.pq, p: $data.p, q: $data.q, nonce, server_nonce, new_nonce, wish }
            }};
        }
        Some(match data {
            PQInnerData::PQInnerData(mut data) => inner!(data, None, None),
            PQInnerData::Dc(mut data) => inner!(data, Some(data.dc), None),
            PQInnerData::Temp(mut data) => inner!(data, None, Some(data.expires_in)),
            PQInnerData::TempDc(mut data) => inner!(data, Some(data.dc), Some(data.expires_in)),
            // The schema may grow.
            _ => return None,
        })
    }
}

fn read<T: Decode>(expected: &'static str, body: &[u8]) -> Result<T, HandshakeError> {
    Reader::new(body).read().map_err(|error| HandshakeError::Malformed { expected, error })
}

/// Describes a body that is not the expected one.
fn unexpected<T: Decode>(expected: &'static str, body: &[u8]) -> HandshakeError {
    read::<T>(expected, body).err().unwrap_or(HandshakeError::Violation(Violation::Order))
}
