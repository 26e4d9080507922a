//! Two chats with a server between them that does at once what is asked of it, and the time that each part takes.

use std::collections::VecDeque;
use std::time::Instant;

use chacha20::ChaCha12Rng;
use secret_runtime::chat::{
    Answer, Arrival, Call, Chat, Command, DhConfig, Event, Input, Mtproto, Outgoing, Settings, Suite,
};
use tl_types::api::constructors::{self, messages as sent};
use tl_types::api::types::messages::DhConfig as DhConfigAnswer;
use tl_types::api::types::{EncryptedChat, EncryptedFile, EncryptedMessage, InputUser};
use tl_types::secret::types::DecryptedMessage;

use crate::{Error, NOW, prime, seeded};

const CHAT: i32 = 7;

/// A part of a message's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The sender's step of the command.
    Send,
    /// The sender's step of the server's answer.
    Answer,
    /// The receiver's step.
    Receive,
    /// The steps after both were told: the sender that it is sent, the receiver what came.
    Delivered,
    /// What the steps change, taken.
    Merge,
}

/// Two chats. The first requested the other.
pub struct Pair {
    chats: [Chat<Mtproto>; 2],
    settings: Settings,
    rng: ChaCha12Rng,
    calls: VecDeque<(usize, Outgoing)>,
    /// Whether the parts are timed, which costs time.
    pub is_timed: bool,
    /// Nanoseconds in each part.
    pub spent: [f64; 5],
}

impl Pair {
    /// Two chats that are ready.
    ///
    /// # Errors
    /// They do not become ready.
    pub fn ready(settings: Settings) -> Result<Self, Error> {
        let mut rng = seeded();
        let group = Mtproto::group(3, &prime(), &mut rng)?;
        let config = DhConfig { version: 3, group, random: vec![7; 256] };
        let user: InputUser = constructors::InputUser::new(2, 0).into();
        let mut request = Chat::request(CHAT, user, config.clone(), NOW, &settings, &mut rng);
        let calls: VecDeque<_> = request.outgoing.drain(..).map(|call| (0, call)).collect();
        let Some((_, Outgoing { call: Call::RequestEncryption(call), .. })) = calls.front() else {
            return Err("the chat is not requested".into());
        };
        let requested = constructors::EncryptedChatRequested::new(CHAT, 20, date(), 1, 2, call.g_a.clone());
        let requested = Chat::requested(requested, NOW, &settings, &mut rng);
        let (Some(originator), Some(acceptor)) = (Chat::begin(request), Chat::begin(requested)) else {
            return Err("the chats do not begin".into());
        };
        let chats = [originator, acceptor];
        let mut pair = Self { chats, settings, rng, calls, is_timed: false, spent: [0.0; 5] };
        pair.run()?;
        pair.step(1, Input::Command(Command::Accept(config)), Part::Send)?;
        pair.run()?;
        if pair.chats.iter().any(|chat| chat.session().is_none()) {
            return Err("the chats do not become ready".into());
        }
        Ok(pair)
    }

    /// A side's chat.
    #[must_use]
    pub fn chat(&self, side: usize) -> &Chat<Mtproto> {
        let [originator, acceptor] = &self.chats;
        if side == 0 { originator } else { acceptor }
    }

    /// Sends a message the whole way: until the other side was told of it, and this side that it is sent.
    ///
    /// # Errors
    /// It does not arrive.
    pub fn message(&mut self, side: usize, message: DecryptedMessage) -> Result<(), Error> {
        let before = self.chat(1 - side).session().map(|session| session.received());
        self.step(side, Input::Command(Command::Send { message, file: None, lower: false }), Part::Send)?;
        self.run()?;
        if self.chat(1 - side).session().map(|session| session.received()) <= before {
            return Err("the message did not arrive".into());
        }
        Ok(())
    }

    /// Makes every call, until nothing is left to do.
    fn run(&mut self) -> Result<(), Error> {
        while let Some((side, Outgoing { id, call, after: _ })) = self.calls.pop_front() {
            let (answer, delivery) = carry_out(call)?;
            self.step(side, Input::Answer { call: id, answer }, Part::Answer)?;
            if let Some(delivery) = delivery {
                self.step(1 - side, delivery, Part::Receive)?;
            }
        }
        Ok(())
    }

    /// One step, merged; its events are delivered at once.
    fn step(&mut self, side: usize, input: Input<Mtproto>, part: Part) -> Result<(), Error> {
        let [originator, acceptor] = &mut self.chats;
        let chat = if side == 0 { originator } else { acceptor };
        let start = self.is_timed.then(Instant::now);
        let mut staged = chat.step(input, NOW, &self.settings, &mut self.rng)?;
        let stepped = self.is_timed.then(Instant::now);
        self.calls.extend(staged.outgoing.drain(..).map(|call| (side, call)));
        // As an account hands them out.
        let events: Vec<(u64, Event)> = staged.events().map(|(number, event)| (number, event.clone())).collect();
        let merging = self.is_timed.then(Instant::now);
        chat.merge(staged);
        if let (Some(start), Some(stepped), Some(merging)) = (start, stepped, merging) {
            self.spend(part, (stepped - start).as_nanos() as f64);
            self.spend(Part::Merge, merging.elapsed().as_nanos() as f64);
        }
        match events.last() {
            Some((number, _)) => self.step(side, Input::Command(Command::Delivered(*number)), Part::Delivered),
            None => Ok(()),
        }
    }

    fn spend(&mut self, part: Part, nanoseconds: f64) {
        if let Some(spent) = self.spent.get_mut(part as usize) {
            *spent += nanoseconds;
        }
    }
}

/// What the server does with a call: its answer, and what the other side gets.
fn carry_out(call: Call) -> Result<(Answer, Option<Input<Mtproto>>), Error> {
    let sent = || Answer::Sent(sent::SentEncryptedMessage::new(date()).into());
    Ok(match call {
        Call::RequestEncryption(_) => {
            (Answer::Chat(constructors::EncryptedChatWaiting::new(CHAT, 10, date(), 1, 2).into()), None)
        }
        Call::AcceptEncryption(call) => {
            let ready = |g: &[u8]| -> EncryptedChat {
                constructors::EncryptedChat::new(CHAT, 10, date(), 1, 2, g, call.key_fingerprint).into()
            };
            (Answer::Chat(ready(&[])), Some(Input::Chat(ready(&call.g_b))))
        }
        Call::GetDhConfig(_) => {
            let config = DhConfigAnswer::NotModified(sent::DhConfigNotModified::new(vec![9; 256]));
            (Answer::DhConfig(config), None)
        }
        Call::SendEncrypted(call) => (sent(), delivery(call.random_id, call.data)),
        Call::SendEncryptedService(call) => (sent(), delivery(call.random_id, call.data)),
        call => return Err(format!("the server does not know {call:?}").into()),
    })
}

fn delivery(random_id: i64, data: Vec<u8>) -> Option<Input<Mtproto>> {
    let message = constructors::EncryptedMessage::new(random_id, CHAT, date(), data, EncryptedFile::Empty);
    Arrival::new(EncryptedMessage::from(message)).map(|(_, arrival)| Input::Message(arrival))
}

fn date() -> i32 {
    i32::try_from(NOW.0).unwrap_or_default()
}
