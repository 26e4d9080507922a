//! What a chat is between two steps.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};
use tl_types::api::types::InputUser;

use super::error::CloseReason;
use super::event::Event;
use super::record::{Early, Slot, Timer, Undecoded, Waiting};
use super::rekey::Exchange;
use super::suite::Suite;
use super::time::UnixTime;
use super::tl;
use crate::crypto::visualization::KeyHash;
use crate::crypto::{KeyFingerprint, Role};

/// A secret chat: its core and its records.
///
/// It is what [`Change`](super::Change)s add up to; [`Chat::load`] makes it of stored ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Chat<S: Suite> {
    pub(super) core: Core<S>,
    /// Messages that the peer has not confirmed, by their counter.
    pub(super) slots: BTreeMap<u32, Slot>,
    /// Messages behind a hole, by their counter.
    pub(super) waiting: BTreeMap<u32, Waiting>,
    /// Messages that came before the key, in the order of arrival.
    pub(super) early: BTreeMap<u32, Early>,
    /// Messages that did not decode, by their counter.
    pub(super) undecoded: BTreeMap<u32, Undecoded>,
    /// Self-destruct timers, by the message's `random_id`.
    pub(super) timers: BTreeMap<i64, Timer>,
    /// Events that were not delivered, in order.
    pub(super) events: BTreeMap<u64, Event>,
    /// What a restart forgets.
    pub(super) volatile: Volatile,
}

/// What a restart forgets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Volatile {
    /// Slots whose calls were made and not answered; a restart makes the calls again.
    pub(super) in_flight: BTreeSet<u32>,
    /// When the server was last told that the user is typing.
    pub(super) typed_at: Option<UnixTime>,
}

impl Volatile {
    /// The last message before this one whose call was made and not answered.
    pub(super) fn in_flight_before(&self, counter: u32) -> Option<u32> {
        self.in_flight.range(..counter).next_back().copied()
    }
}

/// What every step may change: small, and written whole.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Core<S: Suite> {
    pub(super) id: i32,
    pub(super) access_hash: i64,
    pub(super) peer: i64,
    pub(super) role: Role,
    pub(super) phase: Phase<S>,
    /// Set while a call of the handshake, or the one that discards the chat, waits to be made again.
    pub(super) retry: Option<Retry>,
    pub(super) next_event: u64,
    pub(super) next_early: u32,
    /// When the first self-destruct timer is due.
    pub(super) next_timer: Option<UnixTime>,
}

/// A call that waits to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Retry {
    pub(super) attempts: u32,
    pub(super) at: UnixTime,
}

/// How far a chat is: <https://core.telegram.org/api/end-to-end>.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub enum Phase<S: Suite> {
    /// We requested it, and wait for the peer.
    Requesting {
        /// Whom we asked.
        #[serde(with = "tl")]
        user: InputUser,
        /// The prime and the generator.
        group: S::Group,
        /// The version of the configuration they are from.
        dh_version: i32,
        /// Ours; the chat's first key is made of it.
        exponent: S::Exponent,
        /// Whether the server has the request.
        is_placed: bool,
    },
    /// The peer requested it, and waits for us.
    Requested {
        /// The peer's public value.
        g_a: Vec<u8>,
    },
    /// We accepted it, and wait for the server's word that it counts.
    Accepting {
        /// Our public value.
        g_b: Vec<u8>,
        /// How the chat will begin.
        session: Box<Session<S>>,
    },
    /// Messages go both ways.
    Ready(Box<Session<S>>),
    /// It is over; keys and messages are gone.
    Closed {
        /// Why.
        reason: CloseReason,
        /// The call that tells the server is still to be answered; whether it asks to delete the history, too.
        discard: Option<bool>,
    },
}

/// What a chat with a key has.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Session<S: Suite> {
    /// The chat's prime and generator; new keys are agreed on with the same.
    pub(super) group: S::Group,
    /// The version of the configuration they are from.
    pub(super) dh_version: i32,
    /// The key that we encrypt with.
    pub(super) key: S::Key,
    /// The one before it, while the peer may still use it.
    pub(super) previous_key: Option<S::Key>,
    /// What both users compare.
    pub(super) key_hash: KeyHash,
    /// Messages sent and received under the key.
    pub(super) uses: u32,
    /// How many it has to carry before another key is agreed on.
    pub(super) uses_allowed: u32,
    /// Since when the key is in force.
    pub(super) key_since: UnixTime,
    pub(super) exchange: Exchange<S>,
    /// The counter of our last RequestKey; there is no other before the peer has confirmed it.
    pub(super) last_request: Option<u32>,
    /// The highest layer that the peer said it knows.
    pub(super) peer_layer: u32,
    /// The layer that we told the peer.
    pub(super) announced_layer: u32,
    /// The counter of our next message.
    pub(super) next_out: u32,
    /// The counter of the message that is due.
    pub(super) next_in: u32,
    /// So many of ours the peer has confirmed.
    pub(super) confirmed: u32,
    /// What the peer's next message has to confirm at least. A message that fills a hole does not raise it: iOS confirms
    /// with its newest count when it sends again, and what it wrote before that may come later.
    pub(super) least_confirmed: u32,
    /// Everything below this was asked for again.
    pub(super) asked_below: u32,
    pub(super) asked_at: UnixTime,
    /// Whether the peer has written since.
    pub(super) heard_since: bool,
    /// Every message that came while too many waited, and was dropped, has a number below this.
    pub(super) dropped_below: u32,
    /// From this counter of the peer on, the older envelope is refused.
    pub(super) modern_from: Option<u32>,
    /// Every slot below this has been handed out for sending.
    pub(super) next_unsent: u32,
    /// The slot that must reach the server before any behind it.
    pub(super) hold: Option<Hold>,
    /// The chat's self-destruct timer in seconds; 0 is off.
    pub(super) ttl: i32,
    /// The last inner `random_id`s, both ways.
    pub(super) random_ids: VecDeque<i64>,
}

/// A slot that must reach the server before any behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hold {
    pub(super) slot: u32,
    pub(super) attempts: u32,
    pub(super) until: UnixTime,
}

impl<S: Suite> Chat<S> {
    pub(super) fn new(core: Core<S>) -> Self {
        Self {
            core,
            slots: BTreeMap::new(),
            waiting: BTreeMap::new(),
            early: BTreeMap::new(),
            undecoded: BTreeMap::new(),
            timers: BTreeMap::new(),
            events: BTreeMap::new(),
            volatile: Volatile::default(),
        }
    }

    /// The chat that stored changes add up to; `None` if its core is not among them.
    ///
    /// Give it [`Input::Resume`](super::Input::Resume) next: calls that were on their way are made again.
    pub fn load(changes: impl IntoIterator<Item = super::Change<S>>) -> Option<Self> {
        let mut core = None;
        let mut records = Vec::new();
        for change in changes {
            match change {
                super::Change::Core(found) => core = Some(found),
                record => records.push(record),
            }
        }
        let mut chat = Self::new(*core?);
        records.into_iter().for_each(|record| chat.apply(record));
        Some(chat)
    }

    /// The chat's id: the `random_id` of its request.
    pub fn id(&self) -> i32 {
        self.core.id
    }

    /// The other user's id; 0 before the server has told it.
    pub fn peer(&self) -> i64 {
        self.core.peer
    }

    /// The hash that calls about the chat take.
    pub fn access_hash(&self) -> i64 {
        self.core.access_hash
    }

    /// Which side this is.
    pub fn role(&self) -> Role {
        self.core.role
    }

    /// How far the chat is.
    pub fn phase(&self) -> &Phase<S> {
        &self.core.phase
    }

    /// What a ready chat has.
    pub fn session(&self) -> Option<&Session<S>> {
        match &self.core.phase {
            Phase::Ready(session) => Some(session),
            _ => None,
        }
    }

    /// The events that were not delivered, with their numbers, in order.
    pub fn events(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.events.iter().map(|(number, event)| (*number, event))
    }

    /// The messages that the peer has not confirmed, with their counters, in order.
    pub fn slots(&self) -> impl Iterator<Item = (u32, &Slot)> {
        self.slots.iter().map(|(counter, slot)| (*counter, slot))
    }

    /// How many messages wait behind a hole.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many messages are kept that did not decode.
    pub fn undecoded(&self) -> usize {
        self.undecoded.len()
    }
}

impl<S: Suite> Session<S> {
    /// The fingerprint of the key that we encrypt with.
    pub fn key_fingerprint(&self) -> KeyFingerprint {
        S::fingerprint(&self.key)
    }

    /// The fingerprint of the key before, while the peer may still use it.
    pub fn previous_key_fingerprint(&self) -> Option<KeyFingerprint> {
        self.previous_key.as_ref().map(S::fingerprint)
    }

    /// The fingerprints of the keys that a message may come under: at most the one in use, the one before it, and one that
    /// was accepted and that the peer has not committed to.
    pub fn readable_keys(&self) -> impl Iterator<Item = KeyFingerprint> {
        self.read_with().map(S::fingerprint)
    }

    /// The keys that a message may come under, the likeliest first.
    pub(super) fn read_with(&self) -> impl Iterator<Item = &S::Key> {
        let accepted = match &self.exchange {
            Exchange::Accepted { key, .. } => Some(key),
            _ => None,
        };
        [Some(&self.key), self.previous_key.as_ref(), accepted].into_iter().flatten()
    }

    /// What both users compare; it stays the same when the key is replaced.
    pub fn key_hash(&self) -> KeyHash {
        self.key_hash
    }

    /// The layer that messages are written in: one of those that every client reads, and never a lower one than before.
    pub fn layer(&self) -> u32 {
        super::policy::written_layer(super::policy::MY_LAYER, self.peer_layer)
    }

    /// The highest layer that the peer said it knows.
    pub fn peer_layer(&self) -> u32 {
        self.peer_layer
    }

    /// The chat's self-destruct timer in seconds; 0 is off.
    pub fn ttl(&self) -> i32 {
        self.ttl
    }

    /// How many messages were given a number.
    pub fn sent(&self) -> u32 {
        self.next_out
    }

    /// How many of the peer's messages were taken, in order.
    pub fn received(&self) -> u32 {
        self.next_in
    }

    /// How many of our messages the peer has confirmed.
    pub fn confirmed(&self) -> u32 {
        self.confirmed
    }

    /// How many messages the key has carried, both ways.
    pub fn uses(&self) -> u32 {
        self.uses
    }

    /// Whether a new key is being agreed on, or the one before it is still kept.
    pub fn is_rekeying(&self) -> bool {
        !matches!(self.exchange, Exchange::None) || self.previous_key.is_some()
    }
}

impl<S: Suite> fmt::Debug for Core<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, access_hash: _, peer, role, phase, retry, next_event, next_early, next_timer } = self;
        f.debug_struct("Core")
            .field("id", id)
            .field("peer", peer)
            .field("role", role)
            .field("phase", phase)
            .field("retry", retry)
            .field("next_event", next_event)
            .field("next_early", next_early)
            .field("next_timer", next_timer)
            .finish_non_exhaustive()
    }
}

impl<S: Suite> fmt::Debug for Phase<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requesting { user: _, group: _, dh_version: _, exponent: _, is_placed } => {
                f.debug_struct("Requesting").field("is_placed", is_placed).finish_non_exhaustive()
            }
            Self::Requested { g_a: _ } => f.debug_struct("Requested").finish_non_exhaustive(),
            Self::Accepting { g_b: _, session } => {
                f.debug_struct("Accepting").field("session", session).finish_non_exhaustive()
            }
            Self::Ready(session) => f.debug_tuple("Ready").field(session).finish(),
            Self::Closed { reason, discard } => {
                f.debug_struct("Closed").field("reason", reason).field("discard", discard).finish()
            }
        }
    }
}

impl<S: Suite> fmt::Debug for Session<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            group: _,
            dh_version: _,
            key,
            previous_key,
            key_hash: _,
            uses,
            uses_allowed,
            key_since,
            exchange,
            last_request,
            peer_layer,
            announced_layer,
            next_out,
            next_in,
            confirmed,
            least_confirmed,
            asked_below,
            asked_at,
            heard_since,
            dropped_below,
            modern_from,
            next_unsent,
            hold,
            ttl,
            random_ids,
        } = self;
        f.debug_struct("Session")
            .field("key", &S::fingerprint(key))
            .field("previous_key", &previous_key.as_ref().map(S::fingerprint))
            .field("uses", uses)
            .field("uses_allowed", uses_allowed)
            .field("key_since", key_since)
            .field("exchange", exchange)
            .field("last_request", last_request)
            .field("peer_layer", peer_layer)
            .field("announced_layer", announced_layer)
            .field("next_out", next_out)
            .field("next_in", next_in)
            .field("confirmed", confirmed)
            .field("least_confirmed", least_confirmed)
            .field("asked_below", asked_below)
            .field("asked_at", asked_at)
            .field("heard_since", heard_since)
            .field("dropped_below", dropped_below)
            .field("modern_from", modern_from)
            .field("next_unsent", next_unsent)
            .field("hold", hold)
            .field("ttl", ttl)
            .field("random_ids", &random_ids.len())
            .finish_non_exhaustive()
    }
}
