//! `invokeAfterMsg` and `invokeAfterMsgs`.

use secret_runtime::mtproto::session::{RequestId, RequestOptions, ServerSettings};
use tl_types::RpcError;

use crate::pair::{Pair, result};

fn after(others: &[u64]) -> RequestOptions {
    let mut options = RequestOptions::default();
    options.after = others.iter().copied().map(RequestId).collect();
    options
}

fn failed() -> Result<u32, RpcError> {
    Err(RpcError::new(400, "MSG_WAIT_FAILED"))
}

fn chain(pair: &mut Pair) {
    pair.answers = false;
    pair.submit(1);
    pair.submit_with(2, after(&[1]));
    pair.submit_with(3, after(&[1, 2]));
}

#[test]
fn requests_are_carried_out_after_those_they_name() {
    let mut pair = Pair::new();
    chain(&mut pair);
    pair.settle();
    for n in 1..=3 {
        assert_eq!(pair.carried_out(), (1..=n).collect::<Vec<_>>());
        pair.server.answer(pair.message_of(n), Ok(result(n)));
        pair.settle();
    }
    assert_eq!(pair.answered(), [(1, Ok(1)), (2, Ok(2)), (3, Ok(3))]);
}

#[test]
fn when_one_fails_those_after_it_fail() {
    let mut pair = Pair::new();
    chain(&mut pair);
    pair.settle();
    pair.server.answer(pair.message_of(1), Err(RpcError::new(400, "NO")));
    pair.settle();
    assert_eq!(pair.carried_out(), [1]);
    let mut answered = pair.answered();
    answered.sort_by_key(|(n, _)| *n);
    assert_eq!(answered, [(1, Err(RpcError::new(400, "NO"))), (2, failed()), (3, failed())]);
}

#[test]
fn when_one_is_cancelled_before_it_is_sent_those_after_it_fail() {
    let mut pair = Pair::new();
    chain(&mut pair);
    pair.client.cancel(RequestId(1));
    pair.settle();
    assert_eq!(pair.answered(), [(2, failed()), (3, failed())]);
    assert!(pair.carried_out().is_empty());
}

#[test]
fn one_that_was_answered_already_is_not_waited_for() {
    let mut pair = Pair::new();
    pair.submit(1);
    pair.settle();
    pair.submit_with(2, after(&[1]));
    pair.settle();
    assert_eq!(pair.answered(), [(1, Ok(1)), (2, Ok(2))]);
}

#[test]
fn order_is_kept_when_all_are_rejected_and_sent_anew() {
    let mut pair = Pair::with(Default::default(), Default::default(), crate::pair::DAY, 0);
    chain(&mut pair);
    pair.settle();
    for n in 1..=3 {
        assert_eq!(pair.carried_out(), (1..=n).collect::<Vec<_>>());
        pair.server.answer(pair.message_of(n), Ok(result(n)));
        pair.settle();
    }
    assert_eq!(pair.answered(), [(1, Ok(1)), (2, Ok(2)), (3, Ok(3))]);
}

#[test]
fn one_that_waits_for_what_never_came_is_given_up_by_the_server_and_sent_anew() {
    // Both are sent alone; the first is lost, and the client learns of it only after the server gave the second up.
    let mut settings = ServerSettings::default();
    settings.wait_timeout = 5_000;
    let mut pair = Pair::with(Default::default(), settings, 0, 0);
    pair.settle();
    pair.submit(1);
    pair.collect();
    pair.to_server.clear();
    pair.submit_with(2, after(&[1]));
    pair.run(60_000);
    assert_eq!(pair.carried_out(), [1, 2]);
    assert_eq!(pair.answered(), [(1, Ok(1)), (2, Ok(2))]);
}
