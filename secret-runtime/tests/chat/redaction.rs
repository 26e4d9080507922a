//! What `Debug` shows of a chat: enough to follow it, and nothing that opens or tells a message.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::Event;
use tl_types::secret::constructors::DecryptedMessage;

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::Puppet;

/// A chat with something in each of its collections.
pub(crate) fn full() -> Puppet {
    let mut puppet = Puppet::ready();
    puppet.send("plaintext of ours");
    puppet.say(DecryptedMessage::new(5, 30, "plaintext of theirs"));
    let wire = puppet.raw_wire(1, 2, b"undecoded plain!");
    puppet.next += 1;
    puppet.deliver(wire);
    puppet.next_wire(DecryptedMessage::new(6, 0, "lost"));
    puppet.text("plaintext that waits");
    puppet
}

#[test]
fn a_chat_shows_how_far_it_is_and_no_secret() {
    let mut puppet = full();
    let chat = puppet.pair.chat(ALICE).clone();
    let shown = format!("{chat:#?}");
    insta::assert_snapshot!(shown);
    let text = shown.to_lowercase();
    assert!(!text.contains("plaintext") && !text.contains("undecoded plain"));
    // The key, as numbers or as hexadecimal digits.
    let key = puppet.key.as_bytes();
    assert!(!text.contains(&format!("{}, {}, {}", key[0], key[1], key[2])));
    assert!(!text.contains(&key.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()));
}

#[test]
fn a_chat_that_is_not_ready_shows_no_secret() {
    let mut pair = Pair::new(AccountSettings::default());
    pair.request();
    pair.run();
    let requesting = format!("{:?}", pair.chat(ALICE));
    let requested = format!("{:?}", pair.chat(BOB));
    pair.accept();
    let accepting = format!("{:?}", pair.chat(BOB));
    insta::assert_snapshot!([requesting, requested, accepting].join("\n"));
}

#[test]
fn a_message_hides_what_people_write_and_its_keys() {
    let puppet = full();
    let message = puppet.pair.sides[ALICE].events.iter().find(|event| matches!(event, Event::Message { .. }));
    insta::assert_debug_snapshot!(message.unwrap());
}

#[test]
fn a_configuration_hides_the_randomness_of_the_server() {
    let mut pair = Pair::new(AccountSettings::default());
    let config = pair.dh_config(ALICE);
    assert_eq!(config.random, vec![7; 256]);
    let shown = format!("{config:?}");
    assert!(!shown.contains("7, 7, 7"), "{shown}");
}
