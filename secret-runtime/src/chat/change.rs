//! A step that nobody has committed yet.

use super::call::Outgoing;
use super::event::{Event, Notice, Receipt};
use super::policy;
use super::record::{Early, Slot, Timer, Undecoded, Waiting};
use super::state::{Chat, Core, Volatile};
use super::suite::Suite;

/// One record of a chat, as it is from now on; `None` for a record that is gone.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<S: Suite> {
    /// The core.
    Core(Box<Core<S>>),
    /// A message of ours, by its counter.
    Slot(u32, Option<Slot>),
    /// A message behind a hole, by its counter.
    Waiting(u32, Option<Waiting>),
    /// A message that came before the key.
    Early(u32, Option<Early>),
    /// A message that did not decode, by its counter.
    Undecoded(u32, Option<Undecoded>),
    /// A self-destruct timer, by the message's `random_id`.
    Timer(i64, Option<Timer>),
    /// An event that was not delivered, by its number.
    Event(u64, Option<Event>),
}

/// What a step comes to. Make [`Staged::changes`] durable, then [`Chat::merge`] it, and only then make the calls.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "nothing has happened until a step is committed"]
pub struct Staged<S: Suite> {
    pub(super) changes: Vec<Change<S>>,
    pub(super) volatile: Volatile,
    /// The calls to make, in order.
    pub outgoing: Vec<Outgoing>,
    /// What may be lost.
    pub notices: Vec<Notice>,
    /// The messages that the command made, in order.
    pub receipts: Vec<Receipt>,
    /// The fields that were dropped because the peer's layer does not carry them.
    pub lowered: Vec<policy::Dropped>,
}

impl<S: Suite> Staged<S> {
    /// The records to write, all or none.
    pub fn changes(&self) -> &[Change<S>] {
        &self.changes
    }

    /// The events that the step adds, with their numbers.
    pub fn events(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.changes.iter().filter_map(|change| match change {
            Change::Event(number, Some(event)) => Some((*number, event)),
            _ => None,
        })
    }
}

impl<S: Suite> Chat<S> {
    /// The chat that a first step makes; see [`Chat::request`] and [`Chat::requested`].
    ///
    /// `None` if it is a step of a chat that was there before.
    pub fn begin(staged: Staged<S>) -> Option<Self> {
        let mut chat = Self::load(staged.changes)?;
        chat.volatile = staged.volatile;
        Some(chat)
    }

    /// Takes a step that [`Chat::step`] of this very chat gave, now that it is durable.
    pub fn merge(&mut self, staged: Staged<S>) {
        let Staged { changes, volatile, outgoing: _, notices: _, receipts: _, lowered: _ } = staged;
        changes.into_iter().for_each(|change| self.apply(change));
        self.volatile = volatile;
    }

    pub(super) fn apply(&mut self, change: Change<S>) {
        fn set<K: Ord, V>(map: &mut std::collections::BTreeMap<K, V>, key: K, value: Option<V>) {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        match change {
            Change::Core(core) => self.core = *core,
            Change::Slot(counter, slot) => set(&mut self.slots, counter, slot),
            Change::Waiting(counter, message) => set(&mut self.waiting, counter, message),
            Change::Early(number, message) => set(&mut self.early, number, message),
            Change::Undecoded(counter, message) => set(&mut self.undecoded, counter, message),
            Change::Timer(random_id, timer) => set(&mut self.timers, random_id, timer),
            Change::Event(number, event) => set(&mut self.events, number, event),
        }
    }
}
