//! Layers, the older envelope, and messages of the future: points 15 to 17 and 28.

use secret_runtime::chat::{Command, Dropped, Event};
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageActionNotifyLayer, DecryptedMessageLayer, MessageEntityBold, MessageEntitySpoiler,
};
use tl_types::secret::types;
use tl_types::{Encode, Layered, Raw};

use crate::old_envelope;
use crate::pair::{ALICE, Pair};
use crate::puppet::Puppet;

#[test]
fn a_chat_starts_at_layer_46_and_announces_144() {
    let mut pair = Pair::new(secret_runtime::account::AccountSettings::default());
    pair.request();
    let mut puppet = Puppet::of_requested(pair);
    let sent = puppet.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].layer, 46);
    assert_eq!(*crate::puppet::action(&sent[0]), DecryptedMessageActionNotifyLayer::new(144).into());
}

#[test]
fn the_layer_rises_with_the_peer_and_never_falls() {
    let mut puppet = Puppet::ready();
    for (theirs, written) in [(46, 46), (73, 73), (101, 101), (143, 101), (151, 144), (8, 144), (-3, 144)] {
        puppet.layer = theirs;
        puppet.text("text");
        assert_eq!(puppet.pair.session(ALICE).layer(), written, "after {theirs}");
    }
    let layers = puppet.pair.sides[ALICE].events.iter().filter_map(|event| match event {
        Event::Layer(layer) => Some(*layer),
        _ => None,
    });
    assert_eq!(layers.collect::<Vec<_>>(), [73, 101, 143, 151]);
}

#[test]
fn a_notify_layer_raises_the_layer() {
    let mut puppet = Puppet::ready();
    puppet.layer = 46;
    puppet.service(DecryptedMessageActionNotifyLayer::new(101));
    assert_eq!(puppet.pair.session(ALICE).layer(), 101);
}

#[test]
fn what_the_layer_does_not_carry_is_refused_with_the_field_or_dropped_on_request() {
    let mut puppet = Puppet::ready();
    let entities: Vec<types::MessageEntity> =
        vec![MessageEntityBold::new(0, 2).into(), MessageEntitySpoiler::new(3, 2).into()];
    let message: types::DecryptedMessage = DecryptedMessage::new(0, 0, "ab cd").with_entities(entities).into();
    let send = |lower| Command::Send { message: message.clone(), file: None, lower };
    let error = puppet.pair.try_command(ALICE, send(false)).unwrap_err();
    assert!(error.to_string().starts_with("`entities[1]` may not be sent at layer 46, it needs layer 144"), "{error}");
    let made = puppet.pair.command(ALICE, send(true));
    assert_eq!(made.lowered.iter().map(|dropped| dropped.path()).collect::<Vec<_>>(), ["entities[1]"]);
    let types::DecryptedMessage::DecryptedMessage(sent) = puppet.sent().remove(0).message else { panic!("a service") };
    assert_eq!(sent.entities.unwrap().len(), 1);
}

#[test]
fn a_message_of_the_future_uses_up_its_number_is_kept_and_holds_nothing_up() {
    let mut puppet = Puppet::ready();
    puppet.text("before");
    let counter = puppet.next;
    let wire = puppet.raw_wire(1, 2 * counter.cast_signed(), &[1, 2, 3, 4, 5, 6, 7, 8]);
    puppet.next += 1;
    puppet.deliver(wire);
    puppet.text("behind");
    assert_eq!(puppet.pair.texts(ALICE), ["before", "behind"]);
    let told = Event::Undecodable { number: counter, layer: 144, is_kept: true };
    assert!(puppet.pair.sides[ALICE].events.contains(&told));
    assert_eq!(puppet.pair.chat(ALICE).undecoded(), 1);
    puppet.pair.restart(ALICE);
    assert_eq!(puppet.pair.chat(ALICE).undecoded(), 1);
}

#[test]
fn what_a_message_of_an_old_layer_had_and_a_new_one_has_not_is_named() {
    use tl_types::secret::layer_8::constructors::DecryptedMessage as Message8;
    let mut puppet = Puppet::ready();
    let media = tl_types::secret::exact::DecryptedMessageMedia::Empty8;
    let wire = puppet.raw_wire(1, 0, &Message8::new(5, vec![1; 15], "old", media).to_bytes().unwrap());
    puppet.deliver(wire);
    let lost = puppet.pair.sides[ALICE].events.iter().find_map(|event| match event {
        Event::Message { lost, .. } => Some(lost.as_slice()),
        _ => None,
    });
    assert_eq!(lost.unwrap(), ["random_bytes"]);
}

#[test]
fn so_many_messages_of_the_future_are_kept() {
    let mut settings = secret_runtime::account::AccountSettings::default();
    settings.chat.limits.undecoded = 1;
    let mut puppet = Puppet::new(Pair::new(settings));
    for counter in 0..2 {
        let wire = puppet.raw_wire(1, 2 * counter, &[1, 2, 3, 4]);
        puppet.deliver(wire);
        let told = Event::Undecodable { number: counter.cast_unsigned(), layer: 144, is_kept: counter == 0 };
        assert!(puppet.pair.sides[ALICE].events.contains(&told));
    }
    assert_eq!(puppet.pair.chat(ALICE).undecoded(), 1);
}

/// A message in the older envelope.
pub(crate) fn old(puppet: &mut Puppet, layer: i32, counter: i32, text: &str) -> Vec<u8> {
    let message: types::DecryptedMessage = DecryptedMessage::new(i64::from(counter) + 1, 0, text).into();
    let message = Raw(message.encode_at(46).unwrap());
    let layered = DecryptedMessageLayer::<Raw>::new(vec![1; 15], layer, 1, 2 * counter, message);
    old_envelope::seal(&puppet.key, &layered.to_bytes().unwrap())
}

#[test]
fn the_older_envelope_is_taken_below_layer_73() {
    let mut puppet = Puppet::ready();
    for (counter, layer) in [(0, 46), (1, 72)] {
        let wire = old(&mut puppet, layer, counter, "old");
        puppet.deliver(wire);
    }
    let wire = old(&mut puppet, 73, 2, "new");
    puppet.deliver(wire);
    assert_eq!(puppet.pair.texts(ALICE), ["old", "old"]);
    assert_eq!(puppet.dropped(), [Dropped::OldEnvelope]);
}

#[test]
fn the_older_envelope_is_refused_once_the_peer_has_shown_that_it_knows_better() {
    let mut puppet = Puppet::ready();
    puppet.layer = 46;
    puppet.text("modern");
    let wire = old(&mut puppet, 46, 1, "a downgrade");
    puppet.deliver(wire);
    assert_eq!(puppet.pair.texts(ALICE), ["modern"]);
    assert_eq!(puppet.dropped(), [Dropped::OldEnvelope]);
}

#[test]
fn the_older_envelope_is_taken_for_what_was_written_before_the_peer_was_upgraded() {
    let mut puppet = Puppet::ready();
    let late = old(&mut puppet, 46, 0, "late");
    puppet.next = 1;
    puppet.text("modern");
    puppet.deliver(late);
    assert_eq!(puppet.pair.texts(ALICE), ["late", "modern"]);
}
