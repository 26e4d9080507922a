//! What only the tracker itself shows: times, and what it gives without an account.

use tl_types::api::constructors::updates as states;
use tl_types::api::constructors::{self as api, EncryptedMessageService};
use tl_types::api::types::Update;

use super::*;

fn message(qts: i32) -> Update {
    let message = EncryptedMessageService::new(i64::from(qts), 1, 0, vec![0; 8]);
    api::UpdateNewEncryptedMessage::new(message, qts).into()
}

fn short(update: Update) -> Updates {
    api::UpdateShort::new(update, 100).into()
}

fn numbers(items: &[Item]) -> Vec<i32> {
    let number = |item: &Item| match item {
        Item::Message { qts, .. } => *qts,
        _ => None,
    };
    items.iter().filter_map(number).collect()
}

/// A tracker that has caught up with 5.
fn caught_up(now: Instant) -> Tracker {
    let mut tracker = Tracker::new(Some(5), Some(50), now);
    let mut items = Vec::new();
    assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
    tracker.state(Ok(states::State::new(1, 5, 50, 0, 0)), now, &mut items);
    assert_eq!(tracker.ask(now), Some(Ask::Difference(GetDifference::new(1, 50, 5))));
    tracker.difference(Ok(states::DifferenceEmpty::new(50, 0).into()), now, &mut items);
    tracker.durable(Some(5), Some(50), now, &mut items);
    assert_eq!(tracker.ask(now), None);
    tracker
}

#[test]
fn a_gap_is_asked_for_after_half_a_second_and_silence_after_a_quarter_of_an_hour() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    assert_eq!(tracker.due(), Some(now + SILENCE));
    let mut items = Vec::new();
    tracker.updates(short(message(7)), now, &mut items);
    assert_eq!((items.len(), tracker.due()), (0, Some(now + GAP_WAIT)));
    assert_eq!(tracker.ask(now + GAP_WAIT / 2), None);
    assert!(matches!(tracker.ask(now + GAP_WAIT), Some(Ask::State(_))));
}

#[test]
fn messages_come_in_order_and_once() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    for qts in [5, 7, 6, 6, 9, 8, 7] {
        tracker.updates(short(message(qts)), now, &mut items);
    }
    assert_eq!(numbers(&items), [6, 7, 8, 9]);
}

#[test]
fn what_was_not_taken_is_asked_for_from_the_durable_number_and_later_each_time() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    tracker.updates(short(message(6)), now, &mut items);
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        tracker.not_taken(Some(5), now);
        let due = now + Duration::from_secs(seconds);
        assert_eq!(tracker.due(), Some(due));
        assert_eq!(tracker.ask(due - Duration::from_millis(1)), None);
    }
    let due = now + Duration::from_secs(60);
    assert!(matches!(tracker.ask(due), Some(Ask::State(_))));
    tracker.state(Ok(states::State::new(2, 6, 51, 0, 0)), due, &mut items);
    assert_eq!(tracker.ask(due), Some(Ask::Difference(GetDifference::new(2, 50, 5))));
}

#[test]
fn a_reconnection_while_asking_asks_once_more() {
    let now = Instant::now();
    let mut tracker = Tracker::new(Some(5), Some(50), now);
    let mut items = Vec::new();
    assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
    tracker.reconnected();
    tracker.state(Ok(states::State::new(1, 5, 50, 0, 0)), now, &mut items);
    tracker.ask(now);
    tracker.difference(Ok(states::DifferenceEmpty::new(50, 0).into()), now, &mut items);
    tracker.durable(Some(5), Some(50), now, &mut items);
    assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
}

#[test]
fn a_gap_in_seq_asks_for_the_difference() {
    let now = Instant::now();
    for (seq, is_gap) in [(0, false), (1, false), (2, true)] {
        let mut tracker = caught_up(now);
        let updates = api::Updates::new(Vec::new(), Vec::new(), Vec::new(), 100, seq);
        tracker.updates(updates.into(), now, &mut Vec::new());
        assert_eq!(tracker.ask(now).is_some(), is_gap, "{seq}");
    }
}

#[test]
fn the_date_of_updates_in_order_goes_along_with_a_message_after_ten_minutes() {
    let now = Instant::now();
    for (date, is_due) in [(50 + DATE_STEP - 1, false), (50 + DATE_STEP, true)] {
        let mut tracker = caught_up(now);
        let mut items = Vec::new();
        tracker.updates(api::UpdateShort::new(message(6), date).into(), now, &mut items);
        assert_eq!(items.iter().any(|item| matches!(item, Item::Difference { .. })), is_due);
    }
}
