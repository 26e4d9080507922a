//! Other people's clients, as far as they differ from ours: each an implementation of its own over the cryptography, without
//! a store, that follows what was seen in one of them.
//!
//! It knows nothing of `secret_runtime::chat` but the names of calls, and does not fail by itself: it makes every call, and
//! the server carries it out. A peer that finds fault with what it gets says so in [`Peer::closed`].

mod inbox;
mod lies;
mod outbox;
mod rekey;

use std::collections::{BTreeMap, VecDeque};

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use secret_runtime::chat::{Answer, Call, Suite, UnixTime};
use secret_runtime::crypto::{KeyFingerprint, Role};
use tl_types::api::constructors::InputUser;
use tl_types::api::functions::messages::{AcceptEncryption, DiscardEncryption, RequestEncryption};
use tl_types::api::types::{EncryptedChat, EncryptedMessage, InputEncryptedChat};
use tl_types::secret::constructors as secret;

use super::server::{Update, prime};
use inbox::Waiting;
use outbox::Sent;
use rekey::Exchange;

/// Whose client a peer is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Keeps the old key after its CommitKey until it sees the new one, aborts its own request where that loses, encrypts
    /// anew what it sends again, announces layer 151, and discards a chat at the fifth message behind a hole.
    Android,
    /// Lets the smaller exchange id win, sends again with its newest `in_seq_no` and another outer `random_id`, asks again
    /// and again while a hole is open, and reads five layers and nothing else.
    Ios,
    /// Sends the same bytes again, never sends a Noop, and closes the chat on everything it does not expect.
    Tdlib,
    /// Knows layer 46.
    Layer46,
    /// Authenticates whatever comes to its mind.
    Liar,
}

/// A client that is not ours.
#[derive(Debug)]
pub struct Peer<S: Suite> {
    /// Calls to be made, in order.
    pub calls: VecDeque<Call>,
    /// Why it gave up, in its own words.
    pub closed: Option<String>,
    /// The messages that its user saw, and how often they were deleted by the other side.
    pub saw: BTreeMap<i64, u32>,
    /// The messages that its user wrote, in order.
    pub written: Vec<i64>,
    dialect: Dialect,
    rng: ChaCha20Rng,
    role: Role,
    id: i32,
    group: S::Group,
    exponent: Option<S::Exponent>,
    key: Option<S::Key>,
    previous: Option<S::Key>,
    exchange: Exchange<S>,
    sent: Vec<Sent>,
    next_in: u32,
    waiting: BTreeMap<u32, Waiting>,
    early: Vec<Vec<u8>>,
    asked_below: u32,
    confirmed: u32,
    layer: i32,
}

impl<S: Suite> Peer<S> {
    /// A peer without a chat.
    pub fn new(dialect: Dialect, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        Self {
            calls: VecDeque::new(),
            closed: None,
            saw: BTreeMap::new(),
            written: Vec::new(),
            dialect,
            role: Role::Acceptor,
            id: 0,
            group: S::group(3, &prime(), &mut rng).expect("a good prime"),
            rng,
            exponent: None,
            key: None,
            previous: None,
            exchange: Exchange::None,
            sent: Vec::new(),
            next_in: 0,
            waiting: BTreeMap::new(),
            early: Vec::new(),
            asked_below: 0,
            confirmed: 0,
            layer: 0,
        }
    }

    /// Requests the chat, and gives its id.
    pub fn request(&mut self) -> i32 {
        self.role = Role::Originator;
        self.id = 77;
        let exponent = S::exponent(&self.group, &[], &mut self.rng);
        let g_a = S::public_value(&self.group, &exponent);
        self.exponent = Some(exponent);
        self.calls.push_back(Call::RequestEncryption(RequestEncryption::new(InputUser::new(1, 0), self.id, g_a)));
        self.id
    }

    /// Takes an update.
    pub fn take(&mut self, update: &Update, _: UnixTime) {
        if self.is_closed() {
            return;
        }
        match update {
            Update::Chat(EncryptedChat::Requested(chat)) if self.id == 0 => {
                self.id = chat.id;
                let exponent = S::exponent(&self.group, &[], &mut self.rng);
                let key = S::agree(&self.group, &exponent, &chat.g_a).expect("an honest value");
                let g_b = S::public_value(&self.group, &exponent);
                let fingerprint = S::fingerprint(&key).0;
                self.key = Some(key);
                self.calls.push_back(Call::AcceptEncryption(AcceptEncryption::new(self.chat(), g_b, fingerprint)));
                self.announce();
            }
            Update::Chat(EncryptedChat::EncryptedChat(chat)) => {
                let Some(exponent) = self.exponent.take() else { return };
                let key = S::agree(&self.group, &exponent, &chat.g_a_or_b).expect("an honest value");
                assert_eq!(S::fingerprint(&key).0, chat.key_fingerprint, "the peer gets another key");
                self.key = Some(key);
                self.announce();
                std::mem::take(&mut self.early).iter().for_each(|bytes| self.message(bytes));
            }
            Update::Chat(EncryptedChat::Discarded(_)) => self.closed = Some("it was discarded".to_owned()),
            Update::Message(EncryptedMessage::EncryptedMessage(message)) => {
                if self.key.is_none() {
                    self.early.push(message.bytes.clone());
                } else {
                    self.message(&message.bytes);
                }
            }
            Update::Chat(_) | Update::Message(_) => {}
        }
    }

    /// Takes the answer to a call.
    pub fn answered(&mut self, _: Answer) {}

    /// Its user writes a text.
    pub fn text(&mut self, text: &str) {
        if self.key.is_some() && !self.is_closed() {
            let random_id = self.random_id();
            self.send(secret::DecryptedMessage::new(random_id, 0, text));
            self.written.push(random_id);
        }
    }

    /// Does something of its own.
    pub fn whim(&mut self, whim: u8, _: UnixTime) {
        if self.key.is_none() || self.is_closed() {
            return;
        }
        if self.dialect == Dialect::Liar {
            return self.lie(whim);
        }
        match whim % 4 {
            0 => self.request_key(),
            1 => self.act(secret::DecryptedMessageActionSetMessageTtl::new(i32::from(whim))),
            2 => {
                self.act(secret::DecryptedMessageActionReadMessages::new(self.saw.keys().copied().collect::<Vec<_>>()))
            }
            _ => self.act(tl_types::secret::types::DecryptedMessageAction::Noop),
        }
    }

    /// Ends the chat.
    pub fn close(&mut self, why: &str) {
        if self.id != 0 && !self.is_closed() {
            self.closed = Some(why.to_owned());
            self.calls.push_back(Call::DiscardEncryption(DiscardEncryption::new(self.id)));
        }
    }

    /// What is wrong with what it got; a liar does not mind.
    fn complain(&mut self, why: &str) {
        if self.dialect != Dialect::Liar {
            self.close(why);
        }
    }

    /// Whether it is done with the chat.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// The fingerprint of the key that it encrypts with.
    pub fn key_fingerprint(&self) -> Option<KeyFingerprint> {
        self.key.as_ref().map(S::fingerprint)
    }

    /// Whether it is about to replace its key.
    pub fn is_rekeying(&self) -> bool {
        self.previous.is_some() || !matches!(self.exchange, Exchange::None)
    }

    fn chat(&self) -> InputEncryptedChat {
        InputEncryptedChat::new(self.id, 20)
    }

    fn random_id(&mut self) -> i64 {
        self.rng.next_u64().cast_signed() | 1
    }
}
