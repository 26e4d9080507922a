//! What a chat keeps in numbers: records that come and go by themselves.

use std::fmt;

use serde::{Deserialize, Serialize};
use tl_types::api::types::{EncryptedFile, InputEncryptedFile};
use zeroize::Zeroizing;

use super::time::UnixTime;
use super::tl;
use crate::crypto::KeyFingerprint;

/// A message that was given a number, until the peer confirms it.
///
/// The bytes under a number never change but once, to the message's own deletion.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    pub(super) random_id: i64,
    pub(super) kind: SlotKind,
    /// The layer it was written in.
    pub(super) layer: u32,
    /// How many of the peer's messages it confirms.
    pub(super) received: u32,
    /// The key it is encrypted under.
    pub(super) key: KeyFingerprint,
    /// What `messages.sendEncrypted` takes as `data`.
    pub(super) data: Vec<u8>,
    pub(super) silent: bool,
    #[serde(with = "tl::option")]
    pub(super) file: Option<InputEncryptedFile>,
    /// Whether the server has it, as far as we know.
    pub(super) is_sent: bool,
    /// Whether the peer asked for it while it was on its way: it is sent again then.
    pub(super) is_wanted: bool,
    /// Whether the caller was told that it is sent, or that it failed.
    pub(super) is_reported: bool,
}

/// What a slot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotKind {
    /// A message that a person wrote; it becomes its own deletion if it fails for good or its author deletes it.
    Content,
    /// A service message that the caller asked for; it becomes its own deletion if it fails for good.
    Command,
    /// The caller's deletion of messages, which must not outlive it: it stays what it is.
    Erasure,
    /// A message that the chat cannot do without, and that stays what it is.
    Protocol,
    /// The deletion that took the place of a message.
    Deletion,
}

/// A message whose envelope is open; kept while it waits behind a hole. Nothing is looked at yet but its numbers.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    pub(super) date: i32,
    #[serde(with = "tl::option")]
    pub(super) file: Option<EncryptedFile>,
    pub(super) key: KeyFingerprint,
    pub(super) layer: i32,
    /// How many of our messages the peer had received.
    pub(super) received: u32,
    /// It is a Resend that was answered when it came.
    pub(super) is_answered: bool,
    /// The inner message.
    pub(super) message: Zeroizing<Vec<u8>>,
}

/// A message that came before the chat had a key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Early {
    pub(super) date: i32,
    pub(super) bytes: Vec<u8>,
    #[serde(with = "tl::option")]
    pub(super) file: Option<EncryptedFile>,
}

/// An authenticated message that did not decode. Its number is used up; it is tried again after an upgrade.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Undecoded {
    pub(super) date: i32,
    #[serde(with = "tl::option")]
    pub(super) file: Option<EncryptedFile>,
    pub(super) message: Zeroizing<Vec<u8>>,
}

/// A message that destroys itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Seconds from its being read.
    pub(super) seconds: u32,
    /// When it is due, once it was read.
    pub(super) due: Option<UnixTime>,
    /// Whether we wrote the message.
    pub(super) is_ours: bool,
}

impl SlotKind {
    /// Whether the caller wants to know what becomes of it.
    pub(super) fn is_of_the_caller(self) -> bool {
        matches!(self, Self::Content | Self::Command | Self::Erasure)
    }
}

impl Slot {
    /// The message's `random_id`.
    pub fn random_id(&self) -> i64 {
        self.random_id
    }

    /// What it is for.
    pub fn kind(&self) -> SlotKind {
        self.kind
    }

    /// What `messages.sendEncrypted` takes as `data`.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Whether the caller was told that it is sent, or that it failed.
    pub fn is_reported(&self) -> bool {
        self.is_reported
    }

    /// Whether the server has it, as far as we know.
    pub fn is_sent(&self) -> bool {
        self.is_sent
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { random_id, kind, layer, received, key, data, silent, file, is_sent, is_wanted, is_reported } = self;
        f.debug_struct("Slot")
            .field("random_id", random_id)
            .field("kind", kind)
            .field("layer", layer)
            .field("received", received)
            .field("key", key)
            .field("data", &data.len())
            .field("silent", silent)
            .field("file", &file.is_some())
            .field("is_sent", is_sent)
            .field("is_wanted", is_wanted)
            .field("is_reported", is_reported)
            .finish()
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, file, key, layer, received, is_answered, message } = self;
        f.debug_struct("Waiting")
            .field("date", date)
            .field("file", &file.is_some())
            .field("key", key)
            .field("layer", layer)
            .field("received", received)
            .field("is_answered", is_answered)
            .field("message", &format_args!("<redacted {} bytes>", message.len()))
            .finish()
    }
}

impl fmt::Debug for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, bytes, file } = self;
        f.debug_struct("Early").field("date", date).field("bytes", &bytes.len()).field("file", &file.is_some()).finish()
    }
}

impl fmt::Debug for Undecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, file, message } = self;
        f.debug_struct("Undecoded")
            .field("date", date)
            .field("file", &file.is_some())
            .field("message", &format_args!("<redacted {} bytes>", message.len()))
            .finish()
    }
}
