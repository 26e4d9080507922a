//! The way to one data centre: a task that keeps a connection to it, and the handle that hands calls over to the task.

mod driver;
mod session;
mod updates;

use std::sync::Arc;

use tl_types::{EncodeError, RpcError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::ConnectError;
use super::core::{Core, lock};
use super::order::{Place, Progress};
use crate::client::Incoming;
use crate::mtproto::session::RequestId;
use driver::Driver;
pub(super) use updates::UpdateSender;

/// How a link is.
#[derive(Clone, Debug)]
pub enum ConnectionState {
    /// There is no connection, but there will be.
    Connecting {
        /// How many attempts have failed one after the other.
        failures: u32,
        /// Why the last one did.
        last: Option<Arc<ConnectError>>,
    },
    /// There is a connection, and calls are made.
    Connected,
    /// There will be no connection any more.
    Failed(Arc<ConnectError>),
    /// It was shut down.
    Closed,
}

/// What a link is told.
enum Command {
    Call(Call),
    /// Nobody waits for the answer any more.
    Cancel(RequestId),
    /// The server has forgotten what introduced us.
    Introduce,
    /// The server has forgotten what the temporary key belongs to.
    Bind,
}

/// A call on its way.
struct Call {
    request: RequestId,
    body: Vec<u8>,
    after: Option<RequestId>,
    progress: Option<Arc<watch::Sender<Progress>>>,
    answer: oneshot::Sender<Result<Vec<u8>, LinkError>>,
}

/// Why a link has no answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LinkError {
    Rpc(RpcError),
    /// It may have been carried out.
    Unanswered,
    /// It was not carried out: it was not sent, or the server never accepted what was.
    NotCarriedOut,
    /// The link is no more.
    Closed,
    /// The function cannot be said.
    Encode(EncodeError),
}

/// The handle of a link. Its task ends with it.
pub(super) struct Link {
    number: u64,
    commands: mpsc::UnboundedSender<Command>,
    state: watch::Receiver<ConnectionState>,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Link {
    /// Starts the task. The link to the user's own data centre passes updates on.
    pub(super) fn start(core: Arc<Core>, dc: i32, incoming: Option<mpsc::Sender<Incoming>>) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let (state, states) = watch::channel(ConnectionState::Connecting { failures: 0, last: None });
        let number = core.number();
        // It outlives the call that needs it first.
        let span = tracing::info_span!(parent: &core.span, "link", dc);
        let driver = Driver::new(core, dc, receiver, state, incoming.map(UpdateSender::new));
        let task = tokio::spawn(driver.run().instrument(span));
        Self { number, commands, state: states, task: std::sync::Mutex::new(Some(task)) }
    }

    /// No other link has this number.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn state(&self) -> watch::Receiver<ConnectionState> {
        self.state.clone()
    }

    /// Hands a call over and waits for its answer. The first poll hands it over.
    pub(super) async fn call(
        &self,
        request: RequestId,
        body: Vec<u8>,
        after: Option<RequestId>,
        place: Option<&Place>,
    ) -> Result<Vec<u8>, LinkError> {
        let (answer, answered) = oneshot::channel();
        let progress = place.map(Place::progress);
        let call = Call { request, body, after, progress, answer };
        if let Some(place) = place {
            place.set(Progress::Sent { link: self.number, request });
        }
        if self.commands.send(Command::Call(call)).is_err() {
            return Err(LinkError::Closed);
        }
        let mut waiting = Waiting { link: self, request: Some(request) };
        let result = answered.await.unwrap_or(Err(LinkError::Closed));
        waiting.request = None;
        result
    }

    /// The next calls are preceded by an introduction.
    pub(super) fn introduce(&self) {
        // A link that is no more answers the calls so.
        let _ = self.commands.send(Command::Introduce);
    }

    /// The next calls are preceded by the binding of the temporary key.
    pub(super) fn bind(&self) {
        let _ = self.commands.send(Command::Bind);
    }

    /// Ends the task and waits for that.
    pub(super) async fn shutdown(&self) {
        let task = lock(&self.task).take();
        if let Some(task) = task {
            task.abort();
            // The error is that it was aborted.
            let _ = task.await;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(task) = lock(&self.task).take() {
            task.abort();
        }
    }
}

/// Cancels a call whose future is dropped.
struct Waiting<'l> {
    link: &'l Link,
    request: Option<RequestId>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(request) = self.request {
            let _ = self.link.commands.send(Command::Cancel(request));
        }
    }
}
