//! The model that is checked: what must hold in every state.
//!
//! That everything comes to a good end is checked where it ends, and not with `Property::eventually`, which forgets what
//! was owed where two paths join. It comes to the same here: numbers only rise, budgets only fall, what is on its way is
//! used up, and time that is waited for rises, or "what was due is done" fails. So no state comes twice on a path; every
//! path ends, and at its end nothing is left to happen.

use std::time::Instant;

use secret_runtime::chat::{Chat, Phase, Settings};
use secret_runtime::crypto::KeyFingerprint;
use stateright::{Checker, HasDiscoveries, Model, Property};
use tl_tests::toy::Toy;

use crate::watch::{Fault, envelope_key};
use crate::world::{ACCEPTOR, Action, BOTH, Budget, ORIGINATOR, Rules, World};

/// Whose exchange id is the larger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Larger {
    /// As a signed number; as an unsigned one it is the smaller.
    Originators,
    /// As a signed number; as an unsigned one it is the smaller.
    Acceptors,
    Neither,
}

/// Far more than a run needs.
const MANY: u32 = 60;

struct Chats {
    rules: Rules,
    start: World,
    budget: Budget,
    first_key: KeyFingerprint,
}

/// A key is replaced after more messages than this. A replacement with a hole in it takes fewer, and so leads to no other.
const USES: u32 = 6;

/// Looks at every state that a chat can come to in which the next message makes both sides want another key.
///
/// # Panics
/// If a property does not hold, with the shortest way there.
pub(crate) fn check(larger: Larger, budget: Budget) {
    check_with(USES, larger, budget);
}

/// The same, with keys that carry no more than so many messages.
pub(crate) fn check_with(uses: u32, larger: Larger, budget: Budget) {
    let start = Instant::now();
    let checker =
        Chats::new(uses, larger, budget).checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!(
        "{:>8} states, {:>8} steps, at most {:>3} in a row, {:>5.1} s: {uses} uses, {larger:?}, {budget:?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        start.elapsed().as_secs_f32(),
    );
    checker.assert_properties();
}

impl Chats {
    fn new(uses: u32, larger: Larger, budget: Budget) -> Self {
        let exchange_ids = match larger {
            Larger::Originators => [1 << 62, -(1 << 62)],
            Larger::Acceptors => [-(1 << 62), 1 << 62],
            Larger::Neither => [1 << 62, 1 << 62],
        };
        let mut settings = Settings::default();
        settings.rekey.uses = uses;
        settings.rekey.seconds = u32::MAX;
        let rules = Rules { settings, exchange_ids };
        let mut start = World::new(&rules);
        let first_key = start.sides[ORIGINATOR].session().key_fingerprint();
        for side in [ORIGINATOR, ACCEPTOR].into_iter().cycle() {
            if start.sides[side].session().uses() == uses {
                break;
            }
            start.write(&rules, side);
            start.run(&rules);
        }
        start.left = budget;
        Self { rules, start: start.fingerprinted(), budget, first_key }
    }
}

impl Model for Chats {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![self.start.clone()]
    }

    fn actions(&self, state: &World, actions: &mut Vec<Action>) {
        // What comes after a fault is not worth looking at.
        if is_open(self, state) && state.fault.is_none() {
            actions.extend(state.actions(&self.rules));
        }
    }

    fn next_state(&self, state: &World, action: Action) -> Option<World> {
        let mut next = state.clone();
        next.act(&self.rules, action);
        Some(next.fingerprinted())
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no chat closes", is_open),
            Property::always("texts are delivered once and in order", |_, state| is_not(state, Fault::Texts)),
            Property::always("bytes under a number change only into a deletion", |_, state| {
                is_not(state, Fault::Bytes)
            }),
            Property::always("the larger exchange id wins", |_, state| is_not(state, Fault::Winner)),
            Property::always("a key is requested again only when the last request was read", |_, state| {
                is_not(state, Fault::Request)
            }),
            Property::always("a commitment comes under the old key", |_, state| is_not(state, Fault::Commit)),
            Property::always("what was due is done", |_, state| is_not(state, Fault::Due)),
            Property::always("one loss is mended without waiting", |model: &Self, state: &World| {
                let Budget { losses, failures, .. } = model.budget;
                losses > 1 || failures > 0 || !state.needs_time(&model.rules)
            }),
            Property::always("each side can read what the other would write", reads_each_other),
            Property::always("the message that is due can be read", reads_what_is_due),
            Property::always("there are two keys and one to come at most", has_few_keys),
            Property::always("what is quiet is settled", |model: &Self, state: &World| {
                !is_open(model, state) || !state.is_quiet(&model.rules) || is_settled(state)
            }),
            Property::always("numbers stay small", |_, state: &World| {
                state.sides.iter().filter_map(|side| side.chat.session()).all(|session| session.sent() < MANY)
            }),
            Property::sometimes("the key is replaced on both sides", |model: &Self, state: &World| {
                state.is_quiet(&model.rules) && key(state, ORIGINATOR) != model.first_key && is_settled(state)
            }),
            Property::sometimes("both sides request a key at once", |model: &Self, state: &World| {
                state
                    .sides
                    .iter()
                    .all(|side| side.requested.is_some() && side.session().key_fingerprint() == model.first_key)
            }),
            Property::sometimes("messages wait behind a hole", |model: &Self, state: &World| {
                let Budget { losses, overtakings, .. } = model.budget;
                losses + overtakings == 0 || state.sides.iter().any(|side| side.chat.waiting() > 0)
            }),
        ]
    }
}

fn is_not(state: &World, fault: Fault) -> bool {
    state.fault != Some(fault)
}

fn is_open(_: &Chats, state: &World) -> bool {
    state.sides.iter().all(|side| matches!(side.chat.phase(), Phase::Ready(_)))
}

fn key(state: &World, side: usize) -> KeyFingerprint {
    state.sides[side].session().key_fingerprint()
}

fn reads(state: &World, side: usize, key: KeyFingerprint) -> bool {
    state.sides[side].session().readable_keys().any(|readable| readable == key)
}

fn reads_each_other(model: &Chats, state: &World) -> bool {
    !is_open(model, state) || BOTH.into_iter().all(|side| reads(state, side, key(state, 1 - side)))
}

fn reads_what_is_due(model: &Chats, state: &World) -> bool {
    let is_readable = |side: usize| {
        let due = state.sides[side].session().received();
        let mut slots = state.sides[1 - side].chat.slots();
        let slot = slots.find(|(counter, _)| *counter == due);
        slot.is_none_or(|(_, slot)| reads(state, side, envelope_key(slot.data())))
    };
    !is_open(model, state) || BOTH.into_iter().all(is_readable)
}

fn has_few_keys(_: &Chats, state: &World) -> bool {
    let count = |side: &secret_runtime::chat::Session<Toy>| side.readable_keys().count();
    state.sides.iter().filter_map(|side| side.chat.session()).all(|session| count(session) <= 3)
}

/// Whether no key is being agreed on, and the one before is kept for a reason: a deletion may have to be written under it,
/// before another message under it that the peer has not confirmed.
fn is_one_key_enough(chat: &Chat<Toy>) -> bool {
    let Some(session) = chat.session() else { return false };
    let Some(old) = session.previous_key_fingerprint() else { return !session.is_rekeying() };
    let unconfirmed = chat.slots().filter(|(counter, _)| *counter >= session.confirmed());
    let under_old = unconfirmed.filter(|(_, slot)| envelope_key(slot.data()) == old).count();
    session.readable_keys().count() == 2 && under_old > 1
}

/// Whether both have one and the same key and everything that the other wrote, and nothing is half done.
fn is_settled(state: &World) -> bool {
    let is_settled = |side: usize| {
        let (session, texts) = (state.sides[side].session(), state.texts[side]);
        let has_arrived = |text: u8| text < texts.read || texts.deleted >> text & 1 == 1;
        is_one_key_enough(&state.sides[side].chat)
            && state.sides[side].chat.waiting() == 0
            && session.sent() == state.sides[1 - side].session().received()
            && (0..texts.written).all(has_arrived)
    };
    key(state, ORIGINATOR) == key(state, ACCEPTOR) && BOTH.into_iter().all(is_settled)
}
