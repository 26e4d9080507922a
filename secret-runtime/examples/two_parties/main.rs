//! Two users in one process, from the first request to a restart: what a secret chat does, step by step.
//!
//! `cargo run --package secret-runtime --features redb --example two_parties`

mod file;
mod party;
mod server;

use std::error::Error;

use secret_runtime::chat::{Command, Event, UnixTime};
use tl_types::secret::constructors::DecryptedMessage;

use party::Party;
use server::Server;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut server = Server::new(UnixTime(1_700_000_000));
    let mut alice = Party::open("Alice", 1, directory.path())?;
    let mut bob = Party::open("Bob", 2, directory.path())?;

    title("The request: messages.getDhConfig, then messages.requestEncryption with g_a");
    let chat = alice.request(&bob, &mut server)?;
    server.run(&mut alice, &mut bob)?;
    println!("chat id {chat}: the random_id of the request, and the same on both sides");

    title("The acceptance: messages.acceptEncryption with g_b and the key fingerprint");
    bob.accept(chat, &mut server)?;
    server.run(&mut alice, &mut bob)?;
    for party in [&mut alice, &mut bob] {
        party.show_key(chat)?;
    }

    title("A text of 10,000 characters: split at 4096, each part with its own random_id and sequence number");
    let text = long_text();
    let receipts = alice.send(chat, DecryptedMessage::new(0, 0, text.clone()), None, &mut server)?;
    println!("Alice sends {} messages, with the counters {receipts:?}", receipts.len());
    server.run(&mut alice, &mut bob)?;
    let received: Vec<String> = bob.take_texts();
    println!(
        "Bob receives {:?} UTF-16 units",
        received.iter().map(|part| part.encode_utf16().count()).collect::<Vec<_>>()
    );
    assert_eq!(without_blanks(&received.concat()), without_blanks(&text), "the text is complete");

    title("A file: AES-256-IGE under its own key, in parts; the key travels inside the message");
    let content = file::content();
    let (message, upload) = file::encrypt(&content, &mut server)?;
    alice.send(chat, message, Some(upload), &mut server)?;
    server.run(&mut alice, &mut bob)?;
    let (message, encrypted) = bob.take_file().ok_or("no file arrived")?;
    let decrypted = file::decrypt(&message, &encrypted, &server)?;
    println!("Bob downloads {} bytes, verifies the key fingerprint, and decrypts them", decrypted.len());
    assert_eq!(decrypted, content, "the file is the same");

    title("A new key after a hundred messages: RequestKey, AcceptKey, CommitKey, Noop");
    let first = alice.key_fingerprint(chat)?;
    let mut count = 0;
    while alice.key_fingerprint(chat)? == first {
        alice.send(chat, DecryptedMessage::new(0, 0, format!("message {count}")), None, &mut server)?;
        server.run(&mut alice, &mut bob)?;
        count += 1;
    }
    println!("after {count} more messages the key {first} is replaced by {}", alice.key_fingerprint(chat)?);
    assert_eq!(alice.key_fingerprint(chat)?, bob.key_fingerprint(chat)?, "both have the new key");
    for party in [&mut alice, &mut bob] {
        let has_forgotten = party.has_forgotten_old_key(chat)?;
        println!("{} has forgotten the old key: {has_forgotten}", party.name);
        party.show_key(chat)?;
    }
    let _ = bob.take_texts();

    title("A restart: Alice's process ends after her message is durable, and before it is sent");
    alice.send_and_crash(chat, "written before the crash", &server)?;
    drop(alice);
    let mut alice = Party::open("Alice", 1, directory.path())?;
    alice.resume(&mut server)?;
    server.run(&mut alice, &mut bob)?;
    println!("Bob receives {:?}, with the same bytes and the same number", bob.take_texts());

    title("The end: messages.discardEncryption");
    alice.command(chat, Command::Discard { delete_history: true }, &mut server)?;
    server.run(&mut alice, &mut bob)?;
    for party in [&mut alice, &mut bob] {
        let last = party.events.iter().rev().find(|event| matches!(event, Event::Closed(_)));
        println!("{}: {last:?}", party.name);
        party.scrub()?;
    }
    Ok(())
}

fn title(text: &str) {
    println!("\n== {text}");
}

fn long_text() -> String {
    let lines = (1..).map(|number| format!("Line {number}: the quick brown fox jumps over the lazy dog.\n"));
    let mut text: String = lines.take(250).collect();
    text.truncate(10_000);
    text
}

/// The blanks at the end of each part are not sent.
fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}
