//! An account with many chats that are ready, and the peers of all of them.

use std::collections::HashMap;

use chacha20::ChaCha12Rng;
use rand_core::{CryptoRng, Rng};
use secret_runtime::account::{Account, AccountSettings, Effects};
use secret_runtime::chat::{Answer, Call, CallId, Command, DhConfig, Input, Mtproto, Suite};
use secret_runtime::crypto::diffie_hellman::{Group, GroupError, PrivateExponent, PublicValueError};
use secret_runtime::crypto::envelope::SealError;
use secret_runtime::crypto::visualization::KeyHash;
use secret_runtime::crypto::{ChatKey, KeyFingerprint, Padding, Rejected, Role, envelope};
use secret_runtime::store::Store;
use tl_types::Encode;
use tl_types::api::constructors::{self, messages as sent};
use tl_types::api::types::{EncryptedFile, EncryptedMessage};
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageActionNotifyLayer, DecryptedMessageLayer, DecryptedMessageService,
};
use tl_types::secret::types;
use zeroize::Zeroizing;

use crate::{Error, NOW, prime};

/// The layer of both sides.
const LAYER: i32 = 144;
/// Chats in one commit while they are made.
const GROUP: usize = 500;

/// Every chat's key.
const KEY: [u8; 256] = [0x37; 256];

/// [`Mtproto`] without its arithmetic: every chat gets the same key. What it stores is the same, so that chats are made in
/// microseconds, and used with [`Mtproto`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quick {}

impl Suite for Quick {
    type Group = Group;
    type Exponent = PrivateExponent;
    type Key = ChatKey;

    fn group(g: i32, p: &[u8], rng: &mut dyn CryptoRng) -> Result<Group, GroupError> {
        Mtproto::group(g, p, rng)
    }

    fn exponent(_: &Group, _: &[u8], _: &mut dyn CryptoRng) -> PrivateExponent {
        PrivateExponent::from_bytes([1; 256])
    }

    fn public_value(_: &Group, _: &PrivateExponent) -> Vec<u8> {
        vec![2; 256]
    }

    fn agree(_: &Group, _: &PrivateExponent, _: &[u8]) -> Result<ChatKey, PublicValueError> {
        Ok(ChatKey::from_bytes(KEY))
    }

    fn fingerprint(key: &ChatKey) -> KeyFingerprint {
        Mtproto::fingerprint(key)
    }

    fn key_hash(key: &ChatKey) -> KeyHash {
        Mtproto::key_hash(key)
    }

    fn seal(
        key: &ChatKey,
        sender: Role,
        body: &[u8],
        padding: Padding,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        Mtproto::seal(key, sender, body, padding, rng)
    }

    fn open(key: &ChatKey, sender: Role, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        Mtproto::open(key, sender, wire)
    }

    fn open_v1(key: &ChatKey, wire: &[u8]) -> Result<Zeroizing<Vec<u8>>, Rejected> {
        Mtproto::open_v1(key, wire)
    }
}

/// The other sides of all chats.
pub struct Peers {
    key: ChatKey,
    /// The chats' ids.
    pub chats: Vec<i32>,
    /// How many messages each has sent and received beyond those that made the chat ready.
    counts: HashMap<i32, (u32, u32)>,
}

/// Fills a new store with chats that were used a little and are idle now: each side has told its layer, and both were
/// confirmed.
///
/// # Errors
/// They do not become ready, or the store fails.
pub fn populate<St: Store>(store: St, number: usize, rng: &mut ChaCha12Rng) -> Result<(St, Peers), Error> {
    let mut account: Account<St, Quick> = Account::open(store, AccountSettings::default())?;
    let group = Quick::group(3, &prime(), rng)?;
    let mut peers = Peers { key: ChatKey::from_bytes(KEY), chats: Vec::with_capacity(number), counts: HashMap::new() };
    let fingerprint = peers.key.fingerprint().0;
    while peers.chats.len() < number {
        for _ in 0..GROUP.min(number - peers.chats.len()) {
            let config = DhConfig { version: 3, group: group.clone(), random: vec![7; 256] };
            let chat = account.request(constructors::InputUser::new(2, 0).into(), config, NOW, rng)?;
            let ready = constructors::EncryptedChat::new(chat, 10, date(), 1, 2, vec![2; 256], fingerprint);
            account.news(ready.into(), NOW, rng)?;
            // The NotifyLayer.
            account.step(chat, Input::Answer { call: CallId::Slot(0), answer: sent_answer() }, NOW, rng)?;
            let notify = DecryptedMessageService::new(
                rng.next_u64().cast_signed(),
                DecryptedMessageActionNotifyLayer::new(LAYER),
            );
            account.message(peers.seal(chat, notify.into(), 0, 1, rng)?, None, NOW, rng)?;
            account.delivered(chat, u64::MAX, NOW, rng)?;
            peers.chats.push(chat);
        }
        let _ = account.commit()?;
    }
    // What an account notes on its first start.
    let _ = account.resume(NOW, rng)?;
    Ok((account.into_store(), peers))
}

impl Peers {
    /// The next message of the peer in a chat, which confirms what it has received.
    ///
    /// # Errors
    /// It cannot be encoded.
    pub fn write(&mut self, chat: i32, text: &str, rng: &mut ChaCha12Rng) -> Result<EncryptedMessage, Error> {
        let (sent, received) = self.counts.entry(chat).or_default();
        *sent += 1;
        let (sent, received) = (*sent, *received);
        let message = DecryptedMessage::new(rng.next_u64().cast_signed() | 1, 0, text);
        self.seal(chat, message.into(), sent, received + 1, rng)
    }

    /// Takes the messages that the account has sent, and gives the answers of the server.
    pub fn take(&mut self, effects: &Effects) -> Vec<(i32, Input<Mtproto>)> {
        let mut answers = Vec::new();
        for (chat, outgoing) in &effects.outgoing {
            if let Call::SendEncrypted(_) | Call::SendEncryptedService(_) = outgoing.call {
                self.counts.entry(*chat).or_default().1 += 1;
                answers.push((*chat, Input::Answer { call: outgoing.id, answer: sent_answer() }));
            }
        }
        answers
    }

    fn seal(
        &self,
        chat: i32,
        message: types::DecryptedMessage,
        counter: u32,
        received: u32,
        rng: &mut ChaCha12Rng,
    ) -> Result<EncryptedMessage, Error> {
        let (in_seq_no, out_seq_no) = ((2 * received + 1).cast_signed(), (2 * counter).cast_signed());
        let layer =
            DecryptedMessageLayer::<types::DecryptedMessage>::new(vec![1; 15], LAYER, in_seq_no, out_seq_no, message);
        let wire = envelope::seal(&self.key, Role::Acceptor, &layer.to_bytes()?, Padding::Bucketed, rng)?;
        let random_id = rng.next_u64().cast_signed();
        Ok(constructors::EncryptedMessage::new(random_id, chat, date(), wire, EncryptedFile::Empty).into())
    }
}

/// A command that sends a text.
#[must_use]
pub fn send(text: &str) -> Command<Mtproto> {
    Command::Send { message: DecryptedMessage::new(0, 0, text).into(), file: None, lower: false }
}

fn sent_answer() -> Answer {
    Answer::Sent(sent::SentEncryptedMessage::new(date()).into())
}

fn date() -> i32 {
    i32::try_from(NOW.0).unwrap_or_default()
}
