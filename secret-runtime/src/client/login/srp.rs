//! Two-factor authentication: a proof that the client knows the password, which does not tell it.
//!
//! Source: <https://core.telegram.org/api/srp>. It knows nothing of connections: what `account.getPassword` answers goes in,
//! an `InputCheckPasswordSRP` comes out. [`Connection::check_password`](super::Connection::check_password) logs in with it;
//! to set a password, or change it, see [`new_verifier`]. Deriving the key takes 100,000 rounds of HMAC-SHA-512, a tenth of a second.

use std::fmt;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha512};
use tl_types::api::constructors::{
    InputCheckPasswordSrp, PasswordKdfAlgoSha256sha256pbkdf2hmacsha512iter100000Sha256ModPow as ModPow,
};
use tl_types::api::types::PasswordKdfAlgo;
use zeroize::Zeroizing;

use crate::crypto::diffie_hellman::{Group, GroupError, check_public_value};

const ROUNDS: u32 = 100_000;

/// How many random bytes a client adds to the salt of a new password.
const SALT_ADDITION: usize = 32;

/// A proof for `auth.checkPassword`: `B` and `srp_id` are those of `account.getPassword`, `current_algo` too.
///
/// # Errors
/// [`SrpError`], if the server's numbers would give the password away, or if it asks for an algorithm that is not known.
pub fn prove<R: CryptoRng + ?Sized>(
    password: &[u8],
    algorithm: &PasswordKdfAlgo,
    srp_id: i64,
    srp_b: &[u8],
    rng: &mut R,
) -> Result<InputCheckPasswordSrp, SrpError> {
    let algorithm = known(algorithm)?;
    let group = Group::check(algorithm.g, &algorithm.p, rng).map_err(SrpError::Group)?;
    let field = Field::of(&group)?;
    let their_public = check_public_value(&group, srp_b).map_err(|_| SrpError::ServerValue)?;
    let x = private_key(password, algorithm);

    let g = padded(&U2048::from_u32(group.g().unsigned_abs()));
    let k = number_of(&Sha256::new().chain_update(group.prime()).chain_update(g).finalize());
    let (mut a, mut our_public, mut u);
    loop {
        a = Zeroizing::new([0; 256]);
        rng.fill_bytes(a.as_mut_slice());
        // So that `a + u x` has no more than 2048 bits.
        if let Some(first) = a.first_mut() {
            *first &= 0x7f;
        }
        our_public = padded(&field.power(&field.g, &U2048::from_be_slice(a.as_slice())).retrieve());
        u = number_of(&Sha256::new().chain_update(our_public).chain_update(their_public).finalize());
        if check_public_value(&group, &our_public).is_ok() && u != U2048::ZERO {
            break;
        }
    }

    let verifier = field.power(&field.g, &x);
    let their_part = field.element(&U2048::from_be_slice(&their_public)) - field.element(&k) * *verifier;
    let exponent = Zeroizing::new(U2048::from_be_slice(a.as_slice()).wrapping_add(&u.wrapping_mul(&*x)));
    let shared = Zeroizing::new(padded(&field.power(&their_part, &exponent).retrieve()));
    let shared = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(shared.as_slice())));

    let mut of_group = <[u8; 32]>::from(Sha256::digest(group.prime()));
    of_group.iter_mut().zip(Sha256::digest(g)).for_each(|(byte, of_g)| *byte ^= of_g);
    let m1 = Sha256::new()
        .chain_update(of_group)
        .chain_update(Sha256::digest(&algorithm.salt1))
        .chain_update(Sha256::digest(&algorithm.salt2))
        .chain_update(our_public)
        .chain_update(their_public)
        .chain_update(shared.as_slice())
        .finalize();
    Ok(InputCheckPasswordSrp::new(srp_id, our_public, m1.as_slice()))
}

/// What the server keeps of a new password: the algorithm with a longer salt, and `g^x mod p`, 256 bytes, for
/// `account.passwordInputSettings`. `new_algo` is that of `account.getPassword`.
///
/// Setting the password is a call that the caller makes, as here:
///
/// ```no_run
/// use secret_runtime::client::{Connection, Transport, srp};
/// use tl_types::api::constructors::account::PasswordInputSettings;
/// use tl_types::api::functions::account::{GetPassword, UpdatePasswordSettings};
/// use tl_types::api::types::InputCheckPasswordSrp;
///
/// # async fn set(connection: &Connection, old: &str, new: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let mut rng = rand::rng();
/// let state = connection.call(&GetPassword::new()).await?;
/// // Who has a password already proves that he knows it.
/// let proof = match (&state.current_algo, &state.srp_b, state.srp_id) {
///     (Some(algorithm), Some(b), Some(id)) => srp::prove(old.as_bytes(), algorithm, id, b, &mut rng)?.into(),
///     _ => InputCheckPasswordSrp::InputCheckPasswordEmpty,
/// };
/// let (algorithm, verifier) = srp::new_verifier(new.as_bytes(), &state.new_algo, &mut rng)?;
/// let settings = PasswordInputSettings::new()
///     .with_new_algo(algorithm)
///     .with_new_password_hash(verifier.to_vec())
///     .with_hint("what it may be");
/// connection.call(&UpdatePasswordSettings::new(proof, settings)).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`SrpError`], if the server's numbers are bad, or if it asks for an algorithm that is not known.
pub fn new_verifier<R: CryptoRng + ?Sized>(
    password: &[u8],
    new_algo: &PasswordKdfAlgo,
    rng: &mut R,
) -> Result<(PasswordKdfAlgo, Zeroizing<Vec<u8>>), SrpError> {
    let mut algorithm = known(new_algo)?.clone();
    let group = Group::check(algorithm.g, &algorithm.p, rng).map_err(SrpError::Group)?;
    let mut addition = [0; SALT_ADDITION];
    rng.fill_bytes(&mut addition);
    algorithm.salt1.extend_from_slice(&addition);
    let field = Field::of(&group)?;
    let verifier = field.power(&field.g, &private_key(password, &algorithm));
    Ok((algorithm.into(), Zeroizing::new(padded(&verifier.retrieve()).to_vec())))
}

fn known(algorithm: &PasswordKdfAlgo) -> Result<&ModPow, SrpError> {
    match algorithm {
        PasswordKdfAlgo::Sha256sha256pbkdf2hmacsha512iter100000Sha256ModPow(known) => Ok(known),
        _ => Err(SrpError::UnknownAlgorithm),
    }
}

/// `x`: the number that stands for the password.
fn private_key(password: &[u8], algorithm: &ModPow) -> Zeroizing<U2048> {
    let salted = |data: &[u8], salt: &[u8]| {
        let digest = Sha256::new().chain_update(salt).chain_update(data).chain_update(salt).finalize();
        Zeroizing::new(<[u8; 32]>::from(digest))
    };
    let first = salted(salted(password, &algorithm.salt1).as_slice(), &algorithm.salt2);
    let mut stretched = Zeroizing::new([0; 64]);
    pbkdf2::pbkdf2_hmac::<Sha512>(first.as_slice(), &algorithm.salt1, ROUNDS, stretched.as_mut_slice());
    Zeroizing::new(number_of(salted(stretched.as_slice(), &algorithm.salt2).as_slice()))
}

/// Arithmetic modulo `p`.
struct Field {
    params: FixedMontyParams<{ U2048::LIMBS }>,
    g: Element,
}

type Element = FixedMontyForm<{ U2048::LIMBS }>;

impl Field {
    fn of(group: &Group) -> Result<Self, SrpError> {
        // `Group::check` accepts no even modulus.
        let modulus = Odd::new(U2048::from_be_slice(group.prime())).into_option().ok_or(SrpError::ServerValue)?;
        let params = FixedMontyParams::new_vartime(modulus);
        Ok(Self { params, g: FixedMontyForm::new(&U2048::from_u32(group.g().unsigned_abs()), &params) })
    }

    fn element(&self, number: &U2048) -> Element {
        FixedMontyForm::new(number, &self.params)
    }

    /// In a time that does not depend on the exponent.
    fn power(&self, base: &Element, exponent: &U2048) -> Zeroizing<Element> {
        Zeroizing::new(base.pow(exponent))
    }
}

/// The number of a digest.
fn number_of(digest: &[u8]) -> U2048 {
    let mut bytes = Zeroizing::new([0; 256]);
    bytes.iter_mut().rev().zip(digest.iter().rev()).for_each(|(to, from)| *to = *from);
    U2048::from_be_slice(bytes.as_slice())
}

/// 256 bytes, big-endian.
fn padded(number: &U2048) -> [u8; 256] {
    let mut bytes = [0; 256];
    let digits = number.as_words().iter().rev().flat_map(|word| word.to_be_bytes());
    bytes.iter_mut().zip(digits).for_each(|(to, from)| *to = from);
    bytes
}

/// Why no proof is made of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SrpError {
    /// The server asks for an algorithm that this version does not know.
    UnknownAlgorithm,
    /// The server's group is bad.
    Group(GroupError),
    /// The server's value `B` is missing, or out of range.
    ServerValue,
}

impl fmt::Display for SrpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAlgorithm => {
                f.write_str("the server checks passwords in a way that is not known: log in with a newer version")
            }
            Self::Group(error) => write!(f, "the password was not used: {error}"),
            Self::ServerValue => f.write_str("the password was not used: the server's value B is out of range"),
        }
    }
}

impl std::error::Error for SrpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Group(error) => Some(error),
            Self::UnknownAlgorithm | Self::ServerValue => None,
        }
    }
}
