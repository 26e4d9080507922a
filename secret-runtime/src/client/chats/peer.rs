//! What a message is sent to, what is sent, and what comes back.

use tl_types::api::constructors::InputEncryptedChat;
use tl_types::api::types::messages::SentEncryptedMessage;
use tl_types::api::types::{EncryptedChat, EncryptedFile, EncryptedMessage, InputEncryptedFile, Update};
use tl_types::secret::constructors;
use tl_types::secret::types::DecryptedMessage;

/// A secret chat, named by whatever the caller has of it: its id, an `inputEncryptedChat`, an `encryptedMessage`, an
/// `encryptedChat`, or an update about one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub(in crate::client) chat: Option<i32>,
    /// The hash that the caller named; it has to be the chat's.
    pub(super) access_hash: Option<i64>,
}

impl From<i32> for Peer {
    fn from(chat: i32) -> Self {
        Self { chat: Some(chat), access_hash: None }
    }
}

impl From<&InputEncryptedChat> for Peer {
    fn from(chat: &InputEncryptedChat) -> Self {
        Self { chat: Some(chat.chat_id), access_hash: Some(chat.access_hash) }
    }
}

impl From<InputEncryptedChat> for Peer {
    fn from(chat: InputEncryptedChat) -> Self {
        Self::from(&chat)
    }
}

impl From<&EncryptedMessage> for Peer {
    fn from(message: &EncryptedMessage) -> Self {
        let chat = match message {
            EncryptedMessage::EncryptedMessage(message) => Some(message.chat_id),
            EncryptedMessage::Service(message) => Some(message.chat_id),
            _ => None,
        };
        Self { chat, access_hash: None }
    }
}

impl From<&EncryptedChat> for Peer {
    fn from(chat: &EncryptedChat) -> Self {
        let chat = match chat {
            EncryptedChat::Empty(chat) => Some(chat.id),
            EncryptedChat::Waiting(chat) => Some(chat.id),
            EncryptedChat::Requested(chat) => Some(chat.id),
            EncryptedChat::EncryptedChat(chat) => Some(chat.id),
            EncryptedChat::Discarded(chat) => Some(chat.id),
            _ => None,
        };
        Self { chat, access_hash: None }
    }
}

/// An update that is about no secret chat names none, and sending to it fails with `CHAT_ID_INVALID`.
impl From<&Update> for Peer {
    fn from(update: &Update) -> Self {
        match update {
            Update::NewEncryptedMessage(update) => Self::from(&update.message),
            Update::Encryption(update) => Self::from(&update.chat),
            Update::EncryptedChatTyping(update) => Self::from(update.chat_id),
            Update::EncryptedMessagesRead(update) => Self::from(update.chat_id),
            _ => Self { chat: None, access_hash: None },
        }
    }
}

/// A message on its way out: a text, a `decryptedMessage`, or a service message.
///
/// Its `random_id` names it: 0 is replaced by a new one; with any other, sending it a second time sends nothing and gives
/// the first answer.
#[derive(Clone, Debug, PartialEq)]
pub struct OutgoingMessage {
    pub(super) message: DecryptedMessage,
    pub(super) file: Option<InputEncryptedFile>,
    pub(super) lower: bool,
}

impl OutgoingMessage {
    /// With the encrypted file that its media is about, uploaded or on the server already.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<InputEncryptedFile>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Whether what the peer's layer does not carry may be dropped; without, such a message is refused.
    #[must_use]
    pub fn lowered(mut self) -> Self {
        self.lower = true;
        self
    }
}

impl From<DecryptedMessage> for OutgoingMessage {
    fn from(message: DecryptedMessage) -> Self {
        Self { message, file: None, lower: false }
    }
}

impl From<constructors::DecryptedMessage> for OutgoingMessage {
    fn from(message: constructors::DecryptedMessage) -> Self {
        DecryptedMessage::from(message).into()
    }
}

impl From<constructors::DecryptedMessageService> for OutgoingMessage {
    fn from(message: constructors::DecryptedMessageService) -> Self {
        DecryptedMessage::from(message).into()
    }
}

impl From<String> for OutgoingMessage {
    fn from(text: String) -> Self {
        constructors::DecryptedMessage::new(0, 0, text).into()
    }
}

impl From<&str> for OutgoingMessage {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A message that the server has taken, durably noted here.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The message's `random_id`; a deletion names it.
    pub random_id: i64,
    /// What the server answered. Where its answer was lost and the peer's confirmation came, or where the message was sent
    /// long before, the date is that of now.
    pub answer: SentEncryptedMessage,
}

impl Sent {
    /// When the server took it, in seconds since 1970.
    #[must_use]
    pub fn date(&self) -> i32 {
        match &self.answer {
            SentEncryptedMessage::SentEncryptedMessage(answer) => answer.date,
            SentEncryptedMessage::SentEncryptedFile(answer) => answer.date,
            _ => 0,
        }
    }

    /// The file as the server has it; [`forward`](crate::chat::files::forward) sends it again without an upload.
    #[must_use]
    pub fn file(&self) -> Option<&EncryptedFile> {
        match &self.answer {
            SentEncryptedMessage::SentEncryptedFile(answer) => Some(&answer.file),
            _ => None,
        }
    }
}
