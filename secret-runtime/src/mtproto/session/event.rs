use std::fmt;

use tl_types::RpcError;

use super::{ClockOffset, RequestId};

/// What the owner of a client's session is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A request's only answer.
    Answer {
        /// Which request's.
        request: RequestId,
        /// The encoded result, unpacked, or the server's error.
        result: Result<Vec<u8>, RpcError>,
    },
    /// A request will have no answer.
    Unanswered {
        /// Which request.
        request: RequestId,
        /// Why.
        reason: UnansweredReason,
    },
    /// Updates: an encoded `Updates`, unpacked.
    Updates(Vec<u8>),
    /// The server began the session anew: updates may have been lost, so ask for the difference.
    NewSession,
    /// The salt to begin the next run with.
    Salt(i64),
    /// The clock offset to begin the next run with.
    TimeOffset(ClockOffset),
    /// The server received the request; its answer is to come.
    Received(RequestId),
    /// Pings are not answered: connect again.
    ConnectionLost,
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnansweredReason {
    /// Its time ran out. It may have been carried out.
    Timeout,
    /// The caller cancelled it. It may have been carried out, if it was sent.
    Cancelled,
    /// The server has forgotten whether it carried it out, and it must not be repeated.
    Forgotten,
    /// The server rejected it again and again (`bad_msg_notification`). It was not carried out.
    Rejected {
        /// The last error code.
        code: i32,
    },
    /// Its body is no serialized TL object. It was not sent.
    Malformed,
    /// Its answer could not be unpacked. It was carried out.
    Unreadable,
}

impl fmt::Display for UnansweredReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer came in time: it may have been carried out"),
            Self::Cancelled => f.write_str("it was cancelled: it may have been carried out"),
            Self::Forgotten => {
                f.write_str("the server does not know whether it was carried out: look before repeating it")
            }
            Self::Rejected { code } => {
                write!(f, "the server kept rejecting it with code {code}: it was not carried out")
            }
            Self::Malformed => f.write_str("its body is no serialized TL object: encode a function"),
            Self::Unreadable => f.write_str("its answer cannot be unpacked: it was carried out"),
        }
    }
}
