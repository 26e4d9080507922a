//! Why no key was agreed on, by who is to blame.

use std::fmt;

use tl_types::DecodeError;

use crate::crypto::diffie_hellman::{GroupError, PublicValueError};

/// No key was agreed on. The handshake is over: close the connection, and begin another one.
#[derive(Clone, Debug, PartialEq)]
pub enum HandshakeError {
    /// The other side sent something else than its next message.
    Malformed {
        /// What was waited for.
        expected: &'static str,
        /// Where it is wrong.
        error: DecodeError,
    },
    /// The other side broke a rule, or somebody between changed what it sent.
    Violation(Violation),
    /// The two sides have no RSA key in common.
    UnknownKey {
        /// The fingerprints that the other side named, at most 16.
        offered: Vec<i64>,
    },
    /// The client wants another data centre.
    WrongDc {
        /// The one that it named.
        named: i32,
    },
    /// The server said, provably, that it does not agree.
    Refused,
    /// The server asked for another attempt too often.
    TooManyRetries,
    /// The caller went on after the end.
    Over,
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { expected, error } => write!(f, "the handshake waited for {expected}: {error}"),
            Self::Violation(violation) => violation.fmt(f),
            Self::UnknownKey { offered } => {
                f.write_str("the server's RSA key is not one that is known here, it offers")?;
                offered.iter().try_for_each(|fingerprint| write!(f, " {fingerprint:016x}"))?;
                f.write_str(": look at the server's address, or add its key")
            }
            Self::WrongDc { named } => {
                write!(f, "the client asked for data centre {named}, which is not this one: look at its address")
            }
            Self::Refused => f.write_str("the server does not agree on this key: begin again"),
            Self::TooManyRetries => {
                f.write_str("the server asked for another key again and again: wait, and connect again")
            }
            Self::Over => f.write_str("the handshake is over: begin another one"),
        }
    }
}

impl std::error::Error for HandshakeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Malformed { error, .. } => Some(error),
            Self::Violation(violation) => Some(violation),
            _ => None,
        }
    }
}

impl From<Violation> for HandshakeError {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

/// A rule that the other side broke.
///
/// Source: <https://core.telegram.org/mtproto/security_guidelines#diffie-hellman-key-exchange>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A message has another nonce than the handshake.
    Nonce,
    /// A message has another server nonce than the handshake.
    ServerNonce,
    /// `pq` is not the product of two different odd primes, or has more than 64 bits.
    Product,
    /// `p` and `q` are not the factors of the server's `pq`.
    Factors,
    /// The client's RSA data cannot be read.
    RsaData,
    /// An encrypted part does not fit its hash.
    EncryptedPart,
    /// The group is not one in which a key may be agreed on.
    Group(GroupError),
    /// `g_a` or `g_b` makes a key that others could know.
    PublicValue(PublicValueError),
    /// The server's hash shows that it does not have the client's nonce, or not the same key.
    NewNonceHash,
    /// A retry does not name the key of the attempt before.
    RetryId,
    /// A temporary key that ends before it begins.
    ExpiresIn {
        /// Seconds.
        seconds: i32,
    },
    /// A message that is not the next one.
    Order,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other side, or somebody between, broke the handshake: ")?;
        match self {
            Self::Nonce => f.write_str("another nonce"),
            Self::ServerNonce => f.write_str("another server nonce"),
            Self::Product => f.write_str("pq is not a product of two different odd primes"),
            Self::Factors => f.write_str("p and q are not the factors of pq"),
            Self::RsaData => f.write_str("the RSA data cannot be read"),
            Self::EncryptedPart => f.write_str("an encrypted part does not fit its hash"),
            Self::Group(error) => error.fmt(f),
            Self::PublicValue(PublicValueError::TooLong { bytes }) => {
                write!(f, "a public value of {bytes} bytes, more than 256")
            }
            Self::PublicValue(PublicValueError::OutOfRange) => {
                f.write_str("a public value below 2^1984 or above p - 2^1984")
            }
            Self::NewNonceHash => f.write_str("the server does not have the same key"),
            Self::RetryId => f.write_str("a retry does not name the key before it"),
            Self::ExpiresIn { seconds } => write!(f, "a temporary key of {seconds} seconds"),
            Self::Order => f.write_str("a message that is not the next one"),
        }?;
        f.write_str("; connect again")
    }
}

impl std::error::Error for Violation {}
