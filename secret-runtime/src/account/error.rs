use std::error::Error;
use std::fmt;

use crate::chat::CommandError;
use crate::crypto::diffie_hellman::GroupError;
use crate::store::{DamagedRecord, RecordKey};

/// Why an account cannot do what was asked. Nothing of it was done.
#[derive(Debug)]
#[non_exhaustive]
pub enum AccountError<E> {
    /// The store failed.
    Store(E),
    /// The chat refuses.
    Command(CommandError),
    /// There is no such chat.
    UnknownChat {
        /// Its id.
        chat: i32,
    },
    /// Records of the chat cannot be read. Other chats can; this one can be [forgotten](super::Account::forget).
    Damaged {
        /// The chat.
        chat: i32,
        /// Which records.
        records: Vec<DamagedRecord>,
    },
    /// A record has a format that this version does not know.
    Format {
        /// Which record.
        record: RecordKey,
        /// The format.
        format: u8,
    },
    /// Keys agreed on with the server's Diffie–Hellman configuration could be guessed.
    Group(GroupError),
    /// The server refers to a Diffie–Hellman configuration that it never gave; ask for it with version 0.
    NoDhConfig,
}

impl<E: fmt::Display> fmt::Display for AccountError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the store failed: {error}"),
            Self::Command(error) => error.fmt(f),
            Self::UnknownChat { chat } => write!(f, "there is no secret chat {chat}"),
            Self::Damaged { chat, records } => {
                write!(f, "{} records of the secret chat {chat} are damaged: {records:?}", records.len())
            }
            Self::Format { record, format } => {
                write!(f, "{record:?} has the format {format}, which a newer version wrote; upgrade")
            }
            Self::Group(error) => write!(f, "the server's Diffie-Hellman configuration is unsafe: {error}"),
            Self::NoDhConfig => f.write_str("the server refers to a Diffie-Hellman configuration that it never gave"),
        }
    }
}

impl<E: Error + 'static> Error for AccountError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Command(error) => Some(error),
            Self::Group(error) => Some(error),
            _ => None,
        }
    }
}
