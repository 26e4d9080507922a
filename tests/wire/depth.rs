//! Types that contain themselves: what is too deep is an error, and what is just not does not exhaust the stack.
//!
//! Threads of the standard library have a stack of 2 MiB unless they ask for more, so that must do, in a build without
//! optimization too.

use std::thread;

use tl_tests::nesting::{Edge, Nesting, nest};
use tl_tests::registry::{Forms, Row};
use tl_tests::seed;
use tl_tests::universe::Universe;
use tl_types::{DecodeError, DecodeErrorKind, MAX_DEPTH, Value};

const STACK: usize = 2 << 20;

/// How deep hostile input nests.
const HOSTILE: usize = 10_000;

fn universes() -> Vec<Nesting> {
    let newest = Universe::all().map(|universe| Nesting::new(universe, Forms::Newest));
    newest.into_iter().chain([Nesting::new(Universe::secret(), Forms::Every)]).collect()
}

/// Runs on a stack of the default size.
fn on_a_small_stack(run: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).unwrap();
        assert!(thread.join().is_ok(), "see above");
    });
}

/// Everything that goes through a value from top to bottom: decode, clone, compare, encode, drop, print.
fn exercise(row: &Row, bytes: &[u8]) -> Result<(), DecodeError> {
    let reencoded = (row.codec.reencode)(bytes)?;
    assert_eq!(reencoded.bytes.as_deref(), Ok(bytes), "{}", row.rust);
    (row.codec.print)(bytes).map(drop)
}

fn is_too_deep(result: &Result<(), DecodeError>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == DecodeErrorKind::TooDeep)
}

/// Nests a cycle once, twice and so on, up to the last that decodes; gives how often.
fn deepest(nesting: &Nesting, cycle: &[Edge]) -> usize {
    let (frames, leaf, row) = (nesting.frames(cycle), nesting.leaf(cycle[0].from), nesting.row(&cycle[0]));
    let mut times = 0;
    loop {
        let bytes = nest(&frames, times + 1, &leaf);
        match exercise(row, &bytes) {
            Ok(()) => times += 1,
            Err(error) => {
                assert_eq!(error.kind(), DecodeErrorKind::TooDeep, "{error}: {}", nesting.describe(cycle));
                return times;
            }
        }
    }
}

#[test]
fn the_recursive_types_are_found_in_the_schema() {
    let api = Nesting::new(Universe::api(), Forms::Newest);
    let described: Vec<String> = api.cycles().iter().map(|cycle| api.describe(cycle)).collect();
    for cycle in ["textBold.text", "pageBlockDetails.blocks", "jsonArray.value"] {
        assert!(described.iter().any(|described| described == cycle), "{cycle} is missing from {described:#?}");
    }
}

#[test]
fn every_recursive_type_decodes_up_to_the_limit_and_not_beyond() {
    on_a_small_stack(|| {
        for nesting in universes() {
            for cycle in nesting.cycles() {
                let levels: u32 = cycle.iter().map(|edge| edge.levels).sum();
                let times = u32::try_from(deepest(&nesting, &cycle)).unwrap();
                // What is innermost may have a few levels of its own.
                let expected = (MAX_DEPTH - 4) / levels..=MAX_DEPTH / levels;
                assert!(expected.contains(&times), "{times} times {levels} levels: {}", nesting.describe(&cycle));
            }
        }
    });
}

#[test]
fn every_recursive_type_nested_ten_thousand_times_is_too_deep() {
    on_a_small_stack(|| {
        for nesting in universes() {
            for cycle in nesting.cycles() {
                let bytes = nest(&nesting.frames(&cycle), HOSTILE, &nesting.leaf(cycle[0].from));
                let result = (nesting.row(&cycle[0]).codec.decode)(&bytes);
                assert!(is_too_deep(&result), "{result:?}: {}", nesting.describe(&cycle));
            }
        }
    });
}

#[test]
fn the_deepest_values_that_random_ways_lead_to_fit_the_stack() {
    on_a_small_stack(|| {
        for nesting in universes() {
            let starts = nesting.cycles();
            for (round, cycle) in (0..).zip(&starts) {
                let way = nesting.wander(cycle[0].from, 256, &mut seed::rng(0, round));
                let frames = nesting.frames(&way);
                let result = |len: usize| {
                    let leaf = nesting.leaf(way[len - 1].to);
                    exercise(nesting.row(&way[0]), &nest(&frames[..len], 1, &leaf))
                };
                let fitting: Vec<usize> = (1..=way.len()).collect();
                let fitting = fitting.partition_point(|&len| result(len).is_ok());
                assert!(fitting > 0 && is_too_deep(&result(fitting + 1)), "{}", nesting.describe(&way));
            }
        }
    });
}

#[test]
fn the_table_reads_what_nests_ten_thousand_times_without_exhausting_the_stack() {
    let container = |inner: &[u8]| {
        let message = [&[0; 12][..], &u32::try_from(inner.len()).unwrap().to_le_bytes(), inner].concat();
        [&0x73f1_f8dc_u32.to_le_bytes()[..], &1_u32.to_le_bytes(), &message].concat()
    };
    let result = |inner: &[u8]| [&0xf35c_6d01_u32.to_le_bytes()[..], &[0; 8], inner].concat();
    on_a_small_stack(|| {
        for wrap in [&container as &dyn Fn(&[u8]) -> Vec<u8>, &result] {
            let mut bytes = vec![1, 2, 3, 4];
            for _ in 0..HOSTILE {
                bytes = wrap(&bytes);
            }
            let read = Value::decode(&tl_types::mtproto::SCHEMA, &bytes);
            assert!(read.is_ok(), "what is too deep stays encoded");
        }
    });
}
