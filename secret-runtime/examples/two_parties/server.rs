//! What a server does for a secret chat: it passes on what it cannot read.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;

use secret_runtime::chat::{Answer, Call, UnixTime};
use tl_types::api::constructors as api;
use tl_types::api::constructors::messages as answers;
use tl_types::api::functions::messages::GetDhConfig;
use tl_types::api::types::messages::DhConfig;
use tl_types::api::types::{EncryptedChat, EncryptedFile, EncryptedMessage};

use crate::party::Party;

/// Telegram's prime, which every client knows.
const PRIME: &str = include_str!("prime.hex");

pub(crate) enum Delivery {
    Message { message: EncryptedMessage, qts: i32 },
    Chat(EncryptedChat),
}

pub(crate) struct Server {
    pub(crate) now: UnixTime,
    inboxes: BTreeMap<i64, VecDeque<Delivery>>,
    qts: i32,
    /// Uploaded parts, by the id of their file.
    pub(crate) files: BTreeMap<i64, Vec<Vec<u8>>>,
}

impl Server {
    pub(crate) fn new(now: UnixTime) -> Self {
        Self { now, inboxes: BTreeMap::new(), qts: 1, files: BTreeMap::new() }
    }

    pub(crate) fn dh_config(&self, call: &GetDhConfig) -> DhConfig {
        let random = vec![0x5a; usize::try_from(call.random_length).unwrap_or_default()];
        if call.version == 1 {
            return answers::DhConfigNotModified::new(random).into();
        }
        let digits: Vec<u8> = PRIME.trim().bytes().collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or_default(), 16);
        let prime: Vec<u8> = digits.chunks(2).filter_map(|pair| byte(pair).ok()).collect();
        answers::DhConfig::new(3, prime, 1, random).into()
    }

    /// Makes every call and delivers everything, until nothing is left to do.
    pub(crate) fn run(&mut self, one: &mut Party, other: &mut Party) -> Result<(), Box<dyn Error>> {
        let (one_id, other_id) = (one.user_id, other.user_id);
        while self.serve(one, other_id)? | self.serve(other, one_id)? {}
        Ok(())
    }

    /// Makes the calls of a user and delivers what there is; says whether there was anything.
    fn serve(&mut self, party: &mut Party, peer: i64) -> Result<bool, Box<dyn Error>> {
        let calls = std::mem::take(&mut party.calls);
        let inbox = std::mem::take(self.inboxes.entry(party.user_id).or_default());
        let is_busy = !calls.is_empty() || !inbox.is_empty();
        for (chat, call) in calls {
            let answer = self.carry_out(chat, party.user_id, peer, &call.call);
            party.answer(chat, call.id, answer, self)?;
        }
        for delivery in inbox {
            party.deliver(delivery, self)?;
        }
        Ok(is_busy)
    }

    /// Does what a call asks for, and answers it.
    fn carry_out(&mut self, chat: i32, user: i64, peer: i64, call: &Call) -> Answer {
        let date = i32::try_from(self.now.0).unwrap_or(i32::MAX);
        match call {
            Call::GetDhConfig(call) => Answer::DhConfig(self.dh_config(call)),
            Call::RequestEncryption(call) => {
                let request = api::EncryptedChatRequested::new(chat, 1, date, user, peer, call.g_a.clone());
                self.deliver(peer, Delivery::Chat(request.into()));
                Answer::Chat(api::EncryptedChatWaiting::new(chat, 1, date, user, peer).into())
            }
            Call::AcceptEncryption(call) => {
                let ready = |g: &[u8]| api::EncryptedChat::new(chat, 1, date, peer, user, g, call.key_fingerprint);
                self.deliver(peer, Delivery::Chat(ready(&call.g_b).into()));
                Answer::Chat(ready(&[]).into())
            }
            Call::DiscardEncryption(call) => {
                let discarded = api::EncryptedChatDiscarded::new(chat).with_history_deleted(call.delete_history);
                self.deliver(peer, Delivery::Chat(discarded.into()));
                Answer::Done
            }
            Call::SendEncrypted(call) => self.pass_on(chat, peer, call.random_id, &call.data),
            Call::SendEncryptedService(call) => self.pass_on(chat, peer, call.random_id, &call.data),
            Call::SendEncryptedFile(call) => {
                let (id, key_fingerprint) = crate::file::uploaded(&call.file);
                let size = self.files.get(&id).map_or(0, |parts| parts.iter().map(Vec::len).sum());
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                let file: EncryptedFile = api::EncryptedFile::new(id, 1, size, 1, key_fingerprint).into();
                let message = api::EncryptedMessage::new(call.random_id, chat, date, call.data.clone(), file.clone());
                self.deliver_message(peer, message.into());
                Answer::Sent(answers::SentEncryptedFile::new(date, file).into())
            }
            _ => Answer::Done,
        }
    }

    fn pass_on(&mut self, chat: i32, peer: i64, random_id: i64, data: &[u8]) -> Answer {
        let date = i32::try_from(self.now.0).unwrap_or(i32::MAX);
        let message = api::EncryptedMessage::new(random_id, chat, date, data, EncryptedFile::Empty);
        self.deliver_message(peer, message.into());
        Answer::Sent(answers::SentEncryptedMessage::new(date).into())
    }

    fn deliver_message(&mut self, user: i64, message: EncryptedMessage) {
        self.qts += 1;
        self.deliver(user, Delivery::Message { message, qts: self.qts });
    }

    fn deliver(&mut self, user: i64, delivery: Delivery) {
        self.inboxes.entry(user).or_default().push_back(delivery);
    }
}
