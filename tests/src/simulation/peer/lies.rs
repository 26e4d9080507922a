//! What a liar authenticates: everything that the protocol forbids, and as much as it can of what it allows.

use chacha20::rand_core::Rng;
use secret_runtime::chat::{Call, Suite};
use tl_types::api::functions::messages::SendEncrypted;
use tl_types::secret::constructors as secret;
use tl_types::{Encode, Raw};

use super::Peer;
use super::outbox::Head;

/// Messages in a flood.
const FLOOD: u32 = 60;
/// Lies below this number leave the chat open; it takes those for noise.
const HARMLESS: u8 = 220;

impl<S: Suite> Peer<S> {
    pub(super) fn lie(&mut self, whim: u8) {
        if whim >= HARMLESS {
            return self.break_the_rules(whim);
        }
        let (start, noise) = (self.head(), self.rng.next_u64());
        match whim % 20 {
            0 => (0..FLOOD).for_each(|_| self.ahead(2 * (1 + noise.cast_signed() as i32 % 50))),
            1 => (0..FLOOD).for_each(|_| self.text("flood")),
            2 => (0..FLOOD).for_each(|number| {
                let g_a = S::public_value(&self.group, &S::exponent(&self.group, &[], &mut self.rng));
                self.act(secret::DecryptedMessageActionRequestKey::new(i64::MIN + i64::from(number), g_a));
            }),
            3 => self.act(secret::DecryptedMessageActionAcceptKey::new(noise.cast_signed(), vec![1; 8], 5)),
            4 => self.act(secret::DecryptedMessageActionCommitKey::new(noise.cast_signed(), 5)),
            5 => self.act(secret::DecryptedMessageActionAbortKey::new(noise.cast_signed())),
            6 => self.act(secret::DecryptedMessageActionNotifyLayer::new(noise as i32)),
            7 => self.act(secret::DecryptedMessageActionSetMessageTtl::new(noise as i32)),
            8 => self.act(secret::DecryptedMessageActionDeleteMessages::new(vec![noise.cast_signed(); 1000])),
            // Numbers of its own side, backwards, and those that were confirmed.
            9 => self.act(secret::DecryptedMessageActionResend::new(start.out_seq_no, start.out_seq_no)),
            10 => self.act(secret::DecryptedMessageActionResend::new(start.in_seq_no, start.in_seq_no - 2)),
            11 => self.send(secret::DecryptedMessage::new(0, 0, "a random_id of 0")),
            12 => {
                let again = self.sent.last().map_or(1, |sent| sent.random_id);
                self.send(secret::DecryptedMessage::new(again, 0, "a random_id for the second time"));
            }
            13 => self.zigzag(),
            14 => self.garbage(&[0x55; 64]),
            15 => self.garbage(&noise.to_le_bytes()),
            16 => self.unknown(),
            17 => {
                // The same number with another content.
                if let Some(head) = self.sent.last().map(|sent| sent.head) {
                    self.aside(head);
                }
            }
            18 => {
                let mut head = start;
                head.layer = noise as i32;
                self.send_with(head, secret::DecryptedMessage::new(noise.cast_signed() | 1, 0, "layer").into());
            }
            _ => self.request_key(),
        }
    }

    /// Lies that end the chat.
    fn break_the_rules(&mut self, whim: u8) {
        let mut head = self.head();
        match whim % 8 {
            0 => head.out_seq_no += 1,
            1 => head.in_seq_no += 1,
            2 => head.in_seq_no -= 2,
            3 => head.in_seq_no += 2000,
            4 => (head.in_seq_no, head.out_seq_no) = (-1, i32::MIN),
            5 => {
                let end = i32::MAX - 1 - (1 - head.in_seq_no % 2);
                return self.act(secret::DecryptedMessageActionResend::new(head.in_seq_no % 2, end));
            }
            6 => return self.act(secret::DecryptedMessageActionRequestKey::new(1, vec![0; 8])),
            _ => return self.act(secret::DecryptedMessageActionRequestKey::new(i64::MAX, vec![255; 300])),
        }
        self.send_with(head, secret::DecryptedMessage::new(3, 0, "a lie").into());
    }

    /// A message so far ahead, and nothing before it.
    fn ahead(&mut self, by: i32) {
        let mut head = self.head();
        head.out_seq_no = head.out_seq_no.saturating_add(by.abs());
        self.aside(head);
    }

    /// A message with these numbers that does not count.
    fn aside(&mut self, head: Head) {
        let random_id = self.random_id();
        self.send_with(head, secret::DecryptedMessage::new(random_id, 0, "aside").into());
        self.sent.pop();
    }

    /// Holes that are filled at once, and nothing is ever confirmed.
    fn zigzag(&mut self) {
        let in_seq_no = self.sent.last().map_or(self.head().in_seq_no, |sent| sent.head.in_seq_no);
        for _ in 0..FLOOD {
            let first = Head { in_seq_no, ..self.head() };
            let second = Head { out_seq_no: first.out_seq_no + 2, ..first };
            for head in [second, first] {
                let random_id = self.random_id();
                self.send_with(head, secret::DecryptedMessage::new(random_id, 0, "zigzag").into());
            }
        }
    }

    /// A message that is no `decryptedMessageLayer`.
    fn garbage(&mut self, body: &[u8]) {
        let wire = self.seal_body(body);
        self.calls.push_back(Call::SendEncrypted(SendEncrypted::new(self.chat(), 1, wire)));
    }

    /// A message with a constructor that nobody knows.
    fn unknown(&mut self) {
        let head = self.head();
        self.send_with(head, secret::DecryptedMessage::new(5, 0, "unknown").into());
        self.calls.pop_back();
        let Head { layer, in_seq_no, out_seq_no } = head;
        let message = Raw(vec![0xde; 40]);
        let body = secret::DecryptedMessageLayer::new(vec![0; 15], layer, in_seq_no, out_seq_no, message);
        self.garbage(&body.to_bytes().unwrap());
    }
}
