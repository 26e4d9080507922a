//! The whole way of a message, from `DecryptedMessage` to the wire and back, and where its time goes:
//! `cargo run --release -p secret-bench --bin way`.

use std::cell::RefCell;
use std::hint::black_box;
use std::num::NonZeroI64;
use std::time::Instant;

use grammers_crypto::{AuthKey, DequeBuffer, decrypt_data_v2, encrypt_data_v2};
use measure::{Times, alternate};
use secret_bench::pair::{Pair, Part};
use secret_bench::{Error, median, seeded};
use secret_runtime::chat::Settings;
use secret_runtime::chat::policy::{self, MY_LAYER};
use secret_runtime::chat::split::{SplitLimits, split};
use secret_runtime::crypto::envelope::{open, seal};
use secret_runtime::crypto::{ChatKey, Padding, Role};
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageLayer};
use tl_types::secret::{exact, types};
use tl_types::{Decode, Encode, Layered, Raise, Raw};

const KEY: [u8; 256] = [0x37; 256];
/// How often the parts are measured, and how many messages each time.
const ROUNDS: usize = 400;
const MESSAGES: usize = 50;

fn main() -> Result<(), Error> {
    println!("One core. Each side sends in turn, so that a message confirms the one before it.\n");
    for (name, length) in [("100 B", 100), ("4 KiB", 4096)] {
        measure_text(name, length)?;
    }
    Ok(())
}

fn measure_text(name: &str, length: usize) -> Result<(), Error> {
    let text: String = ('a'..='z').cycle().take(length).collect();
    let mut settings = Settings::default();
    let with_rekeying = measure_rekeying(settings.clone(), &text)?;
    settings.rekey.uses = u32::MAX;
    let mut pair = Pair::ready(settings)?;
    let parts = measure_parts(&mut pair, &text)?;

    let failed = RefCell::new(None);
    let mut side = 0;
    let mut whole = || {
        side = 1 - side;
        if let Err(error) = pair.message(side, message(&text).into()) {
            *failed.borrow_mut() = Some(error);
        }
    };
    let stages = Stages::new(&text)?;
    let peer = stages.beside_grammers(&mut whole)?;
    let stages = stages.measure(&mut whole);
    if let Some(error) = failed.take() {
        return Err(error);
    }

    println!("## A text of {name}\n");
    println!("- {:.0} messages a second, {:.0} ns each", 1e9 / peer.ours, peer.ours);
    println!("- with a new key after every 100: {:.0} messages a second", 1e9 / with_rekeying);
    println!("- grammers-crypto, encrypting and decrypting the same body: {:.0} ns", peer.theirs);
    println!("- the whole way beside that: ratio {:.2}\n", peer.ratio);
    print_table(&parts, &stages, peer.ours);
    Ok(())
}

fn message(text: &str) -> DecryptedMessage {
    DecryptedMessage::new(0, 0, text)
}

/// The share of each part in the whole way; medians.
fn measure_parts(pair: &mut Pair, text: &str) -> Result<[f64; 5], Error> {
    pair.is_timed = true;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        pair.spent = [0.0; 5];
        let start = Instant::now();
        for number in 0..MESSAGES {
            pair.message(number % 2, message(text).into())?;
        }
        let whole = start.elapsed().as_secs_f64() * 1e9;
        rounds.push(pair.spent.map(|spent| spent / whole));
    }
    pair.is_timed = false;
    Ok([Part::Send, Part::Answer, Part::Receive, Part::Delivered, Part::Merge]
        .map(|part| median(rounds.iter().filter_map(|spent| spent.get(part as usize).copied()))))
}

/// Nanoseconds for a message, with the exchanges of keys that it comes with; a median.
fn measure_rekeying(settings: Settings, text: &str) -> Result<f64, Error> {
    let mut pair = Pair::ready(settings)?;
    let mut times = Vec::new();
    for _ in 0..15 {
        let start = Instant::now();
        for number in 0..400 {
            pair.message(number % 2, message(text).into())?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e9 / 400.0);
    }
    Ok(median(times))
}

/// What a step does with a message, apart from the chat.
struct Stages {
    key: ChatKey,
    message: types::DecryptedMessage,
    content: DecryptedMessage,
    body: Vec<u8>,
    wire: Vec<u8>,
}

/// The share of each stage in the whole way.
struct Shares {
    prepare: f64,
    encode: f64,
    seal: f64,
    open: f64,
    decode: f64,
}

impl Stages {
    fn new(text: &str) -> Result<Self, Error> {
        let content = DecryptedMessage::new(1, 0, text);
        let message: types::DecryptedMessage = content.clone().into();
        let body = encode(&message).ok_or("the message cannot be encoded")?;
        let key = ChatKey::from_bytes(KEY);
        let wire = seal(&key, Role::Originator, &body, Padding::Bucketed, &mut seeded())?;
        Ok(Self { key, message, content, body, wire })
    }

    fn measure(&self, whole: &mut impl FnMut()) -> Shares {
        let mut rng = seeded();
        let Self { key, message, content, body, wire } = self;
        // As the chat does it: the message is moved into the step, and each stage of it runs once.
        let prepare = || {
            let parts = split(black_box(content).clone(), SplitLimits::TELEGRAM, || NonZeroI64::MAX);
            let _ = black_box(policy::check(message, MY_LAYER));
            drop(black_box(parts));
        };
        let seal = || drop(black_box(seal(key, Role::Originator, black_box(body), Padding::Bucketed, &mut rng)));
        Shares {
            prepare: alternate(prepare, &mut *whole).ratio,
            encode: alternate(|| drop(black_box(encode(black_box(message)))), &mut *whole).ratio,
            seal: alternate(seal, &mut *whole).ratio,
            open: alternate(|| drop(black_box(open(key, Role::Originator, black_box(wire)))), &mut *whole).ratio,
            decode: alternate(|| drop(black_box(decode(black_box(body)))), &mut *whole).ratio,
        }
    }

    /// The whole way, and grammers' encryption and decryption of the same body. It decrypts what a server encrypted, which
    /// is made here with ours, padded as little as its own.
    fn beside_grammers(&self, whole: &mut impl FnMut()) -> Result<Times, Error> {
        let key = AuthKey::from_bytes(KEY);
        let wire = seal(&self.key, Role::Acceptor, &self.body, Padding::Minimal, &mut seeded())?;
        let mut received = wire.clone();
        decrypt_data_v2(&mut received, &key)?;
        let peer = || {
            let mut buffer = DequeBuffer::with_capacity(self.body.len() + 4 + 32, 24);
            buffer.extend((self.body.len() as u32).to_le_bytes());
            buffer.extend(black_box(&self.body));
            encrypt_data_v2(&mut buffer, &key);
            drop(black_box(buffer));
            received.copy_from_slice(black_box(&wire));
            let _ = black_box(decrypt_data_v2(&mut received, &key));
        };
        Ok(alternate(whole, peer))
    }
}

fn encode(message: &types::DecryptedMessage) -> Option<Vec<u8>> {
    let message = message.exact_at(MY_LAYER).ok()?;
    let layer = MY_LAYER.cast_signed();
    DecryptedMessageLayer::<exact::DecryptedMessage>::new(vec![1; 15], layer, 0, 1, message).to_bytes().ok()
}

fn decode(body: &[u8]) -> Option<types::DecryptedMessage> {
    let layer = DecryptedMessageLayer::<Raw>::from_bytes(body).ok()?;
    let Raw(message) = layer.message;
    Some(exact::DecryptedMessage::from_bytes(&message).ok()?.raise().value)
}

fn print_table([send, answer, receive, delivered, merge]: &[f64; 5], stages: &Shares, whole: f64) {
    let Shares { prepare, encode, seal, open, decode } = stages;
    let row = |stage: &str, share: f64| println!("| {stage} | {:.0} | {:.1} % |", share * whole, share * 100.0);
    println!("| stage | ns | share |");
    println!("|---|---:|---:|");
    row("send: split and policy", *prepare);
    row("send: encode", *encode);
    row("send: seal", *seal);
    row("send: the rest of the step", send - prepare - encode - seal);
    row("receive: open", *open);
    row("receive: decode", *decode);
    row("receive: the rest of the step", receive - open - decode);
    row("the answer's step", *answer);
    row("two steps: delivered", *delivered);
    row("five merges", *merge);
    row(
        "between the steps: the message, the calls and the events made, copied and dropped",
        1.0 - send - answer - receive - delivered - merge,
    );
    println!();
}
