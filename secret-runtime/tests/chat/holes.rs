//! Holes in the sequence that only some orders of events show; most were found by the model in `tests/model`.

use crate::pair::{ALICE, BOB, Pair};

#[test]
fn holes_on_both_sides_at_once_are_filled() {
    let mut pair = Pair::ready();
    for side in [ALICE, BOB] {
        pair.text(side, "lost");
        while pair.make_call(side) {}
        pair.sides[1 - side].inbox.clear();
    }
    for side in [ALICE, BOB] {
        pair.text(side, "behind");
    }
    pair.run();
    for side in [ALICE, BOB] {
        assert_eq!(pair.texts(side), ["lost", "behind"]);
        assert_eq!(pair.chat(side).waiting(), 0);
    }
}

#[test]
fn a_request_that_waits_behind_a_hole_is_answered_once() {
    let mut pair = Pair::ready();
    for side in [ALICE, BOB] {
        pair.text(side, "lost");
        while pair.make_call(side) {}
        pair.sides[1 - side].inbox.clear();
    }
    pair.text(ALICE, "behind");
    pair.forget();
    pair.run();
    assert_eq!(pair.texts(ALICE), ["lost"]);
    assert_eq!(pair.texts(BOB), ["lost", "behind"]);
    // Of each side its request and its lost text, once.
    assert_eq!([pair.sides[ALICE].made.len(), pair.sides[BOB].made.len()], [2, 2]);
}
