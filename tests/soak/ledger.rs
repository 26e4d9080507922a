//! What every user has sent and received, outside of any crash: the streams of numbers that must come whole and in order.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secret_runtime::crypto::KeyFingerprint;
use tokio::sync::watch;

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    File,
}

/// How many of each kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) texts: u64,
    pub(crate) files: u64,
}

impl Amount {
    /// Until [`Ledger::close`].
    pub(crate) const ENDLESS: Self = Self { texts: u64::MAX, files: u64::MAX };
}

/// A chat and its two users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) chat: i32,
    pub(crate) users: [usize; 2],
}

/// Messages of one kind from one user to another, numbered from 0.
#[derive(Debug)]
struct Stream {
    chat: i32,
    from: usize,
    to: usize,
    kind: Kind,
    goal: u64,
    /// How many were begun to be sent.
    begun: u64,
    /// How many have the server's answer.
    answered: u64,
    received: u64,
}

#[derive(Debug, Default)]
struct State {
    streams: Vec<Stream>,
    /// The newest key of each chat, as each of its users was told of it; none before the first new one.
    keys: BTreeMap<i32, [Option<KeyFingerprint>; 2]>,
    repeats: u64,
    replaced_keys: u64,
    lives: u64,
    crashes: u64,
    has_failed: bool,
}

pub(crate) struct Ledger {
    state: Mutex<State>,
    changes: watch::Sender<()>,
}

impl Ledger {
    pub(crate) fn new(pairs: &[Pair]) -> Self {
        let (mut streams, mut keys) = (Vec::new(), BTreeMap::new());
        for Pair { chat, users: [one, other] } in pairs.iter().copied() {
            keys.insert(chat, [None; 2]);
            for (from, to) in [(one, other), (other, one)] {
                for kind in [Kind::Text, Kind::File] {
                    streams.push(Stream { chat, from, to, kind, goal: 0, begun: 0, answered: 0, received: 0 });
                }
            }
        }
        Self { state: Mutex::new(State { streams, keys, ..State::default() }), changes: watch::Sender::new(()) }
    }

    /// So much more has to be sent, behind what was.
    pub(crate) fn extend(&self, amount: Amount) {
        self.change(|state| {
            for stream in &mut state.streams {
                let more = if stream.kind == Kind::Text { amount.texts } else { amount.files };
                stream.goal = stream.goal.saturating_add(more);
            }
        });
    }

    /// Nothing more is begun.
    pub(crate) fn close(&self) {
        self.change(|state| state.streams.iter_mut().for_each(|stream| stream.goal = stream.goal.min(stream.begun)));
    }

    /// Somebody has failed: nobody need wait any more.
    pub(crate) fn fail(&self) {
        self.change(|state| state.has_failed = true);
    }

    /// Whether all has come, and both users of each chat have the same key.
    pub(crate) fn is_done(&self) -> bool {
        let state = self.lock();
        let has_come = |stream: &Stream| stream.answered == stream.goal && stream.received == stream.goal;
        state.has_failed || (state.streams.iter().all(has_come) && state.keys.values().all(|[one, other]| one == other))
    }

    /// Whether the server has all that was to be sent.
    pub(crate) fn is_answered(&self) -> bool {
        self.lock().streams.iter().all(|stream| stream.answered == stream.goal)
    }

    /// What changes from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    pub(crate) async fn done(&self) {
        let mut changes = self.changes();
        while !self.is_done() {
            let _ = changes.changed().await;
        }
    }

    /// The streams that a user sends: which, in which chat, of which kind.
    pub(crate) fn streams_of(&self, user: usize) -> Vec<(usize, i32, Kind)> {
        let state = self.lock();
        let own = state.streams.iter().enumerate().filter(|(_, stream)| stream.from == user);
        own.map(|(number, stream)| (number, stream.chat, stream.kind)).collect()
    }

    /// The stream that comes to a user.
    pub(crate) fn stream_to(&self, user: usize, chat: i32, kind: Kind) -> usize {
        let is_it = |stream: &Stream| stream.to == user && stream.chat == chat && stream.kind == kind;
        self.lock().streams.iter().position(is_it).unwrap()
    }

    /// The number of the first message without an answer.
    pub(crate) fn unanswered(&self, stream: usize) -> u64 {
        self.lock().streams[stream].answered
    }

    /// Waits until a stream of files is less than `ahead` before what the slowest of them has received.
    pub(crate) async fn room(&self, stream: usize, ahead: u64) {
        let mut changes = self.changes();
        let is_ahead = || {
            let state = self.lock();
            let files = state.streams.iter().filter(|stream| stream.kind == Kind::File);
            let slowest = files.map(|stream| stream.received).min().unwrap_or_default();
            !state.has_failed && state.streams[stream].begun >= slowest + ahead
        };
        while is_ahead() {
            let _ = changes.changed().await;
        }
    }

    /// Whether this number is to be sent.
    pub(crate) fn begin(&self, stream: usize, number: u64) -> bool {
        let stream = &mut self.lock().streams[stream];
        let is_wanted = number < stream.goal;
        if is_wanted {
            stream.begun = stream.begun.max(number + 1);
        }
        is_wanted
    }

    pub(crate) fn answered(&self, stream: usize, number: u64) {
        self.change(|state| {
            let stream = &mut state.streams[stream];
            assert_eq!(stream.answered, number, "{stream:?}");
            stream.answered += 1;
        });
    }

    /// Nothing is missing before it, and it was not there yet.
    pub(crate) fn receive(&self, stream: usize, number: u64) {
        self.change(|state| {
            let stream = &mut state.streams[stream];
            assert_eq!(stream.received, number, "what comes is not what is next: {stream:?}");
            stream.received += 1;
        });
    }

    pub(crate) fn repeat(&self) {
        self.change(|state| state.repeats += 1);
    }

    pub(crate) fn key_replaced(&self, Pair { chat, users }: Pair, user: usize, key: KeyFingerprint) {
        self.change(|state| {
            state.replaced_keys += 1;
            state.keys.entry(chat).or_default()[usize::from(user != users[0])] = Some(key);
        });
    }

    pub(crate) fn lives(&self) {
        self.change(|state| state.lives += 1);
    }

    pub(crate) fn crash(&self) {
        self.change(|state| state.crashes += 1);
    }

    pub(crate) fn crashes(&self) -> u64 {
        self.lock().crashes
    }

    pub(crate) fn repeats(&self) -> u64 {
        self.lock().repeats
    }

    pub(crate) fn replaced_keys(&self) -> u64 {
        self.lock().replaced_keys
    }

    pub(crate) fn received(&self) -> u64 {
        self.lock().streams.iter().map(|stream| stream.received).sum()
    }

    pub(crate) fn goal(&self) -> u64 {
        self.lock().streams.iter().fold(0, |sum, stream| sum.saturating_add(stream.goal))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changes.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { streams, keys, repeats, replaced_keys, lives, crashes, has_failed: _ } = &*self.lock();
        for Stream { chat, from, to, kind, goal: _, begun, answered, received } in streams {
            let way = format!("{from} -> {to} in {chat:11}, {kind:?}");
            writeln!(f, "{way}: {begun} begun, {answered} answered, {received} received")?;
        }
        for (chat, [one, other]) in keys {
            writeln!(f, "the keys of {chat:11}: {one:?} and {other:?}")?;
        }
        write!(f, "{lives} lives, {crashes} crashes, {repeats} events told again, {replaced_keys} times a new key")
    }
}
