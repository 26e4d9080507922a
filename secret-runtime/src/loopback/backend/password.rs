//! Two-factor passwords, by SRP: <https://core.telegram.org/api/srp>.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use crypto_bigint::U2048;
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use tl_types::RpcError;
use tl_types::api::functions::account::UpdatePasswordSettings;
use tl_types::api::{constructors, types};

use crate::crypto::diffie_hellman::Group;

use super::error::{self, bad};
use super::{Backend, Context};

use constructors::PasswordKdfAlgoSha256sha256pbkdf2hmacsha512iter100000Sha256ModPow as Algorithm;

/// How many proofs may be under way.
const CHALLENGES: usize = 1024;

/// How many rounds the key derivation takes.
const ROUNDS: u32 = 100_000;

/// What the server keeps of a password.
#[derive(Clone)]
pub(super) struct Password {
    salt1: Vec<u8>,
    salt2: Vec<u8>,
    /// `v`: `g` to the power of the password's hash.
    verifier: [u8; 256],
    hint: Option<String>,
}

/// The proofs that are under way, by `srp_id`.
#[derive(Debug, Default)]
pub(super) struct Srp {
    challenges: HashMap<i64, Challenge>,
    order: VecDeque<i64>,
}

struct Challenge {
    user: i64,
    b: [u8; 256],
    public: [u8; 256],
    verifier: [u8; 256],
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { salt1: _, salt2: _, verifier: _, hint: _ } = self;
        f.debug_struct("Password").finish_non_exhaustive()
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, b: _, public: _, verifier: _ } = self;
        f.debug_struct("Challenge").field("user", user).finish_non_exhaustive()
    }
}

impl Password {
    /// What a client would make of the password.
    fn new(password: &str, hint: Option<String>, rng: &mut dyn CryptoRng) -> Option<Self> {
        let (mut salt1, mut salt2) = (vec![0; 40], vec![0; 16]);
        rng.fill_bytes(&mut salt1);
        rng.fill_bytes(&mut salt2);
        let first = salted(&salted(password.as_bytes(), &salt1), &salt2);
        let mut derived = [0; 64];
        pbkdf2::pbkdf2_hmac::<Sha512>(&first, &salt1, ROUNDS, &mut derived);
        let x = padded(&salted(&derived, &salt2))?;
        let arithmetic = Arithmetic::new()?;
        let verifier = arithmetic.power(&arithmetic.g(), &x);
        Some(Self { salt1, salt2, verifier, hint })
    }

    fn algorithm(&self, group: &Group) -> types::PasswordKdfAlgo {
        Algorithm::new(self.salt1.clone(), self.salt2.clone(), group.g(), group.prime().to_vec()).into()
    }
}

impl Backend {
    /// Gives the user of a number a password, or takes it away.
    ///
    /// # Errors
    /// `PHONE_NUMBER_UNOCCUPIED`.
    pub(in crate::loopback) fn set_password(
        &mut self,
        phone: &str,
        password: Option<&str>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), RpcError> {
        let phone = super::login::digits(phone)?;
        let user = self.directory.by_phone(&phone).map(|user| user.id);
        let user = user.ok_or_else(|| bad("PHONE_NUMBER_UNOCCUPIED"))?;
        let password = match password {
            Some(password) => Some(Password::new(password, None, rng).ok_or_else(error::internal)?),
            None => None,
        };
        if let Some(user) = self.directory.user_mut(user) {
            user.password = password;
        }
        Ok(())
    }

    pub(super) fn password(&mut self, context: &mut Context<'_>) -> Result<types::account::Password, RpcError> {
        let device = self.devices.get(&context.caller.device);
        let user = device.and_then(|device| device.half_way.or(device.user)).ok_or_else(error::unregistered)?;
        let group = Group::telegram().ok_or_else(error::internal)?;
        let (mut salt1, mut salt2, mut secure) = (vec![0; 8], vec![0; 16], vec![0; 256]);
        context.rng.fill_bytes(&mut salt1);
        context.rng.fill_bytes(&mut salt2);
        context.rng.fill_bytes(&mut secure);
        let new_algorithm = Algorithm::new(salt1, salt2, group.g(), group.prime().to_vec());
        let mut answer = constructors::account::Password::new(
            types::PasswordKdfAlgo::from(new_algorithm),
            types::SecurePasswordKdfAlgo::Unknown,
            secure,
        );
        if let Some(password) = self.directory.user(user).and_then(|user| user.password.as_ref()) {
            let (srp_id, public) = self.srp.challenge(user, password, context.rng).ok_or_else(error::internal)?;
            answer.has_password = true;
            answer.current_algo = Some(Box::new(password.algorithm(&group)));
            answer.srp_b = Some(public.to_vec());
            answer.srp_id = Some(srp_id);
            answer.hint.clone_from(&password.hint);
        }
        Ok(answer)
    }

    pub(super) fn update_password(
        &mut self,
        context: &mut Context<'_>,
        call: UpdatePasswordSettings,
    ) -> Result<bool, RpcError> {
        let user = self.user_of(context.caller.device)?;
        self.prove(context, user, &call.password)?;
        let settings = call.new_settings;
        let (Some(algorithm), Some(hash)) = (settings.new_algo, settings.new_password_hash) else {
            return if settings.email.is_some() { Ok(true) } else { Err(bad("NEW_SETTINGS_EMPTY")) };
        };
        let password = match *algorithm {
            // Some clients name the algorithm here too.
            _ if hash.is_empty() => None,
            types::PasswordKdfAlgo::Sha256sha256pbkdf2hmacsha512iter100000Sha256ModPow(algorithm) => {
                if algorithm.salt1.len() < 16 || algorithm.salt1.len() > 1024 || algorithm.salt2.len() > 1024 {
                    return Err(bad("NEW_SALT_INVALID"));
                }
                let verifier = <[u8; 256]>::try_from(hash).map_err(|_| bad("NEW_SETTINGS_INVALID"))?;
                let hint = settings.hint.filter(|hint| !hint.is_empty() && hint.len() <= 1024);
                Some(Password { salt1: algorithm.salt1, salt2: algorithm.salt2, verifier, hint })
            }
            _ => return Err(bad("NEW_SETTINGS_INVALID")),
        };
        if let Some(user) = self.directory.user_mut(user) {
            user.password = password;
        }
        Ok(true)
    }

    /// Checks that the caller knows the user's password, if there is one.
    ///
    /// # Errors
    /// `SRP_ID_INVALID`, `SRP_PASSWORD_CHANGED`, `SRP_A_INVALID` or `PASSWORD_HASH_INVALID`.
    pub(super) fn prove(
        &mut self,
        _: &Context<'_>,
        user: i64,
        proof: &types::InputCheckPasswordSrp,
    ) -> Result<(), RpcError> {
        let Some(password) = self.directory.user(user).and_then(|user| user.password.clone()) else {
            return Ok(());
        };
        let types::InputCheckPasswordSrp::InputCheckPasswordSrp(proof) = proof else {
            return Err(bad("PASSWORD_HASH_INVALID"));
        };
        let challenge = self.srp.challenges.get(&proof.srp_id).filter(|challenge| challenge.user == user);
        let challenge = challenge.ok_or_else(|| bad("SRP_ID_INVALID"))?;
        if challenge.verifier != password.verifier {
            return Err(bad("SRP_PASSWORD_CHANGED"));
        }
        let expected = challenge.expected(&password, &proof.a).ok_or_else(|| bad("SRP_A_INVALID"))?;
        if !bool::from(expected.as_slice().ct_eq(&proof.m1)) {
            return Err(bad("PASSWORD_HASH_INVALID"));
        }
        self.srp.challenges.remove(&proof.srp_id);
        Ok(())
    }
}

impl Srp {
    /// Starts a proof; gives its `srp_id` and `B`.
    fn challenge(&mut self, user: i64, password: &Password, rng: &mut dyn CryptoRng) -> Option<(i64, [u8; 256])> {
        let mut b = [0; 256];
        rng.fill_bytes(&mut b);
        let id = rng.next_u64().cast_signed();
        let public = Arithmetic::new()?.server_public(&password.verifier, &b);
        self.challenges.insert(id, Challenge { user, b, public, verifier: password.verifier });
        self.order.push_back(id);
        if self.order.len() > CHALLENGES
            && let Some(oldest) = self.order.pop_front()
        {
            self.challenges.remove(&oldest);
        }
        Some((id, public))
    }
}

impl Challenge {
    /// `M1` of somebody who knows the password; nothing if `A` is out of range.
    fn expected(&self, password: &Password, a: &[u8]) -> Option<[u8; 32]> {
        let a = padded(a)?;
        let arithmetic = Arithmetic::new()?;
        if !arithmetic.is_in_range(&a) {
            return None;
        }
        let (p, g) = (arithmetic.group.prime(), arithmetic.g());
        let u = hash(&[&a, &self.public]);
        let shared = arithmetic.shared(&a, &password.verifier, &padded(&u)?, &self.b);
        let key = hash(&[&shared]);
        let mut of_group = hash(&[p]);
        of_group.iter_mut().zip(hash(&[&g])).for_each(|(byte, other)| *byte ^= other);
        Some(hash(&[&of_group, &hash(&[&password.salt1]), &hash(&[&password.salt2]), &a, &self.public, &key]))
    }
}

/// Calculating modulo the group's prime; numbers are 256 bytes, big-endian.
struct Arithmetic {
    group: Group,
    parameters: FixedMontyParams<{ U2048::LIMBS }>,
}

impl Arithmetic {
    fn new() -> Option<Self> {
        let group = Group::telegram()?;
        let modulus = crypto_bigint::Odd::new(U2048::from_be_slice(group.prime())).into_option()?;
        Some(Self { group, parameters: FixedMontyParams::new_vartime(modulus) })
    }

    fn g(&self) -> [u8; 256] {
        let mut bytes = [0; 256];
        if let Some(last) = bytes.last_mut() {
            *last = u8::try_from(self.group.g()).unwrap_or_default();
        }
        bytes
    }

    fn number(&self, bytes: &[u8; 256]) -> FixedMontyForm<{ U2048::LIMBS }> {
        FixedMontyForm::new(&U2048::from_be_slice(bytes), &self.parameters)
    }

    fn power(&self, base: &[u8; 256], exponent: &[u8; 256]) -> [u8; 256] {
        to_bytes(&self.number(base).pow(&U2048::from_be_slice(exponent)).retrieve())
    }

    /// `k·v + g^b`.
    fn server_public(&self, verifier: &[u8; 256], b: &[u8; 256]) -> [u8; 256] {
        let k = padded(&hash(&[self.group.prime(), &self.g()])).unwrap_or([0; 256]);
        let masked = self.number(&k) * self.number(verifier);
        to_bytes(&(masked + self.number(&self.power(&self.g(), b))).retrieve())
    }

    /// `(A·v^u)^b`.
    fn shared(&self, a: &[u8; 256], verifier: &[u8; 256], u: &[u8; 256], b: &[u8; 256]) -> [u8; 256] {
        let base = self.number(a) * self.number(&self.power(verifier, u));
        to_bytes(&base.pow(&U2048::from_be_slice(b)).retrieve())
    }

    /// Whether `0 < A < p`.
    fn is_in_range(&self, a: &[u8; 256]) -> bool {
        a.iter().any(|byte| *byte != 0) && a < self.group.prime()
    }
}

/// `SH` of the specification.
fn salted(data: &[u8], salt: &[u8]) -> [u8; 32] {
    hash(&[salt, data, salt])
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

fn padded(bytes: &[u8]) -> Option<[u8; 256]> {
    let mut padded = [0; 256];
    padded.get_mut(256_usize.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(padded)
}

fn to_bytes(number: &U2048) -> [u8; 256] {
    let mut bytes = [0; 256];
    let digits = number.as_words().iter().rev().flat_map(|word| word.to_be_bytes());
    bytes.iter_mut().zip(digits).for_each(|(to, from)| *to = from);
    bytes
}
