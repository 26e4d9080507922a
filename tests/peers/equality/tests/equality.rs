//! Random bytes of every combinator → value → the same bytes, with both libraries.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;
use std::thread;

use equality::differences::{ABSENT, FORGOTTEN_FLAGS};
use equality::{API, MTPROTO, Row};
use tl_codegen::schema::{Combinator, Role, Type};
use tl_tests::every::check_every;
use tl_tests::hex::hex;
use tl_tests::random::Mode;
use tl_tests::seed;
use tl_tests::universe::{Case, Universe};

/// Every combinator of both schemas, with the schema's name.
fn combinators() -> impl Iterator<Item = (&'static str, &'static Combinator)> {
    let of =
        |universe: &'static Universe| universe.schema.combinators.iter().map(|combinator| (universe.name, combinator));
    [Universe::api(), Universe::mtproto()].into_iter().flat_map(of)
}

/// The other library puts whole types on the stack, several kilobytes for each level.
const STACK: usize = 512 << 20;

/// The cases of both schemas that the other library can decode, by our types that stand for a whole TL type or function.
fn shared_cases() -> (Vec<Case>, HashMap<u32, Row>) {
    let rows: HashMap<u32, Row> = API.iter().chain(MTPROTO).map(|row| (row.id, *row)).collect();
    let cases = [Universe::api(), Universe::mtproto()].into_iter().flat_map(Universe::cases);
    (cases.filter(|case| rows.contains_key(&case.row.id)).collect(), rows)
}

fn check_all(mode: Mode, rounds: u64) {
    let (cases, rows) = shared_cases();
    check_every(&cases, |case| {
        let theirs = rows.get(&case.row.id).ok_or("there is no row")?;
        let generator = case.generator(mode, 2_000);
        let check = || {
            (0..rounds).try_for_each(|round| {
                let sample = generator.sample(case.index, &mut seed::rng(case.row.id, round)).bytes;
                check(case, theirs, &sample).map_err(|failure| format!("round {round}: {failure}: {}", hex(&sample)))
            })
        };
        thread::scope(|scope| {
            let checking = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, check);
            let checked = checking.map_err(|error| error.to_string())?.join();
            checked.unwrap_or_else(|_| Err("it panics".into()))
        })
    });
}

fn check(case: &Case, theirs: &Row, sample: &[u8]) -> Result<(), String> {
    let ours = (case.row.codec.reencode)(sample).map_err(|error| format!("tl-types: {error}"))?;
    let ours = ours.bytes.map_err(|error| format!("tl-types: {error}"))?;
    let theirs = (theirs.reencode)(sample).map_err(|error| format!("grammers: {error}"))?;
    match (ours == sample, theirs == with_flags_forgotten(sample)) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("tl-types writes {}", hex(&ours))),
        (true, false) => Err(format!("grammers writes {}", hex(&theirs))),
    }
}

/// The sample as grammers writes it: 0 behind the ids of [`FORGOTTEN_FLAGS`].
fn with_flags_forgotten(sample: &[u8]) -> Vec<u8> {
    static FORGOTTEN: LazyLock<Vec<u32>> = LazyLock::new(|| {
        let is_listed = |(universe, combinator): &(&str, &Combinator)| {
            FORGOTTEN_FLAGS.contains(&(*universe, combinator.name.to_string().as_str()))
        };
        combinators().filter(is_listed).map(|(_, combinator)| combinator.id).collect()
    });
    let mut words: Vec<[u8; 4]> = sample.as_chunks().0.to_vec();
    let mut is_forgotten = false;
    for word in &mut words {
        if is_forgotten {
            *word = [0; 4];
        }
        is_forgotten = FORGOTTEN.contains(&u32::from_le_bytes(*word));
    }
    words.concat()
}

#[test]
fn the_smallest_value_of_every_combinator_is_the_same_bytes_in_both() {
    check_all(Mode::Minimal, 1);
}

#[test]
fn a_value_with_every_optional_field_is_the_same_bytes_in_both() {
    check_all(Mode::Maximal, seed::rounds(2));
}

#[test]
fn random_values_are_the_same_bytes_in_both() {
    check_all(Mode::Random, seed::rounds(4));
}

#[test]
fn what_the_other_library_leaves_out_is_what_the_list_says() {
    let is_missing = |id| grammers_tl_types::name_for_id(id) == "(unknown)";
    let missing = combinators().filter(|(_, combinator)| is_missing(combinator.id));
    assert_eq!(names(missing), listed(ABSENT));
}

#[test]
fn the_flags_that_the_other_library_forgets_are_those_that_the_list_says() {
    let is_number = |(_, combinator): &(_, &Combinator)| {
        combinator.fields.iter().any(|field| field.role == Role::Value && field.ty == Type::Nat)
    };
    assert_eq!(names(combinators().filter(is_number)), listed(FORGOTTEN_FLAGS));
    assert!(combinators().filter(is_number).all(|(_, combinator)| combinator.fields[0].ty == Type::Nat));
}

#[test]
fn everything_else_is_compared() {
    let (cases, rows) = shared_cases();
    let compared: BTreeSet<u32> = cases.iter().map(|case| case.row.id).collect();
    assert_eq!(compared.len(), combinators().count() - ABSENT.len());
    assert_eq!(compared.len(), rows.len());
}

fn names(combinators: impl Iterator<Item = (&'static str, &'static Combinator)>) -> BTreeSet<(&'static str, String)> {
    combinators.map(|(universe, combinator)| (universe, combinator.name.to_string())).collect()
}

fn listed(list: &[(&'static str, &str)]) -> BTreeSet<(&'static str, String)> {
    list.iter().map(|(universe, name)| (*universe, (*name).to_owned())).collect()
}
