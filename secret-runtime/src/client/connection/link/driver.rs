//! The task of a link: connects, drives the session, takes calls, and begins again when the connection is lost. What comes
//! in is `receive`'s matter, and what becomes of keys that of `keys`.

mod keys;
mod receive;

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::super::backoff::Backoff;
use super::super::core::Core;
use super::super::key::{self, Fault};
use super::super::order::Progress;
use super::super::reach::reach;
use super::super::{ConnectError, ConnectionState};
use super::session::Session;
use super::updates::UpdateSender;
use super::{Call, Command, LinkError};
use crate::client::trace::told;
use crate::mtproto::session::{RequestId, RequestOptions, UnixMillis};
use crate::mtproto::socket::Socket;

/// No more is queued on the socket before some of it is written: what waits in the session can still be cancelled.
const QUEUED: usize = 1 << 20;

/// Milliseconds after which the clocks are looked at in any case.
const FAR: i64 = 60_000;

/// A temporary key that lives for fewer seconds would be replaced all the time.
const SHORTEST_LIFE: u32 = 60;

pub(super) struct Driver {
    core: Arc<Core>,
    dc: i32,
    commands: mpsc::UnboundedReceiver<Command>,
    state: watch::Sender<ConnectionState>,
    updates: Option<UpdateSender>,
    session: Option<Session>,
    calls: HashMap<RequestId, Waiting>,
    /// Calls for the next session: there is none yet, or its key is about to end.
    parked: VecDeque<Call>,
    backoff: Backoff,
    refusals: u32,
    /// The address of the last connection, and whether the server was heard there.
    last_address: Option<(SocketAddr, bool)>,
    /// Whether the server has said something on this connection that only it can say.
    heard: bool,
    /// The number of this connection, and of the last one on which it was so.
    connection: u64,
    last_heard: Option<u64>,
}

struct Waiting {
    /// The first connection that it may have been sent on.
    connection: u64,
    progress: Option<Arc<watch::Sender<Progress>>>,
    answer: oneshot::Sender<Result<Vec<u8>, LinkError>>,
}

/// Why the task left a connection.
enum End {
    /// Another one may be better.
    Lost(ConnectError),
    /// The temporary key has come to its end.
    KeyExpired,
    /// All handles are gone.
    Closed,
}

impl From<ConnectError> for End {
    fn from(error: ConnectError) -> Self {
        Self::Lost(error)
    }
}

impl Driver {
    pub(super) fn new(
        core: Arc<Core>,
        dc: i32,
        commands: mpsc::UnboundedReceiver<Command>,
        state: watch::Sender<ConnectionState>,
        updates: Option<UpdateSender>,
    ) -> Self {
        Self {
            core,
            dc,
            commands,
            state,
            updates,
            session: None,
            calls: HashMap::new(),
            parked: VecDeque::new(),
            backoff: Backoff::default(),
            refusals: 0,
            last_address: None,
            heard: false,
            connection: 0,
            last_heard: None,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            self.heard = false;
            let end = match self.connection().await {
                Ok(never) => match never {},
                Err(end) => end,
            };
            self.connection += 1;
            if let Some((_, was_heard)) = &mut self.last_address {
                *was_heard |= self.heard;
            }
            if let Some(session) = &mut self.session {
                session.client.disconnected();
            }
            let error = match end {
                End::Closed => return,
                End::KeyExpired => {
                    tracing::debug!("the temporary key has come to its end");
                    self.drop_session();
                    continue;
                }
                End::Lost(error) => error,
            };
            if error.is_final() {
                tracing::error!(error = %told(&error), "there is no connection any more");
                self.state.send_replace(ConnectionState::Failed(Arc::new(error)));
                return;
            }
            let wait = self.backoff.next(&mut self.core.rng.clone());
            tracing::info!(error = %told(&error), ?wait, "the connection is lost");
            let failures = self.backoff.failures();
            self.state.send_replace(ConnectionState::Connecting { failures, last: Some(Arc::new(error)) });
            if !self.wait(wait).await {
                return;
            }
        }
    }

    /// Waits before the next attempt. False if all handles are gone.
    async fn wait(&mut self, wait: Duration) -> bool {
        let end = Instant::now() + wait;
        loop {
            tokio::select! {
                () = sleep_until(end) => return true,
                command = self.commands.recv() => {
                    let Some(command) = command else { return false };
                    self.command(command);
                }
            }
        }
    }

    /// One connection, from its beginning to its end.
    async fn connection(&mut self) -> Result<Infallible, End> {
        let (mut socket, address) = self.begin().await?;
        tracing::info!(%address, "connected");
        if let Some(session) = &mut self.session {
            session.client.connected(self.core.now());
        }
        let mut told = false;
        loop {
            if !told && self.heard && self.session.as_ref().is_some_and(Session::is_ready) {
                told = true;
                self.ready();
            }
            self.transmit(&mut socket, address)?;
            if let Some(event) = self.session.as_mut().and_then(|session| session.client.poll_event()) {
                self.event(event, address)?;
                // It may have made the session ready, or given it something to send.
                continue;
            }
            let (due, ends) = self.due();
            let behind = self.updates.as_ref().is_some_and(UpdateSender::is_behind);
            tokio::select! {
                frame = socket.next() => {
                    let frame = frame.map_err(|source| ConnectError::Socket { dc: self.dc, address, source })?;
                    self.frame(frame.ok_or(ConnectError::Ended { dc: self.dc, address })?)?;
                }
                command = self.commands.recv() => self.command(command.ok_or(End::Closed)?),
                () = sleep_until(due) => {}
                () = sleep_until(ends), if self.calls.is_empty() && self.key_has_ended() => return Err(End::KeyExpired),
                () = catch_up(&mut self.updates), if behind => {}
            }
            // What came in together is sent on together.
            while let Ok(command) = self.commands.try_recv() {
                self.command(command);
            }
        }
    }

    /// Connects to one of the addresses, and sees to it that there is a session.
    async fn begin(&mut self) -> Result<(Socket, SocketAddr), ConnectError> {
        let dc = self.dc;
        let end = Instant::now() + self.core.settings.connect_timeout;
        let addresses = self.addresses();
        let first = *addresses.first().ok_or(ConnectError::UnknownDataCenter { dc })?;
        let mut rng = self.core.rng.clone();
        let connected = reach(addresses, |address| Socket::connect(address, &self.core.settings.wire, &mut rng));
        let connected = timeout_at(end, connected).await.map_err(|_| ConnectError::Silent { dc, address: first })?;
        let (address, mut socket) = connected.map_err(|failure| match failure {
            Some((address, source)) => ConnectError::Socket { dc, address, source },
            None => ConnectError::UnknownDataCenter { dc },
        })?;
        self.last_address = Some((address, false));
        let agreed = timeout_at(end, self.agree(&mut socket, address)).await;
        agreed.map_err(|_| ConnectError::Silent { dc, address })??;
        Ok((socket, address))
    }

    /// The addresses to try: first the one of the last connection or, if the server was not heard there, the one behind it.
    fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses = self.core.addresses(self.dc);
        if let Some((last, was_heard)) = self.last_address
            && let Some(place) = addresses.iter().position(|address| *address == last)
        {
            addresses.rotate_left(if was_heard { place } else { place + 1 });
        }
        addresses
    }

    /// Sees to it that there is a session, and the keys for it.
    async fn agree(&mut self, socket: &mut Socket, address: SocketAddr) -> Result<(), ConnectError> {
        if self.session.is_some() {
            return Ok(());
        }
        let dc = self.dc;
        let at = |fault: Fault| fault.at(dc, address);
        let kept = match self.core.file.key_of(dc) {
            Some(kept) => kept,
            None => {
                let new = key::agree(socket, &self.core, dc, None).await.map_err(at)?;
                self.keep(&new)?
            }
        };
        let temporary = match self.core.settings.temporary_keys {
            Some(life) => {
                let life = life.max(SHORTEST_LIFE);
                Some(key::agree(socket, &self.core, dc, Some(life)).await.map_err(at)?)
            }
            None => None,
        };
        self.session = Some(Session::new(&self.core, &kept, temporary));
        for call in std::mem::take(&mut self.parked) {
            self.call(call);
        }
        Ok(())
    }

    /// There is a connection, and the server knows who we are.
    fn ready(&mut self) {
        self.state.send_replace(ConnectionState::Connected);
        if let Some(updates) = &mut self.updates {
            updates.lost();
        }
    }

    fn transmit(&mut self, socket: &mut Socket, address: SocketAddr) -> Result<(), ConnectError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let mut rng = self.core.rng.clone();
        while socket.queued() < QUEUED
            && let Some(transmit) = session.client.poll_transmit(self.core.now(), &mut rng)
        {
            tracing::trace!(bytes = transmit.packet.len(), "a packet is sent");
            let queued = socket.queue(&transmit.packet, transmit.quick_ack.is_some(), &mut rng);
            queued.map_err(|source| ConnectError::Socket { dc: self.dc, address, source: source.into() })?;
        }
        Ok(())
    }

    /// When the session is to be looked at again, and when its key ends.
    fn due(&mut self) -> (Instant, Instant) {
        let now = self.core.now();
        let instant = |time: Option<UnixMillis>| {
            let wait = time.map_or(FAR, |time| time.0.saturating_sub(now.0).clamp(0, FAR));
            Instant::now() + Duration::from_millis(wait.unsigned_abs())
        };
        let due = self.session.as_mut().and_then(|session| session.client.due());
        let ends = self.session.as_ref().and_then(|session| session.ends(now));
        (instant(due), instant(ends))
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Call(call) => self.call(call),
            Command::Cancel(request) => {
                self.parked.retain(|call| call.request != request);
                if self.calls.remove(&request).is_some()
                    && let Some(session) = &mut self.session
                {
                    session.cancel(request);
                }
            }
            Command::Introduce => {
                if let Some(session) = &mut self.session {
                    session.introduce(&self.core);
                }
            }
            Command::Bind => {
                if let Some(session) = &mut self.session {
                    session.bind(&self.core);
                }
            }
        }
    }

    fn call(&mut self, call: Call) {
        let now = self.core.now();
        let session = self.session.as_mut().filter(|session| session.ends(now).is_none_or(|end| now < end));
        let Some(session) = session else {
            self.parked.push_back(call);
            return;
        };
        let Call { request, body, after, progress, answer } = call;
        let connection = self.connection;
        let mut options = RequestOptions::default();
        options.after.extend(after);
        self.calls.insert(request, Waiting { connection, progress, answer });
        session.submit(request, body, options, now);
    }

    fn finish(&mut self, request: RequestId, result: Result<Vec<u8>, LinkError>) {
        let Some(Waiting { connection: _, progress, answer }) = self.calls.remove(&request) else { return };
        if let Some(progress) = progress {
            let done = if result.is_ok() { Progress::Succeeded } else { Progress::Undecided };
            progress.send_replace(done);
        }
        // Nobody may wait any more.
        let _ = answer.send(result);
    }
}

async fn catch_up(updates: &mut Option<UpdateSender>) {
    if let Some(updates) = updates {
        updates.catch_up().await;
    }
}
