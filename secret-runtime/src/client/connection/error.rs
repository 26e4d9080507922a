use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use tl_types::RpcError;

use super::super::SessionFileError;
use crate::mtproto::framing::TransportError;
use crate::mtproto::handshake::HandshakeError;
use crate::mtproto::session::SessionError;
use crate::mtproto::socket::SocketError;

/// Why there is no connection to a data centre.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// No address of it is known.
    UnknownDataCenter {
        /// Which.
        dc: i32,
    },
    /// There is no way to any of its addresses, or it went away.
    Socket {
        /// Which data centre.
        dc: i32,
        /// Where it was, or where looking for it failed first.
        address: SocketAddr,
        /// Why.
        source: SocketError,
    },
    /// It closed the connection.
    Ended {
        /// Which data centre.
        dc: i32,
        /// Where it was.
        address: SocketAddr,
    },
    /// It said nothing for too long.
    Silent {
        /// Which data centre.
        dc: i32,
        /// Where it was looked for.
        address: SocketAddr,
    },
    /// It is not who it should be, or no key could be agreed on.
    Handshake {
        /// Which data centre.
        dc: i32,
        /// Why.
        source: HandshakeError,
    },
    /// It refuses what it is sent.
    Transport {
        /// Which data centre.
        dc: i32,
        /// Its answer.
        source: TransportError,
    },
    /// It sent something that it cannot have sent: somebody interferes, or it is broken.
    Message {
        /// Which data centre.
        dc: i32,
        /// What was wrong with it.
        source: SessionError,
    },
    /// It does not know the key that the user is logged in with.
    KeyRefused {
        /// Which data centre.
        dc: i32,
    },
    /// It does not accept this application, or no connection now.
    Refused {
        /// Which data centre.
        dc: i32,
        /// Its answer to `initConnection`, or to the binding of a temporary key.
        source: RpcError,
    },
    /// The session file does not take the key; nothing was sent under it.
    SessionFile(SessionFileError),
    /// It was shut down meanwhile.
    Shutdown,
}

impl ConnectError {
    /// Whether another attempt would end no better.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::UnknownDataCenter { .. }
            | Self::KeyRefused { .. }
            | Self::SessionFile(_)
            | Self::Shutdown
            | Self::Transport { source: TransportError::WRONG_DC, .. } => true,
            // Other errors than this one pass: the server is overloaded, for example.
            Self::Refused { source, .. } => source.code == 400,
            Self::Handshake { source, .. } => matches!(source, HandshakeError::UnknownKey { .. }),
            Self::Socket { .. }
            | Self::Ended { .. }
            | Self::Silent { .. }
            | Self::Transport { .. }
            | Self::Message { .. } => false,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDataCenter { dc } => {
                write!(f, "no address of data centre {dc} is known: add one to the settings")
            }
            Self::Socket { dc, address, source } => {
                let cause = source.source().map(|cause| format!(" ({cause})")).unwrap_or_default();
                write!(f, "no connection to data centre {dc} at {address}: {source}{cause}")
            }
            Self::Ended { dc, address } => write!(f, "data centre {dc} at {address} closed the connection"),
            Self::Silent { dc, address } => write!(f, "data centre {dc} at {address} does not answer"),
            Self::Handshake { dc, source } => write!(f, "no key was agreed on with data centre {dc}: {source}"),
            Self::Transport { dc, source } => write!(f, "data centre {dc}: {source}"),
            Self::Message { dc, source } => write!(f, "data centre {dc} sent something impossible: {source}"),
            Self::KeyRefused { dc } => write!(
                f,
                "data centre {dc} no longer knows the key that the user is logged in with: log in again with a new session \
                 file"
            ),
            Self::Refused { dc, source } => {
                write!(f, "data centre {dc} refuses this application: {source}; look at the api_id in the settings")
            }
            Self::SessionFile(source) => source.fmt(f),
            Self::Shutdown => f.write_str("the connection was shut down: open it again"),
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Socket { source, .. } => Some(source),
            Self::Handshake { source, .. } => Some(source),
            Self::Transport { source, .. } => Some(source),
            Self::Message { source, .. } => Some(source),
            Self::Refused { source, .. } => Some(source),
            Self::SessionFile(source) => Some(source),
            Self::UnknownDataCenter { .. } | Self::Ended { .. } | Self::Silent { .. } | Self::KeyRefused { .. } => None,
            Self::Shutdown => None,
        }
    }
}

impl From<SessionFileError> for ConnectError {
    fn from(error: SessionFileError) -> Self {
        Self::SessionFile(error)
    }
}
