//! What happens exactly at a limit, on both sides of it.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{
    CallId, Change, Chat, CommandError, Dropped, Event, Input, Mtproto, OutOfRange, Settings, Undecoded,
};
use tl_types::Encode;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageActionAbortKey};

use crate::layers::old;
use crate::pair::{ALICE, Pair};
use crate::puppet::Puppet;
use crate::random::Random;
use crate::rekey::make_request;

pub(crate) fn asks_for_randomness(puppet: &Puppet) -> bool {
    puppet.pair.sides[ALICE].calls.iter().any(|call| call.id == CallId::Randomness)
}

#[test]
fn the_bytes_that_wait_are_counted_together_up_to_the_limit() {
    let length = DecryptedMessage::new(1, 0, "1").to_bytes().unwrap().len();
    let mut settings = AccountSettings::default();
    settings.chat.limits.waiting_bytes = 2 * length;
    let mut puppet = Puppet::new(Pair::new(settings));
    let lost = puppet.next_wire(DecryptedMessage::new(1, 0, "0"));
    puppet.text("1");
    puppet.text("2");
    assert_eq!(puppet.dropped(), []);
    puppet.text("3");
    assert_eq!(puppet.dropped(), [Dropped::WaitingFull]);
    puppet.deliver(lost);
    assert_eq!(puppet.pair.texts(ALICE), ["0", "1", "2"]);
}

#[test]
fn the_older_envelope_is_refused_from_the_very_message_that_came_in_the_newer_one() {
    let mut puppet = Puppet::ready();
    puppet.layer = 46;
    puppet.next = 1;
    puppet.text("modern, and waits");
    for (counter, refused) in [(1, 1), (2, 2), (0, 2)] {
        let wire = old(&mut puppet, 46, counter, "old");
        puppet.deliver(wire);
        assert_eq!(puppet.dropped(), vec![Dropped::OldEnvelope; refused], "number {counter}");
    }
    assert_eq!(puppet.pair.texts(ALICE), ["old", "modern, and waits"]);
}

#[test]
fn what_did_not_decode_is_tried_again_after_a_restart() {
    let mut pair = Pair::ready();
    let (now, settings, mut rng) = (pair.now, Settings::default(), Random::new(3));
    // A message that this version can read, as an older one would have kept it.
    let message = DecryptedMessage::new(7, 0, "of the future").to_bytes().unwrap();
    let record = postcard::to_stdvec(&(5_i32, None::<Vec<u8>>, message)).unwrap();
    let undecoded: Undecoded = postcard::from_bytes(&record).unwrap();
    let mut core = None;
    let chat = pair.chat(ALICE);
    let text = DecryptedMessage::new(0, 0, "changes the core").into();
    let input = Input::Command(secret_runtime::chat::Command::Send { message: text, file: None, lower: false });
    for change in chat.step(input, now, &settings, &mut rng).unwrap().changes() {
        if let Change::Core(_) = change {
            core = Some(change.clone());
        }
    }
    let mut chat = Chat::<Mtproto>::load([core.unwrap(), Change::Undecoded(0, Some(undecoded))]).unwrap();
    let staged = chat.step(Input::Resume, now, &settings, &mut rng).unwrap();
    let texts = staged.events().filter_map(|(_, event)| match event {
        Event::Message { message, date: 5, .. } => Some(message.message.as_str()),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["of the future"]);
    chat.merge(staged);
    assert_eq!(chat.undecoded(), 0);
}

#[test]
fn a_second_key_is_not_requested_before_the_peer_has_read_the_first_request() {
    let mut settings = AccountSettings::default();
    settings.chat.rekey.uses = 2;
    let mut puppet = Puppet::new(Pair::new(settings));
    let (exchange_id, _) = make_request(&mut puppet);
    // All but the request.
    puppet.received = puppet.pair.session(ALICE).sent() - 1;
    puppet.service(DecryptedMessageActionAbortKey::new(exchange_id));
    for _ in 0..10 {
        puppet.send("text");
    }
    assert!(!asks_for_randomness(&puppet));
    puppet.received += 1;
    puppet.text("has read the request");
    assert!(asks_for_randomness(&puppet));
}

#[test]
fn no_key_is_requested_of_a_peer_that_confirms_nothing() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.unconfirmed = 4;
    settings.chat.rekey.uses = 3;
    let mut puppet = Puppet::new(Pair::new(settings));
    // With NotifyLayer there are four.
    for _ in 0..3 {
        puppet.send("text");
    }
    assert_eq!((puppet.pair.session(ALICE).uses(), puppet.pair.chat(ALICE).slots().count()), (4, 4));
    assert!(!asks_for_randomness(&puppet));
    puppet.received = 1;
    puppet.text("confirms one");
    assert!(asks_for_randomness(&puppet));
}

#[test]
fn the_end_of_the_numbers_is_told() {
    let error = CommandError::from(OutOfRange);
    assert_eq!(error.to_string(), "the chat has used up its sequence numbers; begin a new one");
}
