//! What can be wrong, by who is to blame: the peer, what came in, or the caller.

use std::fmt;

use serde::{Deserialize, Serialize};
use tl_types::{EncodeError, RpcError};

use super::policy::Refusal;
use super::sequence::OutOfRange;
use super::split::SplitError;
use crate::crypto::diffie_hellman::PublicValueError;
use crate::crypto::envelope::SealError;

/// Why a chat is over. There is no other reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CloseReason {
    /// The caller discarded it.
    ByUs,
    /// The other user discarded it, or the server did, or another of our devices accepted it.
    ByPeer {
        /// The other user wants the history deleted here, too.
        history_deleted: bool,
    },
    /// The peer broke the protocol in an authenticated message.
    PeerFault(PeerFault),
    /// Both sides have different keys: the server, or somebody between, gave us another public value than the peer sent.
    KeyMismatch,
    /// The server says that the chat is closed: `ENCRYPTION_DECLINED`, or an error of the class 403.
    Refused {
        /// The server's code.
        code: i32,
        /// The server's word.
        message: String,
    },
}

impl CloseReason {
    pub(super) fn refused(error: &RpcError) -> Self {
        Self::Refused { code: error.code, message: error.message.clone() }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByUs => f.write_str("this side discarded the chat"),
            Self::ByPeer { history_deleted: false } => f.write_str("the other side discarded the chat"),
            Self::ByPeer { history_deleted: true } => {
                f.write_str("the other side discarded the chat and asks to delete its history")
            }
            Self::PeerFault(fault) => write!(f, "the other side broke the protocol: {fault}"),
            Self::KeyMismatch => f.write_str(
                "the two sides have different keys, so somebody between them changed what they sent; begin a new chat",
            ),
            Self::Refused { code, message } => write!(f, "the server refused the chat: {code} {message}"),
        }
    }
}

/// What a peer did against the protocol, in a message that it authenticated. The chat closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PeerFault {
    /// `out_seq_no` has the lowest bit of our side, or is negative.
    OutParity,
    /// `in_seq_no` has the lowest bit of our side, or is negative.
    InParity,
    /// `in_seq_no` takes a confirmation back.
    InDecreased,
    /// `in_seq_no` confirms what was never sent.
    InTooHigh,
    /// It asks for messages that were never sent.
    ResendTooHigh,
    /// A public value is out of range.
    PublicValue(PublicValueError),
    /// A new key has another fingerprint on the other side.
    RekeyFingerprint,
}

impl fmt::Display for PeerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutParity => f.write_str("out_seq_no is not a number of its side"),
            Self::InParity => f.write_str("in_seq_no is not a number of our side"),
            Self::InDecreased => f.write_str("in_seq_no went down"),
            Self::InTooHigh => f.write_str("in_seq_no confirms a message that was never sent"),
            Self::ResendTooHigh => f.write_str("it asks for messages that were never sent"),
            Self::PublicValue(error) => write!(f, "its public value is unsafe: {error}"),
            Self::RekeyFingerprint => f.write_str("the fingerprint of the new key is another one"),
        }
    }
}

/// Why something that came in changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dropped {
    /// It is not a message under a key of this chat; nothing more is told.
    Unreadable,
    /// It came in the older envelope, which this chat has left behind.
    OldEnvelope,
    /// It is authentic, and neither a `decryptedMessageLayer` nor an old NotifyLayer.
    NoLayer,
    /// It has fewer than 15 random bytes, and is to be ignored.
    FewRandomBytes,
    /// Its number was there before.
    Duplicate,
    /// Too many messages wait behind a hole. It is asked for again.
    WaitingFull,
    /// Too many messages came before the chat was ready.
    EarlyFull,
    /// The chat has no key, and waits for none.
    NotReady,
    /// Its `random_id` is 0 or was used before; its number is used up.
    RandomId,
    /// It asks for messages with numbers of its own side.
    ResendParity,
    /// It is a step of a key exchange that is not going on.
    KeyExchange,
    /// An update about the chat that does not fit how far it is.
    UnexpectedUpdate,
    /// An answer to a call that nobody waits for.
    UnexpectedAnswer,
    /// An update about a chat that is not known.
    UnknownChat,
    /// A message for a chat whose records are damaged.
    DamagedChat,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "not a message under a key of this chat",
            Self::OldEnvelope => "the older envelope, which this chat has left behind",
            Self::NoLayer => "no decryptedMessageLayer",
            Self::FewRandomBytes => "fewer than 15 random bytes",
            Self::Duplicate => "a number that was there before",
            Self::WaitingFull => "too many messages wait behind a hole",
            Self::EarlyFull => "too many messages came before the chat was ready",
            Self::NotReady => "the chat has no key",
            Self::RandomId => "a random_id that is 0 or was used before",
            Self::ResendParity => "a request for messages of its own side",
            Self::KeyExchange => "a step of no key exchange",
            Self::UnexpectedUpdate => "an update that does not fit the chat",
            Self::UnexpectedAnswer => "an answer that nobody waits for",
            Self::UnknownChat => "an update about an unknown chat",
            Self::DamagedChat => "a message for a chat whose records are damaged",
        })
    }
}

/// A command that cannot be carried out. Nothing has changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CommandError {
    /// The chat has no key yet.
    NotReady,
    /// The chat is over.
    Closed(CloseReason),
    /// There is no request of the peer to accept.
    NotRequested,
    /// The peer's layer does not carry the message, or no layer does.
    Refused(Refusal),
    /// The text cannot be divided.
    Split(SplitError),
    /// A string or a vector is longer than TL can say.
    Encode(EncodeError),
    /// The message is longer than an envelope can say.
    Seal(SealError),
    /// The message is one of those that the chat sends by itself.
    Protocol {
        /// Its constructor.
        constructor: &'static str,
    },
    /// With this message there were more than `limit` that the peer has not confirmed.
    Unconfirmed {
        /// How many messages the text makes.
        parts: usize,
        /// How many may be unconfirmed: [`Limits::unconfirmed`](crate::chat::Limits).
        limit: usize,
    },
    /// So many events were not delivered; deliver them first.
    EventsFull {
        /// How many.
        limit: usize,
    },
    /// The numbers of the chat are used up.
    Sequence(OutOfRange),
    /// The peer's public value is unsafe; the request cannot be accepted.
    PublicValue(PublicValueError),
    /// The peer's layer does not know the wish to delete the history.
    DeleteHistory {
        /// The layer that does.
        needs: u32,
    },
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady => f.write_str("the chat has no key yet; wait until it is ready"),
            Self::Closed(reason) => write!(f, "the chat is closed: {reason}"),
            Self::NotRequested => f.write_str("the peer did not request this chat, or it was accepted before"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Split(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Seal(error) => error.fmt(f),
            Self::Protocol { constructor } => write!(f, "the chat sends `{constructor}` by itself when it has to"),
            Self::Unconfirmed { parts, limit } if parts > limit => {
                write!(
                    f,
                    "the text makes {parts} messages, of {limit} that may be unconfirmed; send it in several texts"
                )
            }
            Self::Unconfirmed { limit, .. } => {
                write!(f, "the other side has not confirmed {limit} messages; wait until it is online")
            }
            Self::EventsFull { limit } => write!(f, "{limit} events were not delivered; deliver them first"),
            Self::Sequence(error) => error.fmt(f),
            Self::PublicValue(error) => {
                write!(f, "the request cannot be accepted, its public value is unsafe: {error}; discard it")
            }
            Self::DeleteHistory { needs } => {
                write!(f, "the other side deletes no history when a chat closes; that needs layer {needs}")
            }
        }
    }
}

impl std::error::Error for CommandError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::Split(error) => Some(error),
            Self::Encode(error) => Some(error),
            Self::Seal(error) => Some(error),
            Self::Sequence(error) => Some(error),
            Self::PublicValue(error) => Some(error),
            _ => None,
        }
    }
}

impl From<OutOfRange> for CommandError {
    fn from(error: OutOfRange) -> Self {
        Self::Sequence(error)
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
