//! How long encryption and decryption take, beside `grammers-crypto`: `cargo run --release -p crypto-bench`.

use std::hint::black_box;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use grammers_crypto::{AuthKey, DequeBuffer, aes, decrypt_data_v2, encrypt_data_v2};
use measure::{ROUNDS, Times, alternate, verdict};
use rand::CryptoRng;
use secret_runtime::crypto::envelope::{open, seal};
use secret_runtime::crypto::ige::{IgeDecryptor, IgeEncryptor};
use secret_runtime::crypto::{ChatKey, Padding, Role};

/// What goes wrong here is for a person to read.
type Error = Box<dyn std::error::Error>;

/// The key of both sides.
const KEY: [u8; 256] = [0x37; 256];

/// One message, and the goals for its encryption and decryption.
struct Message {
    name: &'static str,
    length: usize,
    goals: [Option<f64>; 2],
}

fn main() -> Result<(), Error> {
    println!("Nanoseconds and their ratio, medians of {ROUNDS} rounds that alternate.\n");
    println!("| data | operation | secret-runtime | grammers-crypto | ratio | goal |");
    println!("|---|---|---:|---:|---:|---|");
    for message in [
        Message { name: "message, 100 B", length: 100, goals: [Some(0.65), Some(1.05)] },
        Message { name: "message, 4 KiB", length: 4 << 10, goals: [Some(0.65), Some(0.70)] },
        Message { name: "message, 64 KiB", length: 64 << 10, goals: [None, None] },
    ] {
        let [encrypt_goal, decrypt_goal] = message.goals;
        let mut rng = rand::rng();
        row(message.name, "encrypt", measure_encryption(message.length, &mut rng)?, encrypt_goal);
        let mut system = UnwrapErr(SysRng);
        row(message.name, "encrypt, padding from the system", measure_encryption(message.length, &mut system)?, None);
        row(message.name, "decrypt", measure_decryption(message.length)?, decrypt_goal);
    }
    // At least 1.9 times the speed.
    let (encrypt, decrypt) = measure_ige(1 << 20)?;
    row("IGE, 1 MiB", "encrypt", encrypt, Some(1.0 / 1.9));
    row("IGE, 1 MiB", "decrypt", decrypt, Some(1.0 / 1.9));
    Ok(())
}

fn row(data: &str, operation: &str, Times { ours, theirs, ratio }: Times, goal: Option<f64>) {
    let goal = goal.map_or(String::new(), |goal| verdict(ratio, goal));
    println!("| {data} | {operation} | {ours:.0} | {theirs:.0} | {ratio:.2} | {goal} |");
}

/// Both sides start with the serialized message and end with a new buffer of ciphertext. Both pad as little as they
/// can, ours by 12 bytes or more and theirs by 17. Theirs asks the operating system for padding; ours asks `rng`.
fn measure_encryption(length: usize, rng: &mut impl CryptoRng) -> Result<Times, Error> {
    let (our_key, their_key) = (ChatKey::from_bytes(KEY), AuthKey::from_bytes(KEY));
    let body = vec![0x5a; length];
    let mut ours = || seal(&our_key, Role::Originator, black_box(&body), Padding::Minimal, rng);
    let theirs = || {
        // Room for the header in front, and a message's length as in ours.
        let mut buffer = DequeBuffer::with_capacity(body.len() + 4 + 32, 24);
        buffer.extend((length as u32).to_le_bytes());
        buffer.extend(black_box(&body));
        encrypt_data_v2(&mut buffer, &their_key);
        buffer
    };
    // Each opens what the other made: theirs comes from a client, which is the originator's direction.
    let opened = open(&our_key, Role::Originator, &theirs()[..])?;
    if *opened != body {
        return Err("the two libraries do not encrypt alike".into());
    }
    Ok(alternate(|| drop(black_box(ours())), || drop(black_box(theirs()))))
}

/// Both sides start with ciphertext that they may not change, since it is measured again: ours decrypts to a new vector,
/// theirs in a buffer that it already has and that is filled anew.
fn measure_decryption(length: usize) -> Result<Times, Error> {
    let (our_key, their_key) = (ChatKey::from_bytes(KEY), AuthKey::from_bytes(KEY));
    let body = vec![0x5a; length];
    // Theirs expects a server, which is the acceptor's direction.
    let wire = seal(&our_key, Role::Acceptor, &body, Padding::Minimal, &mut UnwrapErr(SysRng))?;
    let mut buffer = wire.clone();
    let plaintext = decrypt_data_v2(&mut buffer, &their_key)?;
    if plaintext.get(4..4 + length) != Some(&body) || *open(&our_key, Role::Acceptor, &wire)? != body {
        return Err("the two libraries do not decrypt alike".into());
    }
    Ok(alternate(
        || drop(black_box(open(&our_key, Role::Acceptor, black_box(&wire)))),
        || {
            buffer.copy_from_slice(black_box(&wire));
            let _ = black_box(decrypt_data_v2(&mut buffer, &their_key));
        },
    ))
}

/// Both sides work in place, on data of their own.
fn measure_ige(length: usize) -> Result<(Times, Times), Error> {
    let (key, iv) = ([0x37; 32], [0x73; 32]);
    let (mut our_data, mut their_data) = (vec![0x5a; length], vec![0x5a; length]);
    IgeEncryptor::new(&key, &iv).encrypt(&mut our_data)?;
    aes::ige_encrypt(&mut their_data, &key, &iv);
    if our_data != their_data {
        return Err("the two libraries do not encrypt alike".into());
    }
    let encrypt = alternate(
        || {
            let _ = black_box(IgeEncryptor::new(black_box(&key), &iv).encrypt(&mut our_data));
        },
        || aes::ige_encrypt(&mut their_data, black_box(&key), &iv),
    );
    let decrypt = alternate(
        || {
            let _ = black_box(IgeDecryptor::new(black_box(&key), &iv).decrypt(&mut our_data));
        },
        || aes::ige_decrypt(&mut their_data, black_box(&key), &iv),
    );
    Ok((encrypt, decrypt))
}
