//! Arbitrary bytes from a peer: as envelopes, as bodies that it authenticated, and as messages in order.
//!
//! The peer holds the chat's key and has no rules of its own. What comes of it is one of three: a step, a notice that
//! something was dropped, or the end of the chat for a fault of the peer.

use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use secret_runtime::chat::{
    Answer, Arrival, Call, CallId, Chat, CloseReason, Command, CommandError, DhConfig, Dropped, Failure, Input,
    Mtproto, Notice, Phase, Settings, Staged, Suite, UnixTime,
};
use secret_runtime::crypto::{Padding, Role};
use tl_types::api::constructors::{EncryptedChat, InputUser};
use tl_types::api::types::messages::SentEncryptedMessage;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageLayer};
use tl_types::{Encode, Raw};

use super::bytes::Bytes;
use crate::toy::Toy;

/// Telegram's prime.
pub(super) const P: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b";

/// What one step of an input does. Behind it come the bytes that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Deed {
    /// The peer sends an envelope: a length in two bytes, and the bytes.
    Envelope,
    /// The peer authenticates a body of these bytes.
    Body,
    /// The peer sends an inner message of these bytes, under its next number.
    Message,
    /// The same, after so many numbers were skipped (one byte), confirming so many of ours more (one byte).
    Skipping,
    /// The same, under a number that is so many back (one byte).
    Back,
    /// Every call of the chat succeeds.
    Answer,
    /// The first call of the chat fails; one byte chooses how.
    Fail,
    /// So many seconds pass: two bytes, times the byte that follows.
    Wait,
    /// The chat is loaded again.
    Resume,
    /// The user sends a text, and is told everything so far.
    Text,
}

impl Deed {
    const ALL: [Self; 10] = [
        Self::Envelope,
        Self::Body,
        Self::Message,
        Self::Skipping,
        Self::Back,
        Self::Answer,
        Self::Fail,
        Self::Wait,
        Self::Resume,
        Self::Text,
    ];
}

/// The bit of an input's first byte that chooses Telegram's cryptography instead of the toy.
pub const MTPROTO: u8 = 0x80;

/// A peer that sends anything does not make a chat panic, or hold more than its limits; what is dropped leaves the chat as it
/// was, and a chat closes only for a fault that the peer made.
///
/// # Panics
/// If not.
pub fn step(data: &[u8]) {
    static READY: OnceLock<Puppeteer<Mtproto>> = OnceLock::new();
    let mut bytes = Bytes(data);
    let Some(choice) = bytes.byte() else { return };
    if choice & MTPROTO == 0 {
        Puppeteer::<Toy>::new((), choice).run(bytes);
    } else {
        let group = || Mtproto::group(3, &unhex(P), &mut ChaCha20Rng::seed_from_u64(0)).unwrap();
        let mut ready = READY.get_or_init(|| Puppeteer::new(group(), 0)).clone();
        ready.settings = settings(choice);
        ready.run(bytes);
    }
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Small limits are met soon.
fn settings(choice: u8) -> Settings {
    let mut settings = Settings::default();
    if choice & 1 != 0 {
        settings.limits.waiting = 3;
        settings.limits.waiting_bytes = 200;
        settings.limits.resend = 2;
        settings.limits.unconfirmed = 6;
        settings.limits.events = 20;
        settings.limits.undecoded = 2;
        settings.limits.timers = 2;
        settings.limits.in_flight = 2;
        settings.limits.random_ids = 3;
    }
    if choice & 2 != 0 {
        settings.rekey.uses = 2;
    }
    settings
}

/// A chat that we requested, and the key in the hands of the input.
#[derive(Clone)]
struct Puppeteer<S: Suite> {
    chat: Chat<S>,
    key: S::Key,
    /// The seed of the next step's randomness.
    seed: u64,
    settings: Settings,
    now: UnixTime,
    calls: Vec<CallId>,
    /// The counter of the peer's next message.
    next: u32,
    /// How many of ours the peer has confirmed.
    received: u32,
}

impl<S: Suite> Puppeteer<S> {
    fn new(group: S::Group, choice: u8) -> Self {
        let (settings, now) = (settings(choice), UnixTime(1_700_000_000));
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let config = DhConfig { version: 1, group: group.clone(), random: vec![5; 256] };
        let staged = Chat::<S>::request(1, InputUser::new(2, 0).into(), config, now, &settings, &mut rng);
        let Call::RequestEncryption(request) = &staged.outgoing[0].call else { panic!("no request") };
        let exponent = S::exponent(&group, &[], &mut rng);
        let key = S::agree(&group, &exponent, &request.g_a).unwrap();
        let g_b = S::public_value(&group, &exponent);
        let ready = EncryptedChat::new(1, 10, 0, 1, 2, g_b, S::fingerprint(&key).0);
        let chat = Chat::begin(staged).unwrap();
        let mut new = Self { chat, key, seed: 2, settings, now, calls: Vec::new(), next: 0, received: 0 };
        new.input(Input::Chat(ready.into()));
        assert!(new.chat.session().is_some());
        new
    }

    fn run(&mut self, mut bytes: Bytes<'_>) {
        while let Some(deed) = bytes.byte() {
            self.make(Deed::ALL[usize::from(deed) % Deed::ALL.len()], &mut bytes);
        }
        self.input(Input::Resume);
    }

    fn make(&mut self, deed: Deed, bytes: &mut Bytes<'_>) {
        match deed {
            Deed::Envelope => self.arrive(bytes.run().to_vec()),
            Deed::Body => {
                // What is sealed has whole words, as everything in TL has.
                let mut body = bytes.run().to_vec();
                body.resize(body.len().next_multiple_of(4), 0);
                self.authentic(&body);
            }
            Deed::Message => {
                let number = self.next;
                self.next += 1;
                self.message(number, bytes.run());
            }
            Deed::Skipping => {
                let skipped = bytes.byte().unwrap_or_default();
                let confirmed = bytes.byte().unwrap_or_default();
                let sent = self.chat.session().map_or(0, |session| session.sent());
                self.received = (self.received + u32::from(confirmed)).min(sent);
                let number = self.next + u32::from(skipped);
                self.next = number + 1;
                self.message(number, bytes.run());
            }
            Deed::Back => {
                let back = u32::from(bytes.byte().unwrap_or_default());
                self.message(self.next.saturating_sub(back + 1), bytes.run());
            }
            Deed::Answer => {
                // A chat that goes on for ever without anything happening would be a fault, too.
                for _ in 0..10 * self.settings.limits.unconfirmed {
                    if self.calls.is_empty() {
                        return;
                    }
                    let call = self.calls.remove(0);
                    self.answer(call);
                }
                panic!("calls have no end");
            }
            Deed::Fail => {
                let choice = bytes.byte().unwrap_or_default();
                if !self.calls.is_empty() {
                    let call = self.calls.remove(0);
                    let answer = Answer::Failed(failure(choice));
                    self.input(Input::Answer { call, answer });
                }
            }
            Deed::Wait => {
                let seconds = u32::from(bytes.pair().unwrap_or_default());
                self.now = self.now.after(seconds * u32::from(bytes.byte().unwrap_or_default()));
                self.input(Input::Tick);
            }
            Deed::Resume => {
                self.calls.clear();
                self.input(Input::Resume);
            }
            Deed::Text => {
                self.input(Input::Command(Command::Delivered(u64::MAX)));
                let message = DecryptedMessage::new(0, 0, "text").into();
                self.input(Input::Command(Command::Send { message, file: None, lower: false }));
            }
        }
    }

    fn answer(&mut self, call: CallId) {
        let answer = match call {
            CallId::Slot(_) | CallId::Deletion(_) => {
                let sent = tl_types::api::constructors::messages::SentEncryptedMessage::new(1);
                Answer::Sent(SentEncryptedMessage::from(sent))
            }
            _ => Answer::Done,
        };
        self.input(Input::Answer { call, answer });
    }

    fn message(&mut self, number: u32, message: &[u8]) {
        let layer = DecryptedMessageLayer::<Raw>::new(
            vec![1; 15],
            144,
            (2 * self.received + 1).cast_signed(),
            (2 * number).cast_signed(),
            Raw(message.to_vec()),
        );
        let mut body = layer.to_bytes().unwrap();
        body.resize(body.len().next_multiple_of(4), 0);
        self.authentic(&body);
    }

    fn authentic(&mut self, body: &[u8]) {
        let envelope = S::seal(&self.key, Role::Acceptor, body, Padding::Minimal, &mut ChaCha20Rng::seed_from_u64(0));
        self.arrive(envelope.expect("a message of TL"));
    }

    /// A message arrives, at a time when nothing else is due.
    fn arrive(&mut self, bytes: Vec<u8>) {
        self.input(Input::Tick);
        let before = self.chat.clone();
        let Some(notices) = self.input(Input::Message(Arrival { date: 1, bytes, file: None })) else {
            assert_eq!(self.chat, before, "an error, and something has changed");
            return;
        };
        let ignores = |notice: &Notice| {
            matches!(
                notice,
                Notice::Dropped(
                    Dropped::Unreadable
                        | Dropped::OldEnvelope
                        | Dropped::NoLayer
                        | Dropped::FewRandomBytes
                        | Dropped::Duplicate
                        | Dropped::NotReady
                )
            )
        };
        if notices.iter().any(ignores) {
            assert_eq!(self.chat, before, "dropped, and something has changed: {notices:?}");
        }
    }

    /// Takes a step, looks at it, and merges it. `None` if it cannot be taken now.
    fn input(&mut self, input: Input<S>) -> Option<Vec<Notice>> {
        let is_command = matches!(input, Input::Command(_));
        self.seed += 1;
        let rng = || ChaCha20Rng::seed_from_u64(self.seed);
        let staged = match self.chat.step(input.clone(), self.now, &self.settings, &mut rng()) {
            Ok(staged) => staged,
            Err(CommandError::EventsFull { .. }) => return None,
            Err(CommandError::Closed(_) | CommandError::Unconfirmed { .. }) if is_command => return None,
            Err(error) => panic!("{error}"),
        };
        let again = self.chat.step(input, self.now, &self.settings, &mut rng()).unwrap();
        assert_eq!(staged, again, "the same step comes to something else");
        let Staged { outgoing, notices, .. } = again;
        self.chat.merge(staged);
        self.calls.extend(outgoing.iter().map(|call| call.id).filter(|id| *id != CallId::Passing));
        self.limits();
        Some(notices)
    }

    fn limits(&mut self) {
        let (chat, limits) = (&self.chat, self.settings.limits);
        assert!(chat.waiting() <= limits.waiting, "{} messages wait", chat.waiting());
        assert!(chat.undecoded() <= limits.undecoded, "{} are undecoded", chat.undecoded());
        // Messages of the chat's own come on top of the caller's.
        let slots = chat.slots().count();
        assert!(slots <= 2 * limits.unconfirmed + 8, "{slots} messages are not confirmed");
        // One message may bring on all those that wait behind it.
        let events = chat.events().count();
        assert!(
            events <= limits.events + 4 * limits.waiting + 3 * limits.unconfirmed + 16,
            "{events} events are not delivered"
        );
        let in_flight = self.calls.iter().filter(|id| matches!(id, CallId::Slot(_))).count();
        assert!(in_flight <= limits.in_flight + limits.unconfirmed, "{in_flight} calls are on their way");
        match chat.phase() {
            Phase::Ready(_) => {}
            Phase::Closed { reason: CloseReason::PeerFault(_) | CloseReason::Refused { .. }, .. } => {
                assert_eq!((chat.slots().count(), chat.waiting()), (0, 0));
                self.calls.retain(|id| *id == CallId::Discard);
            }
            phase => panic!("no peer can bring this about: {phase:?}"),
        }
    }
}

fn failure(choice: u8) -> Failure {
    let rpc = |code, message: &str| Failure::Rpc(tl_types::RpcError::new(code, message));
    match choice % 6 {
        0 => Failure::Unanswered,
        1 => rpc(420, "FLOOD_WAIT_5"),
        2 => rpc(500, "INTERNAL"),
        3 => rpc(400, "MSG_WAIT_FAILED"),
        4 => rpc(400, "DATA_INVALID"),
        _ => rpc(400, "ENCRYPTION_DECLINED"),
    }
}
