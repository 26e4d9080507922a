//! The way to the server: order, errors, and what becomes of a message that fails. Points 19, 22, 23 and 41.

use secret_runtime::account::{AccountError, AccountSettings};
use secret_runtime::chat::{
    Answer, Call, CallId, CloseReason, Command, CommandError, Event, Failure, Notice, Phase, SendFailure,
};
use tl_types::RpcError;
use tl_types::secret::constructors::{DecryptedMessage, DecryptedMessageActionDeleteMessages};
use tl_types::secret::types::DecryptedMessageAction;

use crate::pair::{ALICE, BOB, Pair};
use crate::puppet::{Puppet, action, data};

#[test]
fn a_call_without_an_answer_is_made_again_with_the_same_bytes() {
    let mut pair = Pair::ready();
    let random_id = pair.text(ALICE, "text");
    let call = pair.sides[ALICE].calls.pop_front().unwrap();
    pair.answer(ALICE, call.id, Answer::Failed(Failure::Unanswered));
    assert!(pair.sides[ALICE].calls.is_empty());
    assert_eq!(pair.sides[ALICE].notices, [Notice::Delayed { error: None, seconds: 1 }]);
    pair.tick(1);
    let again = pair.sides[ALICE].calls.front().unwrap();
    assert_eq!(again.call, call.call);
    pair.run();
    let told = Event::Sent { random_id, date: Some(1_700_000_001), file: None };
    assert_eq!(pair.sides[ALICE].events, [told]);
}

#[test]
fn a_message_that_is_refused_for_good_becomes_its_deletion_before_anything_behind_it_is_sent() {
    let mut puppet = Puppet::ready();
    let random_id = puppet.send("refused");
    let behind = puppet.send("behind");
    puppet.pair.fail_call(ALICE, 400, "DATA_INVALID");
    puppet.pair.fail_call(ALICE, 400, "MSG_WAIT_FAILED");
    let why = SendFailure::Refused { code: 400, message: "DATA_INVALID".into() };
    assert_eq!(puppet.pair.sides[ALICE].events, [Event::Failed { random_id, why }]);
    let first = puppet.pair.sides[ALICE].calls.iter().map(|call| call.id).collect::<Vec<_>>();
    assert_eq!(first, [CallId::Deletion(1)]);
    puppet.sent();
    assert!(puppet.pair.make_call(ALICE));
    let sent = puppet.sent();
    assert_eq!(sent.iter().map(|sent| sent.out_seq_no).collect::<Vec<_>>(), [5, 7]);
    // The second deletion, in case the server passed the message on all the same.
    assert_eq!(*action(&sent[1]), DecryptedMessageActionDeleteMessages::new(vec![random_id]).into());
    while puppet.pair.make_call(ALICE) {}
    assert!(matches!(puppet.pair.sides[ALICE].events[..], [_, Event::Sent { random_id, .. }] if random_id == behind));
}

#[test]
fn the_deletion_in_a_slot_keeps_both_numbers_and_the_layer() {
    let mut puppet = Puppet::ready();
    let random_id = puppet.send("deleted");
    let original = puppet.sent().remove(0);
    puppet.layer = 151;
    puppet.text("raises what we have received");
    puppet.command(delete(&[random_id]));
    let sent = puppet.sent();
    assert_eq!(sent.len(), 2);
    let rewritten = &sent[0];
    assert_eq!(
        (rewritten.layer, rewritten.in_seq_no, rewritten.out_seq_no),
        (original.layer, original.in_seq_no, original.out_seq_no)
    );
    for deletion in &sent {
        assert_eq!(*action(deletion), DecryptedMessageActionDeleteMessages::new(vec![random_id]).into());
    }
    assert_eq!(sent[1].out_seq_no, original.out_seq_no + 2);
    let failed = Event::Failed { random_id, why: SendFailure::Deleted };
    assert!(puppet.pair.sides[ALICE].events.contains(&failed));
}

fn delete(random_ids: &[i64]) -> Command<secret_runtime::chat::Mtproto> {
    let action: DecryptedMessageAction = DecryptedMessageActionDeleteMessages::new(random_ids.to_vec()).into();
    let message = tl_types::secret::constructors::DecryptedMessageService::new(0, action).into();
    Command::Send { message, file: None, lower: false }
}

#[test]
fn the_late_answer_to_a_message_that_was_deleted_meanwhile_does_not_count_for_its_deletion() {
    let mut pair = Pair::ready();
    let random_id = pair.text(ALICE, "text");
    let late = pair.sides[ALICE].calls.pop_front().unwrap();
    pair.command(ALICE, delete(&[random_id]));
    let answer = pair.carry_out(ALICE, &late.call);
    pair.answer(ALICE, late.id, answer);
    assert_eq!(pair.sides[ALICE].calls[0].id, CallId::Deletion(1));
    assert!(pair.chat(ALICE).slots().all(|(counter, slot)| counter != 1 || !slot.is_sent()));
    pair.run();
    assert!(pair.chat(ALICE).slots().all(|(_, slot)| slot.is_sent()));
    // Bob has the text, and deletes it.
    assert_eq!(pair.texts(BOB), ["text"]);
    assert!(pair.sides[BOB].events.contains(&Event::Deleted(vec![random_id])));
}

#[test]
fn a_message_that_the_peer_has_is_only_deleted_by_a_service_message() {
    let mut puppet = Puppet::ready();
    let random_id = puppet.send("arrived");
    puppet.settle();
    puppet.confirm_all();
    puppet.text("confirms");
    puppet.command(delete(&[random_id]));
    assert_eq!(puppet.sent().len(), 1);
}

#[test]
fn a_deletion_that_is_refused_is_made_again() {
    let mut puppet = Puppet::ready();
    puppet.command(delete(&[5]));
    let bytes = data(&puppet.pair.sides[ALICE].calls[0]).unwrap().to_vec();
    puppet.pair.fail_call(ALICE, 400, "DATA_INVALID");
    puppet.pair.tick(1);
    assert_eq!(data(&puppet.pair.sides[ALICE].calls[0]).unwrap(), bytes);
    assert_eq!(puppet.pair.sides[ALICE].events, []);
}

#[test]
fn a_service_message_that_is_refused_for_good_becomes_its_deletion() {
    let mut puppet = Puppet::ready();
    let timer = tl_types::secret::constructors::DecryptedMessageActionSetMessageTtl::new(5);
    let random_id = puppet.pair.service(ALICE, timer).receipts[0].random_id;
    puppet.sent();
    puppet.pair.fail_call(ALICE, 400, "DATA_INVALID");
    let why = SendFailure::Refused { code: 400, message: "DATA_INVALID".into() };
    assert_eq!(puppet.pair.sides[ALICE].events, [Event::Failed { random_id, why }]);
    let sent = puppet.sent();
    assert_eq!(sent.len(), 1, "there is nothing to delete on the other side");
    assert_eq!(*action(&sent[0]), DecryptedMessageActionDeleteMessages::new(vec![random_id]).into());
}

#[test]
fn bytes_that_the_server_took_once_are_never_given_up() {
    let mut puppet = Puppet::ready();
    puppet.send("text");
    puppet.settle();
    puppet.service(tl_types::secret::constructors::DecryptedMessageActionResend::new(3, 3));
    let bytes = data(&puppet.pair.sides[ALICE].calls[0]).unwrap().to_vec();
    puppet.pair.fail_call(ALICE, 400, "DATA_INVALID");
    puppet.pair.tick(1);
    assert_eq!(data(&puppet.pair.sides[ALICE].calls[0]).unwrap(), bytes);
    let failed = puppet.pair.sides[ALICE].events.iter().filter(|event| matches!(event, Event::Failed { .. }));
    assert_eq!(failed.count(), 0);
}

#[test]
fn an_error_after_the_message_arrived_is_none() {
    let mut puppet = Puppet::ready();
    let random_id = puppet.send("text");
    let call = puppet.pair.sides[ALICE].calls.pop_front().unwrap();
    puppet.confirm_all();
    puppet.text("confirms");
    puppet.pair.forget();
    let error = RpcError::new(400, "DATA_INVALID");
    puppet.pair.answer(ALICE, call.id, Answer::Failed(Failure::Rpc(error)));
    assert_eq!(puppet.pair.sides[ALICE].events, [Event::Sent { random_id, date: None, file: None }]);
    assert_eq!(puppet.pair.chat(ALICE).slots().count(), 0);
}

#[test]
fn a_declined_encryption_and_every_403_close_the_chat() {
    for (code, error) in [(400, "ENCRYPTION_DECLINED"), (403, "USER_DELETED"), (403, "ANYTHING")] {
        let mut pair = Pair::ready();
        let random_id = pair.text(ALICE, "text");
        pair.fail_call(ALICE, code, error);
        let reason = CloseReason::Refused { code, message: error.into() };
        assert!(matches!(pair.phase(ALICE), Phase::Closed { reason: found, discard: None } if *found == reason));
        let why = SendFailure::ChatClosed;
        assert_eq!(pair.sides[ALICE].events, [Event::Failed { random_id, why }, Event::Closed(reason)]);
        assert!(pair.sides[ALICE].calls.is_empty());
    }
}

#[test]
fn other_errors_of_the_table_leave_the_chat_open() {
    for (code, error) in
        [(400, "CHAT_ID_INVALID"), (400, "DATA_TOO_LONG"), (400, "USER_IS_BLOCKED"), (401, "AUTH_KEY_UNREGISTERED")]
    {
        let mut pair = Pair::ready();
        pair.text(ALICE, "text");
        pair.fail_call(ALICE, code, error);
        assert!(matches!(pair.phase(ALICE), Phase::Ready(_)), "{error}");
    }
}

#[test]
fn an_uploaded_file_is_sent_again_as_the_file_it_became() {
    let mut puppet = Puppet::ready();
    let media = tl_types::secret::constructors::DecryptedMessageMediaDocument::new(
        vec![],
        0,
        0,
        "text/plain",
        7,
        vec![1; 32],
        vec![2; 32],
        vec![],
        "",
    );
    let message = DecryptedMessage::new(0, 0, "").with_media(media).into();
    let uploaded = tl_types::api::constructors::InputEncryptedFileUploaded::new(1, 1, "", 8);
    puppet.command(Command::Send { message, file: Some(uploaded.into()), lower: false });
    assert!(matches!(puppet.pair.sides[ALICE].calls[0].call, Call::SendEncryptedFile(_)));
    puppet.settle();
    puppet.service(tl_types::secret::constructors::DecryptedMessageActionResend::new(3, 3));
    let Call::SendEncryptedFile(call) = &puppet.pair.sides[ALICE].calls[0].call else { panic!("not a file") };
    assert_eq!(call.file, tl_types::api::constructors::InputEncryptedFile::new(5, 6).into());
}

#[test]
fn a_random_id_is_sent_once() {
    let mut pair = Pair::ready();
    let message = DecryptedMessage::new(77, 0, "once");
    let first = pair.send(ALICE, message.clone());
    assert_eq!(pair.send(ALICE, message.clone()), first);
    pair.run();
    pair.text(BOB, "confirms");
    pair.run();
    assert_eq!(pair.send(ALICE, message).receipts, []);
    pair.run();
    assert_eq!(pair.texts(BOB), ["once"]);
}

#[test]
fn a_long_text_becomes_messages_with_a_receipt_each() {
    let mut pair = Pair::ready();
    let made = pair.send(ALICE, DecryptedMessage::new(0, 0, "word ".repeat(2000)));
    assert_eq!(made.receipts.iter().map(|receipt| receipt.counter).collect::<Vec<_>>(), [1, 2, 3]);
    pair.run();
    assert_eq!(pair.texts(BOB).len(), 3);
    let told = pair.sides[ALICE].events.iter().filter_map(|event| match event {
        Event::Sent { random_id, .. } => Some(*random_id),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), made.receipts.iter().map(|receipt| receipt.random_id).collect::<Vec<_>>());
}

#[test]
fn a_peer_that_confirms_nothing_can_be_sent_so_much() {
    let mut settings = AccountSettings::default();
    settings.chat.limits.unconfirmed = 3;
    let mut pair = Pair::ready_with(settings);
    let before = pair.chat(ALICE).clone();
    let of_parts = |parts: usize| {
        let message = DecryptedMessage::new(0, 0, "word ".repeat(800 * parts)).into();
        Command::Send { message, file: None, lower: false }
    };
    // NotifyLayer is the first.
    let error = pair.try_command(ALICE, of_parts(3)).unwrap_err();
    assert!(matches!(error, AccountError::Command(CommandError::Unconfirmed { parts: 3, limit: 3 })), "{error}");
    assert_eq!(*pair.chat(ALICE), before, "all parts or none");
    pair.command(ALICE, of_parts(2));
    assert_eq!(pair.chat(ALICE).slots().count(), 3);
}

#[test]
fn the_caller_cannot_send_what_the_chat_sends_by_itself() {
    let mut pair = Pair::ready();
    let action: DecryptedMessageAction =
        tl_types::secret::constructors::DecryptedMessageActionNotifyLayer::new(46).into();
    let message = tl_types::secret::constructors::DecryptedMessageService::new(0, action).into();
    let error = pair.try_command(ALICE, Command::Send { message, file: None, lower: false }).unwrap_err();
    assert_eq!(error.to_string(), "the chat sends `decryptedMessageActionNotifyLayer` by itself when it has to");
}

#[test]
fn the_server_is_told_of_typing_at_most_every_five_seconds() {
    let mut pair = Pair::ready();
    let typing = |pair: &mut Pair, is_typing| {
        pair.command(ALICE, Command::SetTyping(is_typing));
        std::mem::take(&mut pair.sides[ALICE].calls).len()
    };
    assert_eq!((typing(&mut pair, true), typing(&mut pair, true)), (1, 0));
    pair.tick(4);
    assert_eq!(typing(&mut pair, true), 0);
    pair.tick(1);
    assert_eq!((typing(&mut pair, true), typing(&mut pair, false), typing(&mut pair, true)), (1, 1, 1));
}

#[test]
fn a_deletion_leaves_every_other_message() {
    let mut pair = Pair::ready();
    let deleted = pair.text(ALICE, "deleted");
    pair.text(ALICE, "stays");
    pair.sides[ALICE].calls.clear();
    pair.command(ALICE, delete(&[deleted]));
    pair.restart(ALICE);
    pair.run();
    assert_eq!(pair.texts(BOB), ["stays"]);
}

#[test]
fn a_slot_tells_which_message_it_holds_and_whether_the_server_has_it() {
    let mut pair = Pair::ready();
    let random_id = pair.text(ALICE, "text");
    for is_sent in [false, true] {
        let (_, slot) = pair.chat(ALICE).slots().last().unwrap();
        assert_eq!((slot.random_id(), slot.is_sent()), (random_id, is_sent));
        pair.make_call(ALICE);
    }
}
