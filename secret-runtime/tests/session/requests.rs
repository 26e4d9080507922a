//! Requests and their answers, when nothing goes wrong, and when they are given up.

use secret_runtime::mtproto::session::{
    RequestId, RequestOptions, ServerEvent, SessionEvent, UnansweredReason, UnixMillis,
};
use tl_types::RpcError;

use crate::pair::{Pair, call};

fn unanswered(pair: &Pair) -> Vec<(u64, UnansweredReason)> {
    let reason = |event: &SessionEvent| match event {
        SessionEvent::Unanswered { request, reason } => Some((request.0, *reason)),
        _ => None,
    };
    pair.events.iter().filter_map(reason).collect()
}

fn with_timeout(millis: u32) -> RequestOptions {
    let mut options = RequestOptions::default();
    options.timeout = Some(millis);
    options
}

#[test]
fn a_request_is_answered() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.settle();
    assert_eq!(pair.answered(), [(1, Ok(1))]);
    assert_eq!((pair.client.pending(), pair.errors.len()), (0, 0));
}

#[test]
fn answers_may_come_in_another_order() {
    let mut pair = Pair::new();
    pair.answers = false;
    (1..=3).for_each(|n| pair.submit(n));
    pair.settle();
    for n in [3, 1, 2] {
        pair.server.answer(pair.message_of(n), Ok(crate::pair::result(n)));
        pair.settle();
    }
    assert_eq!(pair.answered(), [(3, Ok(3)), (1, Ok(1)), (2, Ok(2))]);
}

#[test]
fn an_error_of_the_server_is_the_answer() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.submit(1);
    pair.settle();
    pair.server.answer(pair.message_of(1), Err(RpcError::new(420, "FLOOD_WAIT_37")));
    pair.settle();
    assert_eq!(pair.answered(), [(1, Err(RpcError::new(420, "FLOOD_WAIT_37")))]);
}

#[test]
fn an_update_arrives_and_its_sender_learns_of_it() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.settle();
    let number = pair.server.push(call(77));
    pair.run(5_000);
    assert!(pair.events.contains(&SessionEvent::Updates(call(77))));
    assert!(pair.seen.contains(&ServerEvent::Acknowledged { push: number }));
}

#[test]
fn a_request_without_an_answer_in_time_is_given_up_and_its_answer_is_not_wanted() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.submit_with(1, with_timeout(3_000));
    pair.run(2_999);
    assert_eq!(unanswered(&pair), []);
    pair.run(2);
    assert_eq!(unanswered(&pair), [(1, UnansweredReason::Timeout)]);
    let message_id = pair.message_of(1);
    assert!(pair.seen.contains(&ServerEvent::Dropped { message_id }));
    pair.server.answer(message_id, Ok(crate::pair::result(1)));
    pair.run(1_000);
    assert_eq!(pair.answered(), []);
}

#[test]
fn a_request_times_out_without_a_connection_too() {
    let mut pair = Pair::new();
    pair.disconnect();
    pair.submit_with(1, with_timeout(3_000));
    assert_eq!(pair.client.due(), Some(UnixMillis(pair.time + 3_000)));
    pair.run(3_001);
    assert_eq!(unanswered(&pair), [(1, UnansweredReason::Timeout)]);
    pair.connect();
    pair.run(1_000);
    assert!(pair.carried_out().is_empty());
}

#[test]
fn a_cancelled_request_that_was_not_sent_is_never_sent() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.client.cancel(RequestId(1));
    pair.client.cancel(RequestId(2));
    pair.settle();
    assert_eq!(unanswered(&pair), [(1, UnansweredReason::Cancelled)]);
    assert!(pair.carried_out().is_empty());
}

#[test]
fn a_body_that_is_no_tl_is_refused_and_the_others_are_sent() {
    let mut pair = Pair::new();
    pair.client.submit(RequestId(1), vec![1, 2, 3], RequestOptions::default(), pair.local());
    pair.client.submit(RequestId(2), Vec::new(), RequestOptions::default(), pair.local());
    pair.submit(3);
    pair.settle();
    assert_eq!(unanswered(&pair), [(1, UnansweredReason::Malformed), (2, UnansweredReason::Malformed)]);
    assert_eq!(pair.answered(), [(3, Ok(3))]);
}

#[test]
fn a_body_that_depends_on_its_message_id_gets_it() {
    let mut pair = Pair::new();
    let body = |id: i64| [&0x1111_1111_u32.to_le_bytes()[..], &[0; 4], &id.to_le_bytes()].concat();
    pair.client.submit_with(RequestId(1), Box::new(body), RequestOptions::default(), pair.local());
    pair.settle();
    let sent = |event: &ServerEvent| match event {
        ServerEvent::Request { message_id, body } => body[8..] == message_id.to_le_bytes(),
        _ => false,
    };
    assert!(pair.seen.iter().any(sent));
}

#[test]
fn at_most_so_many_requests_are_on_their_way_at_once() {
    let mut settings = secret_runtime::mtproto::session::SessionSettings::default();
    settings.in_flight = 3;
    let mut pair = Pair::with(settings, Default::default(), 0, 0);
    pair.answers = false;
    (1..=5).for_each(|n| pair.submit(n));
    pair.settle();
    assert_eq!(pair.carried_out(), [1, 2, 3]);
    pair.server.answer(pair.message_of(2), Ok(crate::pair::result(2)));
    pair.settle();
    assert_eq!(pair.carried_out(), [1, 2, 3, 4]);
}

#[test]
fn a_quick_acknowledgement_says_that_the_requests_of_the_packet_arrived() {
    let mut settings = secret_runtime::mtproto::session::SessionSettings::default();
    settings.quick_acks = true;
    let mut pair = Pair::with(settings, Default::default(), 0, 0);
    pair.submit(1);
    pair.submit(2);
    let first = pair.client.poll_transmit(pair.local(), &mut pair.rng).unwrap();
    pair.submit(3);
    let second = pair.client.poll_transmit(pair.local(), &mut pair.rng).unwrap();
    for token in [first.quick_ack.unwrap(), 1, second.quick_ack.unwrap(), first.quick_ack.unwrap()] {
        pair.client.quick_ack(token);
    }
    pair.take_events();
    assert_eq!(pair.events, [1, 2, 3].map(|n| SessionEvent::Received(RequestId(n))));
}
