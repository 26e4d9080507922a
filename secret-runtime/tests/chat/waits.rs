//! What waits on its way to the server, behind what, and how long. Points 19 and 22.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{Answer, CallId, Event, Failure, Notice};

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::Puppet;

#[test]
fn messages_wait_for_the_one_before_them() {
    let mut pair = Pair::ready();
    (0..3).for_each(|number| {
        pair.text(ALICE, &number.to_string());
    });
    let chain: Vec<_> = pair.sides[ALICE].calls.iter().map(|call| (call.id, call.after)).collect();
    assert_eq!(chain, [(CallId::Slot(1), None), (CallId::Slot(2), Some(1)), (CallId::Slot(3), Some(2))]);
}

#[test]
fn a_failed_call_holds_back_everything_behind_it_and_each_wait_is_longer() {
    let mut pair = Pair::ready();
    (0..3).for_each(|number| {
        pair.text(ALICE, &number.to_string());
    });
    pair.fail_call(ALICE, 500, "RPC_CALL_FAIL");
    pair.fail_call(ALICE, 400, "MSG_WAIT_FAILED");
    pair.fail_call(ALICE, 400, "MSG_WAIT_FAILED");
    for wait in [1, 2, 4, 8] {
        assert_eq!(pair.sides[ALICE].calls.len(), 0);
        pair.tick(wait - 1);
        assert_eq!(pair.sides[ALICE].calls.len(), 0);
        pair.tick(1);
        assert_eq!(pair.sides[ALICE].calls.len(), 1, "only the first");
        pair.fail_call(ALICE, 500, "RPC_CALL_FAIL");
    }
    pair.tick(16);
    pair.run();
    assert_eq!(pair.texts(BOB), ["0", "1", "2"]);
}

#[test]
fn a_flood_wait_is_waited_for() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "text");
    pair.fail_call(ALICE, 420, "FLOOD_WAIT_37");
    assert_eq!(pair.sides[ALICE].account.due(), Some(pair.now.after(37)));
    pair.tick(36);
    assert!(pair.sides[ALICE].calls.is_empty());
    pair.tick(1);
    pair.run();
    assert_eq!(pair.texts(BOB), ["text"]);
}

#[test]
fn what_is_held_back_is_free_once_the_peer_has_it_and_not_before() {
    let mut puppet = Puppet::ready();
    let held = puppet.send("held");
    puppet.send("behind");
    let call = puppet.pair.sides[ALICE].calls.pop_front().unwrap();
    puppet.pair.answer(ALICE, call.id, Answer::Failed(Failure::Unanswered));
    puppet.pair.fail_call(ALICE, 400, "MSG_WAIT_FAILED");
    puppet.received = 1;
    puppet.text("has NotifyLayer");
    assert!(puppet.pair.sides[ALICE].calls.is_empty());
    assert!(!puppet.pair.sides[ALICE].events.iter().any(|event| matches!(event, Event::Sent { .. })));
    puppet.received = 2;
    puppet.text("has the message whose answer was lost");
    assert!(puppet.pair.sides[ALICE].events.contains(&Event::Sent { random_id: held, date: None, file: None }));
    assert_eq!(puppet.pair.sides[ALICE].calls.iter().map(|call| call.id).collect::<Vec<_>>(), [CallId::Slot(2)]);
}

#[test]
fn each_message_begins_with_the_shortest_wait() {
    let mut puppet = Puppet::ready();
    puppet.send("arrives");
    puppet.pair.make_call(ALICE);
    puppet.send("is refused a few times");
    for wait in [1, 2, 4] {
        puppet.pair.fail_call(ALICE, 500, "RPC_CALL_FAIL");
        puppet.pair.tick(wait);
    }
    puppet.pair.fail_call(ALICE, 500, "RPC_CALL_FAIL");
    puppet.pair.forget();
    puppet.service(tl_types::secret::constructors::DecryptedMessageActionResend::new(3, 3));
    puppet.pair.fail_call(ALICE, 500, "RPC_CALL_FAIL");
    assert!(matches!(puppet.pair.sides[ALICE].notices[..], [Notice::Delayed { seconds: 1, .. }]));
}

#[test]
fn so_many_calls_are_on_their_way_at_once() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.in_flight = 2;
    let mut pair = Pair::ready_with(settings);
    (0..4).for_each(|number| {
        pair.text(ALICE, &number.to_string());
    });
    assert_eq!(pair.sides[ALICE].calls.len(), 2);
    pair.make_call(ALICE);
    assert_eq!(pair.sides[ALICE].calls.len(), 2);
    pair.run();
    assert_eq!(pair.texts(BOB), ["0", "1", "2", "3"]);
}

#[test]
fn a_call_that_waited_for_another_goes_again_behind_it_at_once() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "first");
    pair.text(ALICE, "second");
    let first = pair.sides[ALICE].calls.pop_front().unwrap();
    pair.fail_call(ALICE, 400, "MSG_WAIT_FAILED");
    assert_eq!(pair.sides[ALICE].notices, []);
    assert_eq!(pair.sides[ALICE].calls[0].after, Some(1));
    pair.sides[ALICE].calls.push_front(first);
    pair.run();
    assert_eq!(pair.texts(BOB), ["first", "second"]);
}

#[test]
fn a_call_that_is_said_to_have_waited_for_none_goes_again_after_a_while() {
    let mut pair = Pair::ready();
    pair.text(ALICE, "text");
    pair.fail_call(ALICE, 400, "MSG_WAIT_TIMEOUT");
    assert!(pair.sides[ALICE].calls.is_empty());
    pair.tick(1);
    pair.run();
    assert_eq!(pair.texts(BOB), ["text"]);
}
