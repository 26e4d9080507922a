//! What a server does for secret chats, in process: it carries calls out, queues what users miss, and misbehaves when told.

mod mishaps;

use std::collections::{BTreeMap, VecDeque};

use secret_runtime::client::Incoming;
use tl_types::api::constructors as api;
use tl_types::api::constructors::messages as answers;
use tl_types::api::constructors::updates as states;
use tl_types::api::functions::{messages, updates, upload};
use tl_types::api::types::storage::FileType;
use tl_types::api::types::{
    EncryptedChat, EncryptedFile, EncryptedMessage, InputEncryptedFile, InputFileLocation, InputUser, Update, Updates,
};
use tl_types::{Combinator, Decode, Encode, RpcError};
use tokio::sync::mpsc;

/// Telegram's prime, which every client knows.
const PRIME: &str = include_str!("prime.hex");

/// The data centre that has the files.
pub(crate) const FILES_DC: i32 = 4;

#[derive(Default)]
pub(crate) struct Server {
    users: BTreeMap<i64, User>,
    chats: BTreeMap<i32, Chat>,
    parts: BTreeMap<(i64, i32), Vec<u8>>,
    files: BTreeMap<i64, Vec<u8>>,
    /// The `random_id`s that were passed on, since a call may come twice.
    passed: BTreeMap<(i32, i64, i64), answers::SentEncryptedMessage>,
    pub(crate) date: i32,
    /// Every call that was carried out, in order.
    pub(crate) log: Vec<(i64, &'static str)>,
    /// The errors that the next calls of a name are answered with.
    pub(crate) errors: BTreeMap<&'static str, VecDeque<RpcError>>,
    /// How many messages one difference has.
    pub(crate) slice: Option<usize>,
    /// How often a difference is too long.
    pub(crate) too_long: usize,
    next_file: i64,
}

#[derive(Default)]
pub(crate) struct User {
    qts: i32,
    queue: Vec<(i32, EncryptedMessage)>,
    others: Vec<(i32, Update)>,
    line: Option<mpsc::Sender<Incoming>>,
    /// The pushes that get lost from now on.
    pub(crate) lost: usize,
    /// Pushes are kept back, to be let go in another order.
    pub(crate) held: Option<Vec<Updates>>,
    /// The highest number that was confirmed.
    pub(crate) confirmed: i32,
}

struct Chat {
    admin: i64,
    participant: i64,
    g_a: Vec<u8>,
    is_over: bool,
}

type Answer = Result<Vec<u8>, RpcError>;

fn ok(value: impl Encode) -> Answer {
    Ok(value.to_bytes().unwrap())
}

fn error(code: i32, name: &str) -> Answer {
    Err(RpcError::new(code, name))
}

impl Server {
    pub(crate) fn new() -> Self {
        Self { date: 1_700_000_000, ..Self::default() }
    }

    pub(crate) fn user(&mut self, id: i64) -> &mut User {
        // The numbers of a user that never had a message start at 1 and not at 0.
        self.users.entry(id).or_insert_with(|| User { qts: 1, ..User::default() })
    }

    /// A line over which updates are pushed; the one before is gone.
    pub(crate) fn connect(&mut self, user: i64) -> mpsc::Receiver<Incoming> {
        let (line, incoming) = mpsc::channel(1 << 16);
        line.try_send(Incoming::Reconnected).unwrap();
        self.user(user).line = Some(line);
        incoming
    }

    pub(crate) fn disconnect(&mut self, user: i64) {
        self.user(user).line = None;
    }

    /// The line was gone for a moment.
    pub(crate) fn reconnected(&mut self, user: i64) {
        if let Some(line) = &self.user(user).line {
            line.try_send(Incoming::Reconnected).unwrap();
        }
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.log.iter().filter(|(_, called)| *called == name).count()
    }

    pub(crate) fn answer_next_with(&mut self, name: &'static str, code: i32, error: &str) {
        self.errors.entry(name).or_default().push_back(RpcError::new(code, error));
    }

    /// How many messages a user has not confirmed.
    pub(crate) fn queued(&mut self, user: i64) -> usize {
        self.user(user).queue.len()
    }

    /// Lets go of what was kept back, the last first.
    pub(crate) fn release_backwards(&mut self, user: i64) {
        let held = self.user(user).held.take().unwrap_or_default();
        held.into_iter().rev().for_each(|updates| self.deliver(user, updates));
    }

    pub(crate) fn push(&mut self, user: i64, updates: Updates) {
        let state = self.user(user);
        if state.lost > 0 {
            state.lost -= 1;
            return;
        }
        match &mut state.held {
            Some(held) => held.push(updates),
            None => self.deliver(user, updates),
        }
    }

    fn deliver(&mut self, user: i64, updates: Updates) {
        if let Some(line) = &self.user(user).line {
            let _ = line.try_send(Incoming::Updates(Box::new(updates)));
        }
    }

    fn tell(&mut self, user: i64, chat: impl Into<EncryptedChat>) {
        let date = self.date;
        let update: Update = api::UpdateEncryption::new(chat, date).into();
        self.user(user).others.push((date, update.clone()));
        self.push(user, api::UpdateShort::new(update, date).into());
    }

    /// Carries out a call.
    pub(crate) fn call(&mut self, user: i64, name: &'static str, id: u32, bytes: &[u8]) -> Answer {
        if let Some(error) = self.errors.get_mut(name).and_then(VecDeque::pop_front) {
            return Err(error);
        }
        self.log.push((user, name));
        macro_rules! calls {
            ($($function:ty => $method:ident),* $(,)?) => {
                $(if id == <$function>::ID {
                    return self.$method(user, <$function>::from_bytes(bytes).unwrap());
                })*
            };
        }
        calls! {
            messages::GetDhConfig => dh_config,
            messages::RequestEncryption => request,
            messages::AcceptEncryption => accept,
            messages::DiscardEncryption => discard,
            messages::SendEncrypted => send,
            messages::SendEncryptedService => send_service,
            messages::SendEncryptedFile => send_file,
            messages::SetEncryptedTyping => typing,
            messages::ReadEncryptedHistory => read,
            messages::ReceivedQueue => received,
            updates::GetState => state,
            updates::GetDifference => difference,
            upload::SaveFilePart => save,
            upload::SaveBigFilePart => save_big,
            upload::GetFile => file,
        }
        error(400, "INPUT_METHOD_INVALID")
    }

    fn dh_config(&mut self, _: i64, call: messages::GetDhConfig) -> Answer {
        let random = vec![0x5a; usize::try_from(call.random_length).unwrap()];
        let answer: tl_types::api::types::messages::DhConfig = if call.version == 1 {
            answers::DhConfigNotModified::new(random).into()
        } else {
            let prime: Vec<u8> = (0..PRIME.trim().len())
                .step_by(2)
                .map(|place| u8::from_str_radix(&PRIME[place..place + 2], 16).unwrap())
                .collect();
            answers::DhConfig::new(3, prime, 1, random).into()
        };
        ok(answer)
    }

    fn request(&mut self, user: i64, call: messages::RequestEncryption) -> Answer {
        let InputUser::InputUser(peer) = call.user_id else { return error(400, "USER_ID_INVALID") };
        if peer.user_id == 404 {
            return error(400, "USER_ID_INVALID");
        }
        let (id, date) = (call.random_id, self.date);
        self.chats.insert(id, Chat { admin: user, participant: peer.user_id, g_a: call.g_a.clone(), is_over: false });
        self.tell(peer.user_id, api::EncryptedChatRequested::new(id, 1, date, user, peer.user_id, call.g_a));
        ok(EncryptedChat::from(api::EncryptedChatWaiting::new(id, 1, date, user, peer.user_id)))
    }

    fn accept(&mut self, _: i64, call: messages::AcceptEncryption) -> Answer {
        let (id, date) = (call.peer.chat_id, self.date);
        let Some(chat) = self.chats.get(&id) else { return error(400, "CHAT_ID_INVALID") };
        if chat.is_over {
            return error(400, "ENCRYPTION_ALREADY_DECLINED");
        }
        let (admin, participant, g_a) = (chat.admin, chat.participant, chat.g_a.clone());
        let ready = |g: Vec<u8>| api::EncryptedChat::new(id, 1, date, admin, participant, g, call.key_fingerprint);
        self.tell(admin, ready(call.g_b.clone()));
        ok(EncryptedChat::from(ready(g_a)))
    }

    fn discard(&mut self, user: i64, call: messages::DiscardEncryption) -> Answer {
        let Some(chat) = self.chats.get_mut(&call.chat_id) else { return error(400, "ENCRYPTION_ID_INVALID") };
        chat.is_over = true;
        let peer = if chat.admin == user { chat.participant } else { chat.admin };
        self.tell(peer, api::EncryptedChatDiscarded::new(call.chat_id).with_history_deleted(call.delete_history));
        ok(true)
    }

    fn send(&mut self, user: i64, call: messages::SendEncrypted) -> Answer {
        self.pass_on(user, call.peer.chat_id, call.random_id, call.data, EncryptedFile::Empty)
    }

    fn send_service(&mut self, user: i64, call: messages::SendEncryptedService) -> Answer {
        self.pass_on(user, call.peer.chat_id, call.random_id, call.data, EncryptedFile::Empty)
    }

    fn send_file(&mut self, user: i64, call: messages::SendEncryptedFile) -> Answer {
        let (upload, parts, fingerprint, md5) = match call.file {
            InputEncryptedFile::Uploaded(file) => (file.id, file.parts, file.key_fingerprint, Some(file.md5_checksum)),
            InputEncryptedFile::BigUploaded(file) => (file.id, file.parts, file.key_fingerprint, None),
            _ => return error(400, "FILE_EMTPY"),
        };
        let mut content = Vec::new();
        for part in 0..parts {
            match self.parts.get(&(upload, part)) {
                Some(bytes) => content.extend_from_slice(bytes),
                None => return error(400, &format!("FILE_PART_{part}_MISSING")),
            }
        }
        let found: String = {
            use md5::{Digest, Md5};
            Md5::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect()
        };
        if md5.is_some_and(|md5| md5 != found) {
            return error(400, "MD5_CHECKSUM_INVALID");
        }
        self.next_file += 1;
        let (id, size) = (self.next_file, i64::try_from(content.len()).unwrap());
        self.files.insert(id, content);
        let file = EncryptedFile::from(api::EncryptedFile::new(id, 7, size, FILES_DC, fingerprint));
        self.pass_on(user, call.peer.chat_id, call.random_id, call.data, file)
    }

    fn pass_on(&mut self, user: i64, id: i32, random_id: i64, data: Vec<u8>, file: EncryptedFile) -> Answer {
        let Some(chat) = self.chats.get(&id) else { return error(400, "CHAT_ID_INVALID") };
        if chat.is_over {
            return error(400, "ENCRYPTION_DECLINED");
        }
        let (peer, date) = (if chat.admin == user { chat.participant } else { chat.admin }, self.date);
        let answer: tl_types::api::types::messages::SentEncryptedMessage = match &file {
            EncryptedFile::Empty => answers::SentEncryptedMessage::new(date).into(),
            file => answers::SentEncryptedFile::new(date, file.clone()).into(),
        };
        if self.passed.insert((id, user, random_id), answers::SentEncryptedMessage::new(date)).is_none() {
            self.message(peer, api::EncryptedMessage::new(random_id, id, date, data, file).into());
        }
        ok(answer)
    }

    pub(crate) fn message(&mut self, user: i64, message: EncryptedMessage) {
        let date = self.date;
        let state = self.user(user);
        state.qts += 1;
        let qts = state.qts;
        state.queue.push((qts, message.clone()));
        self.push(user, api::UpdateShort::new(api::UpdateNewEncryptedMessage::new(message, qts), date).into());
    }

    fn typing(&mut self, user: i64, call: messages::SetEncryptedTyping) -> Answer {
        let Some(chat) = self.chats.get(&call.peer.chat_id) else { return error(400, "CHAT_ID_INVALID") };
        let (peer, date) = (if chat.admin == user { chat.participant } else { chat.admin }, self.date);
        if call.typing {
            let update = api::UpdateEncryptedChatTyping::new(call.peer.chat_id);
            self.push(peer, api::UpdateShort::new(update, date).into());
        }
        ok(true)
    }

    fn read(&mut self, user: i64, call: messages::ReadEncryptedHistory) -> Answer {
        let Some(chat) = self.chats.get(&call.peer.chat_id) else { return error(400, "CHAT_ID_INVALID") };
        if call.max_date > self.date {
            return error(400, "MAX_DATE_INVALID");
        }
        let (peer, date) = (if chat.admin == user { chat.participant } else { chat.admin }, self.date);
        let update = api::UpdateEncryptedMessagesRead::new(call.peer.chat_id, call.max_date, date);
        self.push(peer, api::UpdateShort::new(update, date).into());
        ok(true)
    }

    fn received(&mut self, user: i64, call: messages::ReceivedQueue) -> Answer {
        let state = self.user(user);
        state.confirmed = state.confirmed.max(call.max_qts);
        state.queue.retain(|(qts, _)| *qts > call.max_qts);
        ok(Vec::<i64>::new())
    }

    fn state(&mut self, user: i64, _: updates::GetState) -> Answer {
        ok(self.state_of(user, None))
    }

    fn state_of(&mut self, user: i64, qts: Option<i32>) -> states::State {
        let date = self.date;
        states::State::new(50, qts.unwrap_or(self.user(user).qts), date, 0, 0)
    }

    fn difference(&mut self, user: i64, call: updates::GetDifference) -> Answer {
        use tl_types::api::types::updates::Difference;
        if self.too_long > 0 {
            self.too_long -= 1;
            return ok(Difference::from(states::DifferenceTooLong::new(60)));
        }
        let (limit, date) = (self.slice.unwrap_or(usize::MAX), self.date);
        let state = self.user(user);
        state.queue.retain(|(qts, _)| *qts > call.qts);
        let messages: Vec<_> = state.queue.iter().take(limit).cloned().collect();
        let is_all = messages.len() == state.queue.len();
        let others: Vec<Update> =
            state.others.iter().filter(|(date, _)| *date >= call.date).map(|(_, update)| update.clone()).collect();
        if messages.is_empty() && others.is_empty() {
            return ok(Difference::from(states::DifferenceEmpty::new(date, 0)));
        }
        let last = messages.last().map(|(qts, _)| *qts).filter(|_| !is_all);
        let messages: Vec<EncryptedMessage> = messages.into_iter().map(|(_, message)| message).collect();
        let state = self.state_of(user, last);
        let (none, chats, users) = (Vec::new(), Vec::new(), Vec::new());
        ok(if is_all {
            Difference::from(states::Difference::new(none, messages, others, chats, users, state))
        } else {
            Difference::from(states::DifferenceSlice::new(none, messages, others, chats, users, state))
        })
    }

    fn save(&mut self, _: i64, call: upload::SaveFilePart) -> Answer {
        self.parts.insert((call.file_id, call.file_part), call.bytes);
        ok(true)
    }

    fn save_big(&mut self, _: i64, call: upload::SaveBigFilePart) -> Answer {
        self.parts.insert((call.file_id, call.file_part), call.bytes);
        ok(true)
    }

    fn file(&mut self, _: i64, call: upload::GetFile) -> Answer {
        let InputFileLocation::InputEncryptedFileLocation(location) = call.location else {
            return error(400, "LOCATION_INVALID");
        };
        let Some(content) = self.files.get(&location.id) else { return error(400, "FILE_ID_INVALID") };
        let start = usize::try_from(call.offset).unwrap().min(content.len());
        let end = (start + usize::try_from(call.limit).unwrap()).min(content.len());
        let bytes = content[start..end].to_vec();
        ok(tl_types::api::types::upload::File::from(tl_types::api::constructors::upload::File::new(
            FileType::FileUnknown,
            0,
            bytes,
        )))
    }

    /// Everything stored of a file loses its last byte.
    pub(crate) fn cut_files(&mut self) {
        for content in self.files.values_mut() {
            content.pop();
        }
    }
}
