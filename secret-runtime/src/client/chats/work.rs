//! What is done with the account: asked by a caller, or brought by the server and by time.

use tl_types::api::functions::messages::GetDhConfig;
use tl_types::api::types::messages::DhConfig;
use tl_types::api::types::{EncryptedChat, EncryptedMessage, InputUser};
use tokio::sync::oneshot;
use tracing::Span;

use super::error::{ChatError, SendError, StoreFailure};
use super::events::News;
use super::info::{ChatInfo, Status};
use super::peer::{OutgoingMessage, Peer, Sent};
use crate::chat::{Answer, CallId, Command, Mtproto, Outgoing, UnixTime};

/// How many chats begin in one commit, and the others in the next: each takes two powers, some milliseconds, for which
/// everything else in the commit waits.
const BEGINNINGS: usize = 8;

/// Where an answer goes. The one who asked may be gone.
pub(super) type Reply<T, E = ChatError> = oneshot::Sender<Result<T, E>>;

/// One thing to do with the account.
pub(crate) enum Work {
    /// Send a message, and answer when the server has all of it.
    Send { peer: Peer, message: Box<OutgoingMessage>, reply: Reply<Vec<Sent>, SendError>, span: Span },
    /// Do what else a user wants of a chat.
    Command { peer: Peer, command: Box<Command<Mtproto>>, reply: Reply<()> },
    /// Say how to ask for the Diffie–Hellman configuration.
    DhConfig { reply: Reply<GetDhConfig> },
    /// Request a chat, and answer with its id when the server has the request.
    Request { user: InputUser, config: DhConfig, reply: Reply<i32>, span: Span },
    /// Accept a request, and answer when the chat is ready.
    Accept { peer: Peer, config: DhConfig, reply: Reply<()>, span: Span },
    /// Delete everything of a chat.
    Forget { chat: i32, reply: Reply<()> },
    /// Tell how a chat is.
    Info { peer: Peer, reply: Reply<ChatInfo> },
    /// Tell how the account is.
    Status { reply: Reply<Status> },

    /// The answer to a call.
    Answer { chat: i32, call: CallId, answer: Answer },
    /// A message that came by itself.
    Message { message: EncryptedMessage, qts: Option<i32> },
    /// News of a chat.
    News(Box<EncryptedChat>),
    /// What was missed, all of it in one commit.
    Difference { messages: Vec<EncryptedMessage>, chats: Vec<EncryptedChat>, qts: Option<i32>, date: i32 },
    /// An event that was acknowledged.
    Acknowledged { chat: i32, number: u64 },
    /// Time has passed.
    Tick,
}

impl Work {
    /// Whether the server brought it by itself, so that it has to be asked for again if it is not taken.
    pub(super) fn is_update(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::News(_) | Self::Difference { .. })
    }

    /// Whether messages of another chat may come from then on.
    pub(super) fn begins_chat(&self) -> bool {
        matches!(self, Self::Request { .. } | Self::Accept { .. })
    }

    /// Takes out the work that begins chats, but for as much as one commit has of it.
    pub(super) fn later_beginnings(works: &mut Vec<Self>) -> Vec<Self> {
        let mut beginnings = 0;
        let is_later = |work: &mut Self| {
            beginnings += usize::from(work.begins_chat());
            work.begins_chat() && beginnings > BEGINNINGS
        };
        works.extract_if(.., is_later).collect()
    }
}

/// What some work came to, now that it is durable.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// The calls to make, in order, each in the span of the caller who waits for it.
    pub(super) outgoing: Vec<(i32, Option<Span>, Outgoing)>,
    /// What to tell.
    pub(super) news: Vec<News>,
    /// What `messages.receivedQueue` may confirm, if it rose.
    pub(super) received_queue: Option<i32>,
    /// When time matters next.
    pub(super) due: Option<UnixTime>,
    /// The account's durable `qts`.
    pub(super) qts: Option<i32>,
    /// The account's durable `date`.
    pub(super) date: Option<i32>,
    /// Why some of what came in was not taken.
    pub(super) trouble: Option<Trouble>,
    /// Whether keys that are gone have left something behind.
    pub(super) is_scrub_due: bool,
}

/// Why what came in was not taken. It has to be asked for again.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// The store failed.
    Store(StoreFailure),
    /// The caller has to take events first.
    EventsFull,
}

#[cfg(test)]
mod tests {
    use tl_types::api::constructors::InputUser;
    use tl_types::api::constructors::messages::DhConfigNotModified;
    use tl_types::api::types;

    use super::*;

    #[test]
    fn chats_that_begin_do_not_hold_up_what_else_there_is() {
        let request = |user| {
            let config = DhConfigNotModified::new(Vec::new()).into();
            Work::Request {
                user: InputUser::new(user, 0).into(),
                config,
                reply: oneshot::channel().0,
                span: tracing::Span::none(),
            }
        };
        let users = |works: &[Work]| -> Vec<Option<i64>> {
            let user = |work: &Work| match work {
                Work::Request { user: types::InputUser::InputUser(user), .. } => Some(user.user_id),
                _ => None,
            };
            works.iter().map(user).collect()
        };
        let mut works: Vec<Work> = (1..=10).flat_map(|user| [request(user), Work::Tick]).collect();
        let later = Work::later_beginnings(&mut works);
        let begun = (1..=8).flat_map(|user| [Some(user), None]);
        assert_eq!(users(&works), begun.chain([None, None]).collect::<Vec<_>>());
        assert_eq!(users(&later), [Some(9), Some(10)]);
    }
}
