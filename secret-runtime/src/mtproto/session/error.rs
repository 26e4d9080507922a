use std::fmt;

use super::super::message::OpenError;

/// Why a packet was dropped. With a [`Fault`](SessionError::Fault) in one message of a container, the others have taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// It is no message under this key.
    Open(OpenError),
    /// It belongs to another session.
    Session {
        /// Which.
        session_id: i64,
    },
    /// It is too old or too new, and answers nothing that was asked, so it may be a replay. The clock is checked against
    /// the server's.
    Time {
        /// Its id.
        message_id: i64,
    },
    /// It was received before, or it is older than all that are remembered.
    Duplicate {
        /// Its id.
        message_id: i64,
    },
    /// The other side broke the protocol in an authentic message.
    Fault(ProtocolFault),
}

impl SessionError {
    /// Whether to close the connection, as <https://core.telegram.org/mtproto/security_guidelines> recommends: what came
    /// in was damaged or forged. Other packets are merely dropped.
    #[must_use]
    pub fn closes_connection(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Fault(_))
    }
}

impl From<OpenError> for SessionError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<ProtocolFault> for SessionError {
    fn from(fault: ProtocolFault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => error.fmt(f),
            Self::Session { session_id: _ } => f.write_str("a message of another session: drop it"),
            Self::Time { message_id } => {
                write!(f, "message {message_id:016x} is too old or too new by the server's clock: drop it")
            }
            Self::Duplicate { message_id } => write!(f, "message {message_id:016x} was received before: drop it"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open(error) => Some(error),
            Self::Fault(fault) => Some(fault),
            Self::Session { .. } | Self::Time { .. } | Self::Duplicate { .. } => None,
        }
    }
}

/// How the other side broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolFault {
    /// The two lowest bits of a message id say who made it, and these say somebody else did.
    Parity {
        /// The id.
        message_id: i64,
    },
    /// A container's lengths don't add up, or it is inside another, or has too many messages.
    Container,
    /// A service message cannot be read.
    Malformed {
        /// Its constructor.
        id: u32,
    },
    /// What is packed is broken, or longer than allowed.
    Packed,
}

impl fmt::Display for ProtocolFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parity { message_id } => {
                write!(f, "message id {message_id:016x} has the wrong lowest bits for its sender: connect again")
            }
            Self::Container => f.write_str("a container is broken: connect again"),
            Self::Malformed { id } => write!(f, "service message #{id:08x} cannot be read: connect again"),
            Self::Packed => f.write_str("packed data is broken or too long: connect again"),
        }
    }
}

impl std::error::Error for ProtocolFault {}
