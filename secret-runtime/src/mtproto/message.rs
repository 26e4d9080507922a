//! The envelopes of messages: `auth_key_id || msg_key || AES-256-IGE(header || body || padding)`, and the plain one.
//!
//! It knows one authorization key, and nothing of sessions: whether a salt, a session or a message id is right is for
//! [`session`](super::session) to decide. The specification is <https://core.telegram.org/mtproto/description>.

pub mod binding;
mod error;
pub mod plain;

use std::fmt;

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use subtle::{ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};

use super::AuthKey;
use crate::crypto::derivation::{MessageKey, aes_parameters};
use crate::crypto::ige::{BLOCK, IgeDecryptor, IgeEncryptor};
use crate::crypto::{Padding, Role};

pub use error::{MessageError, OpenError};

/// Bytes before the encrypted part: `auth_key_id` and `msg_key`.
const OUTER: usize = 8 + 16;
/// Bytes of the encrypted header: salt, session id, message id, sequence number, and the body's length.
const HEADER: usize = 8 + 8 + 8 + 4 + 4;
/// Where a body begins in a packet.
const BODY: usize = OUTER + HEADER;
/// The bounds of padding in bytes.
const PADDING: std::ops::RangeInclusive<u64> = 12..=1024;

/// Which way a message goes; the two ways have different keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client: `x = 0` in key derivation.
    ToServer,
    /// From the server: `x = 8` in key derivation.
    ToClient,
}

impl Direction {
    // Secret chats derive their keys by the same formulas; who began one is in the client's place.
    fn role(self) -> Role {
        match self {
            Self::ToServer => Role::Originator,
            Self::ToClient => Role::Acceptor,
        }
    }
}

/// What stands, encrypted, before a message's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The server's salt that is valid now.
    pub salt: i64,
    /// The session, which the client chose.
    pub session_id: i64,
    /// The message's id: about the time in seconds since 1970, times 2³².
    pub message_id: i64,
    /// Twice the number of content-related messages before this one, and one more if this is content-related.
    pub seq_no: i32,
}

/// Seals and opens messages under one authorization key.
#[derive(Clone)]
pub struct Envelope {
    key: AuthKey,
}

impl Envelope {
    /// For messages under `key`.
    #[must_use]
    pub fn new(key: &AuthKey) -> Self {
        Self { key: key.clone() }
    }

    /// The key's id, which packets begin with.
    #[must_use]
    pub fn auth_key_id(&self) -> i64 {
        self.key.id()
    }

    /// Encrypts a message with 12 to 27 random bytes of padding.
    ///
    /// # Errors
    /// [`MessageError::Body`] if `body` is no serialized TL object.
    pub fn seal<R: CryptoRng + ?Sized>(
        &self,
        direction: Direction,
        header: Header,
        body: &[u8],
        rng: &mut R,
    ) -> Result<Sealed, MessageError> {
        let mut draft = Draft::new(body.len());
        draft.body().extend_from_slice(body);
        self.seal_draft(direction, header, draft, rng)
    }

    /// Encrypts a message where it was written.
    ///
    /// # Errors
    /// As [`Envelope::seal`].
    pub(super) fn seal_draft<R: CryptoRng + ?Sized>(
        &self,
        direction: Direction,
        header: Header,
        draft: Draft,
        rng: &mut R,
    ) -> Result<Sealed, MessageError> {
        let mut packet = draft.packet;
        let bytes = packet.len() - BODY;
        let length = u32::try_from(bytes).ok().filter(|length| length.is_multiple_of(4));
        let length = length.ok_or(MessageError::Body { bytes })?;

        let padding = Padding::Minimal.len(HEADER + bytes);
        let end = packet.len();
        packet.resize(end + padding, 0);
        rng.fill_bytes(packet.split_at_mut(end).1);
        let (outer, plaintext) = packet.split_at_mut(OUTER);
        let Header { salt, session_id, message_id, seq_no } = header;
        let fields: [&[u8]; 5] = [
            &salt.to_le_bytes(),
            &session_id.to_le_bytes(),
            &message_id.to_le_bytes(),
            &seq_no.to_le_bytes(),
            &length.to_le_bytes(),
        ];
        write(plaintext, fields);

        let (message_key, quick_ack) = self.message_key(direction, plaintext);
        let parameters = aes_parameters(self.key.shared(), direction.role(), &message_key);
        let encrypted = IgeEncryptor::new(&parameters.key, &parameters.iv).encrypt(plaintext);
        debug_assert_eq!(encrypted, Ok(()), "padding makes whole blocks");
        write(outer, [self.auth_key_id().to_le_bytes().as_slice(), &message_key]);
        Ok(Sealed { packet, quick_ack })
    }

    /// Decrypts and verifies a packet, in its own memory.
    ///
    /// # Errors
    /// [`OpenError`]; nothing of the message can be used then.
    pub fn open(&self, direction: Direction, mut packet: Vec<u8>) -> Result<Opened, OpenError> {
        let bytes = packet.len();
        let (outer, plaintext) = packet.split_at_mut_checked(OUTER).ok_or(OpenError::Length { bytes })?;
        if plaintext.len() < HEADER + BLOCK || !plaintext.len().is_multiple_of(BLOCK) {
            return Err(OpenError::Length { bytes });
        }
        let (id, claimed) = outer.split_first_chunk().ok_or(OpenError::Length { bytes })?;
        let id = i64::from_le_bytes(*id);
        if id != self.auth_key_id() {
            return Err(OpenError::UnknownKey { auth_key_id: id });
        }
        let claimed: MessageKey = claimed.try_into().map_err(|_| OpenError::Length { bytes })?;
        let parameters = aes_parameters(self.key.shared(), direction.role(), &claimed);
        IgeDecryptor::new(&parameters.key, &parameters.iv)
            .decrypt(plaintext)
            .map_err(|_| OpenError::Length { bytes })?;

        // One decision, at the end: leaving earlier would tell an attacker what the decrypted bytes look like.
        let (header, length) = read_header(plaintext);
        let length = u64::from(length);
        let padding = (plaintext.len() as u64).wrapping_sub(HEADER as u64).wrapping_sub(length);
        let (message_key, quick_ack) = self.message_key(direction, plaintext);
        let accepted = message_key.ct_eq(&claimed)
            & (length % 4).ct_eq(&0)
            & !padding.ct_lt(PADDING.start())
            & !padding.ct_gt(PADDING.end());
        if !bool::from(accepted) {
            return Err(OpenError::Rejected);
        }
        Ok(Opened { packet, header, end: BODY + length as usize, quick_ack })
    }

    /// The middle of the hash that authenticates a message, and the token of its quick acknowledgement: the hash's first
    /// 32 bits with the highest set (<https://core.telegram.org/mtproto/mtproto-transports#quick-ack>).
    fn message_key(&self, direction: Direction, plaintext: &[u8]) -> (MessageKey, u32) {
        let x = match direction {
            Direction::ToServer => 0,
            Direction::ToClient => 8,
        };
        let mut hash = Sha256::new();
        hash.update(self.key.as_bytes().split_at(88 + x).1.split_at(32).0);
        hash.update(plaintext);
        let large = <[u8; 32]>::from(hash.finalize());
        let mut message_key = [0; 16];
        message_key.copy_from_slice(large.split_at(8).1.split_at(16).0);
        let [a, b, c, d, ..] = large;
        (message_key, u32::from_le_bytes([a, b, c, d]) | 1 << 31)
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _ } = self;
        f.debug_struct("Envelope").finish_non_exhaustive()
    }
}

/// The id of the authorization key that a packet says it is encrypted under; 0 for a plain message, `None` if it is too
/// short to have one. Nothing is verified.
#[must_use]
pub fn auth_key_id(packet: &[u8]) -> Option<i64> {
    packet.first_chunk().map(|id| i64::from_le_bytes(*id))
}

/// A packet that is ready for the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The whole packet.
    pub packet: Vec<u8>,
    /// What the other side answers if it is asked for a quick acknowledgement.
    pub quick_ack: u32,
}

/// A message that was decrypted and found authentic.
pub struct Opened {
    packet: Vec<u8>,
    header: Header,
    end: usize,
    quick_ack: u32,
}

impl Opened {
    /// What stood before the body.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// The token of a quick acknowledgement, if the client asked for one.
    #[must_use]
    pub fn quick_ack(&self) -> u32 {
        self.quick_ack
    }

    /// The body: a serialized TL object.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.packet.get(BODY..self.end).unwrap_or_default()
    }
}

/// The body is not shown: it is what the envelope protects.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { packet: _, header, end: _, quick_ack: _ } = self;
        f.debug_struct("Opened").field("header", header).field("bytes", &self.body().len()).finish_non_exhaustive()
    }
}

/// A packet whose body is written before its header is known, so that a body is copied once.
pub(super) struct Draft {
    packet: Vec<u8>,
}

impl Draft {
    /// With room for a body of that many bytes.
    pub(super) fn new(body_len: usize) -> Self {
        let mut packet = Vec::with_capacity(BODY + body_len + 32);
        packet.resize(BODY, 0);
        Self { packet }
    }

    /// Where the body is appended to; what stands there already is the header's place.
    pub(super) fn body(&mut self) -> &mut Vec<u8> {
        &mut self.packet
    }
}

fn write<const N: usize>(mut place: &mut [u8], parts: [&[u8]; N]) {
    for part in parts {
        let (here, rest) = place.split_at_mut(part.len());
        here.copy_from_slice(part);
        place = rest;
    }
}

fn read_header(plaintext: &[u8]) -> (Header, u32) {
    let (salt, rest) = long(plaintext);
    let (session_id, rest) = long(rest);
    let (message_id, rest) = long(rest);
    let (seq_no, rest) = int(rest);
    let (length, _) = int(rest);
    (Header { salt, session_id, message_id, seq_no }, length.cast_unsigned())
}

fn long(bytes: &[u8]) -> (i64, &[u8]) {
    bytes.split_first_chunk().map_or((0, &[]), |(number, rest)| (i64::from_le_bytes(*number), rest))
}

fn int(bytes: &[u8]) -> (i32, &[u8]) {
    bytes.split_first_chunk().map_or((0, &[]), |(number, rest)| (i32::from_le_bytes(*number), rest))
}
