//! Lost connections, lost packets, and a server that forgot the session.

use std::sync::Arc;

use secret_runtime::mtproto::session::{
    RequestId, RequestOptions, ServerSession, ServerSettings, SessionEvent, UnansweredReason,
};

use crate::pair::{Pair, call, key, result};

/// The server forgets everything about the session.
fn restart(pair: &mut Pair) {
    pair.time += 1_000;
    let (id, salts) = (pair.client.session_id(), Arc::clone(&pair.salts));
    pair.server = ServerSession::new(&key(), id, salts, ServerSettings::default(), &mut pair.rng);
}

#[test]
fn a_request_that_was_lost_with_the_connection_is_sent_on_the_next() {
    for is_known in [false, true] {
        let mut pair = Pair::new();
        if is_known {
            // The session has begun, so that the notice of a new one does not make the client send it again.
            pair.submit(0);
            pair.settle();
        }
        pair.submit(1);
        pair.collect();
        pair.disconnect();
        pair.run(5_000);
        pair.connect();
        pair.settle();
        assert!(pair.answered().ends_with(&[(1, Ok(1))]));
        assert!(pair.carried_out().ends_with(&[1]));
    }
}

#[test]
fn a_request_that_the_server_lost_with_the_connection_is_sent_on_the_next() {
    for is_acknowledged in [false, true] {
        let mut pair = Pair::new();
        pair.submit(0);
        pair.settle();
        pair.answers = false;
        pair.submit(1);
        let mut options = RequestOptions::default();
        options.after = vec![RequestId(1)];
        pair.submit_with(2, options);
        pair.run(if is_acknowledged { 1_000 } else { 0 });
        let lost = pair.message_of(1);
        pair.server.forget(lost);
        pair.disconnect();
        pair.answers = true;
        pair.connect();
        pair.run(1_000);
        assert_eq!(pair.answered(), [(0, Ok(0)), (1, Ok(1)), (2, Ok(2))], "{is_acknowledged}");
        assert_eq!((pair.carried_out(), pair.message_of(1)), (vec![0, 1, 1, 2], lost));
    }
}

#[test]
fn a_request_that_was_answered_cannot_be_lost_any_more() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.collect();
    let packet = pair.to_server.pop_front().unwrap();
    pair.deliver_to_server(packet.clone());
    pair.server.forget(pair.message_of(1));
    pair.deliver_to_server(packet);
    pair.settle();
    assert_eq!((pair.answered(), pair.carried_out()), (vec![(1, Ok(1))], vec![1]));
}

#[test]
fn an_answer_that_was_lost_with_the_connection_comes_on_the_next() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.collect();
    while let Some(packet) = pair.to_server.pop_front() {
        pair.deliver_to_server(packet);
    }
    pair.collect();
    pair.disconnect();
    pair.run(600_000);
    pair.connect();
    pair.settle();
    assert_eq!((pair.answered(), pair.carried_out()), (vec![(1, Ok(1))], vec![1]));
}

#[test]
fn a_request_that_was_submitted_without_a_connection_is_sent_on_the_next() {
    let mut pair = Pair::new();
    pair.disconnect();
    pair.submit(1);
    pair.run(400_000);
    assert!(pair.to_server.is_empty());
    pair.connect();
    pair.settle();
    assert_eq!(pair.answered(), [(1, Ok(1))]);
}

#[test]
fn a_lost_packet_is_asked_about_and_sent_again() {
    let mut pair = Pair::new();
    pair.settle();
    pair.submit(1);
    pair.collect();
    pair.to_server.clear();
    pair.run(16_000);
    assert_eq!((pair.answered(), pair.carried_out()), (vec![(1, Ok(1))], vec![1]));
}

#[test]
fn a_lost_answer_and_a_lost_update_are_sent_again() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.settle();
    pair.submit(2);
    pair.server.push(call(70));
    pair.collect();
    let packet = pair.to_server.pop_front().unwrap();
    pair.deliver_to_server(packet);
    pair.collect();
    pair.to_client.clear();
    pair.run(30_000);
    assert_eq!((pair.answered(), pair.carried_out()), (vec![(1, Ok(1)), (2, Ok(2))], vec![1, 2]));
    assert_eq!(pair.events.iter().filter(|event| **event == SessionEvent::Updates(call(70))).count(), 1);
}

#[test]
fn a_long_answer_is_announced_and_fetched() {
    let mut pair = Pair::new();
    pair.settle();
    pair.answers = false;
    pair.submit(1);
    pair.settle();
    let mut long = call(9);
    long.resize(200_000, 0);
    rand_core::Rng::fill_bytes(&mut pair.rng, &mut long[8..]);
    pair.server.answer(pair.message_of(1), Ok(long.clone()));
    pair.server.push(long.clone());
    pair.collect();
    pair.disconnect();
    pair.server.connected();
    pair.client.connected(pair.local());
    pair.server
        .poll_transmit(pair.now(), &mut pair.rng)
        .filter(|packet| packet.len() < 1_000)
        .expect("an announcement");
    pair.run(60_000);
    assert!(pair.events.contains(&SessionEvent::Answer { request: RequestId(1), result: Ok(long.clone()) }));
    assert!(pair.events.contains(&SessionEvent::Updates(long)));
}

#[test]
fn a_server_that_forgot_the_session_gets_the_requests_again_and_the_client_is_told() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.submit(1);
    pair.settle();
    pair.disconnect();
    restart(&mut pair);
    pair.answers = true;
    pair.events.clear();
    pair.connect();
    pair.settle();
    assert_eq!(pair.answered(), [(1, Ok(1))]);
    assert_eq!(pair.events.iter().filter(|event| **event == SessionEvent::NewSession).count(), 1);
}

/// The server, which has carried out the only request, begins anew and knows nothing of it.
fn is_forgotten_and_not_repeated(pair: &mut Pair) {
    restart(pair);
    pair.connect();
    pair.run(60_000);
    let unanswered = SessionEvent::Unanswered { request: RequestId(1), reason: UnansweredReason::Forgotten };
    assert!(pair.events.contains(&unanswered));
    assert_eq!(pair.carried_out(), [1]);
}

#[test]
fn a_request_that_must_not_be_repeated_is_not_when_the_server_forgot() {
    let mut pair = Pair::new();
    pair.answers = false;
    let mut options = RequestOptions::default();
    options.repeatable = false;
    pair.submit_with(1, options);
    pair.settle();
    pair.disconnect();
    is_forgotten_and_not_repeated(&mut pair);
}

#[test]
fn a_request_that_must_not_be_repeated_is_not_when_the_server_forgot_a_session_that_the_client_never_heard_of() {
    let mut pair = Pair::new();
    let mut options = RequestOptions::default();
    options.repeatable = false;
    pair.submit_with(1, options);
    pair.collect();
    while let Some(packet) = pair.to_server.pop_front() {
        pair.deliver_to_server(packet);
    }
    pair.disconnect();
    is_forgotten_and_not_repeated(&mut pair);
}

#[test]
fn a_connection_on_which_pings_go_unanswered_is_lost_and_said_to_be_once() {
    let mut pair = Pair::new();
    pair.settle();
    pair.run(59_000);
    let lost = |pair: &Pair| pair.events.iter().filter(|event| **event == SessionEvent::ConnectionLost).count();
    // From here on nothing arrives.
    for _ in 0..30 {
        pair.time += 1_000;
        pair.collect();
        pair.to_server.clear();
        pair.to_client.clear();
    }
    assert_eq!(lost(&pair), 1);
}

#[test]
fn a_living_connection_is_pinged_and_never_said_to_be_lost() {
    let mut pair = Pair::new();
    pair.run(3_600_000);
    assert!(!pair.events.contains(&SessionEvent::ConnectionLost));
    let pings = pair
        .seen
        .iter()
        .filter(|event| matches!(event, secret_runtime::mtproto::session::ServerEvent::DisconnectAt(_)));
    assert_eq!(pings.count(), 61);
}

#[test]
fn an_answer_is_not_lost_when_the_client_gets_it_twice() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.submit(1);
    pair.settle();
    pair.server.answer(pair.message_of(1), Ok(result(1)));
    pair.server.answer(pair.message_of(1), Ok(result(2)));
    pair.collect();
    let packet = pair.to_client.pop_front().unwrap();
    pair.deliver_to_client(packet.clone());
    pair.deliver_to_client(packet);
    pair.run(30_000);
    assert_eq!(pair.answered(), [(1, Ok(1))]);
}
