//! How much memory decoding takes: at most [`MEMORY_FACTOR`] times the input, plus a constant.
//!
//! The allocator counts for the whole process, so the tests take turns, and stand in a program of their own. It counts a
//! vector that grows as two, the old and the new, which is the worst that a system allocator may do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share is test code, too"
)]

mod heavy;
mod measure;

use tl_tests::nesting::{Nesting, nest};
use tl_tests::random::Mode;
use tl_tests::registry::{Forms, Row};
use tl_tests::seed;
use tl_tests::universe::{Case, Universe};
use tl_types::{MEMORY_FACTOR, Value};

use crate::heavy::Heavy;
use crate::measure::{CONSTANT, Turn, Worst};

/// The same for [`Value::decode`]: it keeps an entry for each flag that is set, also for those without bytes.
const TABLE_FACTOR: usize = 128;

/// The three schemas, and secret chats once more with all forms.
fn universes() -> impl Iterator<Item = (&'static Universe, Forms)> {
    let newest = Universe::all().map(|universe| (universe, Forms::Newest));
    newest.into_iter().chain([(Universe::secret(), Forms::Every)])
}

/// What a generated type takes for the bytes, valid or not.
fn by_type(turn: &Turn) -> impl Fn(&Row, &[u8]) -> usize {
    |row, bytes| turn.peak(|| (row.codec.decode)(bytes))
}

/// What the table takes.
fn by_table(turn: &Turn, universe: &'static Universe) -> impl Fn(&Row, &[u8]) -> usize {
    |_, bytes| turn.peak(|| Value::decode(universe.table, bytes).map(drop))
}

/// Fills every vector with the heaviest items that there are for it.
fn weigh_vectors(universe: &'static Universe, forms: Forms, peak: impl Fn(&Row, &[u8]) -> usize, worst: &mut Worst) {
    let heavy = Heavy::search(universe, forms, &peak);
    for place in heavy.places() {
        let item = heavy.item(&place.item);
        for count in [129, 1_025] {
            let bytes = heavy.frame(&place, count).around(&item, count as usize);
            worst.note(peak(place.row, &bytes), &bytes, place.row);
        }
    }
}

/// Decodes random samples of every combinator, and what becomes of them when bytes change.
fn weigh_samples(worst: &mut Worst, peak: impl Fn(&Case, &[u8]) -> usize) {
    for case in Case::all() {
        for (round, mode) in [Mode::Minimal, Mode::Maximal, Mode::Random].into_iter().cycle().take(6).enumerate() {
            let mut rng = seed::rng(case.row.id, round as u64);
            let mut bytes = case.generator(mode, 2_000).sample(case.index, &mut rng).bytes;
            for _ in 0..4 {
                worst.note(peak(&case, &bytes), &bytes, case.row);
                let position = rng.usize(..bytes.len());
                bytes[position] = rng.u8(..);
            }
        }
    }
}

#[test]
fn vectors_of_the_heaviest_items_stay_within_the_bound() {
    let turn = Turn::wait();
    let mut worst = Worst::default();
    for (universe, forms) in universes() {
        weigh_vectors(universe, forms, by_type(&turn), &mut worst);
    }
    worst.check("vectors of the heaviest items", MEMORY_FACTOR);
}

#[test]
fn vectors_that_announce_more_than_they_hold_stay_within_the_bound() {
    let turn = Turn::wait();
    let peak = by_type(&turn);
    let mut worst = Worst::default();
    for (universe, forms) in universes() {
        let heavy = Heavy::search(universe, forms, &peak);
        for place in heavy.places() {
            let item = heavy.item(&place.item);
            let length = heavy.frame(&place, 0).around(&item, 100).len();
            let fits = u32::try_from(length / 4).unwrap();
            for announced in [101, fits - 3, fits, i32::MAX as u32, u32::MAX] {
                let bytes = heavy.frame(&place, announced).around(&item, 100);
                worst.note(peak(place.row, &bytes), &bytes, place.row);
            }
        }
    }
    worst.check("announced items", MEMORY_FACTOR);
}

#[test]
fn random_and_corrupted_values_stay_within_the_bound() {
    let turn = Turn::wait();
    let mut worst = Worst::default();
    weigh_samples(&mut worst, |case, bytes| by_type(&turn)(case.row, bytes));
    worst.check("random values", MEMORY_FACTOR);
}

#[test]
fn what_the_table_takes_is_in_proportion_to_the_input() {
    let turn = Turn::wait();
    let mut worst = Worst::default();
    for (universe, forms) in universes() {
        weigh_vectors(universe, forms, by_table(&turn, universe), &mut worst);
    }
    weigh_samples(&mut worst, |case, bytes| by_table(&turn, case.universe)(case.row, bytes));
    worst.check("the table", TABLE_FACTOR);
}

#[test]
fn an_error_takes_no_more_than_a_value() {
    let turn = Turn::wait();
    for (universe, forms) in universes() {
        for cycle in Nesting::new(universe, forms).cycles() {
            let nesting = Nesting::new(universe, forms);
            let bytes = nest(&nesting.frames(&cycle), 1_000, &nesting.leaf(cycle[0].from));
            let peak = by_type(&turn)(nesting.row(&cycle[0]), &bytes);
            assert!(peak <= CONSTANT + MEMORY_FACTOR * bytes.len(), "{peak} for {}", nesting.describe(&cycle));
        }
    }
}
