//! The calls that chats want made, each as a task of its own.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tl_types::api::constructors::updates::State;
use tl_types::api::functions::messages::ReceivedQueue;
use tl_types::api::types::updates::Difference;
use tokio::task::JoinSet;
use tracing::{Instrument, Span};

use crate::chat::{Answer, Call, CallId, Failure, Outgoing};
use crate::client::trace::told;
use crate::client::updates::Ask;
use crate::client::{CallError, Ticket, Transport};

/// A call that has ended.
pub(super) enum Done {
    /// A call of a chat; `None` if the transport is closed, so that it is made again after a restart.
    Chat { chat: i32, call: CallId, ticket: Option<Ticket>, answer: Option<Answer> },
    /// `updates.getState`
    State(Result<State, CallError>),
    /// `updates.getDifference`
    Difference(Result<Difference, CallError>),
    /// `messages.receivedQueue`
    ReceivedQueue(Result<(), CallError>),
}

/// The calls on their way. They end with this value.
pub(super) struct Calls<T> {
    transport: Arc<T>,
    tasks: JoinSet<Done>,
    /// The last call of each message that is on its way.
    tickets: HashMap<(i32, u32), Ticket>,
}

impl<T: Transport> Calls<T> {
    pub(super) fn new(transport: Arc<T>) -> Self {
        Self { transport, tasks: JoinSet::new(), tickets: HashMap::new() }
    }

    /// Gives up the calls on their way, and waits until nothing of them is left: each holds the transport.
    pub(super) async fn end(mut self) {
        self.tasks.shutdown().await;
    }

    /// Makes a call of a chat, in the span of the caller who waits for it, or in one of the chat.
    pub(super) fn make(&mut self, chat: i32, caller: Option<Span>, outgoing: Outgoing) {
        let Outgoing { id, call, after } = outgoing;
        let ticket = id.counter().filter(|_| T::KEEPS_ORDER).map(|counter| ((chat, counter), Ticket::issue()));
        let after = after.and_then(|counter| self.tickets.get(&(chat, counter)).copied());
        let place = ticket.map(|(name, ticket)| {
            self.tickets.insert(name, ticket);
            Place { ticket, after }
        });
        let transport = Arc::clone(&self.transport);
        let call = async move {
            let answer = match carry_out(&*transport, call, place).await {
                Ok(answer) => Some(answer),
                Err(CallError::Rpc(error)) => Some(Answer::Failed(Failure::Rpc(error))),
                Err(CallError::Closed) => None,
                Err(error) => {
                    tracing::debug!(chat, error = %told(&error), "a call of a secret chat has no answer");
                    Some(Answer::Failed(Failure::Unanswered))
                }
            };
            Done::Chat { chat, call: id, ticket: place.map(|place| place.ticket), answer }
        };
        self.start(call.instrument(caller.unwrap_or_else(|| tracing::debug_span!("chat", chat))));
    }

    /// Asks for what may be missing.
    pub(super) fn ask(&mut self, ask: Ask) {
        let transport = Arc::clone(&self.transport);
        self.start(async move {
            match ask {
                Ask::State(call) => Done::State(transport.call(&call).await),
                Ask::Difference(call) => Done::Difference(transport.call(&call).await),
            }
        });
    }

    /// Confirms what is durable.
    pub(super) fn confirm(&mut self, qts: i32) {
        let transport = Arc::clone(&self.transport);
        self.start(async move { Done::ReceivedQueue(transport.call(&ReceivedQueue::new(qts)).await.map(drop)) });
    }

    /// The next call that ends; never, if there is none.
    pub(super) async fn next(&mut self) -> Done {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(done)) => return self.forget(done),
                // One that panicked has no answer; the chat makes it again after a restart.
                Some(Err(_)) => {}
                None => return std::future::pending().await,
            }
        }
    }

    /// Another call that has ended already.
    pub(super) fn try_next(&mut self) -> Option<Done> {
        loop {
            if let Ok(done) = self.tasks.try_join_next()? {
                return Some(self.forget(done));
            }
        }
    }

    fn forget(&mut self, done: Done) -> Done {
        if let Done::Chat { chat, call, ticket: Some(ticket), .. } = &done
            && let Some(counter) = call.counter()
            && self.tickets.get(&(*chat, counter)) == Some(ticket)
        {
            self.tickets.remove(&(*chat, counter));
        }
        done
    }

    /// Starts a call. It is polled once here, so that calls are handed over in the order in which they are made, whichever
    /// thread their tasks run on.
    fn start(&mut self, call: impl Future<Output = Done> + Send + 'static) {
        // Without a budget of its own the first poll could be put off.
        let mut call = Box::pin(tokio::task::unconstrained(call.in_current_span()));
        let first = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.tasks.spawn(async move {
            match first {
                Poll::Ready(done) => done,
                Poll::Pending => call.await,
            }
        });
    }
}

/// The place of a message among those of its chat.
#[derive(Clone, Copy)]
struct Place {
    ticket: Ticket,
    after: Option<Ticket>,
}

async fn carry_out<T: Transport>(transport: &T, call: Call, place: Option<Place>) -> Result<Answer, CallError> {
    Ok(match call {
        Call::GetDhConfig(call) => Answer::DhConfig(transport.call(&call).await?),
        Call::RequestEncryption(call) => Answer::Chat(transport.call(&call).await?),
        Call::AcceptEncryption(call) => Answer::Chat(transport.call(&call).await?),
        Call::DiscardEncryption(call) => done(transport.call(&call).await?),
        Call::SetEncryptedTyping(call) => done(transport.call(&call).await?),
        Call::ReadEncryptedHistory(call) => done(transport.call(&call).await?),
        Call::SendEncrypted(call) => Answer::Sent(in_place(transport, &call, place).await?),
        Call::SendEncryptedFile(call) => Answer::Sent(in_place(transport, &call, place).await?),
        Call::SendEncryptedService(call) => Answer::Sent(in_place(transport, &call, place).await?),
    })
}

async fn in_place<T, F>(transport: &T, call: &F, place: Option<Place>) -> Result<F::Response, CallError>
where
    T: Transport,
    F: tl_types::Function + tl_types::Encode + Send + Sync,
{
    match place {
        Some(Place { ticket, after }) => transport.call_after(ticket, after, call).await,
        None => transport.call(call).await,
    }
}

/// Whether it is `boolTrue` or `boolFalse` that the server answers says nothing.
fn done(_: bool) -> Answer {
    Answer::Done
}
