use std::error::Error;
use std::fmt;

use tl_types::RpcError;

use super::super::{CallError, SessionFileError, SignedIn};
use super::srp::SrpError;

/// Why logging in, or out, goes no further.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The phone number is none, or has no account that may log in.
    PhoneNumber(RpcError),
    /// The code is not the one that was sent.
    Code,
    /// The code is too old.
    CodeExpired,
    /// The password is not that of the account.
    Password,
    /// The password was not used, since the server's numbers are bad.
    Srp(SrpError),
    /// The bot's token is wrong, or has expired.
    BotToken,
    /// `api_id` and `api_hash` do not belong together, or may not log in.
    Application(RpcError),
    /// Log-ins were tried too often.
    Flood {
        /// How many seconds to wait, if the server says so.
        seconds: Option<i64>,
    },
    /// The server wants a payment before it sends a code; only official applications can make it.
    PaymentRequired,
    /// It needed no code: the user is logged in.
    AlreadyDone(SignedIn),
    /// The server did something that it never does.
    Unexpected(&'static str),
    /// The user is logged in, but that is not kept. The next start needs another log-in.
    SessionFile(SessionFileError),
    /// Something else went wrong with the call.
    Call(CallError),
}

impl From<CallError> for LoginError {
    fn from(error: CallError) -> Self {
        let CallError::Rpc(error) = error else { return Self::Call(error) };
        match error.message.as_str() {
            "PHONE_CODE_INVALID" | "PHONE_CODE_EMPTY" => Self::Code,
            "PHONE_CODE_EXPIRED" => Self::CodeExpired,
            "PASSWORD_HASH_INVALID" => Self::Password,
            "ACCESS_TOKEN_INVALID" | "ACCESS_TOKEN_EXPIRED" => Self::BotToken,
            "API_ID_INVALID" | "API_ID_PUBLISHED_FLOOD" => Self::Application(error),
            "PHONE_NUMBER_FLOOD" | "PHONE_PASSWORD_FLOOD" => Self::Flood { seconds: None },
            message if message.starts_with("PHONE_NUMBER_") => Self::PhoneNumber(error),
            message if message.starts_with("FLOOD_WAIT_") => Self::Flood { seconds: error.value() },
            _ => Self::Call(CallError::Rpc(error)),
        }
    }
}

impl From<SrpError> for LoginError {
    fn from(error: SrpError) -> Self {
        Self::Srp(error)
    }
}

impl From<SessionFileError> for LoginError {
    fn from(error: SessionFileError) -> Self {
        Self::SessionFile(error)
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PhoneNumber(error) => write!(f, "the server does not take the phone number: {error}"),
            Self::Code => f.write_str("the code is wrong: type it again"),
            Self::CodeExpired => f.write_str("the code has expired: request another one"),
            Self::Password => f.write_str("the password is wrong: type it again"),
            Self::Srp(error) => error.fmt(f),
            Self::BotToken => f.write_str("the bot's token is wrong or has expired: ask BotFather for another one"),
            Self::Application(error) => {
                write!(f, "the server does not take the application: {error}; look at the api_id and the api_hash")
            }
            Self::Flood { seconds: Some(seconds) } => write!(f, "too many attempts: try again in {seconds} seconds"),
            Self::Flood { seconds: None } => f.write_str("too many attempts: try again tomorrow"),
            Self::PaymentRequired => f.write_str(
                "the server wants a payment before it sends a code: log in once with an official application",
            ),
            Self::AlreadyDone(_) => f.write_str("no code was needed: the user is logged in"),
            Self::Unexpected(what) => write!(f, "the server answered with {what}: try again, or with a newer version"),
            Self::SessionFile(error) => write!(f, "the log-in is not kept, the next start needs another one: {error}"),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl Error for LoginError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::PhoneNumber(error) | Self::Application(error) => Some(error),
            Self::Srp(error) => Some(error),
            Self::SessionFile(error) => Some(error),
            Self::Call(error) => Some(error),
            Self::Code
            | Self::CodeExpired
            | Self::Password
            | Self::BotToken
            | Self::Flood { .. }
            | Self::PaymentRequired
            | Self::AlreadyDone(_)
            | Self::Unexpected(_) => None,
        }
    }
}
