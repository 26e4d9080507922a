//! What the secret chats need of a connection: one call, typed by its function.
//!
//! Ours is one implementation; whoever has a session already, with whatever library, implements [`Transport`] over it.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tl_types::api::types::Updates;
use tl_types::{DecodeError, Encode, EncodeError, Function, RpcError};

/// Makes calls to Telegram for the signed-in user.
///
/// Calls are made at the same time, from several tasks. A future that is dropped gives up waiting; the call may be carried
/// out all the same.
pub trait Transport: Send + Sync + 'static {
    /// Whether [`Transport::call_after`] keeps the order. If not, a chat has one message on its way at a time.
    const KEEPS_ORDER: bool = false;

    /// Makes a call and waits for its answer.
    ///
    /// The implementation waits out short `FLOOD_WAIT`s, sends again what a lost connection may have lost, and decodes the
    /// answer.
    fn call<F: Function + Encode + Send + Sync>(
        &self,
        function: &F,
    ) -> impl Future<Output = Result<F::Response, CallError>> + Send;

    /// The same, of another data centre, for the parts of files. Without an implementation of its own it is
    /// [`Transport::call`].
    fn call_in<F: Function + Encode + Send + Sync>(
        &self,
        dc: i32,
        function: &F,
    ) -> impl Future<Output = Result<F::Response, CallError>> + Send {
        let _ = dc;
        self.call(function)
    }

    /// A call, named by `ticket`, that the server must carry out only once the one named by `after` has succeeded:
    /// `invokeAfterMsg`, <https://core.telegram.org/api/invoking#sequential-requests>.
    ///
    /// The future of `after` was polled before this one is, and the first poll hands the call over. If the one of `after`
    /// has succeeded, or is not known, there is nothing to wait for; if it has failed, this one fails with
    /// `MSG_WAIT_FAILED`. Only called if [`Transport::KEEPS_ORDER`]; without an implementation of its own it is
    /// [`Transport::call`].
    fn call_after<F: Function + Encode + Send + Sync>(
        &self,
        ticket: Ticket,
        after: Option<Ticket>,
        function: &F,
    ) -> impl Future<Output = Result<F::Response, CallError>> + Send {
        let _ = (ticket, after);
        self.call(function)
    }
}

/// Names a call of [`Transport::call_after`], uniquely in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

impl Ticket {
    /// One that was never there before.
    #[must_use]
    pub fn issue() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What a transport hands over unasked, in the order in which it came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Incoming {
    /// Updates that the server pushed.
    Updates(Box<Updates>),
    /// Updates may have been lost, as on every new connection: the difference has to be asked for.
    Reconnected,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// The server answered with an error.
    Rpc(RpcError),
    /// No answer came; the call may have been carried out.
    ///
    /// So it is also when the server says that it does not know the authorization key (the transport error `-404`) after the
    /// call was sent under it: it may have carried the call out before. A call that was not sent, or that the server cannot
    /// have taken, is made again instead, when there is another key.
    Unanswered,
    /// The transport is closed, and makes no more calls.
    Closed,
    /// The answer is not what the function answers.
    Decode(DecodeError),
    /// The function cannot be said in TL; it was not sent.
    Encode(EncodeError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rpc(error) => write!(f, "the server answered {error}"),
            Self::Unanswered => f.write_str("no answer came; the call may have been carried out"),
            Self::Closed => f.write_str("the connection is closed; open it again"),
            Self::Decode(error) => write!(f, "the answer cannot be read: {error}"),
            Self::Encode(error) => write!(f, "the call cannot be written: {error}"),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rpc(error) => Some(error),
            Self::Decode(error) => Some(error),
            Self::Encode(error) => Some(error),
            Self::Unanswered | Self::Closed => None,
        }
    }
}

impl From<RpcError> for CallError {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}
