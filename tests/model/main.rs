//! Every order in which a new key, holes in the sequence, and crashes can meet, within small bounds.
//!
//! The checker runs [`Chat::step`](secret_runtime::chat::Chat::step) itself: only key agreement and envelope are toys.
//! `TL_MODEL=large` takes larger bounds, too; it wants `--release`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod check;
mod dice;
mod side;
mod watch;
mod world;

use std::env;

use check::{Larger, check, check_with};
use world::Budget;

const NOTHING: Budget =
    Budget { texts: [0, 0], deletions: 0, losses: 0, overtakings: 0, repetitions: 0, crashes: 0, late: 0, failures: 0 };
/// One text is enough for both sides to want another key: one counts it as it writes, the other as it reads.
const ONE: Budget = Budget { texts: [1, 0], ..NOTHING };
const EACH: Budget = Budget { texts: [1, 1], ..NOTHING };

#[test]
fn both_sides_may_request_a_key_at_once() {
    for larger in [Larger::Originators, Larger::Acceptors, Larger::Neither] {
        check(larger, EACH);
    }
}

#[test]
fn a_collision_survives_a_loss_and_a_crash() {
    check(Larger::Originators, Budget { losses: 1, crashes: 1, ..EACH });
    check(Larger::Acceptors, Budget { losses: 1, crashes: 1, ..ONE });
    check(Larger::Neither, Budget { losses: 1, crashes: 1, ..ONE });
}

#[test]
fn a_collision_survives_holes_on_both_sides() {
    for larger in [Larger::Originators, Larger::Acceptors] {
        check(larger, Budget { losses: 2, ..ONE });
    }
}

#[test]
fn a_collision_survives_messages_in_another_order_and_messages_that_come_twice() {
    check(Larger::Originators, Budget { losses: 1, overtakings: 1, crashes: 1, ..ONE });
    check(Larger::Acceptors, Budget { losses: 1, repetitions: 1, crashes: 1, ..ONE });
}

#[test]
fn a_collision_survives_calls_whose_answers_are_late_or_never_come() {
    check(Larger::Acceptors, Budget { late: 1, crashes: 1, ..ONE });
    check(Larger::Acceptors, Budget { late: 1, losses: 1, ..ONE });
    check(Larger::Originators, Budget { late: 1, failures: 1, ..ONE });
}

#[test]
fn a_message_that_is_deleted_while_the_key_changes_leaves_no_hole() {
    check(Larger::Acceptors, Budget { deletions: 1, crashes: 1, ..ONE });
}

#[test]
fn keys_may_be_replaced_in_quick_succession() {
    check_with(2, Larger::Acceptors, Budget { losses: 1, ..ONE });
    check_with(2, Larger::Neither, Budget { crashes: 1, ..ONE });
}

#[test]
fn larger_bounds_hold_no_surprise() {
    if env::var("TL_MODEL").as_deref() != Ok("large") {
        return;
    }
    for larger in [Larger::Originators, Larger::Acceptors, Larger::Neither] {
        check(larger, Budget { texts: [2, 1], losses: 1, crashes: 1, ..NOTHING });
        check(larger, Budget { losses: 1, crashes: 1, late: 1, ..EACH });
        check(larger, Budget { losses: 1, overtakings: 1, repetitions: 1, crashes: 1, ..ONE });
        check(larger, Budget { losses: 2, crashes: 2, ..ONE });
        check(larger, Budget { losses: 1, crashes: 1, failures: 1, late: 1, ..ONE });
        check(larger, Budget { deletions: 1, losses: 1, crashes: 1, ..ONE });
        check(larger, Budget { losses: 3, ..ONE });
        check_with(2, larger, Budget { texts: [2, 1], ..NOTHING });
        check_with(3, larger, Budget { losses: 1, crashes: 1, ..EACH });
    }
}
