//! Clocks that are wrong, and salts that change.

use secret_runtime::mtproto::message::Direction;
use secret_runtime::mtproto::session::{
    ClockOffset, RequestId, SessionEvent, SessionSettings, UnansweredReason, UnixMillis,
};
use tl_types::Encode;
use tl_types::mtproto::constructors::BadMsgNotification;

use crate::pair::{DAY, Pair, SALT, START, call, id_at, open};

#[test]
fn a_clock_that_is_a_day_off_is_corrected_and_the_request_is_answered() {
    for skew in [DAY, -DAY, 10 * DAY, -10 * DAY, 400_000, -400_000] {
        let mut pair = Pair::with(Default::default(), Default::default(), skew, 0);
        pair.submit(1);
        pair.settle();
        assert_eq!(pair.answered(), [(1, Ok(1))], "{skew}");
        assert_eq!(pair.carried_out(), [1], "{skew}");
        let offset = pair.events.iter().find_map(|event| match event {
            SessionEvent::TimeOffset(ClockOffset(offset)) => Some(*offset),
            _ => None,
        });
        assert!(offset.unwrap().abs_diff(-skew) < 10, "{offset:?}");
    }
}

#[test]
fn a_clock_that_is_off_less_than_the_server_minds_but_more_than_the_client_does_is_corrected() {
    // The server takes ids of the last 300 seconds; the client refuses answers that are 30 seconds ahead of its clock.
    let mut pair = Pair::with(Default::default(), Default::default(), -200_000, 0);
    pair.submit(1);
    pair.settle();
    assert_eq!(pair.answered(), [(1, Ok(1))]);
    let packet = pair.forge(id_at(START, 3) + 400_000, 1, &call(5));
    pair.deliver_to_client(packet);
    assert!(pair.events.contains(&SessionEvent::Updates(call(5))));
}

#[test]
fn a_clock_that_jumps_is_corrected() {
    for jump in [DAY, -DAY] {
        let mut pair = Pair::new();
        pair.submit(1);
        pair.settle();
        pair.skew += jump;
        pair.submit(2);
        pair.settle();
        assert_eq!(pair.answered(), [(1, Ok(1)), (2, Ok(2))], "{jump}");
    }
}

#[test]
fn an_update_with_a_wrong_clock_makes_the_client_ask_for_the_time() {
    let mut pair = Pair::with(Default::default(), Default::default(), DAY, -DAY);
    pair.submit(1);
    pair.settle();
    pair.skew -= DAY;
    pair.server.push(call(9));
    pair.settle();
    pair.run(60_000);
    assert!(pair.events.contains(&SessionEvent::Updates(call(9))), "{:?}", pair.errors);
}

#[test]
fn a_notice_about_a_message_that_is_not_ours_changes_nothing() {
    let mut pair = Pair::new();
    let body = BadMsgNotification::new(id_at(START, 0) + 4_000, 1, 16).to_bytes().unwrap();
    let packet = pair.forge(id_at(START + 20_000, 1), 0, &body);
    pair.deliver_to_client(packet);
    assert_eq!(pair.events, []);
    assert_eq!(pair.client.server_time(pair.local()), pair.now());
}

#[test]
fn a_salt_that_is_not_valid_any_more_is_replaced_and_the_request_is_carried_out_once() {
    let mut pair = Pair::new();
    pair.time += 2 * DAY;
    pair.submit(1);
    pair.settle();
    assert_eq!((pair.answered(), pair.carried_out()), (vec![(1, Ok(1))], vec![1]));
    let salt = pair.salts.at(pair.now());
    assert!(pair.events.contains(&SessionEvent::Salt(salt)));
    assert_ne!(salt, SALT);
}

#[test]
fn future_salts_are_asked_for_and_used_when_their_time_comes() {
    let mut pair = Pair::new();
    pair.submit(0);
    pair.run(1_000);
    pair.events.clear();
    for n in 1..=40 {
        pair.run(1_800_000);
        pair.submit(n);
        pair.settle();
        let salt = pair.salts.at(pair.now());
        assert_eq!(pair.events.iter().filter(|event| matches!(event, SessionEvent::Salt(_))).count(), n as usize);
        assert_eq!(
            pair.events.iter().rfind(|event| matches!(event, SessionEvent::Salt(_))),
            Some(&SessionEvent::Salt(salt))
        );
    }
    assert_eq!(pair.answered().len(), 40);
    assert!(!pair.events.contains(&SessionEvent::ConnectionLost));
}

#[test]
fn a_request_that_is_rejected_again_and_again_is_given_up() {
    let mut settings = SessionSettings::default();
    settings.attempts = 3;
    let mut pair = Pair::with(settings, Default::default(), 0, 0);
    pair.settle();
    pair.submit(1);
    for n in 0..4 {
        assert_eq!(pair.client.pending(), 1);
        pair.collect();
        let packet = pair.to_server.pop_front().unwrap();
        let (header, _) = open(Direction::ToServer, &packet);
        let body = BadMsgNotification::new(header.message_id, header.seq_no, 18).to_bytes().unwrap();
        let packet = pair.forge(id_at(START, 1) + 4_000 + 4 * n, 0, &body);
        pair.deliver_to_client(packet);
    }
    let reason = UnansweredReason::Rejected { code: 18 };
    assert!(pair.events.contains(&SessionEvent::Unanswered { request: RequestId(1), reason }));
    assert!(pair.carried_out().is_empty());
}

#[test]
fn numbers_that_are_refused_make_the_client_begin_another_session() {
    let mut pair = Pair::new();
    pair.settle();
    let before = pair.client.session_id();
    pair.submit(1);
    pair.collect();
    let packet = pair.to_server.pop_front().unwrap();
    let (header, _) = open(Direction::ToServer, &packet);
    let body = BadMsgNotification::new(header.message_id, header.seq_no, 32).to_bytes().unwrap();
    let packet = pair.forge(id_at(START, 1) + 4_000, 0, &body);
    pair.deliver_to_client(packet);
    pair.time += 1_000;
    pair.settle();
    assert_ne!(pair.client.session_id(), before);
    assert_eq!((pair.answered(), pair.carried_out()), (vec![(1, Ok(1))], vec![1]));
}

#[test]
fn another_session_may_begin_in_the_millisecond_in_which_the_last_one_ended() {
    // A server numbers the messages of each session by its clock, so those of both have the same ids.
    let mut pair = Pair::new();
    pair.submit(1);
    pair.settle();
    let before = pair.client.session_id();
    pair.submit(2);
    pair.collect();
    let packet = pair.to_server.pop_front().unwrap();
    let (header, _) = open(Direction::ToServer, &packet);
    let body = BadMsgNotification::new(header.message_id, header.seq_no, 32).to_bytes().unwrap();
    let packet = pair.forge(id_at(START, 1) + 4_000, 0, &body);
    pair.deliver_to_client(packet);
    // Nothing is left to do of what the last session had to.
    pair.run(1_000);
    assert_ne!(pair.client.session_id(), before);
    assert_eq!((pair.answered(), pair.errors), (vec![(1, Ok(1)), (2, Ok(2))], vec![]));
}

#[test]
fn a_salt_is_accepted_for_two_periods_and_that_of_the_key_exchange_from_the_beginning() {
    let salts = Pair::new().salts;
    let at = |seconds: i64| UnixMillis(START + 1_000 * seconds);
    let salt = salts.at(at(0));
    assert!(salts.accepts(salt, at(0)) && salts.accepts(salt, at(1_800)) && !salts.accepts(salt, at(3_600)));
    assert!(salts.accepts(SALT, at(0)) && salts.accepts(SALT, at(3_599)) && !salts.accepts(SALT, at(3_600)));
    assert_ne!(salt, salts.at(at(1_800)));
}
