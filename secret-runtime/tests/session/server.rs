//! What a server says to clients that do something wrong, and to their questions.

use secret_runtime::mtproto::message::{Direction, Envelope, Header};
use secret_runtime::mtproto::session::{ServerEvent, SessionError};
use tl_types::api::functions::InvokeAfterMsg;
use tl_types::mtproto::constructors::{BadMsgNotification, BadServerSalt, FutureSalts, Message, MsgContainer, MsgsAck};
use tl_types::mtproto::functions::{DestroySession, GetFutureSalts, Ping, PingDelayDisconnect, RpcDropAnswer};
use tl_types::{Decode, Encode, Raw};

use crate::pair::{Pair, SALT, START, call, id_at, key, open, result};

/// All that the server says: bodies, out of their containers.
fn said(pair: &mut Pair) -> Vec<Vec<u8>> {
    let mut said = Vec::new();
    while let Some(packet) = pair.server.poll_transmit(pair.now(), &mut pair.rng) {
        let (_, body) = open(Direction::ToClient, &packet);
        match MsgContainer::from_bytes(&body) {
            Ok(container) => said.extend(container.messages.into_iter().map(|message| message.body.0)),
            Err(_) => said.push(body),
        }
    }
    said
}

fn find<T: Decode>(said: &[Vec<u8>]) -> Option<T> {
    said.iter().find_map(|body| T::from_bytes(body).ok())
}

fn send(pair: &mut Pair, salt: i64, message_id: i64, seq_no: i32, body: &[u8]) -> Vec<Vec<u8>> {
    let packet = pair.forge_request(salt, message_id, seq_no, body);
    pair.deliver_to_server(packet);
    said(pair)
}

fn check(code: i32, message_id: i64, seq_no: i32, body: &[u8]) {
    let mut pair = Pair::new();
    send(&mut pair, SALT, id_at(START, 0), 3, &call(1));
    let said = send(&mut pair, SALT, message_id, seq_no, body);
    let bad: Option<BadMsgNotification> = find(&said);
    let expected = (code != 0).then(|| BadMsgNotification::new(message_id, seq_no, code));
    assert_eq!(bad, expected);
    assert_eq!(pair.carried_out().contains(&2), code == 0);
}

#[test]
fn a_wrong_message_id_or_sequence_number_is_refused_with_its_code() {
    check(0, id_at(START, 0) + 4, 5, &call(2));
    check(0, id_at(START, 0) - 4, 1, &call(2));
    check(16, id_at(START - 301_000, 0), 5, &call(2));
    check(17, id_at(START + 31_000, 0), 5, &call(2));
    check(18, id_at(START, 1), 5, &call(2));
    check(32, id_at(START, 0) + 4, 1, &call(2));
    check(32, id_at(START, 0) + 4, 3, &call(2));
    check(33, id_at(START, 0) - 4, 5, &call(2));
    check(33, id_at(START, 0) - 4, 3, &call(2));
    check(35, id_at(START, 0) + 4, 4, &call(2));
    let container = MsgContainer::new(vec![Message::new(id_at(START, 0) + 4, 5, Raw(call(2)))]).to_bytes().unwrap();
    check(0, id_at(START, 0) + 8, 6, &container);
    check(34, id_at(START, 0) + 8, 7, &container);
    check(64, id_at(START, 0) + 8, 6, &container[..12]);
}

#[test]
fn acknowledgements_may_count_as_content() {
    let mut pair = Pair::new();
    let body = MsgsAck::new(vec![1]).to_bytes().unwrap();
    for (place, seq_no) in [(4, 0), (8, 1)] {
        let said = send(&mut pair, SALT, id_at(START, 0) + place, seq_no, &body);
        assert_eq!(find::<BadMsgNotification>(&said), None);
    }
}

#[test]
fn a_wrong_salt_is_answered_with_the_right_one() {
    let mut pair = Pair::new();
    let said = send(&mut pair, 12345, id_at(START, 0), 1, &call(1));
    let bad: BadServerSalt = find(&said).unwrap();
    assert_eq!(bad, BadServerSalt::new(id_at(START, 0), 1, 48, pair.salts.at(pair.now())));
    assert!(pair.carried_out().is_empty());
    send(&mut pair, bad.new_server_salt, id_at(START, 0) + 4, 1, &call(1));
    assert_eq!(pair.carried_out(), [1]);
}

#[test]
fn a_request_that_comes_twice_is_carried_out_once_and_answered_twice() {
    let mut pair = Pair::new();
    for _ in 0..2 {
        let said = send(&mut pair, SALT, id_at(START, 0), 1, &call(1));
        assert!(said.iter().any(|body| body[12..] == result(1)));
    }
    assert_eq!(pair.carried_out(), [1]);
}

#[test]
fn a_request_that_runs_is_acknowledged_and_one_that_was_answered_is_not() {
    let mut pair = Pair::new();
    pair.answers = false;
    send(&mut pair, SALT, id_at(START, 0), 1, &call(1));
    send(&mut pair, SALT, id_at(START, 0) + 4, 3, &call(2));
    pair.server.answer(id_at(START, 0), Ok(result(1)));
    pair.time += 100;
    assert_eq!(find::<MsgsAck>(&said(&mut pair)).unwrap().msg_ids, [id_at(START, 0) + 4]);
}

#[test]
fn questions_are_answered() {
    let mut pair = Pair::new();
    let id = id_at(START, 0);
    let said = send(&mut pair, SALT, id, 1, &GetFutureSalts::new(5).to_bytes().unwrap());
    let salts: FutureSalts = find(&said).unwrap();
    assert_eq!((salts.req_msg_id, salts.salts.len()), (id, 5));
    assert_eq!(salts.salts[0].salt, pair.salts.at(pair.now()));
    let said = send(&mut pair, SALT, id + 4, 3, &Ping::new(8).to_bytes().unwrap());
    assert_eq!(find(&said), Some(tl_types::mtproto::constructors::Pong::new(id + 4, 8)));
    send(&mut pair, SALT, id + 8, 5, &PingDelayDisconnect::new(9, 75).to_bytes().unwrap());
    let at = secret_runtime::mtproto::session::UnixMillis(START + 75_000);
    assert!(pair.seen.contains(&ServerEvent::DisconnectAt(at)));
    send(&mut pair, SALT, id + 12, 7, &DestroySession::new(44).to_bytes().unwrap());
    assert!(pair.seen.contains(&ServerEvent::DestroySession { session_id: 44 }));
    pair.server.session_destroyed(44, true);
    assert_eq!(find(&self::said(&mut pair)), Some(tl_types::mtproto::constructors::DestroySessionOk::new(44)));
}

#[test]
fn states_are_told_as_the_specification_numbers_them() {
    let mut pair = Pair::new();
    pair.answers = false;
    let id = id_at(START, 0);
    send(&mut pair, SALT, id, 1, &call(1));
    send(&mut pair, SALT, id + 8, 3, &call(2));
    pair.server.answer(id, Ok(result(1)));
    let asked = tl_types::mtproto::constructors::MsgsStateReq::new(vec![id, id + 4, id + 8, id + 400]);
    let said = send(&mut pair, SALT, id + 12, 4, &asked.to_bytes().unwrap());
    let info: tl_types::mtproto::constructors::MsgsStateInfo = find(&said).unwrap();
    assert_eq!((info.req_msg_id, info.info), (id + 12, vec![4 + 32 + 64, 2, 4 + 32, 3]));
}

#[test]
fn a_dropped_answer_is_not_sent_again() {
    let mut pair = Pair::new();
    let id = id_at(START, 0);
    send(&mut pair, SALT, id, 1, &call(1));
    let said = send(&mut pair, SALT, id + 4, 3, &RpcDropAnswer::new(id).to_bytes().unwrap());
    assert!(said.iter().any(|body| body.len() > 16 && body[12..16] == 0xa43a_d8b7_u32.to_le_bytes()));
    pair.server.connected();
    assert!(!self::said(&mut pair).iter().any(|body| body.len() >= 20 && body[12..] == result(1)));
}

#[test]
fn the_first_message_is_answered_with_a_new_session_and_an_earlier_one_with_another() {
    use tl_types::mtproto::constructors::NewSessionCreated;
    let mut pair = Pair::new();
    let id = id_at(START, 0);
    let first: NewSessionCreated = find(&send(&mut pair, SALT, id, 3, &call(1))).unwrap();
    assert_eq!(first.first_msg_id, id);
    assert_eq!(find::<NewSessionCreated>(&send(&mut pair, SALT, id + 4, 5, &call(2))), None);
    let earlier: NewSessionCreated = find(&send(&mut pair, SALT, id - 4, 1, &call(3))).unwrap();
    assert_eq!((earlier.first_msg_id, earlier.unique_id), (id - 4, first.unique_id));
}

#[test]
fn more_requests_than_the_server_bears_are_told_to_wait() {
    let mut settings = secret_runtime::mtproto::session::ServerSettings::default();
    settings.in_flight = 10;
    let mut pair = Pair::with(Default::default(), settings, 0, 0);
    pair.answers = false;
    (0..15).for_each(|n| pair.submit(n));
    pair.settle();
    assert_eq!(pair.carried_out().len(), 10);
    assert_eq!(pair.answered().len(), 5);
    assert!(pair.answered().iter().all(|(_, result)| result == &Err(tl_types::RpcError::new(420, "FLOOD_WAIT_1"))));
}

#[test]
fn what_is_never_acknowledged_is_forgotten_when_it_is_too_much() {
    let mut settings = secret_runtime::mtproto::session::ServerSettings::default();
    settings.kept_bytes = 100_000;
    let mut pair = Pair::with(Default::default(), settings, 0, 0);
    pair.disconnect();
    let mut body = call(1);
    body.resize(1_000, 1);
    (0..1_000).for_each(|_| _ = pair.server.push(body.clone()));
    pair.connect();
    pair.submit(5);
    pair.settle();
    let updates =
        pair.events.iter().filter(|event| matches!(event, secret_runtime::mtproto::session::SessionEvent::Updates(_)));
    assert_eq!(updates.count(), 100);
    assert!(pair.answered() == [(5, Ok(5))]);
}

#[test]
fn a_server_bears_any_number_of_requests_one_after_the_other() {
    let mut settings = secret_runtime::mtproto::session::ServerSettings::default();
    settings.in_flight = 2;
    let mut pair = Pair::with(Default::default(), settings, 0, 0);
    for n in 0..10 {
        pair.submit(n);
        pair.settle();
    }
    assert_eq!(pair.answered(), (0..10).map(|n| (u64::from(n), Ok(n))).collect::<Vec<_>>());
}

#[test]
fn a_message_of_another_session_is_refused() {
    let mut pair = Pair::new();
    let session_id = pair.server.session_id() ^ 1;
    let header = Header { salt: SALT, session_id, message_id: id_at(START, 0), seq_no: 1 };
    let sealed = Envelope::new(&key()).seal(Direction::ToServer, header, &call(1), &mut pair.rng).unwrap();
    let opened = Envelope::new(&key()).open(Direction::ToServer, sealed.packet).unwrap();
    let refused = pair.server.receive(&opened, pair.now());
    assert_eq!(refused, Err(SessionError::Session { session_id }));
    assert!(pair.carried_out().is_empty());
}

#[test]
fn a_request_that_comes_after_itself_fails() {
    let mut pair = Pair::new();
    let message_id = id_at(START, 0);
    let body = InvokeAfterMsg::new(message_id, Raw(call(1))).to_bytes().unwrap();
    let said = send(&mut pair, SALT, message_id, 1, &body);
    let failed = tl_types::mtproto::constructors::RpcError::new(400, "MSG_WAIT_FAILED").to_bytes().unwrap();
    assert!(said.iter().any(|body| body.ends_with(&failed)), "{said:?}");
    assert!(pair.carried_out().is_empty());
}

#[test]
fn only_the_answer_that_is_not_wanted_is_dropped_before_it_is_sent() {
    let mut pair = Pair::new();
    pair.answers = false;
    let (first, second) = (id_at(START, 0), id_at(START, 0) + 4);
    send(&mut pair, SALT, first, 1, &call(1));
    send(&mut pair, SALT, second, 3, &call(2));
    pair.server.answer(first, Ok(result(1)));
    pair.server.answer(second, Ok(result(2)));
    let said = send(&mut pair, SALT, second + 4, 5, &RpcDropAnswer::new(first).to_bytes().unwrap());
    let was_said = |answer: Vec<u8>| said.iter().any(|body| body.ends_with(&answer));
    assert_eq!((was_said(result(1)), was_said(result(2))), (false, true));
}
