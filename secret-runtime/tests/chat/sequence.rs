//! Points 18 to 22: numbers, holes, and sending again.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{CloseReason, Dropped, Event, PeerFault, Phase};
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageActionNotifyLayer, DecryptedMessageActionResend, DecryptedMessageService,
};
use tl_types::secret::types::DecryptedMessageAction;

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::{Puppet, action};

fn closed_for(puppet: &mut Puppet, fault: PeerFault) {
    let Phase::Closed { reason, .. } = puppet.pair.phase(ALICE) else { panic!("the chat goes on") };
    assert_eq!(*reason, CloseReason::PeerFault(fault));
}

#[test]
fn numbers_are_doubled_and_carry_the_bit_of_their_side() {
    let mut puppet = Puppet::ready();
    puppet.send("one");
    puppet.text("theirs");
    puppet.send("two");
    let numbers: Vec<_> = puppet.sent().iter().map(|sent| (sent.in_seq_no, sent.out_seq_no)).collect();
    // NotifyLayer was number 0.
    assert_eq!(numbers, [(0, 3), (2, 5)]);
}

#[test]
fn a_message_of_the_wrong_parity_closes_the_chat() {
    let mut puppet = Puppet::ready();
    let message = DecryptedMessage::new(1, 0, "x").into();
    let wire = puppet.wire(0, 1, &message);
    puppet.deliver(wire);
    closed_for(&mut puppet, PeerFault::OutParity);

    let mut puppet = Puppet::ready();
    let wire = puppet.wire(1, 0, &message);
    puppet.deliver(wire);
    closed_for(&mut puppet, PeerFault::InParity);
}

#[test]
fn negative_numbers_close_the_chat() {
    let mut puppet = Puppet::ready();
    let message = tl_types::Encode::to_bytes(&DecryptedMessage::new(1, 0, "x")).unwrap();
    let wire = puppet.raw_wire(-1, -1, &message);
    puppet.deliver(wire);
    closed_for(&mut puppet, PeerFault::OutParity);
}

#[test]
fn a_message_that_was_there_before_is_dropped_without_a_look_at_it() {
    let mut puppet = Puppet::ready();
    puppet.text("first");
    // Even an impossible confirmation does not matter in it.
    let wire = puppet.wire(2 * 500, 0, &DecryptedMessage::new(9, 0, "again").into());
    puppet.deliver(wire);
    assert_eq!(puppet.pair.texts(ALICE), ["first"]);
    assert_eq!(puppet.dropped(), [Dropped::Duplicate]);
}

#[test]
fn a_hole_is_asked_for_once_and_filled_in_order() {
    let mut puppet = Puppet::ready();
    puppet.text("0");
    let lost = puppet.next_wire(DecryptedMessage::new(1, 0, "1"));
    let lost_too = puppet.next_wire(DecryptedMessage::new(2, 0, "2"));
    puppet.text("3");
    puppet.text("4");
    assert_eq!(puppet.pair.texts(ALICE), ["0"]);
    let asked = puppet.sent();
    assert_eq!(asked.len(), 1);
    // The last in order was 0, and 6 has arrived.
    assert_eq!(*action(&asked[0]), DecryptedMessageActionResend::new(2, 4).into());
    puppet.deliver(lost);
    puppet.deliver(lost_too);
    assert_eq!(puppet.pair.texts(ALICE), ["0", "1", "2", "3", "4"]);
    assert!(puppet.sent().is_empty());
}

#[test]
fn a_second_hole_is_asked_for_when_its_turn_comes() {
    let mut puppet = Puppet::ready();
    let first = puppet.next_wire(DecryptedMessage::new(1, 0, "0"));
    puppet.text("1");
    let second = puppet.next_wire(DecryptedMessage::new(2, 0, "2"));
    puppet.text("3");
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(0, 0).into());
    puppet.deliver(first);
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(4, 4).into());
    puppet.deliver(second);
    assert_eq!(puppet.pair.texts(ALICE), ["0", "1", "2", "3"]);
}

#[test]
fn a_hole_that_stays_open_is_asked_for_again_an_hour_later_if_the_peer_writes() {
    let mut puppet = Puppet::ready();
    puppet.next_wire(DecryptedMessage::new(1, 0, "0"));
    puppet.text("1");
    assert_eq!(puppet.sent().len(), 1);
    puppet.pair.tick(5000);
    assert!(puppet.sent().is_empty(), "the peer is away");
    puppet.text("2, it is back");
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(0, 0).into());
    puppet.text("3, after the second request");
    puppet.pair.tick(3599);
    assert!(puppet.sent().is_empty());
    puppet.pair.tick(1);
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(0, 0).into());
}

#[test]
fn a_confirmation_that_goes_down_closes_the_chat() {
    let mut puppet = Puppet::ready();
    puppet.send("ours");
    puppet.received = 2;
    puppet.text("theirs");
    puppet.received = 1;
    puppet.text("liar");
    closed_for(&mut puppet, PeerFault::InDecreased);
}

#[test]
fn a_confirmation_of_what_was_never_sent_closes_the_chat() {
    let mut puppet = Puppet::ready();
    puppet.received = puppet.pair.session(ALICE).sent() + 1;
    puppet.text("liar");
    closed_for(&mut puppet, PeerFault::InTooHigh);
}

#[test]
fn nothing_but_parity_is_checked_before_the_turn_of_a_message() {
    let mut puppet = Puppet::ready();
    let lost = puppet.next_wire(DecryptedMessage::new(1, 0, "0"));
    puppet.received = 500;
    puppet.text("liar");
    assert!(matches!(puppet.pair.phase(ALICE), Phase::Ready(_)));
    puppet.deliver(lost);
    closed_for(&mut puppet, PeerFault::InTooHigh);
}

#[test]
fn what_waited_behind_a_hole_may_confirm_less_than_what_filled_it() {
    let mut puppet = Puppet::ready();
    puppet.send("ours");
    let counter = 2 * puppet.next;
    puppet.next += 1;
    puppet.text("waits, and confirms nothing");
    puppet.confirm_all();
    // iOS sends again with what it has received by now.
    let wire = puppet.wire(2 * puppet.received, counter, &DecryptedMessage::new(1, 0, "fills").into());
    puppet.deliver(wire);
    assert_eq!(puppet.pair.texts(ALICE), ["fills", "waits, and confirms nothing"]);
    assert_eq!(puppet.pair.session(ALICE).confirmed(), puppet.received);
}

#[test]
fn a_resend_is_answered_at_once_with_the_same_bytes() {
    let mut puppet = Puppet::ready();
    puppet.send("one");
    puppet.send("two");
    while puppet.pair.make_call(ALICE) {}
    let before: Vec<_> = puppet.pair.chat(ALICE).slots().map(|(_, slot)| slot.data().to_vec()).collect();
    puppet.pair.forget();
    puppet.service(DecryptedMessageActionResend::new(1, 5));
    let calls = std::mem::take(&mut puppet.pair.sides[ALICE].made);
    let after: Vec<_> = calls.iter().filter_map(crate::puppet::data).map(<[u8]>::to_vec).collect();
    assert_eq!(after, before);
    while puppet.pair.make_call(ALICE) {}
    // iOS repeats its request; each is answered.
    puppet.service(DecryptedMessageActionResend::new(1, 5));
    assert_eq!(puppet.sent().len(), 3);
    let told = puppet.pair.sides[ALICE].events.iter().filter(|event| matches!(event, Event::Sent { .. }));
    assert_eq!(told.count(), 0, "the caller was told before");
}

#[test]
fn what_is_asked_for_while_it_is_on_its_way_is_sent_again_when_it_has_arrived() {
    let mut puppet = Puppet::ready();
    puppet.send("one");
    puppet.service(DecryptedMessageActionResend::new(3, 3));
    assert_eq!(puppet.sent().len(), 1);
    assert!(puppet.pair.make_call(ALICE));
    assert_eq!(puppet.sent().len(), 1);
    assert_eq!(puppet.pair.sides[ALICE].calls.len(), 1);
}

#[test]
fn a_resend_leaves_out_what_was_confirmed() {
    let mut puppet = Puppet::ready();
    puppet.send("one");
    puppet.send("two");
    puppet.settle();
    puppet.received = 2;
    puppet.service(DecryptedMessageActionResend::new(1, 5));
    let again: Vec<_> = puppet.sent().iter().map(|sent| sent.out_seq_no).collect();
    assert_eq!(again, [5]);
}

#[test]
fn a_resend_of_the_wrong_parity_is_ignored_and_one_of_the_future_closes_the_chat() {
    let mut puppet = Puppet::ready();
    puppet.service(DecryptedMessageActionResend::new(0, 2));
    assert_eq!(puppet.dropped(), [Dropped::ResendParity]);
    puppet.service(DecryptedMessageActionResend::new(1, 2 * 100 + 1));
    closed_for(&mut puppet, PeerFault::ResendTooHigh);
}

#[test]
fn a_resend_is_answered_up_to_the_limit() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.resend = 2;
    settings.chat.limits.in_flight = 100;
    let mut puppet = Puppet::new(Pair::new(settings));
    for _ in 0..5 {
        puppet.send("text");
    }
    puppet.settle();
    puppet.service(DecryptedMessageActionResend::new(1, 11));
    assert_eq!(puppet.sent().iter().map(|sent| sent.out_seq_no).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn a_request_for_a_large_hole_is_divided() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.resend = 3;
    let mut puppet = Puppet::new(Pair::new(settings));
    let lost: Vec<_> = (0..5).map(|n| puppet.next_wire(DecryptedMessage::new(n + 1, 0, n.to_string()))).collect();
    puppet.text("5");
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(0, 4).into());
    lost.into_iter().take(3).for_each(|wire| puppet.deliver(wire));
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(6, 8).into());
}

#[test]
fn more_messages_than_may_wait_are_dropped_and_asked_for_later() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.waiting = 2;
    let mut puppet = Puppet::new(Pair::new(settings));
    let first = puppet.next_wire(DecryptedMessage::new(1, 0, "0"));
    puppet.text("1");
    puppet.text("2");
    puppet.text("3");
    assert_eq!(puppet.dropped(), [Dropped::WaitingFull]);
    puppet.sent();
    puppet.deliver(first);
    assert_eq!(puppet.pair.texts(ALICE), ["0", "1", "2"]);
    // Without a word from the peer, which may wait for our confirmation.
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(6, 6).into());
}

#[test]
fn a_hole_that_there_is_no_room_to_ask_for_is_not_due() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.unconfirmed = 1;
    let hour = settings.chat.repeat_resend_after;
    let mut puppet = Puppet::new(Pair::new(settings));
    for number in 0..4 {
        let lost = puppet.next_wire(DecryptedMessage::new(1000 + number, 0, "lost"));
        puppet.text("behind");
        puppet.deliver(lost);
    }
    puppet.next_wire(DecryptedMessage::new(1, 0, "lost"));
    puppet.text("behind");
    assert_eq!(puppet.pair.chat(ALICE).waiting(), 1);
    let soon = puppet.pair.now.after(2 * hour);
    assert!(puppet.pair.sides[ALICE].account.due().is_none_or(|due| due > soon));
}

#[test]
fn a_peer_that_confirms_nothing_cannot_make_the_chat_say_more_and_more() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.unconfirmed = 5;
    let mut puppet = Puppet::new(Pair::new(settings));
    for number in 0..50 {
        let lost = puppet.next_wire(DecryptedMessage::new(1000 + number, 0, "lost"));
        puppet.text("behind");
        puppet.deliver(lost);
        puppet.service(tl_types::secret::constructors::DecryptedMessageActionRequestKey::new(number, vec![2; 256]));
    }
    assert_eq!(puppet.pair.chat(ALICE).slots().count(), 10);
}

#[test]
fn a_message_cannot_be_played_back_to_its_sender() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "to Bob");
    pair.make_call(ALICE);
    let message = pair.sides[BOB].inbox.pop_front().unwrap();
    pair.deliver_this(ALICE, message);
    assert!(matches!(pair.phase(ALICE), Phase::Ready(_)));
    assert!(pair.texts(ALICE).is_empty());
}

#[test]
fn a_random_id_of_zero_or_of_an_earlier_message_uses_up_the_number_and_nothing_else() {
    let mut puppet = Puppet::ready();
    puppet.say(DecryptedMessage::new(5, 0, "first"));
    puppet.say(DecryptedMessage::new(5, 0, "again"));
    puppet.say(DecryptedMessage::new(0, 0, "zero"));
    puppet.say(DecryptedMessage::new(6, 0, "last"));
    assert_eq!(puppet.pair.texts(ALICE), ["first", "last"]);
    assert_eq!(puppet.dropped(), [Dropped::RandomId, Dropped::RandomId]);
}

#[test]
fn messages_with_few_random_bytes_are_ignored() {
    use tl_types::{Encode, Raw};
    let mut puppet = Puppet::ready();
    let message = Raw::from_object(&DecryptedMessage::new(1, 0, "x")).unwrap();
    for (len, arrives) in [(14, false), (15, true)] {
        let layered =
            tl_types::secret::constructors::DecryptedMessageLayer::<Raw>::new(vec![0; len], 144, 1, 0, message.clone());
        let wire = puppet.seal(&layered.to_bytes().unwrap());
        puppet.deliver(wire);
        assert_eq!(puppet.pair.texts(ALICE).len(), usize::from(arrives));
    }
    assert_eq!(puppet.dropped(), [Dropped::FewRandomBytes]);
}

#[test]
fn garbage_changes_nothing() {
    let mut puppet = Puppet::ready();
    let before = puppet.pair.chat(ALICE).clone();
    let good = puppet.next_wire(DecryptedMessage::new(1, 0, "x"));
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    for wire in [vec![], vec![0; 7], vec![0; 100], bad, good[..40].to_vec(), puppet.seal(&[0; 64])] {
        puppet.deliver(wire);
    }
    assert_eq!(*puppet.pair.chat(ALICE), before);
    assert_eq!(puppet.dropped(), [vec![Dropped::Unreadable; 5], vec![Dropped::NoLayer]].concat());
    assert_eq!(puppet.pair.sides[ALICE].account.dropped()[&Dropped::Unreadable], 5);
}

#[test]
fn an_old_client_announces_its_layer_without_a_layer_around_it() {
    use tl_types::Encode;
    use tl_types::secret::layer_8::constructors::DecryptedMessageService as Service8;
    let mut puppet = Puppet::ready();
    let notify: DecryptedMessageAction = DecryptedMessageActionNotifyLayer::new(73).into();
    let wire = puppet.seal(&Service8::new(1, vec![0; 15], notify).to_bytes().unwrap());
    puppet.deliver(wire);
    assert_eq!(puppet.pair.session(ALICE).peer_layer(), 73);
    assert_eq!(puppet.pair.session(ALICE).received(), 0);
    // The same without the old form is no message at all.
    let wire = puppet.seal(&DecryptedMessageService::new(1, notify_layer(101)).to_bytes().unwrap());
    puppet.deliver(wire);
    assert_eq!(puppet.pair.session(ALICE).peer_layer(), 73);
}

fn notify_layer(layer: i32) -> DecryptedMessageAction {
    DecryptedMessageActionNotifyLayer::new(layer).into()
}
