//! The calls that a step wants made.

use tl_types::api::functions::messages;

/// A call to make, once the step is durable.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Which call the [`Answer`](super::Answer) is for.
    pub id: CallId,
    /// The function.
    pub call: Call,
    /// The slot whose call must succeed first: `invokeAfterMsg` its message.
    pub after: Option<u32>,
}

/// Names a call of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallId {
    /// The request of the chat, or its acceptance.
    Handshake,
    /// The message of this counter.
    Slot(u32),
    /// The deletion that took the place of the message of this counter.
    Deletion(u32),
    /// The server's randomness for a new key.
    Randomness,
    /// The end of the chat.
    Discard,
    /// One whose answer nobody waits for.
    Passing,
}

impl CallId {
    /// The number of the message that it sends.
    pub(crate) fn counter(self) -> Option<u32> {
        match self {
            Self::Slot(counter) | Self::Deletion(counter) => Some(counter),
            Self::Handshake | Self::Randomness | Self::Discard | Self::Passing => None,
        }
    }
}

/// A function of the API, with its arguments.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Call {
    /// `messages.getDhConfig`
    GetDhConfig(messages::GetDhConfig),
    /// `messages.requestEncryption`
    RequestEncryption(messages::RequestEncryption),
    /// `messages.acceptEncryption`
    AcceptEncryption(messages::AcceptEncryption),
    /// `messages.discardEncryption`
    DiscardEncryption(messages::DiscardEncryption),
    /// `messages.sendEncrypted`
    SendEncrypted(messages::SendEncrypted),
    /// `messages.sendEncryptedFile`
    SendEncryptedFile(messages::SendEncryptedFile),
    /// `messages.sendEncryptedService`
    SendEncryptedService(messages::SendEncryptedService),
    /// `messages.setEncryptedTyping`
    SetEncryptedTyping(messages::SetEncryptedTyping),
    /// `messages.readEncryptedHistory`
    ReadEncryptedHistory(messages::ReadEncryptedHistory),
}

impl Call {
    /// The name of the message that it sends.
    #[cfg(feature = "client")]
    pub(crate) fn random_id(&self) -> Option<i64> {
        match self {
            Self::SendEncrypted(call) => Some(call.random_id),
            Self::SendEncryptedFile(call) => Some(call.random_id),
            Self::SendEncryptedService(call) => Some(call.random_id),
            _ => None,
        }
    }
}
