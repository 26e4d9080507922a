//! The server: one chat, and what it keeps for each side until that has acknowledged it.
//!
//! A message stays until its `qts` is acknowledged, and is handed out again by `updates.getDifference`; pushes may get lost.

use std::collections::VecDeque;

use secret_runtime::chat::{Answer, Call, UnixTime};
use tl_types::RpcError;
use tl_types::api::constructors::{self, messages as sent};
use tl_types::api::types::messages::DhConfig;
use tl_types::api::types::{EncryptedChat, EncryptedFile, EncryptedMessage};

use super::moves::Side;

/// A prime that passes every check of MTProto's suite; the toy suite does not look at it.
const P: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b";
const VERSION: i32 = 3;

/// Something the server tells a side.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// An encrypted message.
    Message(EncryptedMessage),
    /// News of the chat.
    Chat(EncryptedChat),
}

/// An update with its place in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// Tells it from any other.
    pub number: u64,
    /// Only messages have one.
    pub qts: Option<i32>,
    /// What is told.
    pub update: Update,
}

/// What the server has for a side.
#[derive(Debug, Default)]
pub struct Inbox {
    /// What was not acknowledged, in order.
    pub kept: VecDeque<Queued>,
    /// What is on its way.
    pub pushes: Vec<Queued>,
    qts: i32,
}

/// How far the server is with the chat.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The second side was asked.
    Requested,
    /// Messages are passed on.
    Accepted,
    /// It is over, and who said so.
    Discarded(Side),
}

/// The chat, as the server has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerChat {
    /// The `random_id` of the request.
    pub id: i32,
    /// Who requested it.
    pub originator: Side,
    /// How far it is.
    pub state: State,
    g_a: Vec<u8>,
    g_b: Vec<u8>,
    fingerprint: i64,
}

/// The server.
#[derive(Debug)]
pub struct Server {
    /// There is one chat at most.
    pub chat: Option<ServerChat>,
    /// What it has for the sides.
    pub inboxes: [Inbox; 2],
    /// Whether a message is passed on once for each `random_id` that is still in the queue.
    pub dedups: bool,
    /// Whether the configuration changes all the time.
    pub new_config: bool,
    numbers: u64,
}

fn refuse(name: &str) -> Result<Answer, RpcError> {
    Err(RpcError::new(400, name))
}

impl Server {
    /// A server without a chat.
    pub fn new(dedups: bool, new_config: bool) -> Self {
        Self { chat: None, inboxes: Default::default(), dedups, new_config, numbers: 0 }
    }

    /// What `messages.getDhConfig` answers.
    pub fn dh_config(&mut self, known: i32) -> DhConfig {
        self.numbers += 1;
        let random = self.numbers.to_le_bytes().repeat(32);
        if known == VERSION && !self.new_config {
            return DhConfig::NotModified(sent::DhConfigNotModified::new(random));
        }
        DhConfig::DhConfig(sent::DhConfig::new(3, prime(), VERSION, random))
    }

    /// Carries out a call, or refuses it as it stands.
    ///
    /// # Errors
    /// What the server answers then.
    pub fn carry_out(&mut self, side: Side, call: &Call, now: UnixTime) -> Result<Answer, RpcError> {
        let other = 1 - side;
        let date = i32::try_from(now.0).unwrap();
        match call {
            Call::GetDhConfig(call) => Ok(Answer::DhConfig(self.dh_config(call.version))),
            Call::RequestEncryption(call) => {
                if self.chat.is_some() {
                    return refuse("RANDOM_ID_DUPLICATE");
                }
                let (id, g_a) = (call.random_id, call.g_a.clone());
                let requested = constructors::EncryptedChatRequested::new(id, 20, date, 1, 2, g_a.clone());
                self.post(other, Update::Chat(requested.into()));
                let state = State::Requested;
                self.chat = Some(ServerChat { id, originator: side, state, g_a, g_b: Vec::new(), fingerprint: 0 });
                Ok(Answer::Chat(constructors::EncryptedChatWaiting::new(id, 10, date, 1, 2).into()))
            }
            Call::AcceptEncryption(call) => {
                let Some(chat) = self.chat.as_mut() else { return refuse("CHAT_ID_INVALID") };
                match chat.state {
                    State::Requested => {}
                    State::Accepted => return refuse("ENCRYPTION_ALREADY_ACCEPTED"),
                    State::Discarded(_) => return refuse("ENCRYPTION_ALREADY_DECLINED"),
                }
                chat.state = State::Accepted;
                chat.g_b.clone_from(&call.g_b);
                chat.fingerprint = call.key_fingerprint;
                let ready = |hash, g: &[u8]| -> EncryptedChat {
                    constructors::EncryptedChat::new(chat.id, hash, date, 1, 2, g, call.key_fingerprint).into()
                };
                let (theirs, ours) = (ready(10, &call.g_b), ready(20, &chat.g_a));
                self.post(other, Update::Chat(theirs));
                Ok(Answer::Chat(ours))
            }
            Call::DiscardEncryption(call) => {
                let Some(chat) = self.chat.as_mut() else { return refuse("ENCRYPTION_ID_INVALID") };
                if matches!(chat.state, State::Discarded(_)) {
                    return refuse("ENCRYPTION_ALREADY_DECLINED");
                }
                chat.state = State::Discarded(side);
                let discarded = constructors::EncryptedChatDiscarded::new(chat.id);
                self.post(other, Update::Chat(discarded.with_history_deleted(call.delete_history).into()));
                Ok(Answer::Done)
            }
            Call::SendEncrypted(call) => self.message(side, call.random_id, &call.data, EncryptedFile::Empty, date),
            Call::SendEncryptedService(call) => {
                self.message(side, call.random_id, &call.data, EncryptedFile::Empty, date)
            }
            Call::SendEncryptedFile(call) => {
                let file = constructors::EncryptedFile::new(call.random_id, 6, 7, 2, 8).into();
                self.message(side, call.random_id, &call.data, file, date)
            }
            _ => Ok(Answer::Done),
        }
    }

    fn message(
        &mut self,
        side: Side,
        random_id: i64,
        data: &[u8],
        file: EncryptedFile,
        date: i32,
    ) -> Result<Answer, RpcError> {
        let Some(chat) = self.chat.as_ref() else { return refuse("CHAT_ID_INVALID") };
        match chat.state {
            State::Requested => return refuse("CHAT_ID_INVALID"),
            State::Discarded(_) => return refuse("ENCRYPTION_DECLINED"),
            State::Accepted => {}
        }
        let message = constructors::EncryptedMessage::new(random_id, chat.id, date, data, file.clone()).into();
        let is_known = |queued: &Queued| match &queued.update {
            Update::Message(EncryptedMessage::EncryptedMessage(message)) => message.random_id == random_id,
            _ => false,
        };
        if !(self.dedups && self.inboxes[1 - side].kept.iter().any(is_known)) {
            self.post(1 - side, Update::Message(message));
        }
        Ok(Answer::Sent(match file {
            EncryptedFile::Empty => sent::SentEncryptedMessage::new(date).into(),
            file => sent::SentEncryptedFile::new(date, file).into(),
        }))
    }

    /// Puts an update into a side's queue, and on its way.
    pub fn post(&mut self, side: Side, update: Update) {
        self.numbers += 1;
        let inbox = &mut self.inboxes[side];
        let qts = matches!(update, Update::Message(_)).then(|| {
            inbox.qts += 1;
            inbox.qts
        });
        let queued = Queued { number: self.numbers, qts, update };
        inbox.kept.push_back(queued.clone());
        inbox.pushes.push(queued);
    }

    /// A side has everything up to `qts`.
    pub fn acknowledge(&mut self, side: Side, qts: i32) {
        self.inboxes[side].kept.retain(|queued| queued.qts.is_none_or(|one| one > qts));
    }

    /// A side has this one, which has no `qts`.
    pub fn took(&mut self, side: Side, number: u64) {
        self.inboxes[side].kept.retain(|queued| queued.number != number || queued.qts.is_some());
    }
}

/// The prime that the server gives out.
pub fn prime() -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap();
    P.as_bytes().chunks(2).map(|pair| u8::try_from(digit(pair[0]) << 4 | digit(pair[1])).unwrap()).collect()
}
