//! A peer whose every byte the test decides: it knows the key, and has no rules of its own.

use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{Answer, Call, CallId, Command, Dropped, Notice, Outgoing};
use secret_runtime::crypto::diffie_hellman::{Group, PrivateExponent};
use secret_runtime::crypto::{ChatKey, Padding, Role, envelope};
use secret_runtime::store::Memory;
use tl_types::api::constructors;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageLayer, DecryptedMessageService};
use tl_types::secret::types::{self, DecryptedMessageAction};
use tl_types::{Decode, Encode, Raw};

use crate::pair::{ALICE, Delivery, P, Pair, hex};

/// A real chat, and somebody who holds its key.
pub(crate) struct Puppet {
    pub(crate) pair: Pair,
    pub(crate) key: ChatKey,
    pub(crate) group: Group,
    pub(crate) rng: ChaCha20Rng,
    /// What it says it has received.
    pub(crate) received: u32,
    /// The counter of its next message.
    pub(crate) next: u32,
    pub(crate) layer: i32,
    random_id: i64,
}

/// A message that the real side sent.
pub(crate) struct Sent {
    pub(crate) layer: i32,
    pub(crate) in_seq_no: i32,
    pub(crate) out_seq_no: i32,
    pub(crate) message: types::DecryptedMessage,
}

impl Puppet {
    /// The real side is the originator; its chat is ready, and it has sent its NotifyLayer.
    pub(crate) fn new(mut pair: Pair) -> Self {
        // A handshake takes longer than most tests.
        static READY: OnceLock<(i32, Memory, ChatKey, Group)> = OnceLock::new();
        let (chat, store, key, group) = READY.get_or_init(|| {
            let mut pair = Pair::new(AccountSettings::default());
            pair.request();
            let mut puppet = Self::of_requested(pair);
            puppet.settle();
            let store = puppet.pair.sides[ALICE].account.store().clone();
            (puppet.pair.chat, store, puppet.key, puppet.group)
        });
        pair.chat = *chat;
        pair.reopen(ALICE, store.clone());
        Self::with(pair, key.clone(), group.clone())
    }

    fn with(pair: Pair, key: ChatKey, group: Group) -> Self {
        let rng = ChaCha20Rng::seed_from_u64(2);
        Self { pair, key, group, rng, received: 0, next: 0, layer: 144, random_id: 1000 }
    }

    /// Accepts the chat that the real side requested.
    pub(crate) fn of_requested(mut pair: Pair) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let group = Group::check(3, &hex(P), &mut rng).unwrap();
        let request = pair.sides[ALICE].calls.pop_front().unwrap();
        let Call::RequestEncryption(call) = &request.call else { panic!("{request:?}") };
        let exponent = PrivateExponent::generate(&group, &mut rng, &[]);
        let key = exponent.agree(&group, &call.g_a).unwrap();
        let g_b = exponent.public_value(&group);
        let ready = constructors::EncryptedChat::new(pair.chat, 10, 0, 1, 2, g_b, key.fingerprint().0);
        pair.answer(ALICE, CallId::Handshake, Answer::Chat(ready.into()));
        Self::with(pair, key, group)
    }

    pub(crate) fn ready() -> Self {
        Self::new(Pair::new(AccountSettings::default()))
    }

    /// Answers every call of the real side with success, and forgets what it did.
    pub(crate) fn settle(&mut self) {
        while self.pair.make_call(ALICE) {}
        self.pair.sides[1].inbox.clear();
        self.pair.forget();
    }

    /// What the real side has asked to be sent, in the clear, since the last look.
    pub(crate) fn sent(&mut self) -> Vec<Sent> {
        self.sent_under(&self.key.clone())
    }

    pub(crate) fn sent_under(&mut self, key: &ChatKey) -> Vec<Sent> {
        let made = std::mem::take(&mut self.pair.sides[ALICE].made);
        made.iter().filter_map(|call| data(call)).map(|data| read(key, data)).collect()
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.random_id += 1;
        self.say(DecryptedMessage::new(self.random_id, 0, text));
    }

    pub(crate) fn service(&mut self, action: impl Into<DecryptedMessageAction>) {
        self.random_id += 1;
        self.say(DecryptedMessageService::new(self.random_id, action.into()));
    }

    /// Sends a message with the next number.
    pub(crate) fn say(&mut self, message: impl Into<types::DecryptedMessage>) {
        let wire = self.next_wire(message);
        self.deliver(wire);
    }

    /// Loses a message: its number is used up.
    pub(crate) fn next_wire(&mut self, message: impl Into<types::DecryptedMessage>) -> Vec<u8> {
        let wire = self.wire(2 * self.received, 2 * self.next, &message.into());
        self.next += 1;
        wire
    }

    /// The envelope around a message with these numbers. The puppet is the acceptor.
    pub(crate) fn wire(&mut self, in_seq_no: u32, out_seq_no: u32, message: &types::DecryptedMessage) -> Vec<u8> {
        // It counts what it received with our bit, which is 1.
        self.raw_wire((in_seq_no + 1).cast_signed(), out_seq_no.cast_signed(), &message.to_bytes().unwrap())
    }

    pub(crate) fn raw_wire(&mut self, in_seq_no: i32, out_seq_no: i32, message: &[u8]) -> Vec<u8> {
        let layered =
            DecryptedMessageLayer::<Raw>::new(vec![1; 15], self.layer, in_seq_no, out_seq_no, Raw(message.to_vec()));
        self.seal(&layered.to_bytes().unwrap())
    }

    pub(crate) fn seal(&mut self, body: &[u8]) -> Vec<u8> {
        envelope::seal(&self.key, Role::Acceptor, body, Padding::Minimal, &mut self.rng).unwrap()
    }

    pub(crate) fn deliver(&mut self, wire: Vec<u8>) {
        let message = constructors::EncryptedMessageService::new(1, self.pair.chat, 0, wire);
        self.pair.deliver_this(ALICE, Delivery::Message(message.into()));
    }

    pub(crate) fn send(&mut self, text: &str) -> i64 {
        self.pair.text(ALICE, text)
    }

    /// Says that it has received everything that was sent.
    pub(crate) fn confirm_all(&mut self) {
        self.received = self.pair.session(ALICE).sent();
    }

    pub(crate) fn dropped(&self) -> Vec<Dropped> {
        let notices = self.pair.sides[ALICE].notices.iter();
        notices.filter_map(|notice| if let Notice::Dropped(why) = notice { Some(*why) } else { None }).collect()
    }

    pub(crate) fn command(&mut self, command: Command<secret_runtime::chat::Mtproto>) {
        self.pair.command(ALICE, command);
    }
}

/// The envelope of a call.
pub(crate) fn data(call: &Outgoing) -> Option<&[u8]> {
    match &call.call {
        Call::SendEncrypted(call) => Some(&call.data),
        Call::SendEncryptedFile(call) => Some(&call.data),
        Call::SendEncryptedService(call) => Some(&call.data),
        _ => None,
    }
}

pub(crate) fn read(key: &ChatKey, data: &[u8]) -> Sent {
    let body = envelope::open(key, Role::Originator, data).expect("a message under another key");
    let layered = DecryptedMessageLayer::<tl_types::secret::exact::DecryptedMessage>::from_bytes(&body).unwrap();
    Sent {
        layer: layered.layer,
        in_seq_no: layered.in_seq_no,
        out_seq_no: layered.out_seq_no,
        message: tl_types::Raise::raise(layered.message).value,
    }
}

/// The action of a service message.
pub(crate) fn action(sent: &Sent) -> &DecryptedMessageAction {
    match &sent.message {
        types::DecryptedMessage::Service(service) => &service.action,
        other => panic!("not a service message: {other:?}"),
    }
}
