//! What a server asks a client for, and what it tells unasked
//! (<https://core.telegram.org/mtproto/service_messages_about_messages>).

use secret_runtime::mtproto::message::Direction;
use secret_runtime::mtproto::session::{
    ProtocolFault, RequestId, RequestOptions, ServerSettings, SessionError, SessionEvent, SessionSettings,
    UnansweredReason,
};
use tl_types::mtproto::constructors::{
    BadMsgNotification, BadServerSalt, Message, MsgContainer, MsgCopy, MsgResendAnsReq, MsgResendReq, MsgsAck,
    MsgsAllInfo, MsgsStateInfo, MsgsStateReq,
};
use tl_types::mtproto::functions::GetFutureSalts;
use tl_types::{Combinator, Decode, Encode};

use crate::pair::{Pair, START, call, id_at, open};

/// Ids that a server may give some time after the beginning, when all is said that begins a session.
const LATER: i64 = 2_000;

/// All that the client says: ids and bodies, out of their containers.
fn said(pair: &mut Pair) -> Vec<(i64, Vec<u8>)> {
    let mut said = Vec::new();
    while let Some(transmit) = pair.client.poll_transmit(pair.local(), &mut pair.rng) {
        let (header, body) = open(Direction::ToServer, &transmit.packet);
        match MsgContainer::from_bytes(&body) {
            Ok(container) => {
                said.extend(container.messages.into_iter().map(|message| (message.msg_id, message.body.0)))
            }
            Err(_) => said.push((header.message_id, body)),
        }
    }
    said
}

fn tell<T: Encode>(pair: &mut Pair, message_id: i64, message: &T) {
    let packet = pair.forge(message_id, 0, &message.to_bytes().unwrap());
    pair.deliver_to_client(packet);
}

fn not_repeatable() -> RequestOptions {
    let mut options = RequestOptions::default();
    options.repeatable = false;
    options
}

/// A client whose only request was sent as the message of this id, and does not arrive.
fn lost(options: RequestOptions, settings: SessionSettings) -> (Pair, i64) {
    let mut pair = Pair::with(settings, ServerSettings::default(), 0, 0);
    pair.run(1_000);
    pair.events.clear();
    pair.submit_with(1, options);
    let said = said(&mut pair);
    let [(message_id, body)] = &said[..] else { panic!("{said:?}") };
    assert_eq!(*body, call(1));
    (pair, *message_id)
}

#[test]
fn a_server_that_asks_what_arrived_is_told() {
    let mut pair = Pair::new();
    pair.run(1_000);
    let first = id_at(START + LATER, 1);
    for message_id in [first, first + 8] {
        tell(&mut pair, message_id, &MsgsStateReq::new(Vec::new()));
    }
    said(&mut pair);
    let question = first + 12;
    tell(&mut pair, question, &MsgsStateReq::new(vec![first, first + 4, question + 4]));
    let (_, answer) = said(&mut pair).pop().unwrap();
    assert_eq!(MsgsStateInfo::from_bytes(&answer), Ok(MsgsStateInfo::new(question, vec![4, 2, 3])));
}

#[test]
fn that_a_request_arrived_is_said_when_it_is_acknowledged() {
    let (mut pair, message_id) = lost(RequestOptions::default(), SessionSettings::default());
    tell(&mut pair, id_at(START + LATER, 1), &MsgsAck::new(vec![message_id, message_id + 4]));
    assert_eq!(pair.events, [SessionEvent::Received(RequestId(1))]);
}

#[test]
fn a_salt_for_a_message_that_is_not_ours_is_not_taken() {
    let (mut pair, message_id) = lost(RequestOptions::default(), SessionSettings::default());
    tell(&mut pair, id_at(START + LATER, 1), &BadServerSalt::new(message_id + 4, 1, 48, 99));
    assert_eq!((said(&mut pair), &pair.events[..]), (vec![], &[][..]));
    tell(&mut pair, id_at(START + LATER, 1) + 4, &BadServerSalt::new(message_id, 1, 48, 99));
    assert_eq!((said(&mut pair).len(), &pair.events[..]), (1, &[SessionEvent::Salt(99)][..]));
}

#[test]
fn future_salts_are_asked_for_again_when_the_question_was_lost_with_the_connection() {
    let question = GetFutureSalts::new(64).to_bytes().unwrap();
    let mut pair = Pair::new();
    for _ in 0..2 {
        assert!(said(&mut pair).iter().any(|(_, body)| *body == question));
        assert!(said(&mut pair).is_empty());
        pair.disconnect();
        pair.connect();
    }
}

#[test]
fn what_a_server_asks_for_is_sent_again_under_its_id() {
    // What is sent again makes room for itself among those on their way.
    let mut settings = SessionSettings::default();
    settings.in_flight = 1;
    let (mut pair, message_id) = lost(RequestOptions::default(), settings);
    tell(&mut pair, id_at(START + LATER, 1), &MsgResendReq::new(vec![message_id, message_id + 4]));
    assert_eq!(said(&mut pair), [(message_id, call(1))]);
}

#[test]
fn what_a_server_tells_unasked_it_did_not_get_is_sent_again_under_its_id() {
    for state in [2, 3] {
        let (mut pair, message_id) = lost(RequestOptions::default(), SessionSettings::default());
        tell(&mut pair, id_at(START + LATER, 1), &MsgsAllInfo::new(vec![message_id], vec![state]));
        assert_eq!(said(&mut pair), [(message_id, call(1))]);
    }
}

#[test]
fn an_answer_that_was_made_is_asked_for_and_one_that_was_not_is_not() {
    for (state, asked) in [(4, false), (4 | 32, false), (4 | 32 | 64, true)] {
        let (mut pair, message_id) = lost(RequestOptions::default(), SessionSettings::default());
        for n in 0..2 {
            tell(&mut pair, id_at(START + LATER, 1) + 4 * n, &MsgsAllInfo::new(vec![message_id], vec![state]));
        }
        let question = MsgResendAnsReq::new(vec![message_id]).to_bytes().unwrap();
        assert_eq!(said(&mut pair).iter().filter(|(_, body)| *body == question).count(), if asked { 2 } else { 0 });
        // That it arrived is said once.
        assert_eq!(pair.events, [SessionEvent::Received(RequestId(1))]);
    }
}

#[test]
fn what_a_server_forgot_is_sent_anew_so_often_and_only_if_it_may_be_repeated() {
    let mut once = SessionSettings::default();
    once.attempts = 1;
    let forgotten = SessionEvent::Unanswered { request: RequestId(1), reason: UnansweredReason::Forgotten };
    let state = |message_id| MsgsAllInfo::new(vec![message_id], vec![1]).to_bytes().unwrap();
    let refusal = |message_id| BadMsgNotification::new(message_id, 1, 20).to_bytes().unwrap();
    for tells in [&state as &dyn Fn(i64) -> Vec<u8>, &refusal] {
        let (mut pair, message_id) = lost(not_repeatable(), once.clone());
        let packet = pair.forge(id_at(START + LATER, 1), 0, &tells(message_id));
        pair.deliver_to_client(packet);
        assert_eq!((said(&mut pair), &pair.events[..]), (vec![], &[forgotten.clone()][..]));

        let (mut pair, message_id) = lost(RequestOptions::default(), once.clone());
        let packet = pair.forge(id_at(START + LATER, 1), 0, &tells(message_id));
        pair.deliver_to_client(packet);
        let again = said(&mut pair);
        assert_eq!((again.len(), &again[0].1, &pair.events[..]), (1, &call(1), &[][..]));
        assert!(again[0].0 > message_id);
        let packet = pair.forge(id_at(START + LATER, 1) + 4, 0, &tells(again[0].0));
        pair.deliver_to_client(packet);
        assert_eq!((said(&mut pair), &pair.events[..]), (vec![], &[forgotten.clone()][..]));
    }
}

#[test]
fn another_session_repeats_what_is_on_its_way_if_it_may_be_repeated() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.submit(1);
    pair.submit_with(2, not_repeatable());
    pair.settle();
    pair.submit(3);
    let said = said(&mut pair);
    let (message_id, _) = said.iter().find(|(_, body)| *body == call(3)).unwrap();
    tell(&mut pair, id_at(START, 1) + 4_000, &BadMsgNotification::new(*message_id, 5, 32));
    pair.answers = true;
    pair.run(1_000);
    let forgotten = SessionEvent::Unanswered { request: RequestId(2), reason: UnansweredReason::Forgotten };
    assert!(pair.events.contains(&forgotten));
    assert_eq!((pair.answered(), pair.carried_out()), (vec![(1, Ok(1)), (3, Ok(3))], vec![1, 2, 1, 3]));
}

/// A `msg_copy`.
fn copy(message_id: i64, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_le_bytes();
    let (copy, message) = (MsgCopy::ID.to_le_bytes(), <Message>::ID.to_le_bytes());
    [&copy[..], &message, &message_id.to_le_bytes(), &1_i32.to_le_bytes(), &length, body].concat()
}

#[test]
fn a_copy_is_taken_as_the_message_that_it_is_of_and_only_once() {
    let mut pair = Pair::new();
    let original = id_at(START + LATER, 3);
    let packets = [copy(original, &call(5)), copy(original, &call(5)), call(5)];
    for (message_id, body) in [original + 4, original + 8, original].into_iter().zip(packets) {
        let packet = pair.forge(message_id, 1, &body);
        pair.deliver_to_client(packet);
    }
    assert_eq!(pair.events, [SessionEvent::Updates(call(5))]);
    assert_eq!(pair.errors, [SessionError::Duplicate { message_id: original }]);
}

#[test]
fn a_copy_with_something_behind_it_is_a_fault() {
    let mut pair = Pair::new();
    let message_id = id_at(START + LATER, 3);
    let body = [copy(message_id, &call(5)), call(6)].concat();
    let packet = pair.forge(message_id + 4, 1, &body);
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, []);
    assert_eq!(pair.errors, [SessionError::Fault(ProtocolFault::Malformed { id: MsgCopy::ID })]);
}

#[test]
fn what_is_sent_again_on_a_new_connection_keeps_to_the_size_of_a_container() {
    let mut settings = ServerSettings::default();
    settings.container_bytes = 1_000;
    let mut pair = Pair::with(SessionSettings::default(), settings, 0, 0);
    pair.answers = false;
    (1..=5).for_each(|n| pair.submit(n));
    pair.settle();
    for n in 1..=5 {
        let mut long = crate::pair::result(n);
        long.resize(300, 0);
        pair.server.answer(pair.message_of(n), Ok(long));
    }
    pair.collect();
    pair.disconnect();
    pair.server.connected();
    pair.client.connected(pair.local());
    let mut packets = Vec::new();
    while let Some(packet) = pair.server.poll_transmit(pair.now(), &mut pair.rng) {
        let (_, body) = open(Direction::ToClient, &packet);
        assert!(body.len() <= 1_000 + 8, "{}", body.len());
        packets.push(packet);
    }
    packets.into_iter().for_each(|packet| pair.deliver_to_client(packet));
    assert_eq!(pair.answered(), (1..=5).map(|n| (u64::from(n), Ok(n))).collect::<Vec<_>>());
}
