//! How two people agree on a key over a server that they do not trust.
//!
//! 1. The server gives `g`, `p` and random bytes (`messages.dhConfig`); [`Group::check`] verifies that they are good.
//! 2. Each side has a [`PrivateExponent`] and sends its [`public_value`](PrivateExponent::public_value).
//! 3. Each side [`agree`](PrivateExponent::agree)s: the peer's value is verified, the result is the chat's key.
//!
//! It does not know whether a value came from the peer or from somebody between: people compare what
//! [`visualization`](super::visualization) shows. Exponentiation takes the same time whatever the exponent is. The
//! specifications are <https://core.telegram.org/api/end-to-end> and, for the checks,
//! <https://core.telegram.org/mtproto/security_guidelines>.

mod exponent;
mod group;
mod prime;

pub use exponent::{PrivateExponent, PublicValueError, check_public_value};
pub use group::{Group, GroupError};

use crypto_bigint::U2048;

/// 256 bytes, big-endian, with the leading zeros.
fn to_bytes(number: &U2048) -> [u8; 256] {
    let mut bytes = [0; 256];
    let digits = number.as_words().iter().rev().flat_map(|word| word.to_be_bytes());
    bytes.iter_mut().zip(digits).for_each(|(to, from)| *to = from);
    bytes
}

/// At most 256 bytes, big-endian, without the leading zeros.
fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.split_at(zeros).1
}
