//! Holes in the sequence that only some orders of events show; most were found by the model in `tests/model`.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::Dropped;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageActionResend, DecryptedMessageService};

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::{Puppet, action};

#[test]
fn holes_on_both_sides_at_once_are_filled() {
    let mut pair = Pair::ready();
    for side in [ALICE, BOB] {
        pair.text(side, "lost");
        while pair.make_call(side) {}
        pair.sides[1 - side].inbox.clear();
    }
    for side in [ALICE, BOB] {
        pair.text(side, "behind");
    }
    pair.run();
    for side in [ALICE, BOB] {
        assert_eq!(pair.texts(side), ["lost", "behind"]);
        assert_eq!(pair.chat(side).waiting(), 0);
    }
}

#[test]
fn a_request_that_waits_behind_a_hole_is_answered_once() {
    let mut pair = Pair::ready();
    for side in [ALICE, BOB] {
        pair.text(side, "lost");
        while pair.make_call(side) {}
        pair.sides[1 - side].inbox.clear();
    }
    pair.text(ALICE, "behind");
    pair.forget();
    pair.run();
    assert_eq!(pair.texts(ALICE), ["lost"]);
    assert_eq!(pair.texts(BOB), ["lost", "behind"]);
    // Of each side its request and its lost text, once.
    assert_eq!([pair.sides[ALICE].made.len(), pair.sides[BOB].made.len()], [2, 2]);
}

#[test]
fn a_request_that_was_answered_before_its_turn_uses_up_its_random_id() {
    let mut puppet = Puppet::ready();
    let lost = puppet.next_wire(DecryptedMessage::new(1, 0, "lost"));
    puppet.say(DecryptedMessageService::new(5, DecryptedMessageActionResend::new(1, 1)));
    puppet.deliver(lost);
    puppet.say(DecryptedMessage::new(5, 0, "the same random_id"));
    assert_eq!(puppet.dropped(), [Dropped::RandomId]);
    assert_eq!(puppet.pair.texts(ALICE), ["lost"]);
}

#[test]
fn a_hole_is_due_again_only_if_the_peer_has_written_since() {
    let mut puppet = Puppet::ready();
    let hour = 60 * 60;
    puppet.next_wire(DecryptedMessage::new(1, 0, "lost"));
    puppet.text("behind");
    let again = puppet.pair.now.after(hour);
    assert!(puppet.pair.sides[ALICE].account.due().is_none_or(|due| due > again));
    puppet.text("behind, too");
    assert_eq!(puppet.pair.sides[ALICE].account.due(), Some(again));
}

#[test]
fn what_was_dropped_behind_a_hole_is_due_until_it_has_come() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.waiting = 0;
    let mut puppet = Puppet::new(Pair::new(settings));
    let again = puppet.pair.now.after(60 * 60);
    let first = puppet.next_wire(DecryptedMessage::new(1, 0, "first"));
    let second = puppet.next_wire(DecryptedMessage::new(2, 0, "second"));
    puppet.deliver(second.clone());
    puppet.deliver(second.clone());
    assert_eq!(puppet.dropped(), [Dropped::WaitingFull; 2]);
    assert_eq!(puppet.pair.sides[ALICE].account.due(), Some(again));
    puppet.sent();
    puppet.pair.tick(60 * 60);
    assert_eq!(*action(&puppet.sent()[0]), DecryptedMessageActionResend::new(0, 2).into());
    puppet.deliver(second.clone());
    let again = again.after(60 * 60);
    assert_eq!(puppet.pair.sides[ALICE].account.due(), Some(again));
    puppet.deliver(first);
    puppet.deliver(second);
    assert_eq!(puppet.pair.texts(ALICE), ["first", "second"]);
    assert!(puppet.pair.sides[ALICE].account.due().is_none_or(|due| due > again));
}
