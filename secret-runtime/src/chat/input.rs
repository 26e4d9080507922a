//! What a step takes.

use std::fmt;

use tl_types::RpcError;
use tl_types::api::types::messages::{self, SentEncryptedMessage};
use tl_types::api::types::{EncryptedChat, EncryptedFile, EncryptedMessage, InputEncryptedFile};
use tl_types::secret::types::DecryptedMessage;

use super::call::CallId;
use super::suite::Suite;

/// One thing that happens to a chat.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<S: Suite> {
    /// What the user wants.
    Command(Command<S>),
    /// An encrypted message, from an update or a difference.
    Message(Arrival),
    /// News of the chat itself: `updateEncryption`.
    Chat(EncryptedChat),
    /// What a call came to.
    Answer {
        /// Which call.
        call: CallId,
        /// What it came to.
        answer: Answer,
    },
    /// Time has passed; due when [`Chat::due`](super::Chat::due) says.
    Tick,
    /// The chat was loaded from a store: calls that were not answered are made again, what did not decode is tried again.
    Resume,
}

/// What the user wants.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Command<S: Suite> {
    /// Accept the peer's request.
    Accept(DhConfig<S>),
    /// Send a message, or a service message that users ask for (timer, read, screenshot, delete, flush, no-op). Typing goes
    /// through [`Command::SetTyping`], whatever the action.
    ///
    /// A text that is too long becomes several. A `random_id` of 0 is replaced; one that was used before is not sent
    /// again.
    Send {
        /// The message, in the clear.
        message: DecryptedMessage,
        /// The encrypted file that goes with its media.
        file: Option<InputEncryptedFile>,
        /// Whether what the peer's layer does not carry may be dropped; without, such a message is refused.
        lower: bool,
    },
    /// Tell the server that the user is typing, at most every five seconds; or no longer.
    SetTyping(bool),
    /// Tell the server that everything up to this date was read.
    ReadHistory {
        /// In seconds since 1970.
        max_date: i32,
    },
    /// End the chat.
    Discard {
        /// Ask the peer to delete the history, too.
        delete_history: bool,
    },
    /// Events up to this number, it included, were delivered: they are no longer kept.
    Delivered(u64),
}

/// A prime and a generator that passed every check, and the server's randomness that came with them.
#[derive(Clone, PartialEq)]
pub struct DhConfig<S: Suite> {
    /// The version of the configuration, which later calls name.
    pub version: i32,
    /// The prime and the generator.
    pub group: S::Group,
    /// 256 bytes that `messages.getDhConfig` answered.
    pub random: Vec<u8>,
}

impl<S: Suite> fmt::Debug for DhConfig<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, group, random: _ } = self;
        f.debug_struct("DhConfig").field("version", version).field("group", group).finish_non_exhaustive()
    }
}

/// An encrypted message as the server hands it over.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// When the server took it, in seconds since 1970.
    pub date: i32,
    /// The envelope.
    pub bytes: Vec<u8>,
    /// The encrypted file that goes with it.
    pub file: Option<EncryptedFile>,
}

impl Arrival {
    /// The chat that a message is for, and the message; `None` for a constructor that is not known.
    ///
    /// The outer `random_id` is left out, and so is the kind: a peer that answers a Resend changes both.
    pub fn new(message: EncryptedMessage) -> Option<(i32, Self)> {
        match message {
            EncryptedMessage::EncryptedMessage(message) => {
                let file = Some(message.file).filter(|file| *file != EncryptedFile::Empty);
                Some((message.chat_id, Self { date: message.date, bytes: message.bytes, file }))
            }
            EncryptedMessage::Service(message) => {
                Some((message.chat_id, Self { date: message.date, bytes: message.bytes, file: None }))
            }
            _ => None,
        }
    }
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A message was taken.
    Sent(SentEncryptedMessage),
    /// The state of the chat.
    Chat(EncryptedChat),
    /// Randomness, and perhaps a newer configuration.
    DhConfig(messages::DhConfig),
    /// True.
    Done,
    /// It failed.
    Failed(Failure),
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server answered with an error.
    Rpc(RpcError),
    /// No answer came; it may have been carried out.
    Unanswered,
}
