//! The beginning and the end of a chat: points 5 to 11, and closing.

use secret_runtime::account::AccountSettings;
use secret_runtime::chat::{
    Answer, Call, CallId, CloseReason, Command, CommandError, Dropped, Event, Failure, PeerFault, Phase,
};
use tl_types::RpcError;
use tl_types::api::constructors;

use crate::pair::{ALICE, BOB, Delivery, Pair};

fn reason(pair: &mut Pair, side: usize) -> CloseReason {
    match pair.phase(side) {
        Phase::Closed { reason, .. } => reason.clone(),
        phase => panic!("the chat goes on: {phase:?}"),
    }
}

fn requested() -> Pair {
    let mut pair = Pair::new(AccountSettings::default());
    pair.request();
    pair
}

#[test]
fn the_id_of_a_chat_is_positive_and_the_random_id_of_its_request() {
    let mut pair = requested();
    assert!(pair.chat > 0);
    let Call::RequestEncryption(call) = &pair.sides[ALICE].calls[0].call else { panic!("no request") };
    assert_eq!(call.random_id, pair.chat);
    let id = pair.chat;
    assert_eq!(pair.chat(ALICE).id(), id);
}

#[test]
fn the_exponent_is_durable_before_the_request_is_made() {
    let mut pair = requested();
    let before = pair.sides[ALICE].calls[0].call.clone();
    pair.restart(ALICE);
    assert_eq!(pair.sides[ALICE].calls[0].call, before);
    pair.run();
    pair.accept();
    pair.run();
    assert!(matches!(pair.phase(ALICE), Phase::Ready(_)));
}

#[test]
fn both_users_are_told_when_the_chat_is_ready_and_who_was_asked_before() {
    let mut pair = requested();
    pair.run();
    assert_eq!(pair.sides[BOB].events, [Event::Requested]);
    assert_eq!(pair.chat(BOB).peer(), 1);
    pair.accept();
    pair.run();
    let key_hash = pair.session(ALICE).key_hash();
    for side in [ALICE, BOB] {
        assert!(pair.sides[side].events.contains(&Event::Ready { key_hash }));
    }
    assert_eq!((pair.chat(ALICE).peer(), pair.chat(ALICE).access_hash(), pair.chat(BOB).access_hash()), (2, 10, 20));
}

#[test]
fn nothing_can_be_sent_before_there_is_a_key() {
    let mut pair = requested();
    let message = tl_types::secret::constructors::DecryptedMessage::new(0, 0, "early").into();
    let error = pair.try_command(ALICE, Command::Send { message, file: None, lower: false }).unwrap_err();
    assert_eq!(error.to_string(), CommandError::NotReady.to_string());
}

#[test]
fn another_fingerprint_closes_the_chat_and_the_server_is_told() {
    let mut pair = requested();
    pair.run();
    pair.accept();
    pair.make_call(BOB);
    let Some(Delivery::Chat(tl_types::api::types::EncryptedChat::EncryptedChat(mut chat))) =
        pair.sides[ALICE].inbox.pop_front()
    else {
        panic!("no chat")
    };
    chat.key_fingerprint ^= 1;
    pair.deliver_this(ALICE, Delivery::Chat(chat.into()));
    assert_eq!(reason(&mut pair, ALICE), CloseReason::KeyMismatch);
    assert!(matches!(pair.sides[ALICE].calls[0].call, Call::DiscardEncryption(_)));
    pair.run();
    assert_eq!(reason(&mut pair, BOB), CloseReason::ByPeer { history_deleted: false });
    assert!(matches!(pair.phase(ALICE), Phase::Closed { discard: None, .. }));
}

#[test]
fn a_public_value_out_of_range_closes_the_requested_chat() {
    let mut pair = requested();
    pair.make_call(ALICE);
    let chat = constructors::EncryptedChat::new(pair.chat, 10, 0, 1, 2, vec![1], 5);
    pair.deliver_this(ALICE, Delivery::Chat(chat.into()));
    assert!(matches!(reason(&mut pair, ALICE), CloseReason::PeerFault(PeerFault::PublicValue(_))));
}

#[test]
fn a_request_with_an_unsafe_public_value_cannot_be_accepted() {
    let mut pair = requested();
    pair.make_call(ALICE);
    pair.sides[BOB].inbox.clear();
    let request = constructors::EncryptedChatRequested::new(pair.chat, 20, 0, 1, 2, vec![255; 256]);
    pair.deliver_this(BOB, Delivery::Chat(request.into()));
    let config = pair.dh_config(BOB);
    let error = pair.try_command(BOB, Command::Accept(config)).unwrap_err();
    assert!(error.to_string().starts_with("the request cannot be accepted"), "{error}");
    assert!(matches!(pair.phase(BOB), Phase::Requested { .. }));
}

#[test]
fn messages_that_come_before_the_key_are_kept_in_order() {
    let mut pair = requested();
    pair.run();
    pair.accept();
    pair.make_call(BOB);
    // The update about the chat is late; what Bob sends overtakes it.
    let chat = pair.sides[ALICE].inbox.pop_front().unwrap();
    pair.text(BOB, "first");
    pair.text(BOB, "second");
    pair.run();
    pair.restart(ALICE);
    pair.deliver_this(ALICE, chat);
    assert_eq!(pair.texts(ALICE), ["first", "second"]);
}

#[test]
fn no_more_than_so_many_messages_are_kept_before_the_key() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.early = 2;
    let mut pair = Pair::new(settings);
    pair.request();
    for _ in 0..3 {
        let message = constructors::EncryptedMessageService::new(1, pair.chat, 0, vec![0; 100]);
        pair.deliver_this(ALICE, Delivery::Message(message.into()));
    }
    assert!(pair.sides[ALICE].account.dropped().get(&Dropped::EarlyFull) == Some(&1));
}

#[test]
fn a_request_whose_answer_was_lost_is_not_made_twice() {
    let mut pair = requested();
    let call = pair.sides[ALICE].calls.pop_front().unwrap();
    pair.carry_out(ALICE, &call.call);
    pair.restart(ALICE);
    let again = pair.sides[ALICE].calls.pop_front().unwrap();
    assert_eq!(again.call, call.call);
    let error = RpcError::new(400, "RANDOM_ID_DUPLICATE");
    pair.answer(ALICE, CallId::Handshake, Answer::Failed(Failure::Rpc(error)));
    pair.run();
    pair.accept();
    pair.run();
    assert!(matches!(pair.phase(ALICE), Phase::Ready(_)));
    assert_eq!(pair.chat(ALICE).access_hash(), 10);
}

#[test]
fn a_request_whose_id_is_taken_closes_the_chat() {
    let mut pair = requested();
    pair.fail_call(ALICE, 400, "RANDOM_ID_DUPLICATE");
    assert!(matches!(reason(&mut pair, ALICE), CloseReason::Refused { .. }));
}

#[test]
fn a_call_of_the_handshake_without_an_answer_is_made_again() {
    let mut pair = requested();
    for side in [ALICE, BOB] {
        let call = pair.sides[side].calls.pop_front().unwrap();
        pair.answer(side, call.id, Answer::Failed(Failure::Unanswered));
        assert!(pair.sides[side].calls.is_empty());
        pair.tick(1);
        assert_eq!(pair.sides[side].calls[0], call);
        pair.run();
        if side == ALICE {
            pair.accept();
        }
    }
    assert!(matches!(pair.phase(ALICE), Phase::Ready(_)));
}

#[test]
fn a_call_of_the_handshake_that_is_on_its_way_is_not_made_again_soon() {
    let mut pair = requested();
    pair.fail_call(ALICE, 500, "INTERNAL");
    pair.tick(1);
    assert_eq!(pair.sides[ALICE].calls.len(), 1);
    pair.tick(100);
    assert_eq!(pair.sides[ALICE].calls.len(), 1);
    assert_eq!(pair.sides[ALICE].account.due(), Some(pair.now.after(200)));
}

#[test]
fn a_flood_wait_of_the_handshake_is_waited_for() {
    let mut pair = requested();
    pair.fail_call(ALICE, 420, "FLOOD_WAIT_37");
    assert_eq!(pair.sides[ALICE].account.due(), Some(pair.now.after(37)));
    // The number of another error is no time.
    let mut pair = requested();
    pair.fail_call(ALICE, 500, "WORKER_BUSY_37");
    assert_eq!(pair.sides[ALICE].account.due(), Some(pair.now.after(1)));
}

#[test]
fn a_request_that_was_accepted_before_its_answer_was_lost_needs_no_other() {
    let mut pair = requested();
    let call = pair.sides[ALICE].calls.pop_front().unwrap();
    pair.carry_out(ALICE, &call.call);
    pair.deliver(BOB);
    pair.accept();
    pair.make_call(BOB);
    pair.deliver(ALICE);
    assert!(matches!(pair.phase(ALICE), Phase::Ready(_)));
    let due = pair.sides[ALICE].account.due();
    pair.answer(ALICE, call.id, Answer::Failed(Failure::Unanswered));
    assert_eq!(pair.sides[ALICE].account.due(), due);
}

#[test]
fn a_request_that_the_server_refuses_closes_the_chat() {
    let mut pair = requested();
    pair.fail_call(ALICE, 400, "USER_IS_BLOCKED");
    let refused = CloseReason::Refused { code: 400, message: "USER_IS_BLOCKED".into() };
    assert_eq!(reason(&mut pair, ALICE), refused);
    assert_eq!(pair.sides[ALICE].events, [Event::Closed(refused)]);
}

#[test]
fn an_acceptance_whose_answer_was_lost_counts() {
    let mut pair = requested();
    pair.run();
    pair.accept();
    let call = pair.sides[BOB].calls.pop_front().unwrap();
    pair.carry_out(BOB, &call.call);
    pair.restart(BOB);
    assert_eq!(pair.sides[BOB].calls.pop_front().unwrap().call, call.call);
    let error = RpcError::new(400, "ENCRYPTION_ALREADY_ACCEPTED");
    pair.answer(BOB, CallId::Handshake, Answer::Failed(Failure::Rpc(error)));
    pair.run();
    pair.text(BOB, "works");
    pair.run();
    assert_eq!(pair.texts(ALICE), ["works"]);
}

#[test]
fn a_chat_that_another_device_accepted_closes() {
    let mut pair = requested();
    pair.run();
    pair.accept();
    pair.fail_call(BOB, 400, "ENCRYPTION_ALREADY_ACCEPTED");
    assert!(matches!(reason(&mut pair, BOB), CloseReason::Refused { .. }));
}

#[test]
fn a_call_of_the_handshake_is_repeated_with_growing_waits() {
    let mut pair = requested();
    for wait in [1, 2, 4] {
        pair.fail_call(ALICE, 500, "ENCRYPTION_OCCUPY_FAILED");
        pair.tick(wait - 1);
        assert!(pair.sides[ALICE].calls.is_empty());
        pair.tick(1);
    }
    pair.run();
    assert_eq!(pair.sides[BOB].events, [Event::Requested]);
}

#[test]
fn discarding_wipes_the_chat_and_tells_the_other_side() {
    let mut pair = Pair::ready();
    pair.command(ALICE, Command::Discard { delete_history: true });
    pair.run();
    assert_eq!(reason(&mut pair, ALICE), CloseReason::ByUs);
    assert_eq!(reason(&mut pair, BOB), CloseReason::ByPeer { history_deleted: true });
    assert_eq!(pair.chat(BOB).slots().count(), 0);
    let error = pair.try_command(ALICE, Command::Discard { delete_history: false }).unwrap_err();
    assert_eq!(error.to_string(), "the chat is closed: this side discarded the chat");
}

#[test]
fn the_server_is_told_of_the_end_until_it_answers() {
    let mut pair = Pair::ready();
    pair.command(ALICE, Command::Discard { delete_history: false });
    pair.sides[ALICE].calls.clear();
    pair.restart(ALICE);
    pair.fail_call(ALICE, 500, "INTERNAL");
    pair.tick(2);
    assert_eq!(pair.sides[ALICE].calls.len(), 1);
    pair.fail_call(ALICE, 400, "ENCRYPTION_ALREADY_DECLINED");
    assert!(matches!(pair.phase(ALICE), Phase::Closed { discard: None, .. }));
    assert_eq!(pair.sides[ALICE].account.due(), None);
}

#[test]
fn the_end_is_told_again_only_if_the_server_may_not_know_of_it() {
    let rpc = |code, message: &str| Failure::Rpc(RpcError::new(code, message));
    let wait = Some(1);
    for (failure, seconds) in [
        (Failure::Unanswered, wait),
        (rpc(-503, "Timeout"), wait),
        (rpc(500, "INTERNAL"), wait),
        (rpc(420, "FLOOD_WAIT_37"), Some(37)),
        (rpc(400, "ENCRYPTION_ID_INVALID"), None),
        (rpc(403, "USER_DELETED"), None),
    ] {
        let mut pair = Pair::ready();
        pair.command(ALICE, Command::Discard { delete_history: false });
        pair.answer(ALICE, CallId::Discard, Answer::Failed(failure.clone()));
        let due = seconds.map(|seconds| pair.now.after(seconds));
        assert_eq!(pair.sides[ALICE].account.due(), due, "{failure:?}");
        assert_eq!(matches!(pair.phase(ALICE), Phase::Closed { discard: None, .. }), due.is_none(), "{failure:?}");
    }
}

#[test]
fn a_chat_that_is_closed_stays_closed_for_the_reason_it_was() {
    let mut pair = Pair::ready();
    pair.command(ALICE, Command::Discard { delete_history: false });
    pair.run();
    pair.forget();
    let discarded = constructors::EncryptedChatDiscarded::new(pair.chat).with_history_deleted(true);
    pair.deliver_this(ALICE, Delivery::Chat(discarded.into()));
    assert_eq!(reason(&mut pair, ALICE), CloseReason::ByUs);
    assert_eq!(pair.sides[ALICE].events, []);
    assert_eq!(pair.sides[ALICE].notices, []);
}

#[test]
fn an_update_that_the_server_repeats_is_no_surprise() {
    let mut pair = requested();
    pair.make_call(ALICE);
    let request = pair.sides[BOB].inbox[0].clone();
    pair.deliver(BOB);
    pair.deliver_this(BOB, request);
    pair.accept();
    pair.make_call(BOB);
    let accepted = pair.sides[ALICE].inbox[0].clone();
    pair.deliver(ALICE);
    pair.deliver_this(ALICE, accepted);
    for side in [ALICE, BOB] {
        assert_eq!(pair.sides[side].notices, []);
    }
}

#[test]
fn a_peer_below_layer_123_cannot_be_asked_to_delete_its_history() {
    let mut puppet = crate::puppet::Puppet::ready();
    let error = puppet.pair.try_command(ALICE, Command::Discard { delete_history: true }).unwrap_err();
    assert_eq!(error.to_string(), "the other side deletes no history when a chat closes; that needs layer 123");
}

#[test]
fn news_that_does_not_fit_changes_nothing() {
    let mut pair = Pair::ready();
    let waiting = constructors::EncryptedChatWaiting::new(pair.chat, 1, 2, 3, 4);
    pair.deliver_this(ALICE, Delivery::Chat(waiting.into()));
    let unknown = constructors::EncryptedChatDiscarded::new(pair.chat ^ 1);
    pair.deliver_this(ALICE, Delivery::Chat(unknown.into()));
    let dropped = pair.sides[ALICE].account.dropped();
    assert_eq!(dropped.iter().collect::<Vec<_>>(), [(&Dropped::UnexpectedUpdate, &1), (&Dropped::UnknownChat, &1)]);
    pair.text(ALICE, "still works");
    pair.run();
    assert_eq!(pair.texts(BOB), ["still works"]);
}

#[test]
fn strangers_can_make_so_many_requests() {
    let mut settings = AccountSettings::default();
    settings.requests = 2;
    let mut pair = Pair::new(settings);
    for id in 1..=3 {
        let request = constructors::EncryptedChatRequested::new(id, 0, 0, 9, 2, vec![3; 256]);
        pair.deliver_this(BOB, Delivery::Chat(request.into()));
    }
    assert_eq!(pair.sides[BOB].account.chats().unwrap(), [1, 2]);
    assert_eq!(pair.sides[BOB].account.dropped()[&Dropped::UnknownChat], 1);
}
