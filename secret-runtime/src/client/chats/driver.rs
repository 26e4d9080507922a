//! The one task that owns the account: it gathers what waits, has it done in one commit, and does what that comes to.
//!
//! The commit runs where blocking is allowed (`spawn_blocking`), and the account goes there and back; so the task needs no
//! thread of its own, and runs on every kind of runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tl_types::secret::types::SendMessageAction;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::field::Empty;

use super::calls::{Calls, Done};
use super::events::{Acknowledged, News};
use super::owner::Owner;
use super::settings::ChatsSettings;
use super::work::{Round, Trouble, Work};
use crate::chat::Notice;
use crate::client::trace::told;
use crate::client::updates::{Item, Tracker};
use crate::client::{Incoming, Transport};
use crate::store::Store;

/// How much is done in one commit. 1024: as many as may wait, and milliseconds of arithmetic.
const GROUP: usize = 1024;

/// How soon after a tick there is another one, if time says that it is due already.
const TICK: Duration = Duration::from_secs(1);

/// The longest wait before the store is tried again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// What a handle asks for.
pub(super) enum Request {
    Work(Work),
    /// End, and say so when the store is closed.
    Shutdown(oneshot::Sender<()>),
}

pub(super) struct Driver<T, St: Store> {
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) incoming: mpsc::Receiver<Incoming>,
    pub(super) acknowledged: mpsc::UnboundedReceiver<Acknowledged>,
    pub(super) news: mpsc::UnboundedSender<News>,
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) calls: Calls<T>,
    pub(super) tracker: Tracker,
    pub(super) settings: ChatsSettings,
    pub(super) state: State,
    pub(super) owner: Option<Owner<St>>,
}

/// What the task knows besides.
pub(super) struct State {
    works: Vec<Work>,
    /// Chats that begin once it is known from where on messages are taken.
    beginnings: Vec<Work>,
    /// Whether some of the work is more than acknowledgements, which can wait.
    is_urgent: bool,
    /// Since when acknowledgements wait.
    unconfirmed_since: Option<Instant>,
    tick: Option<Instant>,
    last_tick: Option<Instant>,
    /// When something happened last.
    busy: Instant,
    is_scrub_due: bool,
    store_failures: u32,
    is_full: bool,
    /// What `messages.receivedQueue` is to confirm, and whether it is on its way.
    received_queue: Option<i32>,
    is_confirming: bool,
    is_over: bool,
    /// Nobody listens for events, or acknowledges any.
    is_unheard: bool,
    shutdowns: Vec<oneshot::Sender<()>>,
}

impl State {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            works: Vec::new(),
            beginnings: Vec::new(),
            is_urgent: false,
            unconfirmed_since: None,
            tick: None,
            last_tick: None,
            busy: now,
            is_scrub_due: false,
            store_failures: 0,
            is_full: false,
            received_queue: None,
            is_confirming: false,
            is_over: false,
            is_unheard: false,
            shutdowns: Vec::new(),
        }
    }
}

impl<T: Transport, St: Store + Send + 'static> Driver<T, St> {
    /// Runs until the last handle is gone, one asks for the end, or the transport is closed.
    pub(super) async fn run(mut self, resumed: Round) {
        self.take(resumed, false);
        while !self.state.is_over {
            self.ask();
            self.gather().await;
            if self.state.is_urgent {
                self.round().await;
            } else {
                self.scrub().await;
            }
        }
        // What is acknowledged so far, and what came with the end.
        self.round().await;
        if self.state.is_scrub_due {
            self.scrub_now().await;
        }
        let Self { state, owner, calls, .. } = self;
        drop(owner);
        calls.end().await;
        for shutdown in state.shutdowns {
            // Whoever asked may have gone.
            let _ = shutdown.send(());
        }
    }

    /// Waits for something to do, unless there is already, then takes all that waits.
    async fn gather(&mut self) {
        let now = Instant::now();
        let wake = if self.state.is_urgent { now } else { self.next_wake(now) };
        let takes_updates = self.takes_updates();
        tokio::select! {
            request = self.requests.recv() => self.request(request),
            done = self.calls.next() => self.done(done),
            incoming = self.incoming.recv(), if takes_updates => self.incoming(incoming),
            event = self.acknowledged.recv(), if !self.state.is_unheard => self.acknowledged(event),
            () = tokio::time::sleep_until(wake) => {}
        }
        for _ in 0..GROUP {
            let Ok(request) = self.requests.try_recv() else { break };
            self.request(Some(request));
        }
        for _ in 0..GROUP {
            let Some(done) = self.calls.try_next() else { break };
            self.done(done);
        }
        for _ in 0..GROUP {
            if !self.takes_updates() {
                break;
            }
            let Ok(incoming) = self.incoming.try_recv() else { break };
            self.incoming(Some(incoming));
        }
        while let Ok(event) = self.acknowledged.try_recv() {
            self.acknowledged(Some(event));
        }
        self.look_at_the_clock(Instant::now());
    }

    fn takes_updates(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < self.settings.waiting_events
    }

    fn next_wake(&self, now: Instant) -> Instant {
        let state = &self.state;
        let confirm = state.unconfirmed_since.map(|since| since + self.settings.confirm_after);
        let scrub = state.is_scrub_due.then(|| state.busy + self.settings.scrub_after);
        let wakes = [state.tick, confirm, scrub, self.tracker.due()];
        // Without anything to wait for, a day is as good as any time.
        wakes.into_iter().flatten().min().unwrap_or(now + Duration::from_secs(24 * 60 * 60))
    }

    fn look_at_the_clock(&mut self, now: Instant) {
        if self.state.tick.is_some_and(|tick| tick <= now) {
            self.state.tick = None;
            self.state.last_tick = Some(now);
            self.work(Work::Tick);
        }
        let confirm_after = self.settings.confirm_after;
        self.state.is_urgent |= self.state.unconfirmed_since.is_some_and(|since| since + confirm_after <= now);
    }

    fn request(&mut self, request: Option<Request>) {
        match request {
            Some(Request::Work(work)) if work.begins_chat() && !self.tracker.has_begun() => {
                // What the peer sends before would count as old.
                self.state.beginnings.push(work);
                self.tracker.hurry(Instant::now());
            }
            Some(Request::Work(work)) => self.work(work),
            Some(Request::Shutdown(shutdown)) => {
                self.state.shutdowns.push(shutdown);
                self.state.is_over = true;
            }
            None => self.state.is_over = true,
        }
    }

    fn incoming(&mut self, incoming: Option<Incoming>) {
        match incoming {
            Some(Incoming::Updates(updates)) => {
                let mut items = Vec::new();
                self.tracker.updates(*updates, Instant::now(), &mut items);
                self.items(items);
            }
            Some(Incoming::Reconnected) => self.tracker.reconnected(),
            None => self.state.is_over = true,
        }
    }

    fn acknowledged(&mut self, event: Option<Acknowledged>) {
        let Some(Acknowledged(event)) = event else {
            self.state.is_unheard = true;
            return;
        };
        if let Some((chat, number)) = event {
            self.state.works.push(Work::Acknowledged { chat, number });
            self.state.unconfirmed_since.get_or_insert_with(Instant::now);
        }
        if self.state.is_full && self.waiting.load(Ordering::Relaxed) <= self.settings.waiting_events / 2 {
            self.state.is_full = false;
            self.tracker.hurry(Instant::now());
        }
    }

    fn done(&mut self, done: Done) {
        let mut items = Vec::new();
        match done {
            Done::Chat { chat, call, answer: Some(answer), .. } => self.work(Work::Answer { chat, call, answer }),
            Done::Chat { answer: None, .. } => self.state.is_over = true,
            Done::State(answer) => self.tracker.state(answer, Instant::now(), &mut items),
            Done::Difference(answer) => self.tracker.difference(answer, Instant::now(), &mut items),
            Done::ReceivedQueue(answer) => {
                self.state.is_confirming = false;
                if let Err(error) = answer {
                    // The next one confirms this, too.
                    tracing::debug!(error = %told(&error), "messages.receivedQueue failed");
                }
                self.confirm();
            }
        }
        self.items(items);
    }

    fn items(&mut self, items: Vec<Item>) {
        for item in items {
            match item {
                Item::Message { message, qts } => self.work(Work::Message { message, qts }),
                Item::Chat(chat) => self.work(Work::News(chat)),
                Item::Difference { messages, chats, qts, date } => {
                    self.work(Work::Difference { messages, chats, qts, date });
                }
                Item::Typing { chat } => {
                    self.tell(News::Notice {
                        chat,
                        notice: Notice::Typing(SendMessageAction::SendMessageTypingAction),
                    });
                }
                Item::Read { chat, max_date } => self.tell(News::ReadUntil { chat, max_date }),
            }
        }
    }

    fn work(&mut self, work: Work) {
        self.state.works.push(work);
        self.state.is_urgent = true;
    }

    fn tell(&mut self, news: News) {
        // Nobody need listen: what must not be lost stays with the account.
        if self.news.send(news).is_ok() {
            self.waiting.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn ask(&mut self) {
        if let Some(ask) = self.tracker.ask(Instant::now()) {
            self.calls.ask(ask);
        }
    }

    /// Does all that was gathered, in one commit.
    async fn round(&mut self) {
        self.state.unconfirmed_since = None;
        let mut works = std::mem::take(&mut self.state.works);
        self.state.works = Work::later_beginnings(&mut works);
        self.state.is_urgent = !self.state.works.is_empty();
        let has_updates = works.iter().any(Work::is_update);
        let now = (self.settings.clock)();
        let span = tracing::debug_span!("commit", works = works.len(), calls = Empty);
        let commit = move |owner: &mut Owner<St>| {
            let round = span.in_scope(|| owner.round(works, now));
            span.record("calls", round.outgoing.len());
            round
        };
        if let Some(round) = self.with_owner(commit).await {
            self.take(round, has_updates);
        }
    }

    /// Lets the owner do something where it may block. If it panics, or the runtime ends, all is over.
    async fn with_owner<R: Send + 'static>(
        &mut self,
        act: impl FnOnce(&mut Owner<St>) -> R + Send + 'static,
    ) -> Option<R> {
        let mut owner = self.owner.take()?;
        let acted = tokio::task::spawn_blocking(move || {
            let result = act(&mut owner);
            (owner, result)
        });
        match acted.await {
            Ok((owner, result)) => {
                self.owner = Some(owner);
                Some(result)
            }
            Err(error) => {
                // What a panic says may be anything.
                tracing::error!(is_panic = error.is_panic(), "the secret chats ended");
                self.state.is_over = true;
                None
            }
        }
    }

    /// Does what a commit came to; `has_updates` if what the server brought was part of it.
    fn take(&mut self, round: Round, has_updates: bool) {
        let now = Instant::now();
        let Round { outgoing, news, received_queue, due, qts, date, trouble, is_scrub_due } = round;
        self.state.busy = now;
        self.state.is_scrub_due = is_scrub_due;
        for (chat, caller, outgoing) in outgoing {
            self.calls.make(chat, caller, outgoing);
        }
        news.into_iter().for_each(|news| self.tell(news));
        if received_queue.is_some() {
            self.state.received_queue = received_queue;
            self.confirm();
        }
        let not_before = match &trouble {
            Some(Trouble::Store(error)) => {
                tracing::warn!(%error, "the store of the secret chats failed");
                let seconds = 1_u64.checked_shl(self.state.store_failures).unwrap_or(u64::MAX);
                self.state.store_failures = (self.state.store_failures + 1).min(32);
                now + Duration::from_secs(seconds).min(LONGEST_BACKOFF)
            }
            _ => {
                self.state.store_failures = 0;
                self.state.last_tick.map_or(now, |last| last + TICK)
            }
        };
        let mut items = Vec::new();
        match trouble {
            // What the server brought was not part of it, and need not be asked for again.
            Some(_) if !has_updates => {}
            Some(trouble) => {
                self.state.is_full = matches!(trouble, Trouble::EventsFull);
                self.tracker.not_taken(qts, now);
            }
            None => self.tracker.durable(qts, date, now, &mut items),
        }
        self.items(items);
        if self.tracker.has_begun() {
            std::mem::take(&mut self.state.beginnings).into_iter().for_each(|work| self.work(work));
        }
        self.state.tick = due.map(|due| {
            let seconds = due.0.saturating_sub((self.settings.clock)().0);
            // A day's wait is looked at again after a day, should the clock be set meanwhile.
            let wait = Duration::from_secs(u64::try_from(seconds).unwrap_or(0).min(24 * 60 * 60));
            (now + wait).max(not_before)
        });
    }

    /// One confirmation at a time, of the newest number.
    fn confirm(&mut self) {
        if !self.state.is_confirming
            && let Some(qts) = self.state.received_queue.take()
        {
            self.state.is_confirming = true;
            self.calls.confirm(qts);
        }
    }

    async fn scrub(&mut self) {
        let is_quiet = self.state.busy + self.settings.scrub_after <= Instant::now();
        if self.state.is_scrub_due && is_quiet {
            self.scrub_now().await;
        }
    }

    async fn scrub_now(&mut self) {
        let result = self.with_owner(Owner::scrub).await;
        // Should it fail, it is due again after the next key.
        self.state.is_scrub_due = false;
        if let Some(Err(error)) = result {
            tracing::warn!(%error, "what replaced keys left behind in the store is still there");
        }
    }
}
