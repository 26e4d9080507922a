//! Two sides, the server between them, and everything that can happen next.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use secret_runtime::chat::{
    Answer, Arrival, Call, CallId, Chat, Command, DhConfig, Failure, Input, Settings, UnixTime,
};
use tl_tests::toy::Toy;
use tl_types::RpcError;
use tl_types::api::constructors::{self as api, messages as sent};
use tl_types::api::types::messages::DhConfig as DhAnswer;
use tl_types::secret::constructors::{
    DecryptedMessage as Content, DecryptedMessageActionDeleteMessages, DecryptedMessageService,
};
use tl_types::secret::types::DecryptedMessage;

use crate::dice::Dice;
use crate::side::Side;
use crate::watch::{Fault, Texts, data, text_id};

/// Who requested the chat.
pub(crate) const ORIGINATOR: usize = 0;
/// Who accepted it.
pub(crate) const ACCEPTOR: usize = 1;
pub(crate) const BOTH: [usize; 2] = [ORIGINATOR, ACCEPTOR];

const CHAT: i32 = 7;
const DATE: i32 = 1_700_000_000;

/// What may still happen, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    /// Texts of each side.
    pub(crate) texts: [u8; 2],
    /// Deletions of the last text, once a side has written all of its own.
    pub(crate) deletions: u8,
    /// Messages that never arrive.
    pub(crate) losses: u8,
    /// Messages that arrive after the one behind them.
    pub(crate) overtakings: u8,
    /// Messages that arrive twice.
    pub(crate) repetitions: u8,
    /// Restarts from what is durable.
    pub(crate) crashes: u8,
    /// Calls whose answers take their time; with a crash, they never come.
    pub(crate) late: u8,
    /// Calls that come to nothing, or seem to.
    pub(crate) failures: u8,
}

/// One thing that happens. The number is the side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It writes a text.
    Text(usize),
    /// It deletes its last text.
    Delete(usize),
    /// The server answers its request for randomness.
    Randomness(usize),
    /// Its next call is carried out and answered.
    Call(usize),
    /// Its next call is carried out, and the answer is late.
    CallLate(usize),
    /// The late answer comes.
    Answer(usize),
    /// Its next call does not reach the server, and those that wait for it fail, too.
    Fail(usize),
    /// The late answer does not come: the connection broke.
    Unanswered(usize),
    /// The next message reaches it.
    Deliver(usize),
    /// The message after the next reaches it first.
    Overtake(usize),
    /// The next message reaches it, and will once more.
    Repeat(usize),
    /// The next message never reaches it.
    Lose(usize),
    /// It stops and starts again.
    Crash(usize),
    /// Nothing goes on until time brings something on.
    Wait,
    /// A message was lost and nothing follows that shows it, so its writer writes another.
    WriteOn(usize),
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) sides: [Arc<Side>; 2],
    fingerprints: [u64; 2],
    /// What is on its way to each side.
    pub(crate) inbox: [VecDeque<Arc<[u8]>>; 2],
    /// Whether each side misses something that was lost.
    pub(crate) lost: [bool; 2],
    pub(crate) texts: [Texts; 2],
    pub(crate) left: Budget,
    pub(crate) fault: Option<Fault>,
    now: UnixTime,
}

/// What stays the same in a run.
pub(crate) struct Rules {
    pub(crate) settings: Settings,
    /// The ids of each side's first exchange.
    pub(crate) exchange_ids: [i64; 2],
}

impl World {
    /// Two sides with a chat, before anything was written but the layers.
    pub(crate) fn new(rules: &Rules) -> Self {
        let now = UnixTime(i64::from(DATE));
        let settings = &rules.settings;
        let config = || DhConfig { version: 1, group: (), random: Vec::new() };
        let user = api::InputUser::new(2, 0).into();
        let mut dice = BOTH.map(|side| Dice::new(side, 0, None));
        let (mut originator, effects) =
            Side::begin(Chat::request(CHAT, user, config(), now, settings, &mut dice[ORIGINATOR]));
        let Call::RequestEncryption(request) = &effects.outgoing[0].call else { panic!("{:?}", effects.outgoing) };
        let request = api::EncryptedChatRequested::new(CHAT, 2, DATE, 1, 2, request.g_a.clone());
        let (mut acceptor, _) = Side::begin(Chat::requested(request, now, settings, &mut dice[ACCEPTOR]));
        let accept = Input::Command(Command::Accept(config()));
        let effects = acceptor.step(accept, now, settings, &mut dice[ACCEPTOR]).unwrap();
        let Call::AcceptEncryption(accept) = &effects.outgoing[0].call else { panic!("{:?}", effects.outgoing) };
        let chat = api::EncryptedChat::new(CHAT, 1, DATE, 1, 2, accept.g_b.clone(), accept.key_fingerprint);
        let news = || Input::Chat(chat.clone().into());
        let effects = [
            originator.step(news(), now, settings, &mut dice[ORIGINATOR]).unwrap(),
            acceptor.step(news(), now, settings, &mut dice[ACCEPTOR]).unwrap(),
        ];
        let mut world = Self {
            sides: [Arc::new(originator), Arc::new(acceptor)],
            fingerprints: [0; 2],
            inbox: Default::default(),
            lost: [false; 2],
            texts: Default::default(),
            left: Budget::default(),
            fault: None,
            now,
        };
        BOTH.into_iter().zip(effects).for_each(|(side, effects)| world.take(side, effects));
        world.run(rules);
        world
    }

    /// Carries everything out and delivers it, in the simplest order.
    pub(crate) fn run(&mut self, rules: &Rules) {
        while let Some(action) = self.actions(rules).into_iter().next() {
            self.act(rules, action);
        }
    }

    pub(crate) fn actions(&self, rules: &Rules) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut add = |action, is_possible: bool| actions.extend(is_possible.then_some(action));
        for side in BOTH {
            let Side { calls, answers, randomness, .. } = self.sides[side].as_ref();
            let (inbox, left) = (&self.inbox[side], &self.left);
            add(Action::Randomness(side), *randomness > 0);
            add(Action::Answer(side), !answers.is_empty());
            add(Action::Call(side), !calls.is_empty());
            add(Action::Deliver(side), !inbox.is_empty());
            add(Action::Text(side), left.texts[side] > 0);
            add(Action::Delete(side), left.deletions > 0 && left.texts[side] == 0);
            add(Action::CallLate(side), !calls.is_empty() && left.late > 0);
            add(Action::Fail(side), !calls.is_empty() && left.failures > 0);
            add(Action::Unanswered(side), !answers.is_empty() && left.failures > 0);
            add(Action::Overtake(side), inbox.len() > 1 && left.overtakings > 0);
            add(Action::Repeat(side), !inbox.is_empty() && left.repetitions > 0);
            add(Action::Lose(side), !inbox.is_empty() && left.losses > 0);
            add(Action::Crash(side), left.crashes > 0);
        }
        let needs_time = self.needs_time(rules);
        add(Action::Wait, needs_time);
        let needs_text = self.is_idle() && !needs_time;
        BOTH.into_iter().for_each(|side| add(Action::WriteOn(side), needs_text && self.lost[1 - side]));
        actions
    }

    /// Whether nothing goes on until time brings something on.
    pub(crate) fn needs_time(&self, rules: &Rules) -> bool {
        self.is_idle() && self.due(rules).is_some()
    }

    /// Whether nothing is on its way.
    fn is_idle(&self) -> bool {
        let is_idle = |side: &Side| side.calls.is_empty() && side.answers.is_empty() && side.randomness == 0;
        self.sides.iter().all(|side| is_idle(side)) && self.inbox.iter().all(VecDeque::is_empty)
    }

    /// Whether nothing will happen by itself, and everybody knows of everything that was written.
    pub(crate) fn is_quiet(&self, rules: &Rules) -> bool {
        self.is_idle() && self.due(rules).is_none() && self.lost == [false; 2]
    }

    /// When time will bring something on, but for a key that is too old: within a day.
    fn due(&self, rules: &Rules) -> Option<UnixTime> {
        let due = self.sides.iter().filter_map(|side| side.chat.due(&rules.settings)).min()?;
        (due < self.now.after(24 * 60 * 60)).then_some(due)
    }

    pub(crate) fn act(&mut self, rules: &Rules, action: Action) {
        match action {
            Action::Text(side) => {
                self.left.texts[side] -= 1;
                self.write(rules, side);
            }
            Action::WriteOn(side) => self.write(rules, side),
            Action::Delete(side) => {
                self.left.deletions -= 1;
                let number = self.texts[side].written - 1;
                self.texts[side].deleted |= 1 << number;
                let action = DecryptedMessageActionDeleteMessages::new(vec![text_id(side, number)]);
                let message = DecryptedMessageService::new(text_id(side, number) + (1 << 20), action);
                self.send(rules, side, message.into());
            }
            Action::Randomness(side) => self.give_randomness(rules, side),
            Action::Call(side) => {
                let call = self.carry_out(side);
                // Answers come in the order of the calls.
                if self.sides[side].answers.is_empty() {
                    self.answer(rules, side, call, taken());
                } else {
                    self.side(side).answers.push_back(call);
                }
            }
            Action::CallLate(side) => {
                self.left.late -= 1;
                let call = self.carry_out(side);
                self.side(side).answers.push_back(call);
            }
            Action::Answer(side) => {
                let call = self.side(side).answers.pop_front().unwrap();
                self.answer(rules, side, call, taken());
            }
            Action::Unanswered(side) => {
                self.left.failures -= 1;
                let call = self.side(side).answers.pop_front().unwrap();
                self.answer(rules, side, call, Answer::Failed(Failure::Unanswered));
            }
            Action::Fail(side) => {
                self.left.failures -= 1;
                self.fail(rules, side);
            }
            Action::Deliver(side) => self.deliver(rules, side, 0),
            Action::Overtake(side) => {
                self.left.overtakings -= 1;
                self.deliver(rules, side, 1);
            }
            Action::Repeat(side) => {
                self.left.repetitions -= 1;
                let message = self.inbox[side][0].clone();
                self.inbox[side].push_back(message);
                self.deliver(rules, side, 0);
            }
            Action::Lose(side) => {
                self.left.losses -= 1;
                self.inbox[side].pop_front();
                self.lost[side] = true;
            }
            Action::Crash(side) => {
                self.left.crashes -= 1;
                self.side(side).crash();
                self.step(rules, side, Input::Resume);
            }
            Action::Wait => {
                self.now = self.now.max(self.due(rules).unwrap());
                BOTH.into_iter().for_each(|side| self.step(rules, side, Input::Tick));
                let is_still_due = self.due(rules).is_some_and(|due| due <= self.now);
                self.fault = self.fault.or(is_still_due.then_some(Fault::Due));
            }
        }
        for side in BOTH {
            // A chat that closed has no numbers; it is a counterexample already.
            if let (Some(reader), Some(writer)) = (self.sides[side].chat.session(), self.sides[1 - side].chat.session())
            {
                self.lost[side] &= reader.received() < writer.sent();
            }
        }
    }

    pub(crate) fn side(&mut self, side: usize) -> &mut Side {
        self.fingerprints[side] = 0;
        Arc::make_mut(&mut self.sides[side])
    }

    fn step(&mut self, rules: &Rules, side: usize, input: Input<Toy>) {
        self.step_with(rules, side, input, None);
    }

    fn step_with(&mut self, rules: &Rules, side: usize, input: Input<Toy>, exchange_id: Option<i64>) {
        let now = self.now;
        let stepping = self.side(side);
        let counter = stepping.chat.session().map_or(0, |session| session.sent());
        let dice = &mut Dice::new(side, counter, exchange_id);
        match stepping.step(input, now, &rules.settings, dice) {
            Some(effects) => self.take(side, effects),
            None => assert!(stepping.chat.session().is_none(), "a ready chat refuses a command"),
        }
    }

    pub(crate) fn write(&mut self, rules: &Rules, side: usize) {
        let number = self.texts[side].written;
        self.texts[side].written += 1;
        self.send(rules, side, Content::new(text_id(side, number), 0, number.to_string()).into());
    }

    fn send(&mut self, rules: &Rules, side: usize, message: DecryptedMessage) {
        self.step(rules, side, Input::Command(Command::Send { message, file: None, lower: false }));
    }

    fn give_randomness(&mut self, rules: &Rules, side: usize) {
        let asking = self.side(side);
        asking.randomness -= 1;
        asking.draws += 1;
        // The first ids are the run's; later ones keep the order of the first, and are never the same.
        let counter = i64::from(asking.chat.session().map_or(0, |session| session.sent()));
        let later = if asking.draws == 1 { 0 } else { 2 * counter + i64::from(side == ACCEPTOR) };
        let exchange_id = rules.exchange_ids[side] + later;
        let answer = Answer::DhConfig(DhAnswer::NotModified(sent::DhConfigNotModified::new(Vec::new())));
        self.step_with(rules, side, Input::Answer { call: CallId::Randomness, answer }, Some(exchange_id));
    }

    /// The server takes the next message of a side.
    fn carry_out(&mut self, side: usize) -> CallId {
        let call = self.side(side).calls.pop_front().unwrap();
        self.inbox[1 - side].push_back(data(&call.call).into());
        call.id
    }

    fn answer(&mut self, rules: &Rules, side: usize, call: CallId, answer: Answer) {
        self.step(rules, side, Input::Answer { call, answer });
    }

    fn fail(&mut self, rules: &Rules, side: usize) {
        let calls = std::mem::take(&mut self.side(side).calls);
        let mut failed = Vec::new();
        let mut kept = VecDeque::new();
        for call in calls {
            let failure = match call.after {
                _ if failed.is_empty() => Failure::Unanswered,
                Some(after) if failed.contains(&after) => Failure::Rpc(RpcError::new(400, "MSG_WAIT_FAILED")),
                _ => {
                    kept.push_back(call);
                    continue;
                }
            };
            if let CallId::Slot(counter) | CallId::Deletion(counter) = call.id {
                failed.push(counter);
            }
            self.answer(rules, side, call.id, Answer::Failed(failure));
        }
        let calls = &mut self.side(side).calls;
        kept.extend(std::mem::take(calls));
        *calls = kept;
    }

    fn deliver(&mut self, rules: &Rules, side: usize, place: usize) {
        let message = self.inbox[side].remove(place).unwrap();
        self.step(rules, side, Input::Message(Arrival { date: DATE, bytes: message.to_vec(), file: None }));
    }

    /// What tells one state from another.
    fn projection(&self) -> impl Hash + PartialEq {
        let Self { sides: _, fingerprints, inbox, lost, texts, left, fault, now } = self;
        (fingerprints, inbox, lost, texts, left, fault, now)
    }

    /// Completes what [`Hash`] uses.
    pub(crate) fn fingerprinted(mut self) -> Self {
        for side in BOTH {
            if self.fingerprints[side] == 0 {
                self.fingerprints[side] = self.sides[side].fingerprint();
            }
        }
        self
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.projection() == other.projection()
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.projection().hash(hasher);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for side in BOTH {
            writeln!(f, "\n{side}: {:#?}", self.sides[side].chat)?;
        }
        write!(f, "{:?}, {:?}, fault: {:?}", self.texts, self.left, self.fault)
    }
}

fn taken() -> Answer {
    Answer::Sent(sent::SentEncryptedMessage::new(DATE).into())
}
