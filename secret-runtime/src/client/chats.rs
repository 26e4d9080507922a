//! Secret chats over a [`Transport`] and a [`Store`].
//!
//! [`SecretChats`] is a handle: clones share one [`Account`], which one task owns. What callers ask for and what the server
//! brings waits in channels; the task takes all that waits, makes it durable in one commit, and only then makes calls,
//! answers, tells and confirms. A future that is dropped undoes nothing: what it asked for goes on, unless it is a message
//! that still waits for its chat to have room.

mod beginning;
mod calls;
mod driver;
mod error;
mod events;
mod info;
mod owner;
mod peer;
mod sends;
mod settings;
mod trace;
mod work;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use rand_core::CryptoRng;
use tl_types::api::functions::messages::ReadEncryptedHistory;
use tl_types::api::types::{InputEncryptedChat, InputUser};
use tl_types::secret::constructors::{
    DecryptedMessageActionDeleteMessages, DecryptedMessageActionReadMessages, DecryptedMessageActionSetMessageTtl,
    DecryptedMessageService,
};
use tl_types::secret::types::DecryptedMessageAction;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span, debug_span};

use crate::account::Account;
use crate::chat::{Command, Mtproto};
use crate::client::trace::in_span;
use crate::client::updates::Tracker;
use crate::client::{Incoming, Transport};
use crate::store::Store;

use calls::Calls;
use driver::{Driver, Request, State};
use owner::Owner;
use work::{Reply, Work};

pub use error::{ChatError, SendError, StoreFailure};
pub use events::{Events, News};
pub use info::{ChatInfo, ChatState, Status};
pub use peer::{OutgoingMessage, Peer, Sent};
pub use settings::ChatsSettings;

/// Requests that may wait for the task; more callers wait for them.
const WAITING_REQUESTS: usize = 1024;

/// The secret chats of the signed-in user. Clone it for every caller.
///
/// When the last clone is dropped, the task ends by itself, after the commit that it is at; [`SecretChats::shutdown`] waits
/// for that.
pub struct SecretChats<T, St> {
    transport: Arc<T>,
    requests: mpsc::Sender<Request>,
    store: PhantomData<fn() -> St>,
}

impl<T: Transport, St: Store + Send + 'static> SecretChats<T, St> {
    /// Opens the chats that `store` holds, and goes on where the last process stopped: calls that were not answered are
    /// made again, events that were not acknowledged are told again, and what came meanwhile is asked for.
    ///
    /// `incoming` is what the server pushes over `transport`; its end is taken for the end of the transport. A store that
    /// another process has open is refused when it is opened, by the store itself.
    ///
    /// # Errors
    /// [`ChatError::Store`] if the store cannot be used, [`ChatError::Format`] if a newer version wrote it.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time.
    pub async fn open(
        transport: Arc<T>,
        store: St,
        incoming: mpsc::Receiver<Incoming>,
        rng: impl CryptoRng + Send + 'static,
        settings: ChatsSettings,
    ) -> Result<(Self, Events), ChatError> {
        let mut account_settings = settings.account.clone();
        if !T::KEEPS_ORDER {
            account_settings.chat.limits.in_flight = 1;
        }
        let now = (settings.clock)();
        let opened = tokio::task::spawn_blocking(move || {
            let mut owner = Owner::new(Account::open(store, account_settings)?, Box::new(rng));
            let resumed = owner.resume(now)?;
            Ok::<_, ChatError>((owner, resumed))
        });
        let (owner, resumed) = opened.await.map_err(|_| ChatError::Ended)??;
        let (requests, waiting_requests) = mpsc::channel(WAITING_REQUESTS);
        let (news, waiting_news) = mpsc::unbounded_channel();
        let (acknowledged, waiting_acknowledged) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let driver = Driver {
            requests: waiting_requests,
            incoming,
            acknowledged: waiting_acknowledged,
            news,
            waiting: Arc::clone(&waiting),
            calls: Calls::new(Arc::clone(&transport)),
            tracker: Tracker::new(resumed.qts, resumed.date, Instant::now()),
            settings,
            state: State::new(Instant::now()),
            owner: Some(owner),
        };
        tokio::spawn(driver.run(resumed).in_current_span());
        let events = Events { news: waiting_news, acknowledged, waiting, given: None };
        Ok((Self { transport, requests, store: PhantomData }, events))
    }

    /// Sends a message, and answers when the server has all of it and that is durable here.
    ///
    /// `peer` is a chat id, an update, an `encryptedMessage`, or an `inputEncryptedChat`; `message` a text, a
    /// `decryptedMessage`, or an [`OutgoingMessage`]. A long text is sent as several messages, and the answer has all of
    /// them, in order. Messages of one chat arrive in the order in which this was first polled.
    ///
    /// A `random_id` of 0 is replaced; any other is the name of the message, or of its first part: sending it again sends
    /// nothing, and gives the first answer. That holds for the last thousand answers, and across a restart for the last
    /// hundred or so messages of the chat ([`Limits::random_ids`](crate::chat::Limits)), but for the parts behind the first.
    /// Do not use it again after that: the message may come twice or, if the server remembers the id for longer, not at all,
    /// and the peer then waits for it.
    ///
    /// If the future is dropped, the message is sent all the same, once it was handed over; [`Events`] then tell what became
    /// of it. It waits as long as there is no connection: put a time limit around it where that is too long.
    ///
    /// A chat in which the peer has not confirmed a thousand messages ([`Limits::unconfirmed`](crate::chat::Limits)) has no
    /// room, and this waits for the peer, who may be offline. Such a message is not handed over yet: dropping the future, or
    /// the end of the process, takes it back. Clients confirm with what they write, and when a key is replaced.
    ///
    /// # Errors
    /// [`SendError`], with the part that failed. What the server refuses for a while is retried, and no error.
    /// [`CommandError::Unconfirmed`](crate::chat::CommandError::Unconfirmed) for a text that would not fit into an empty chat.
    pub async fn send_encrypted(
        &self,
        peer: impl Into<Peer>,
        message: impl Into<OutgoingMessage>,
    ) -> Result<Vec<Sent>, SendError> {
        let (peer, message) = (peer.into(), Box::new(message.into()));
        let span = debug_span!("send_encrypted", chat = peer.chat, outcome = Empty);
        let sending = span.clone();
        in_span(span, self.ask(|reply| Work::Send { peer, message, reply, span: sending })).await
    }

    /// Sends a service message: a `random_id` of 0 is replaced.
    ///
    /// # Errors
    /// As [`SecretChats::send_encrypted`]; [`CommandError::Protocol`](crate::chat::CommandError::Protocol) for an action
    /// that the chat sends by itself.
    pub async fn send_encrypted_service(
        &self,
        peer: impl Into<Peer>,
        action: impl Into<DecryptedMessageAction>,
    ) -> Result<Vec<Sent>, SendError> {
        self.send_encrypted(peer, DecryptedMessageService::new(0, action)).await
    }

    /// Deletes messages on both sides, by their `random_id`s.
    ///
    /// # Errors
    /// As [`SecretChats::send_encrypted`].
    pub async fn delete(&self, peer: impl Into<Peer>, random_ids: Vec<i64>) -> Result<(), SendError> {
        self.send_encrypted_service(peer, DecryptedMessageActionDeleteMessages::new(random_ids)).await.map(drop)
    }

    /// Deletes all messages on both sides.
    ///
    /// # Errors
    /// As [`SecretChats::send_encrypted`].
    pub async fn flush(&self, peer: impl Into<Peer>) -> Result<(), SendError> {
        self.send_encrypted_service(peer, DecryptedMessageAction::FlushHistory).await.map(drop)
    }

    /// Sets the chat's self-destruct timer, in seconds; 0 turns it off.
    ///
    /// # Errors
    /// As [`SecretChats::send_encrypted`].
    pub async fn set_timer(&self, peer: impl Into<Peer>, seconds: i32) -> Result<(), SendError> {
        self.send_encrypted_service(peer, DecryptedMessageActionSetMessageTtl::new(seconds)).await.map(drop)
    }

    /// Tells the peer that messages were read; their self-destruct timers start.
    ///
    /// # Errors
    /// As [`SecretChats::send_encrypted`].
    pub async fn read(&self, peer: impl Into<Peer>, random_ids: Vec<i64>) -> Result<(), SendError> {
        self.send_encrypted_service(peer, DecryptedMessageActionReadMessages::new(random_ids)).await.map(drop)
    }

    /// Tells the server that everything up to a date, in seconds since 1970, was read: `messages.readEncryptedHistory`.
    ///
    /// # Errors
    /// [`ChatError`]; nothing is retried.
    pub async fn read_history(&self, peer: impl Into<Peer>, max_date: i32) -> Result<(), ChatError> {
        let peer = peer.into();
        let read = async {
            let chat = self.chat(peer).await?;
            let peer = InputEncryptedChat::new(chat.id, chat.access_hash);
            self.transport.call(&ReadEncryptedHistory::new(peer, max_date)).await?;
            Ok(())
        };
        in_span(debug_span!("read_history", chat = peer.chat, outcome = Empty), read).await
    }

    /// Tells the server that the user is typing, at most every five seconds; or no longer.
    ///
    /// # Errors
    /// [`ChatError`] if the chat is not ready.
    pub async fn typing(&self, peer: impl Into<Peer>, is_typing: bool) -> Result<(), ChatError> {
        let peer = peer.into();
        let span = debug_span!("typing", chat = peer.chat, outcome = Empty);
        in_span(span, self.command(peer, Command::SetTyping(is_typing))).await
    }

    /// Requests a chat with a user, and answers with its id when the server has the request.
    /// [`Event::Ready`](crate::chat::Event::Ready) tells that the user has accepted.
    ///
    /// # Errors
    /// [`ChatError`]: the server's, such as `USER_ID_INVALID`, or an unsafe configuration.
    pub async fn request(&self, user: impl Into<InputUser>) -> Result<i32, ChatError> {
        let user = user.into();
        let span = debug_span!("request", chat = Empty, outcome = Empty);
        let request = async {
            let (config, span) = (self.dh_config().await?, Span::current());
            self.ask(|reply| Work::Request { user, config, reply, span }).await
        };
        let chat = in_span(span.clone(), request).await?;
        span.record("chat", chat);
        Ok(chat)
    }

    /// Accepts a request, and answers when messages can be sent.
    ///
    /// # Errors
    /// [`ChatError`]: the server's, such as `ENCRYPTION_ALREADY_ACCEPTED`, or
    /// [`CommandError::NotRequested`](crate::chat::CommandError::NotRequested).
    pub async fn accept(&self, peer: impl Into<Peer>) -> Result<(), ChatError> {
        let peer = peer.into();
        let accept = async {
            let (config, span) = (self.dh_config().await?, Span::current());
            self.ask(|reply| Work::Accept { peer, config, reply, span }).await
        };
        in_span(debug_span!("accept", chat = peer.chat, outcome = Empty), accept).await
    }

    /// Ends a chat, and asks the peer to delete its history, too, or not. Answers when that is durable; the server is told
    /// as soon as it can be.
    ///
    /// # Errors
    /// [`ChatError`] if the chat is closed already, or the peer's layer does not know the wish.
    pub async fn discard(&self, peer: impl Into<Peer>, delete_history: bool) -> Result<(), ChatError> {
        let peer = peer.into();
        let span = debug_span!("discard", chat = peer.chat, outcome = Empty);
        in_span(span, self.command(peer, Command::Discard { delete_history })).await
    }

    /// Deletes everything of a chat here, and tells nobody. Discard it first.
    ///
    /// # Errors
    /// [`ChatError::Store`] if the store fails.
    pub async fn forget(&self, chat: i32) -> Result<(), ChatError> {
        let span = debug_span!("forget", chat, outcome = Empty);
        in_span(span, self.ask(|reply| Work::Forget { chat, reply })).await
    }

    /// How a chat is.
    ///
    /// # Errors
    /// [`ChatError::ChatIdInvalid`], or why it cannot be read.
    pub async fn chat(&self, peer: impl Into<Peer>) -> Result<ChatInfo, ChatError> {
        let peer = peer.into();
        self.ask(|reply| Work::Info { peer, reply }).await
    }

    /// How the account is: its chats, and what went wrong.
    ///
    /// # Errors
    /// [`ChatError::Store`] if the store cannot be read.
    pub async fn status(&self) -> Result<Status, ChatError> {
        self.ask(|reply| Work::Status { reply }).await
    }

    /// Ends the task for all handles, and waits until the store is closed. What was to be sent goes out when the chats are
    /// opened again.
    pub async fn shutdown(self) {
        let (ended, end) = oneshot::channel();
        if self.requests.send(Request::Shutdown(ended)).await.is_ok() {
            let _ = end.await;
        }
        // Should another handle have ended it, the store is closed with the receiver of requests.
        self.requests.closed().await;
    }

    pub(in crate::client) fn transport(&self) -> &Arc<T> {
        &self.transport
    }

    async fn command(&self, peer: Peer, command: Command<Mtproto>) -> Result<(), ChatError> {
        self.ask(|reply| Work::Command { peer, command: Box::new(command), reply }).await
    }

    async fn dh_config(&self) -> Result<tl_types::api::types::messages::DhConfig, ChatError> {
        let call = self.ask(|reply| Work::DhConfig { reply }).await?;
        Ok(self.transport.call(&call).await?)
    }

    async fn ask<R, E: From<ChatError>>(&self, work: impl FnOnce(Reply<R, E>) -> Work) -> Result<R, E> {
        let (reply, answer) = oneshot::channel();
        let ended = || E::from(ChatError::Ended);
        self.requests.send(Request::Work(work(reply))).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

impl<T, St> Clone for SecretChats<T, St> {
    fn clone(&self) -> Self {
        Self { transport: Arc::clone(&self.transport), requests: self.requests.clone(), store: PhantomData }
    }
}

impl<T, St> fmt::Debug for SecretChats<T, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transport: _, requests: _, store: _ } = self;
        f.debug_struct("SecretChats").finish_non_exhaustive()
    }
}
