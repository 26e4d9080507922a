//! How a client and a server agree on an authorization key over a stream that anybody can read and change.
//!
//! Both sides take the bodies of unencrypted messages and give such bodies; envelopes and framings are others' matter, so
//! bytes behind a body are ignored: padded framings may leave some. Neither side has a clock or randomness of its own.
//!
//! 1. The client knows the server by the server's [`RsaPublicKey`]; only who has the private key can read its secret nonce.
//! 2. Both agree on a key as [`diffie_hellman`](crate::crypto::diffie_hellman) does, under a cipher keyed by that nonce.
//! 3. The server proves with a hash of that nonce and of the key that it has the same key.
//!
//! The checks are those of <https://core.telegram.org/mtproto/auth_key> and
//! <https://core.telegram.org/mtproto/security_guidelines>.

mod client;
mod derived;
mod error;
mod factors;
mod rsa;
mod rsa_padding;
mod server;

use std::fmt;

use tl_types::{Encode, Writer};

use super::AuthKey;

pub use client::{ClientHandshake, ClientHandshakeSettings};
pub use error::{HandshakeError, Violation};
pub use rsa::{KeyError, RsaPrivateKey, RsaPublicKey};
pub use server::{Refusal, ServerHandshake};

/// What a client does next.
#[derive(Debug)]
pub enum ClientStep {
    /// Send this body, and give what is answered to [`ClientHandshake::handle`].
    Send(Vec<u8>),
    /// The key is agreed on.
    Done(NewKey),
}

/// What a server does next.
#[derive(Debug)]
pub enum ServerStep {
    /// Send this body.
    Answer(Vec<u8>),
    /// Keep the key, then send this body.
    Done {
        /// The body.
        answer: Vec<u8>,
        /// The key that both sides now have.
        key: NewKey,
        /// The data centre that the client named.
        dc: Option<i32>,
    },
}

/// An authorization key, and what else came out of the handshake.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The key.
    pub key: AuthKey,
    /// The first server salt.
    pub salt: i64,
    /// What the server's clock showed when it began to agree on the key, in seconds since 1970.
    pub server_time: i32,
    /// How far the server's clock is ahead of this side's, in seconds; 0 on the server's side.
    pub time_offset: i64,
    /// When a temporary key ends, by the server's clock, in seconds since 1970.
    pub expires_at: Option<i32>,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, salt: _, server_time, time_offset, expires_at } = self;
        f.debug_struct("NewKey")
            .field("key", key)
            .field("server_time", server_time)
            .field("time_offset", time_offset)
            .field("expires_at", expires_at)
            .finish_non_exhaustive()
    }
}

/// A body. What the handshake writes is short, so TL can write it.
fn body(value: &impl Encode) -> Vec<u8> {
    let mut writer = Writer::new(Vec::with_capacity(512));
    value.encode(&mut writer);
    writer.finish().0
}

/// Large numbers may come with leading zeros.
fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}
