//! Why something that was asked of the chats was not done.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use tl_types::RpcError;

use super::peer::Sent;
use crate::account::AccountError;
use crate::chat::{CloseReason, CommandError, SendFailure};
use crate::client::CallError;
use crate::crypto::diffie_hellman::GroupError;
use crate::store::{DamagedRecord, RecordKey};

/// The store's own error: a full disk, or a broken one.
#[derive(Clone, Debug)]
pub struct StoreFailure(Arc<dyn Error + Send + Sync>);

impl StoreFailure {
    pub(super) fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for StoreFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}

/// Why something was not done. Errors of the server have its names: <https://core.telegram.org/method/messages.sendEncrypted>.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ChatError {
    /// `CHAT_ID_INVALID`: there is no such chat, here or at the server, or the hash is another one.
    ChatIdInvalid,
    /// `DATA_INVALID`: the server does not take the encrypted message.
    DataInvalid,
    /// `DATA_TOO_LONG`: it is too long.
    DataTooLong,
    /// `ENCRYPTION_DECLINED`: the other side discarded the chat. The chat is closed.
    EncryptionDeclined,
    /// `ENCRYPTION_ID_INVALID`: the server does not know the chat.
    EncryptionIdInvalid,
    /// `MSG_WAIT_FAILED`: an earlier call failed. Messages are sent again by themselves; other calls may be repeated.
    MsgWaitFailed,
    /// `USER_IS_BLOCKED`: the other user has blocked this one.
    UserIsBlocked,
    /// `USER_DELETED`: the other user is gone. The chat is closed.
    UserDeleted,
    /// `FILE_EMTPY`, so spelt: the file has no parts.
    FileEmpty,
    /// `MD5_CHECKSUM_INVALID`: the file was not uploaded as it is.
    Md5ChecksumInvalid,
    /// Another error of the server.
    Rpc(RpcError),
    /// The chat is over, and not by the server's word.
    Closed(CloseReason),
    /// The message was deleted before it was sent.
    Deleted,
    /// The chat refuses; it is for the caller to mend.
    Command(CommandError),
    /// The store failed. Nothing was done; try again once there is room.
    Store(StoreFailure),
    /// Records of the chat cannot be read. Other chats can; this one can be forgotten.
    Damaged {
        /// The chat.
        chat: i32,
        /// Which records.
        records: Vec<DamagedRecord>,
    },
    /// A newer version wrote the store.
    Format {
        /// Which record.
        record: RecordKey,
        /// Its format.
        format: u8,
    },
    /// Keys agreed on with the server's Diffie–Hellman configuration could be guessed.
    Group(GroupError),
    /// The server refers to a Diffie–Hellman configuration that it never gave.
    NoDhConfig,
    /// A call of the server has no answer.
    Call(CallError),
    /// The chats were shut down, or the connection is closed. What is durable goes on when they are opened again.
    Ended,
}

impl ChatError {
    pub(super) fn of_rpc(error: RpcError) -> Self {
        match error.message.as_str() {
            "CHAT_ID_INVALID" => Self::ChatIdInvalid,
            "DATA_INVALID" => Self::DataInvalid,
            "DATA_TOO_LONG" => Self::DataTooLong,
            "ENCRYPTION_DECLINED" => Self::EncryptionDeclined,
            "ENCRYPTION_ID_INVALID" => Self::EncryptionIdInvalid,
            "MSG_WAIT_FAILED" => Self::MsgWaitFailed,
            "USER_IS_BLOCKED" => Self::UserIsBlocked,
            "USER_DELETED" => Self::UserDeleted,
            "FILE_EMTPY" => Self::FileEmpty,
            "MD5_CHECKSUM_INVALID" => Self::Md5ChecksumInvalid,
            _ => Self::Rpc(error),
        }
    }

    pub(super) fn of_close(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Refused { code, message } => Self::of_rpc(RpcError { code, message }),
            other => Self::Closed(other),
        }
    }

    /// Why a message failed; `closed` is why its chat is over, if it is.
    pub(super) fn of_failure(why: SendFailure, closed: Option<CloseReason>) -> Self {
        match why {
            SendFailure::Refused { code, message } => Self::of_rpc(RpcError { code, message }),
            SendFailure::ChatClosed => Self::of_close(closed.unwrap_or(CloseReason::ByUs)),
            SendFailure::Deleted => Self::Deleted,
        }
    }
}

impl From<CallError> for ChatError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Rpc(error) => Self::of_rpc(error),
            CallError::Closed => Self::Ended,
            other => Self::Call(other),
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<AccountError<E>> for ChatError {
    fn from(error: AccountError<E>) -> Self {
        match error {
            AccountError::Store(error) => Self::Store(StoreFailure::new(error)),
            AccountError::Command(CommandError::Closed(reason)) => Self::of_close(reason),
            AccountError::Command(error) => Self::Command(error),
            AccountError::UnknownChat { .. } => Self::ChatIdInvalid,
            AccountError::Damaged { chat, records } => Self::Damaged { chat, records },
            AccountError::Format { record, format } => Self::Format { record, format },
            AccountError::Group(error) => Self::Group(error),
            AccountError::NoDhConfig => Self::NoDhConfig,
        }
    }
}

impl fmt::Display for ChatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChatIdInvalid => f.write_str("CHAT_ID_INVALID: there is no such secret chat"),
            Self::DataInvalid => f.write_str("DATA_INVALID: the server does not take the encrypted message"),
            Self::DataTooLong => f.write_str("DATA_TOO_LONG: the encrypted message is too long"),
            Self::EncryptionDeclined => {
                f.write_str("ENCRYPTION_DECLINED: the other side discarded the chat; request a new one")
            }
            Self::EncryptionIdInvalid => f.write_str("ENCRYPTION_ID_INVALID: the server does not know the chat"),
            Self::MsgWaitFailed => f.write_str("MSG_WAIT_FAILED: an earlier call failed; try again"),
            Self::UserIsBlocked => f.write_str("USER_IS_BLOCKED: the other user has blocked this account"),
            Self::UserDeleted => f.write_str("USER_DELETED: the other user's account is gone"),
            Self::FileEmpty => f.write_str("FILE_EMTPY: the file has no parts on the server; upload it again"),
            Self::Md5ChecksumInvalid => {
                f.write_str("MD5_CHECKSUM_INVALID: the file changed on its way; upload it again")
            }
            Self::Rpc(error) => write!(f, "the server answered {error}"),
            Self::Closed(reason) => write!(f, "the chat is closed: {reason}"),
            Self::Deleted => f.write_str("the message was deleted before it was sent"),
            Self::Command(error) => error.fmt(f),
            Self::Store(error) => write!(f, "nothing was done, because the store failed: {error}"),
            Self::Damaged { chat, records } => {
                write!(f, "{} records of the secret chat {chat} are damaged: {records:?}", records.len())
            }
            Self::Format { record, format } => {
                write!(f, "{record:?} has the format {format}, which a newer version wrote; upgrade")
            }
            Self::Group(error) => write!(f, "the server's Diffie-Hellman configuration is unsafe: {error}"),
            Self::NoDhConfig => f.write_str("the server refers to a Diffie-Hellman configuration that it never gave"),
            Self::Call(error) => error.fmt(f),
            Self::Ended => f.write_str("the secret chats were shut down; open them again to go on"),
        }
    }
}

impl Error for ChatError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Rpc(error) => Some(error),
            Self::Command(error) => Some(error),
            Self::Store(error) => Some(error),
            Self::Group(error) => Some(error),
            Self::Call(error) => Some(error),
            _ => None,
        }
    }
}

/// A message that was not sent, or not all of it.
#[derive(Clone, Debug)]
pub struct SendError {
    /// Which of the messages that a long text became failed, from 0.
    pub chunk: usize,
    /// The others, as far as they are sent. They stay sent.
    pub sent: Vec<Sent>,
    /// Why.
    pub error: ChatError,
}

impl<E: Into<ChatError>> From<E> for SendError {
    fn from(error: E) -> Self {
        Self { chunk: 0, sent: Vec::new(), error: error.into() }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chunk, sent, error } = self;
        match (chunk, sent.len()) {
            (0, 0) => error.fmt(f),
            (chunk, sent) => write!(f, "part {} of the message failed ({sent} are sent): {error}", chunk + 1),
        }
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_that_callers_tell_apart_are_no_mere_text() {
        let names = [
            "CHAT_ID_INVALID",
            "DATA_INVALID",
            "DATA_TOO_LONG",
            "ENCRYPTION_DECLINED",
            "ENCRYPTION_ID_INVALID",
            "MSG_WAIT_FAILED",
            "USER_IS_BLOCKED",
            "USER_DELETED",
            "FILE_EMTPY",
            "MD5_CHECKSUM_INVALID",
        ];
        for name in names {
            let error = ChatError::from(CallError::Rpc(RpcError::new(400, name)));
            assert!(!matches!(error, ChatError::Rpc(_)), "{name}");
            assert!(error.to_string().starts_with(name), "{error}");
        }
        assert!(matches!(ChatError::from(CallError::Closed), ChatError::Ended));
    }
}
