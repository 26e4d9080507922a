use std::fmt;

/// What was to be sent is no message; it is the caller's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// A serialized TL object has a multiple of 4 bytes, and fewer than 2³².
    Body {
        /// How many this one has.
        bytes: usize,
    },
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body { bytes } => write!(f, "a body of {bytes} bytes is no serialized TL object: encode a function"),
        }
    }
}

impl std::error::Error for MessageError {}

/// A packet that came in is no message under this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// No message has this length.
    Length {
        /// The packet's.
        bytes: usize,
    },
    /// It is encrypted under another key.
    UnknownKey {
        /// The id that it begins with.
        auth_key_id: i64,
    },
    /// It was not made with this key by the other side, or was changed on the way. All that can be wrong with an
    /// encrypted message is this one error.
    Rejected,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { bytes } => write!(f, "no message has {bytes} bytes: drop it and connect again"),
            Self::UnknownKey { auth_key_id } => {
                write!(f, "the message is encrypted under another key, {auth_key_id:016x}: drop it")
            }
            Self::Rejected => f.write_str("the message was not encrypted under this key: drop it and connect again"),
        }
    }
}

impl std::error::Error for OpenError {}
