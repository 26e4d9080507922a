//! What a step tells: events that are kept until they are delivered, and notices that are not.

use std::fmt;

use serde::{Deserialize, Serialize};
use tl_types::api::types::EncryptedFile;
use tl_types::secret::constructors::DecryptedMessage;
use tl_types::secret::types::SendMessageAction;
use tl_types::{Loss, RpcError};

use super::error::{CloseReason, Dropped};
use super::tl;
use crate::crypto::KeyFingerprint;
use crate::crypto::visualization::KeyHash;

/// Something that must not be lost: it is durable before anything else is done, and stays until
/// [`Command::Delivered`](super::Command::Delivered).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// The other user requests the chat; accept it or discard it.
    Requested,
    /// Messages can be sent. Both users should compare the key hash.
    Ready {
        /// To be compared; see [`crate::crypto::visualization`].
        key_hash: KeyHash,
    },
    /// The chat is over.
    Closed(CloseReason),
    /// A message, in order.
    Message {
        /// In its newest form, whatever layer it came in.
        #[serde(with = "tl")]
        message: DecryptedMessage,
        /// When the server took it, in seconds since 1970.
        date: i32,
        /// The encrypted file that goes with it.
        #[serde(with = "tl::option")]
        file: Option<EncryptedFile>,
        /// Fields of an older form that the newest has no place for.
        lost: Vec<String>,
    },
    /// A message of a newer layer. Its number counts; it is tried again by an upgraded client.
    Undecodable {
        /// Its counter.
        number: u32,
        /// The layer it claims.
        layer: i32,
        /// Whether it is kept; see [`Limits::undecoded`](super::Limits).
        is_kept: bool,
    },
    /// The server has a message of ours.
    Sent {
        /// Which.
        random_id: i64,
        /// When the server took it; `None` if its answer was lost, and the peer's confirmation came.
        date: Option<i32>,
        /// The file, as it can be forwarded.
        #[serde(with = "tl::option")]
        file: Option<EncryptedFile>,
    },
    /// A message of ours failed for good; the peer sees its deletion, if anything.
    Failed {
        /// Which.
        random_id: i64,
        /// Why.
        why: SendFailure,
    },
    /// The peer knows a higher layer than before.
    Layer(u32),
    /// The peer set the chat's self-destruct timer, in seconds; 0 is off.
    Ttl(i32),
    /// The peer has read messages.
    Read(Vec<i64>),
    /// The peer made a screenshot of messages.
    Screenshot(Vec<i64>),
    /// The peer deleted messages: delete them here.
    Deleted(Vec<i64>),
    /// The peer deleted everything: delete it here.
    HistoryFlushed,
    /// The time of messages has come: delete them here.
    Expired(Vec<i64>),
    /// Messages are now encrypted under another key.
    KeyReplaced {
        /// Its fingerprint. The key hash stays what it was.
        fingerprint: KeyFingerprint,
    },
}

/// Why a message of ours failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SendFailure {
    /// The server refused it.
    Refused {
        /// The server's code.
        code: i32,
        /// The server's word.
        message: String,
    },
    /// The chat closed before the server had it.
    ChatClosed,
    /// It was deleted before the server had it.
    Deleted,
}

impl fmt::Display for SendFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, message } => write!(f, "the server refused the message: {code} {message}"),
            Self::ChatClosed => f.write_str("the chat closed before the message was sent"),
            Self::Deleted => f.write_str("the message was deleted before it was sent"),
        }
    }
}

impl Event {
    pub(super) fn failed(random_id: i64, error: &RpcError) -> Self {
        let why = SendFailure::Refused { code: error.code, message: error.message.clone() };
        Self::Failed { random_id, why }
    }

    pub(super) fn lost(losses: &[Loss]) -> Vec<String> {
        losses.iter().map(|loss| loss.path().to_owned()).collect()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("Requested"),
            Self::Ready { key_hash: _ } => f.debug_struct("Ready").finish_non_exhaustive(),
            Self::Closed(reason) => f.debug_tuple("Closed").field(reason).finish(),
            Self::Message { message, date, file, lost } => f
                .debug_struct("Message")
                .field("message", message)
                .field("date", date)
                .field("file", file)
                .field("lost", lost)
                .finish(),
            Self::Undecodable { number, layer, is_kept } => f
                .debug_struct("Undecodable")
                .field("number", number)
                .field("layer", layer)
                .field("is_kept", is_kept)
                .finish(),
            Self::Sent { random_id, date, file } => {
                f.debug_struct("Sent").field("random_id", random_id).field("date", date).field("file", file).finish()
            }
            Self::Failed { random_id, why } => {
                f.debug_struct("Failed").field("random_id", random_id).field("why", why).finish()
            }
            Self::Layer(layer) => f.debug_tuple("Layer").field(layer).finish(),
            Self::Ttl(seconds) => f.debug_tuple("Ttl").field(seconds).finish(),
            Self::Read(ids) => f.debug_tuple("Read").field(ids).finish(),
            Self::Screenshot(ids) => f.debug_tuple("Screenshot").field(ids).finish(),
            Self::Deleted(ids) => f.debug_tuple("Deleted").field(ids).finish(),
            Self::HistoryFlushed => f.write_str("HistoryFlushed"),
            Self::Expired(ids) => f.debug_tuple("Expired").field(ids).finish(),
            Self::KeyReplaced { fingerprint } => {
                f.debug_struct("KeyReplaced").field("fingerprint", fingerprint).finish()
            }
        }
    }
}

/// Something that may be lost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// What came in changed nothing.
    Dropped(Dropped),
    /// The peer is typing, recording, or uploading.
    Typing(SendMessageAction),
    /// A call is made again later.
    Delayed {
        /// What the server answered; `None` if no answer came.
        error: Option<RpcError>,
        /// In so many seconds.
        seconds: u32,
    },
}

/// A message that was given its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its `random_id`; [`Event::Sent`] or [`Event::Failed`] name it.
    pub random_id: i64,
    /// Its counter.
    pub counter: u32,
}
