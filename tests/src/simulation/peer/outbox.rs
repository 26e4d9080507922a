//! What a peer sends, and how it sends it again.

use chacha20::rand_core::Rng;
use secret_runtime::chat::{Call, Suite};
use secret_runtime::crypto::{Padding, Role};
use tl_types::api::functions::messages::{SendEncrypted, SendEncryptedService};
use tl_types::secret::constructors::{self as secret, DecryptedMessageLayer};
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};
use tl_types::{Encode, Layered};

use super::{Dialect, Peer};

/// A message that was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) random_id: i64,
    /// With the numbers that it was first sent with.
    pub(super) head: Head,
    pub(super) message: exact::DecryptedMessage,
    pub(super) wire: Vec<u8>,
}

/// What stands in front of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) layer: i32,
    pub(super) in_seq_no: i32,
    pub(super) out_seq_no: i32,
}

impl<S: Suite> Peer<S> {
    /// Tells which layer it knows.
    pub(super) fn announce(&mut self) {
        let layer = match self.dialect {
            Dialect::Android | Dialect::Liar => 151,
            Dialect::Ios | Dialect::Tdlib => 144,
            Dialect::Layer46 => 46,
        };
        self.act(secret::DecryptedMessageActionNotifyLayer::new(layer));
    }

    /// The layer that it writes.
    fn written_layer(&self) -> u32 {
        let theirs = self.layer.clamp(46, 144).cast_unsigned();
        if self.dialect == Dialect::Layer46 { 46 } else { theirs }
    }

    pub(super) fn act(&mut self, action: impl Into<DecryptedMessageAction>) {
        let random_id = self.random_id();
        self.send(secret::DecryptedMessageService::new(random_id, action.into()));
    }

    /// Sends a message under the next number.
    pub(super) fn send(&mut self, message: impl Into<DecryptedMessage>) {
        let head = self.head();
        self.send_with(head, message.into());
    }

    /// The next numbers.
    pub(super) fn head(&self) -> Head {
        let (x_in, x_out) = match self.role {
            Role::Originator => (0, 1),
            Role::Acceptor => (1, 0),
        };
        let count = i32::try_from(self.sent.len()).unwrap();
        Head {
            layer: self.written_layer().cast_signed(),
            in_seq_no: 2 * self.next_in.cast_signed() + x_in,
            out_seq_no: 2 * count + x_out,
        }
    }

    /// Sends a message with these numbers; it counts as the next.
    pub(super) fn send_with(&mut self, head: Head, message: DecryptedMessage) {
        let random_id = match &message {
            DecryptedMessage::DecryptedMessage(message) => message.random_id,
            DecryptedMessage::Service(message) => message.random_id,
        };
        let message = message.exact_at(self.written_layer()).expect("every layer knows what it sends");
        let wire = self.seal(head, &message);
        self.sent.push(Sent { random_id, head, message, wire: wire.clone() });
        self.calls.push_back(Call::SendEncrypted(SendEncrypted::new(self.chat(), random_id, wire)));
    }

    pub(super) fn seal(&mut self, head: Head, message: &exact::DecryptedMessage) -> Vec<u8> {
        let mut random_bytes = vec![0; if self.dialect == Dialect::Tdlib { 31 } else { 15 }];
        self.rng.fill_bytes(&mut random_bytes);
        let Head { layer, in_seq_no, out_seq_no } = head;
        let body = DecryptedMessageLayer::<exact::DecryptedMessage>::new(
            random_bytes,
            layer,
            in_seq_no,
            out_seq_no,
            message.clone(),
        );
        self.seal_body(&body.to_bytes().unwrap())
    }

    pub(super) fn seal_body(&mut self, body: &[u8]) -> Vec<u8> {
        let key = self.key.as_ref().expect("there is a key");
        S::seal(key, self.role, body, Padding::Minimal, &mut self.rng).unwrap()
    }

    /// Sends what it is asked for once more.
    pub(super) fn resend(&mut self, first: u32, last: u32) {
        if last >= self.sent.len() as u32 {
            return self.complain("it is asked for what it never sent");
        }
        for place in first..=last {
            let Sent { random_id, mut head, message, wire } = self.sent[place as usize].clone();
            let call = match self.dialect {
                Dialect::Tdlib => Call::SendEncrypted(SendEncrypted::new(self.chat(), random_id, wire)),
                Dialect::Android | Dialect::Layer46 | Dialect::Liar => {
                    let wire = self.seal(head, &message);
                    Call::SendEncrypted(SendEncrypted::new(self.chat(), random_id, wire))
                }
                Dialect::Ios => {
                    head.in_seq_no = self.head().in_seq_no;
                    let (wire, random_id) = (self.seal(head, &message), self.random_id());
                    Call::SendEncryptedService(SendEncryptedService::new(self.chat(), random_id, wire))
                }
            };
            self.calls.push_back(call);
        }
    }
}
