//! How a chat, and the account, is.

use std::collections::BTreeMap;

use crate::chat::{Chat, CloseReason, Dropped, Mtproto, Phase};
use crate::crypto::visualization::KeyHash;
use crate::crypto::{KeyFingerprint, Role};
use crate::store::DamagedRecord;

/// How a chat is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChatInfo {
    /// Its id.
    pub id: i32,
    /// The hash that calls about it take.
    pub access_hash: i64,
    /// The other user's id; 0 before the server has told it.
    pub peer: i64,
    /// Which side this is.
    pub role: Role,
    /// How far it is.
    pub state: ChatState,
    /// Messages of ours that the peer has not confirmed.
    pub unconfirmed: usize,
    /// Messages of the peer that wait behind a hole.
    pub waiting: usize,
}

/// How far a chat is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ChatState {
    /// We requested it, and wait for the peer.
    Requesting,
    /// The peer requested it, and waits for us.
    Requested,
    /// We accepted it, and wait for the server.
    Accepting,
    /// Messages go both ways.
    Ready {
        /// To be compared with the other side's; see [`crate::crypto::visualization`].
        key_hash: KeyHash,
        /// The fingerprint of the key in use.
        key_fingerprint: KeyFingerprint,
        /// The layer that messages are written in.
        layer: u32,
        /// The self-destruct timer in seconds; 0 is off.
        ttl: i32,
    },
    /// It is over.
    Closed(CloseReason),
}

impl ChatInfo {
    pub(super) fn of(chat: &Chat<Mtproto>) -> Self {
        let state = match chat.phase() {
            Phase::Requesting { .. } => ChatState::Requesting,
            Phase::Requested { .. } => ChatState::Requested,
            Phase::Accepting { .. } => ChatState::Accepting,
            Phase::Ready(session) => ChatState::Ready {
                key_hash: session.key_hash(),
                key_fingerprint: session.key_fingerprint(),
                layer: session.layer(),
                ttl: session.ttl(),
            },
            Phase::Closed { reason, .. } => ChatState::Closed(reason.clone()),
        };
        Self {
            id: chat.id(),
            access_hash: chat.access_hash(),
            peer: chat.peer(),
            role: chat.role(),
            state,
            unconfirmed: chat.slots().count(),
            waiting: chat.waiting(),
        }
    }
}

/// How the account is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// All its chats, closed ones included, in ascending order.
    pub chats: Vec<i32>,
    /// Everything up to this `qts` is durable.
    pub qts: Option<i32>,
    /// Records that cannot be read.
    pub damaged: Vec<DamagedRecord>,
    /// How often something that came in changed nothing, and why.
    pub dropped: BTreeMap<Dropped, u64>,
}
