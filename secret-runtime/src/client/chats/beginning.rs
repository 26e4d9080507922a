//! Callers who wait for the server's word about the beginning of a chat.

use tracing::Span;

use super::error::ChatError;
use super::work::Reply;

pub(super) struct Beginning {
    pub(super) chat: i32,
    pub(super) reply: BeginningReply,
    /// The caller's.
    pub(super) span: Span,
    pub(super) is_committed: bool,
}

pub(super) enum BeginningReply {
    Requested(Reply<i32>),
    Accepted(Reply<()>),
}

impl BeginningReply {
    pub(super) fn fail(self, error: &ChatError) {
        match self {
            Self::Requested(reply) => drop(reply.send(Err(error.clone()))),
            Self::Accepted(reply) => drop(reply.send(Err(error.clone()))),
        }
    }
}
