//! What only the tracker itself shows: times, and what it gives without an account.

use tl_types::api::constructors::updates as states;
use tl_types::api::constructors::{self as api, EncryptedMessageService};
use tl_types::api::types::Update;

use super::*;
use crate::client::CallError;

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

/// Several updates at once, with a number of their own.
fn several(updates: Vec<Update>, date: i32, seq: i32) -> Updates {
    api::Updates::new(updates, Vec::new(), Vec::new(), date, seq).into()
}

#[test]
fn updates_are_taken_in_each_of_their_forms() {
    let now = Instant::now();
    let combined = |seq_start| api::UpdatesCombined::new(vec![message(6)], Vec::new(), Vec::new(), 100, seq_start, 4);
    let forms = [short(message(6)), several(vec![message(6)], 100, 1), combined(1).into()];
    for form in forms {
        let mut tracker = caught_up(now);
        let mut items = Vec::new();
        tracker.updates(form, now, &mut items);
        assert_eq!(numbers(&items), [6]);
        assert_eq!(tracker.ask(now), None);
    }
    let mut tracker = caught_up(now);
    tracker.updates(combined(2).into(), now, &mut Vec::new());
    assert!(tracker.ask(now).is_some(), "the first of them is missing");
}

#[test]
fn silence_begins_with_the_last_update() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    let heard = now + SILENCE / 2;
    tracker.updates(several(Vec::new(), 100, 0), heard, &mut Vec::new());
    assert_eq!(tracker.due(), Some(heard + SILENCE));
    assert_eq!(tracker.ask(now + SILENCE), None);
    assert!(tracker.ask(heard + SILENCE).is_some());
}

#[test]
fn seq_rises_by_one_and_one_that_comes_again_changes_nothing() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    for seq in [1, 2, 1, 3] {
        tracker.updates(several(Vec::new(), 100, seq), now, &mut Vec::new());
        assert_eq!(tracker.ask(now), None, "{seq}");
    }
}

#[test]
fn after_a_reconnection_seq_begins_anew() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    tracker.reconnected();
    assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
    tracker.updates(several(Vec::new(), 100, 9), now, &mut items);
    tracker.state(Ok(states::State::new(1, 5, 50, 9, 0)), now, &mut items);
    tracker.ask(now);
    tracker.difference(Ok(states::DifferenceEmpty::new(50, 0).into()), now, &mut items);
    tracker.durable(Some(5), Some(50), now, &mut items);
    assert_eq!(tracker.ask(now), None, "one difference is enough");
}

#[test]
fn a_date_is_not_durable_while_something_before_it_may_be_missing() {
    type Trouble = fn(&mut Tracker, Instant);
    let now = Instant::now();
    let date = 50 + DATE_STEP;
    let troubles: [(&str, Trouble, Vec<Update>); 4] = [
        ("nothing is to be written", |_, _| {}, vec![api::UpdateEncryptedChatTyping::new(1).into()]),
        ("one is missing", |_, _| {}, vec![message(6), message(8)]),
        ("some may have been lost", |tracker, _| tracker.reconnected(), vec![message(0)]),
        (
            "the difference is on its way",
            |tracker, now| {
                tracker.reconnected();
                tracker.ask(now);
            },
            vec![message(0)],
        ),
    ];
    for (name, trouble, updates) in troubles {
        let mut tracker = caught_up(now);
        let mut items = Vec::new();
        trouble(&mut tracker, now);
        tracker.updates(several(updates, date, 0), now, &mut items);
        assert!(!items.iter().any(|item| matches!(item, Item::Difference { .. })), "{name}");
    }
}

#[test]
fn the_date_of_updates_in_order_goes_along_with_a_message_after_ten_minutes() {
    let now = Instant::now();
    for (date, is_due) in [(50 + DATE_STEP - 1, false), (50 + DATE_STEP, true)] {
        let combined = api::UpdatesCombined::new(vec![message(6)], Vec::new(), Vec::new(), date, 1, 1);
        let short = api::UpdateShort::new(message(6), date);
        for form in [short.into(), several(vec![message(6)], date, 1), combined.into()] {
            let mut tracker = caught_up(now);
            let mut items = Vec::new();
            tracker.updates(form, now, &mut items);
            assert_eq!(items.iter().any(|item| matches!(item, Item::Difference { .. })), is_due);
        }
    }
}

/// Asks, and has the difference answered with nothing.
fn ask_in_vain(tracker: &mut Tracker, now: Instant, items: &mut Vec<Item>) {
    assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
    tracker.state(Ok(states::State::new(1, 7, 50, 0, 0)), now, items);
    assert!(matches!(tracker.ask(now), Some(Ask::Difference(_))));
    tracker.difference(Ok(states::DifferenceEmpty::new(50, 0).into()), now, items);
    tracker.durable(Some(5), Some(50), now, items);
}

#[test]
fn a_missing_message_is_given_up_after_two_differences_without_it() {
    let mut now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    tracker.updates(short(message(7)), now, &mut items);
    now += GAP_WAIT;
    ask_in_vain(&mut tracker, now, &mut items);
    assert_eq!((numbers(&items), tracker.due()), (Vec::new(), Some(now + GAP_WAIT)));
    now += GAP_WAIT;
    ask_in_vain(&mut tracker, now, &mut items);
    assert_eq!(numbers(&items), [7]);
    assert_eq!(tracker.due(), Some(now + SILENCE));
}

#[test]
fn the_difference_goes_on_from_what_is_durable() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    tracker.durable(Some(6), Some(700), now, &mut items);
    tracker.reconnected();
    tracker.ask(now);
    tracker.state(Ok(states::State::new(1, 9, 800, 0, 0)), now, &mut items);
    assert_eq!(tracker.ask(now), Some(Ask::Difference(GetDifference::new(1, 700, 6))));
    tracker.not_taken(Some(7), now);
    tracker.difference(Err(CallError::Unanswered), now, &mut items);
    let later = now + LONGEST_BACKOFF;
    tracker.ask(later);
    tracker.state(Ok(states::State::new(1, 9, 800, 0, 0)), later, &mut items);
    assert_eq!(tracker.ask(later), Some(Ask::Difference(GetDifference::new(1, 700, 7))));
}

#[test]
fn after_a_difference_that_is_durable_waits_begin_anew() {
    let mut now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    for _ in 0..2 {
        for seconds in [1, 2, 4] {
            tracker.reconnected();
            assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
            tracker.state(Err(CallError::Unanswered), now, &mut items);
            assert_eq!(tracker.due(), Some(now + Duration::from_secs(seconds)));
            now += Duration::from_secs(seconds);
        }
        ask_in_vain(&mut tracker, now, &mut items);
    }
}

#[test]
fn messages_wait_while_some_before_them_may_come_by_the_difference() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    tracker.reconnected();
    tracker.updates(short(message(6)), now, &mut items);
    tracker.durable(Some(5), Some(50), now, &mut items);
    assert_eq!(numbers(&items), [0; 0], "it is to be asked for");
    assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
    tracker.durable(Some(5), Some(50), now, &mut items);
    assert_eq!(numbers(&items), [0; 0], "it is asked for");
    tracker.state(Ok(states::State::new(1, 6, 50, 0, 0)), now, &mut items);
    tracker.ask(now);
    tracker.difference(Ok(states::DifferenceEmpty::new(50, 0).into()), now, &mut items);
    tracker.durable(Some(5), Some(50), now, &mut items);
    assert_eq!(numbers(&items), [6]);
}

#[test]
fn what_was_not_taken_may_come_again_as_an_update() {
    let now = Instant::now();
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    tracker.updates(short(message(6)), now, &mut items);
    tracker.not_taken(Some(5), now);
    tracker.updates(short(message(6)), now, &mut items);
    assert_eq!(numbers(&items), [6]);
    ask_in_vain(&mut tracker, now + LONGEST_BACKOFF, &mut items);
    assert_eq!(numbers(&items), [6, 6]);
}

#[test]
fn a_difference_that_was_not_taken_is_asked_for_again_and_one_on_its_way_is_waited_for() {
    let now = Instant::now();
    let later = now + LONGEST_BACKOFF;
    let mut tracker = caught_up(now);
    let mut items = Vec::new();
    tracker.reconnected();
    assert!(matches!(tracker.ask(now), Some(Ask::State(_))));
    tracker.not_taken(Some(5), now);
    assert_eq!((tracker.due(), tracker.ask(later)), (None, None), "the state is on its way");
    tracker.state(Ok(states::State::new(1, 5, 50, 0, 0)), later, &mut items);
    assert!(matches!(tracker.ask(later), Some(Ask::Difference(_))));
    tracker.difference(Ok(states::DifferenceEmpty::new(50, 0).into()), later, &mut items);
    tracker.not_taken(Some(5), later);
    assert!(matches!(tracker.ask(later + LONGEST_BACKOFF), Some(Ask::State(_))));
}
