//! Messages that destroy themselves, and the service messages of users: point 36.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{Call, Event, Notice};
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageActionDeleteMessages, DecryptedMessageActionReadMessages,
    DecryptedMessageActionScreenshotMessages, DecryptedMessageActionSetMessageTtl, DecryptedMessageActionTyping,
};
use tl_types::secret::types::{DecryptedMessageAction, SendMessageAction};

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::Puppet;

#[test]
fn the_timer_of_the_chat_is_copied_into_every_message() {
    let mut pair = Pair::ready();
    pair.service(ALICE, DecryptedMessageActionSetMessageTtl::new(60));
    pair.run();
    assert!(pair.sides[BOB].events.contains(&Event::Ttl(60)));
    pair.text(BOB, "short-lived");
    pair.send(BOB, DecryptedMessage::new(0, 5, "its own"));
    pair.run();
    let ttls = pair.sides[ALICE].events.iter().filter_map(|event| match event {
        Event::Message { message, .. } => Some(message.ttl),
        _ => None,
    });
    assert_eq!(ttls.collect::<Vec<_>>(), [60, 5]);
}

#[test]
fn timers_are_between_nothing_and_a_year() {
    let mut pair = Pair::ready();
    for (asked, given) in [(-5, 0), (i32::MAX, 365 * 24 * 60 * 60)] {
        pair.service(ALICE, DecryptedMessageActionSetMessageTtl::new(asked));
        assert_eq!(pair.session(ALICE).ttl(), given);
        pair.run();
        assert_eq!(pair.session(BOB).ttl(), given);
    }
}

#[test]
fn a_message_disappears_on_both_sides_after_it_was_read() {
    let mut pair = Pair::ready();
    let random_id = pair.send(ALICE, DecryptedMessage::new(0, 30, "secret")).receipts[0].random_id;
    pair.run();
    pair.tick(1000);
    pair.service(BOB, DecryptedMessageActionReadMessages::new(vec![random_id]));
    pair.tick(10);
    pair.run();
    assert!(pair.sides[ALICE].events.contains(&Event::Read(vec![random_id])));
    let gone = Event::Expired(vec![random_id]);
    pair.tick(20);
    assert!(pair.sides[BOB].events.contains(&gone), "30 seconds after reading");
    assert!(!pair.sides[ALICE].events.contains(&gone));
    pair.restart(ALICE);
    pair.tick(10);
    assert!(pair.sides[ALICE].events.contains(&gone), "30 seconds after the news of it");
}

#[test]
fn each_message_has_its_own_time_and_the_next_one_is_due() {
    let mut pair = Pair::ready();
    let [first, second] =
        [30, 60].map(|seconds| pair.send(ALICE, DecryptedMessage::new(0, seconds, "secret")).receipts[0].random_id);
    pair.run();
    pair.service(BOB, DecryptedMessageActionReadMessages::new(vec![second, first]));
    let expired = |pair: &mut Pair| {
        let events = std::mem::take(&mut pair.sides[BOB].events);
        events.into_iter().filter(|event| matches!(event, Event::Expired(_))).collect::<Vec<_>>()
    };
    assert_eq!(pair.sides[BOB].account.due(), Some(pair.now.after(30)));
    pair.tick(30);
    assert_eq!(expired(&mut pair), [Event::Expired(vec![first])]);
    assert_eq!(pair.sides[BOB].account.due(), Some(pair.now.after(30)));
    // Nobody was there when its time came.
    pair.tick(1000);
    assert_eq!(expired(&mut pair), [Event::Expired(vec![second])]);
}

#[test]
fn only_the_reader_starts_the_timer_of_a_message() {
    let mut pair = Pair::ready();
    let random_id = pair.send(ALICE, DecryptedMessage::new(0, 30, "secret")).receipts[0].random_id;
    pair.run();
    // Its author cannot, and neither can the reader from the other side.
    pair.service(ALICE, DecryptedMessageActionReadMessages::new(vec![random_id]));
    pair.run();
    pair.tick(1000);
    for side in [ALICE, BOB] {
        assert!(!pair.sides[side].events.iter().any(|event| matches!(event, Event::Expired(_))));
    }
}

#[test]
fn the_timer_of_a_message_beyond_the_limit_starts_at_once() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.timers = 1;
    let mut pair = Pair::ready_with(settings);
    pair.send(ALICE, DecryptedMessage::new(0, 30, "first"));
    let second = pair.send(ALICE, DecryptedMessage::new(0, 30, "second")).receipts[0].random_id;
    pair.run();
    pair.tick(30);
    assert!(pair.sides[BOB].events.contains(&Event::Expired(vec![second])));
}

#[test]
fn a_deleted_message_has_no_timer() {
    let mut pair = Pair::ready();
    let random_id = pair.send(ALICE, DecryptedMessage::new(0, 30, "secret")).receipts[0].random_id;
    pair.run();
    pair.service(BOB, DecryptedMessageActionReadMessages::new(vec![random_id]));
    pair.run();
    pair.service(ALICE, DecryptedMessageActionDeleteMessages::new(vec![random_id]));
    pair.run();
    pair.tick(100);
    assert!(pair.sides[BOB].events.contains(&Event::Deleted(vec![random_id])));
    for side in [ALICE, BOB] {
        assert!(!pair.sides[side].events.iter().any(|event| matches!(event, Event::Expired(_))));
    }
}

#[test]
fn a_history_that_was_flushed_has_no_timers_on_either_side() {
    let mut pair = Pair::ready();
    let random_id = pair.send(ALICE, DecryptedMessage::new(0, 30, "secret")).receipts[0].random_id;
    pair.run();
    pair.service(BOB, DecryptedMessageActionReadMessages::new(vec![random_id]));
    pair.run();
    pair.service(ALICE, DecryptedMessageAction::FlushHistory);
    pair.run();
    pair.tick(100);
    for side in [ALICE, BOB] {
        assert!(!pair.sides[side].events.iter().any(|event| matches!(event, Event::Expired(_))));
    }
}

#[test]
fn what_users_do_reaches_the_other_side() {
    let mut pair = Pair::ready();
    pair.service(ALICE, DecryptedMessageActionScreenshotMessages::new(vec![1, 2]));
    pair.service(ALICE, DecryptedMessageAction::FlushHistory);
    pair.run();
    let side = &pair.sides[BOB];
    assert!(side.events.contains(&Event::Screenshot(vec![1, 2])));
    assert!(side.events.contains(&Event::HistoryFlushed));
}

#[test]
fn typing_is_told_to_the_server_alone() {
    let mut pair = Pair::ready();
    let typing = |action| DecryptedMessageActionTyping::new(action);
    for (action, is_typing) in
        [(SendMessageAction::SendMessageTypingAction, true), (SendMessageAction::SendMessageCancelAction, false)]
    {
        assert_eq!(pair.service(ALICE, typing(action)).receipts, []);
        let call = pair.sides[ALICE].calls.pop_front().unwrap().call;
        assert!(matches!(call, Call::SetEncryptedTyping(call) if call.typing == is_typing));
    }
    assert_eq!(pair.session(ALICE).sent(), 1);
}

#[test]
fn typing_that_a_peer_sends_as_a_message_is_noticed() {
    let mut puppet = Puppet::ready();
    puppet.service(DecryptedMessageActionTyping::new(SendMessageAction::SendMessageRecordRoundAction));
    let notices = &puppet.pair.sides[ALICE].notices;
    assert!(notices.contains(&Notice::Typing(SendMessageAction::SendMessageRecordRoundAction)));
}
