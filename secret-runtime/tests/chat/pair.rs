//! Two accounts with a chat, and a server between them that delivers in order unless a test interferes.

use std::collections::VecDeque;
use std::sync::OnceLock;

use secret_runtime::account::{Account, AccountSettings, Effects, Made};
use secret_runtime::chat::{
    Answer, Call, CallId, Chat, Command, Event, Failure, Input, Mtproto, Notice, Outgoing, Phase, Session, UnixTime,
};
use secret_runtime::store::Memory;
use tl_types::RpcError;
use tl_types::api::constructors::{self, messages as sent};
use tl_types::api::types::messages::DhConfig;
use tl_types::api::types::{EncryptedChat, EncryptedFile, EncryptedMessage};
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};

use crate::random::Random;

/// The one who requests the chat.
pub(crate) const ALICE: usize = 0;
/// The one who accepts it.
pub(crate) const BOB: usize = 1;

pub(crate) const P: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b";

/// What the server has for an account.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Delivery {
    Message(EncryptedMessage),
    Chat(EncryptedChat),
}

pub(crate) struct Side {
    pub(crate) account: Account<Memory>,
    pub(crate) calls: VecDeque<Outgoing>,
    pub(crate) inbox: VecDeque<Delivery>,
    pub(crate) events: Vec<Event>,
    pub(crate) notices: Vec<Notice>,
    /// Every call that was made, in order.
    pub(crate) made: Vec<Outgoing>,
}

pub(crate) struct Pair {
    pub(crate) sides: [Side; 2],
    pub(crate) now: UnixTime,
    pub(crate) rng: Random,
    pub(crate) chat: i32,
    settings: AccountSettings,
}

impl Pair {
    /// Two accounts without a chat.
    pub(crate) fn new(settings: AccountSettings) -> Self {
        let side = || Side {
            account: Account::open(Memory::default(), settings.clone()).unwrap(),
            calls: VecDeque::new(),
            inbox: VecDeque::new(),
            events: Vec::new(),
            notices: Vec::new(),
            made: Vec::new(),
        };
        let sides = [side(), side()];
        Self { sides, now: UnixTime(1_700_000_000), rng: Random::new(1), chat: 0, settings }
    }

    /// Two accounts with a chat that is ready on both sides and has nothing to say.
    pub(crate) fn ready() -> Self {
        Self::ready_with(AccountSettings::default())
    }

    pub(crate) fn ready_with(settings: AccountSettings) -> Self {
        // A handshake takes longer than most tests.
        static READY: OnceLock<(i32, [Memory; 2])> = OnceLock::new();
        let (chat, stores) = READY.get_or_init(|| {
            let mut pair = Self::new(AccountSettings::default());
            pair.request();
            pair.run();
            pair.accept();
            pair.run();
            let [alice, bob] = pair.sides;
            (pair.chat, [alice.account.into_store(), bob.account.into_store()])
        });
        let mut pair = Self::new(settings);
        pair.chat = *chat;
        for (side, store) in pair.sides.iter_mut().zip(stores) {
            side.account = Account::open(store.clone(), pair.settings.clone()).unwrap();
        }
        pair
    }

    /// Puts one side's account over another store.
    pub(crate) fn reopen(&mut self, side: usize, store: Memory) {
        self.sides[side].account = Account::open(store, self.settings.clone()).unwrap();
    }

    pub(crate) fn request(&mut self) {
        let config = self.dh_config(ALICE);
        let (now, account) = (self.now, &mut self.sides[ALICE].account);
        self.chat = account.request(constructors::InputUser::new(2, 0).into(), config, now, &mut self.rng).unwrap();
        self.commit(ALICE);
    }

    pub(crate) fn accept(&mut self) {
        let config = self.dh_config(BOB);
        self.command(BOB, Command::Accept(config));
    }

    pub(crate) fn dh_config(&mut self, side: usize) -> secret_runtime::chat::DhConfig<Mtproto> {
        let answer = DhConfig::DhConfig(sent::DhConfig::new(3, hex(P), 1, vec![7; 256]));
        self.sides[side].account.dh_config(answer, &mut self.rng).unwrap()
    }

    /// Carries out a command, and commits it.
    pub(crate) fn command(&mut self, side: usize, command: Command<Mtproto>) -> Made {
        self.try_command(side, command).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_command(
        &mut self,
        side: usize,
        command: Command<Mtproto>,
    ) -> Result<Made, secret_runtime::account::AccountError<<Memory as secret_runtime::store::Store>::Error>> {
        let made = self.sides[side].account.command(self.chat, command, self.now, &mut self.rng)?;
        self.commit(side);
        Ok(made)
    }

    /// Sends a text, and gives its `random_id`.
    pub(crate) fn text(&mut self, side: usize, text: &str) -> i64 {
        let message = tl_types::secret::constructors::DecryptedMessage::new(0, 0, text);
        self.send(side, message).receipts[0].random_id
    }

    pub(crate) fn send(&mut self, side: usize, message: impl Into<DecryptedMessage>) -> Made {
        self.command(side, Command::Send { message: message.into(), file: None, lower: false })
    }

    pub(crate) fn service(&mut self, side: usize, action: impl Into<DecryptedMessageAction>) -> Made {
        let message = tl_types::secret::constructors::DecryptedMessageService::new(0, action.into());
        self.send(side, message)
    }

    pub(crate) fn input(&mut self, side: usize, input: Input<Mtproto>) {
        self.sides[side].account.step(self.chat, input, self.now, &mut self.rng).unwrap();
        self.commit(side);
    }

    pub(crate) fn tick(&mut self, seconds: u32) {
        self.now = self.now.after(seconds);
        for side in [ALICE, BOB] {
            self.sides[side].account.tick(self.now, &mut self.rng).unwrap();
            self.commit(side);
        }
    }

    pub(crate) fn commit(&mut self, side: usize) {
        let side = &mut self.sides[side];
        let effects = side.account.commit().unwrap();
        side.take(effects);
    }

    /// Makes every call and delivers everything, until nothing is left to do.
    pub(crate) fn run(&mut self) {
        while self.make_call(ALICE) || self.make_call(BOB) || self.deliver(ALICE) || self.deliver(BOB) {}
    }

    /// Makes the next call of a side. What it sends is in the other's inbox then.
    pub(crate) fn make_call(&mut self, side: usize) -> bool {
        let Some(call) = self.sides[side].calls.pop_front() else { return false };
        let answer = self.carry_out(side, &call.call);
        self.answer(side, call.id, answer);
        true
    }

    pub(crate) fn answer(&mut self, side: usize, call: CallId, answer: Answer) {
        self.input(side, Input::Answer { call, answer });
    }

    /// The next call of a side comes to an error, and nothing else.
    pub(crate) fn fail_call(&mut self, side: usize, code: i32, error: &str) {
        let call = self.sides[side].calls.pop_front().unwrap();
        self.answer(side, call.id, Answer::Failed(Failure::Rpc(RpcError::new(code, error))));
    }

    /// Does what the server does with a call.
    pub(crate) fn carry_out(&mut self, side: usize, call: &Call) -> Answer {
        let other = 1 - side;
        let date = i32::try_from(self.now.0).unwrap();
        let chat = self.chat;
        let message = |random_id, bytes: &[u8], file| {
            Delivery::Message(constructors::EncryptedMessage::new(random_id, chat, date, bytes, file).into())
        };
        let (delivery, answer) = match call {
            Call::GetDhConfig(_) => {
                return Answer::DhConfig(DhConfig::NotModified(sent::DhConfigNotModified::new(vec![9; 256])));
            }
            Call::RequestEncryption(call) => (
                Delivery::Chat(
                    constructors::EncryptedChatRequested::new(chat, 20, date, 1, 2, call.g_a.clone()).into(),
                ),
                Answer::Chat(constructors::EncryptedChatWaiting::new(chat, 10, date, 1, 2).into()),
            ),
            Call::AcceptEncryption(call) => {
                let ready = |g: &[u8]| constructors::EncryptedChat::new(chat, 10, date, 1, 2, g, call.key_fingerprint);
                (Delivery::Chat(ready(&call.g_b).into()), Answer::Chat(ready(&[]).into()))
            }
            Call::DiscardEncryption(call) => {
                let discarded =
                    constructors::EncryptedChatDiscarded::new(chat).with_history_deleted(call.delete_history);
                (Delivery::Chat(discarded.into()), Answer::Done)
            }
            Call::SendEncrypted(call) => (
                message(call.random_id, &call.data, EncryptedFile::Empty),
                Answer::Sent(sent::SentEncryptedMessage::new(date).into()),
            ),
            Call::SendEncryptedFile(call) => {
                let file: EncryptedFile = constructors::EncryptedFile::new(5, 6, 7, 2, 8).into();
                let answer = sent::SentEncryptedFile::new(date, file.clone());
                (message(call.random_id, &call.data, file), Answer::Sent(answer.into()))
            }
            Call::SendEncryptedService(call) => (
                message(call.random_id, &call.data, EncryptedFile::Empty),
                Answer::Sent(sent::SentEncryptedMessage::new(date).into()),
            ),
            _ => return Answer::Done,
        };
        self.sides[other].inbox.push_back(delivery);
        answer
    }

    /// Delivers what comes first in a side's inbox.
    pub(crate) fn deliver(&mut self, side: usize) -> bool {
        let Some(delivery) = self.sides[side].inbox.pop_front() else { return false };
        self.deliver_this(side, delivery);
        true
    }

    pub(crate) fn deliver_this(&mut self, side: usize, delivery: Delivery) {
        let account = &mut self.sides[side].account;
        match delivery {
            Delivery::Message(message) => account.message(message, None, self.now, &mut self.rng).unwrap(),
            Delivery::Chat(chat) => account.news(chat, self.now, &mut self.rng).unwrap(),
        }
        self.commit(side);
    }

    /// Stops a side and starts it again from what its store holds.
    pub(crate) fn restart(&mut self, side: usize) {
        let store = {
            let account = Account::open(Memory::default(), self.settings.clone()).unwrap();
            std::mem::replace(&mut self.sides[side].account, account).into_store()
        };
        self.reopen(side, store);
        let side = &mut self.sides[side];
        let effects = side.account.resume(self.now, &mut self.rng).unwrap();
        side.calls.clear();
        side.events.clear();
        side.take(effects);
    }

    /// Forgets the calls, events and notices so far.
    pub(crate) fn forget(&mut self) {
        for side in &mut self.sides {
            side.made.clear();
            side.events.clear();
            side.notices.clear();
        }
    }

    pub(crate) fn chat(&mut self, side: usize) -> &Chat<Mtproto> {
        self.sides[side].account.chat(self.chat).unwrap()
    }

    pub(crate) fn session(&mut self, side: usize) -> &Session<Mtproto> {
        self.chat(side).session().expect("the chat is not ready")
    }

    pub(crate) fn phase(&mut self, side: usize) -> &Phase<Mtproto> {
        self.chat(side).phase()
    }

    /// The texts that a side has received.
    pub(crate) fn texts(&self, side: usize) -> Vec<&str> {
        let events = self.sides[side].events.iter();
        events
            .filter_map(
                |event| if let Event::Message { message, .. } = event { Some(message.message.as_str()) } else { None },
            )
            .collect()
    }
}

impl Side {
    fn take(&mut self, effects: Effects) {
        let Effects { outgoing, events, notices, received_queue: _, .. } = effects;
        self.made.extend(outgoing.iter().map(|(_, call)| call.clone()));
        self.calls.extend(outgoing.into_iter().map(|(_, call)| call));
        self.events.extend(events.into_iter().map(|(_, _, event)| event));
        self.notices.extend(notices.into_iter().map(|(_, notice)| notice));
    }
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap();
    text.as_bytes().chunks(2).map(|pair| u8::try_from(digit(pair[0]) << 4 | digit(pair[1])).unwrap()).collect()
}
