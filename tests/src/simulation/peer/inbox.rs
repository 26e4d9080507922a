//! What a peer does with what it gets, and what it finds fault with.

use secret_runtime::chat::Suite;
use secret_runtime::crypto::{KeyFingerprint, Role};
use tl_types::secret::constructors::{self as secret, DecryptedMessageLayer};
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};
use tl_types::{Decode, Raise, Raw};

use super::{Dialect, Peer};

/// Messages behind one hole at which Android discards the chat.
const ANDROID_PATIENCE: usize = 5;

/// A message that is not due yet.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    key: KeyFingerprint,
    layer: i32,
    received: u32,
    message: Vec<u8>,
    is_answered: bool,
}

impl<S: Suite> Peer<S> {
    pub(super) fn message(&mut self, bytes: &[u8]) {
        let sender = self.role.other();
        let found = self.keys().find_map(|key| Some((S::fingerprint(key), S::open(key, sender, bytes).ok()?)));
        let Some((key, body)) = found else {
            // TDLib drops what is under a key that it does not know, and so do the others.
            let named = bytes.first_chunk().map(|bytes| KeyFingerprint(i64::from_le_bytes(*bytes)));
            if self.keys().any(|key| Some(S::fingerprint(key)) == named) {
                self.complain("a message does not open under its key");
            }
            return;
        };
        let Ok(layer) = DecryptedMessageLayer::<Raw>::from_bytes(&body) else {
            return self.complain("there is no layer around a message");
        };
        if layer.random_bytes.len() < 15 {
            return self.complain("there are too few random bytes");
        }
        let (x_in, x_out) = match sender {
            Role::Originator => (0, 1),
            Role::Acceptor => (1, 0),
        };
        let numbers = (layer.in_seq_no, layer.out_seq_no);
        if numbers.0 < 0 || numbers.1 < 0 || numbers.0 % 2 != x_in || numbers.1 % 2 != x_out {
            return self.complain("a number has the wrong parity");
        }
        let (received, counter) = (numbers.0.cast_unsigned() / 2, numbers.1.cast_unsigned() / 2);
        let message = Waiting { key, layer: layer.layer, received, message: layer.message.0, is_answered: false };
        if counter > self.next_in {
            self.wait(counter, message);
        } else if counter == self.next_in {
            self.in_turn(message);
        }
    }

    fn keys(&self) -> impl Iterator<Item = &S::Key> {
        self.key.iter().chain(&self.previous).chain(self.exchange.key())
    }

    fn wait(&mut self, counter: u32, mut message: Waiting) {
        if self.waiting.contains_key(&counter) {
            return;
        }
        if let Some(DecryptedMessage::Service(service)) = decode(&message.message)
            && let DecryptedMessageAction::Resend(action) = service.action
        {
            self.asked(action.start_seq_no, action.end_seq_no);
            message.is_answered = true;
        }
        self.waiting.insert(counter, message);
        if self.dialect == Dialect::Android && self.waiting.len() >= ANDROID_PATIENCE {
            return self.complain("the fifth message waits behind a hole");
        }
        self.ask(self.dialect == Dialect::Ios);
    }

    fn ask(&mut self, again: bool) {
        let Some((first, _)) = self.waiting.first_key_value() else { return };
        if self.asked_below > self.next_in && !again {
            return;
        }
        self.asked_below = *first;
        let bit = if self.role == Role::Acceptor { 1 } else { 0 };
        let (start, end) = (2 * self.next_in + bit, 2 * (*first - 1) + bit);
        self.act(secret::DecryptedMessageActionResend::new(start.cast_signed(), end.cast_signed()));
    }

    fn in_turn(&mut self, message: Waiting) {
        self.process(message);
        while let Some(message) = self.waiting.remove(&self.next_in) {
            self.process(message);
        }
        self.ask(false);
    }

    fn process(&mut self, message: Waiting) {
        let Waiting { key, layer, received, message, is_answered } = message;
        self.next_in += 1;
        if received < self.confirmed {
            return self.complain("a confirmation is taken back");
        }
        if received as usize > self.sent.len() {
            return self.complain("a message is confirmed that was never sent");
        }
        self.confirmed = received;
        if layer < self.layer && self.dialect == Dialect::Tdlib {
            return self.complain("the layer went down");
        }
        if self.dialect == Dialect::Layer46 && layer != 46 {
            return self.complain("a layer that it does not know");
        }
        if !matches!(layer, 8 | 46 | 73 | 101 | 144) {
            return self.complain("a layer that iOS does not know");
        }
        self.layer = self.layer.max(layer);
        self.used_key(key);
        if self.key_fingerprint() == Some(key) {
            self.previous = None;
        }
        let Some(decoded) = decode(&message) else { return self.complain("a message that it cannot read") };
        match decoded {
            DecryptedMessage::DecryptedMessage(message) => {
                let before = self.saw.insert(message.random_id, 0);
                assert_eq!(before, None, "the peer sees a message twice");
            }
            DecryptedMessage::Service(service) => self.action(service.action, is_answered),
        }
    }

    fn action(&mut self, action: DecryptedMessageAction, is_answered: bool) {
        match action {
            DecryptedMessageAction::Resend(action) if !is_answered => {
                self.asked(action.start_seq_no, action.end_seq_no);
            }
            DecryptedMessageAction::NotifyLayer(action) => self.layer = self.layer.max(action.layer.min(144)),
            DecryptedMessageAction::DeleteMessages(action) => {
                for random_id in action.random_ids {
                    if let Some(times) = self.saw.get_mut(&random_id) {
                        *times += 1;
                    }
                }
            }
            DecryptedMessageAction::RequestKey(action) => self.key_requested(action.exchange_id, &action.g_a),
            DecryptedMessageAction::AcceptKey(action) => {
                self.key_accepted(action.exchange_id, &action.g_b, action.key_fingerprint);
            }
            DecryptedMessageAction::CommitKey(action) => {
                self.key_committed(action.exchange_id, action.key_fingerprint);
            }
            DecryptedMessageAction::AbortKey(action) => self.key_aborted(action.exchange_id),
            _ => {}
        }
    }

    fn asked(&mut self, start: i32, end: i32) {
        let bit = if self.role == Role::Originator { 1 } else { 0 };
        if start < 0 || end < start || start % 2 != bit || end % 2 != bit {
            return self.complain("it is asked for numbers that are not its own");
        }
        self.resend(start.cast_unsigned() / 2, end.cast_unsigned() / 2);
    }
}

fn decode(message: &[u8]) -> Option<DecryptedMessage> {
    Some(exact::DecryptedMessage::from_bytes(message).ok()?.raise().value)
}
