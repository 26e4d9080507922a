//! One side: its chat, what of it is durable, and its calls. It knows no network and no other side.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use secret_runtime::chat::{
    CallId, Change, Chat, Command, Dropped, Event, Input, Notice, Outgoing, Session, Settings, Staged, UnixTime,
};
use tl_tests::toy::Toy;

use crate::dice::Dice;

#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) chat: Chat<Toy>,
    /// What a restart finds.
    records: BTreeMap<(u8, i64), Arc<Change<Toy>>>,
    /// Messages on their way to the server, in order.
    pub(crate) calls: VecDeque<Arc<Outgoing>>,
    /// Calls that were carried out, and whose answers are on their way.
    pub(crate) answers: VecDeque<CallId>,
    /// So many requests for the server's randomness are not answered.
    pub(crate) randomness: u8,
    /// So many of them were.
    pub(crate) draws: u8,
    /// The exchange id and the number of the last request.
    pub(crate) requested: Option<(i64, u32)>,
    /// What was sent under each number that the peer has not confirmed: the bytes' hash, and whether it is a deletion.
    pub(crate) sent: BTreeMap<u32, (u64, bool)>,
}

/// What a step comes to.
pub(crate) struct Effects {
    pub(crate) outgoing: Vec<Outgoing>,
    pub(crate) events: Vec<Event>,
}

impl Side {
    /// The side of a chat that begins.
    pub(crate) fn begin(staged: Staged<Toy>) -> (Self, Effects) {
        let effects = Effects { outgoing: staged.outgoing.clone(), events: Vec::new() };
        let records = staged.changes().iter().map(|change| (name(change), Arc::new(change.clone()))).collect();
        let side = Self {
            chat: Chat::begin(staged).unwrap(),
            records,
            calls: VecDeque::new(),
            answers: VecDeque::new(),
            randomness: 0,
            draws: 0,
            requested: None,
            sent: BTreeMap::new(),
        };
        (side, effects)
    }

    /// # Panics
    /// If the chat is not ready, or not any more; the properties look at that first.
    pub(crate) fn session(&self) -> &Session<Toy> {
        self.chat.session().expect("the chat is not ready")
    }

    /// Takes a step and makes it durable; its events are delivered at once. `None` if the chat refuses a command.
    pub(crate) fn step(
        &mut self,
        input: Input<Toy>,
        now: UnixTime,
        settings: &Settings,
        dice: &mut Dice,
    ) -> Option<Effects> {
        let staged = self.chat.step(input, now, settings, dice).ok()?;
        let outgoing = self.merge(staged);
        let (numbers, events): (Vec<u64>, Vec<Event>) =
            self.chat.events().map(|(number, event)| (number, event.clone())).unzip();
        if let Some(last) = numbers.last() {
            let delivered = Input::Command(Command::Delivered(*last));
            let staged = self.chat.step(delivered, now, settings, dice).ok()?;
            assert!(self.merge(staged).is_empty(), "a delivery made a call");
        }
        Some(Effects { outgoing, events })
    }

    fn merge(&mut self, staged: Staged<Toy>) -> Vec<Outgoing> {
        for change in staged.changes() {
            let name = name(change);
            match is_gone(change) {
                true => self.records.remove(&name),
                false => self.records.insert(name, Arc::new(change.clone())),
            };
        }
        let is_repeated = |notice: &Notice| matches!(notice, Notice::Dropped(Dropped::RandomId));
        assert!(!staged.notices.iter().any(is_repeated), "the dice gave a number twice");
        let outgoing = staged.outgoing.clone();
        self.chat.merge(staged);
        outgoing
    }

    /// Stops, forgets what is not durable, and loads what is. Take [`Input::Resume`] next.
    pub(crate) fn crash(&mut self) {
        self.chat = Chat::load(self.records.values().map(|change| Change::clone(change))).unwrap();
        self.calls.clear();
        self.answers.clear();
        self.randomness = 0;
    }

    /// The hash of what the side will do from here on.
    ///
    /// `Debug` shows every field of a chat but secrets, bytes and the order of remembered ids. The bytes of slots are added
    /// here; secrets follow from exchange ids and numbers, since that is all that [`Dice`] makes them of; ids are looked up
    /// and never forgotten in a chat this short, so their order means nothing.
    pub(crate) fn fingerprint(&self) -> u64 {
        let Self { chat, records: _, calls, answers, randomness, draws, requested, sent } = self;
        let mut hasher = DefaultHasher::new();
        write!(Text(&mut hasher), "{chat:?}").unwrap();
        chat.slots().for_each(|(_, slot)| slot.data().hash(&mut hasher));
        for Outgoing { id, call: _, after } in calls.iter().map(Arc::as_ref) {
            (id, after).hash(&mut hasher);
        }
        (answers, randomness, draws, requested, sent).hash(&mut hasher);
        hasher.finish()
    }
}

/// Feeds a hasher with text, without the text being there at any time.
struct Text<'a>(&'a mut DefaultHasher);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

fn name(change: &Change<Toy>) -> (u8, i64) {
    match change {
        Change::Core(_) => (0, 0),
        Change::Slot(counter, _) => (1, i64::from(*counter)),
        Change::Waiting(counter, _) => (2, i64::from(*counter)),
        Change::Early(number, _) => (3, i64::from(*number)),
        Change::Undecoded(counter, _) => (4, i64::from(*counter)),
        Change::Timer(random_id, _) => (5, *random_id),
        Change::Event(number, _) => (6, number.cast_signed()),
    }
}

fn is_gone(change: &Change<Toy>) -> bool {
    match change {
        Change::Core(_) => false,
        Change::Slot(_, value) => value.is_none(),
        Change::Waiting(_, value) => value.is_none(),
        Change::Early(_, value) => value.is_none(),
        Change::Undecoded(_, value) => value.is_none(),
        Change::Timer(_, value) => value.is_none(),
        Change::Event(_, value) => value.is_none(),
    }
}
