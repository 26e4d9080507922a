//! Bytes → value → the same bytes.

use tl_codegen::schema::Kind;
use tl_tests::every::check_every;
use tl_tests::hex::hex;
use tl_tests::parts::Parts;
use tl_tests::random::{Mode, Sample};
use tl_tests::registry::Row;
use tl_tests::seed;
use tl_tests::universe::{Case, Universe};

/// Decodes a sample, and encodes a copy of the value: the same bytes, as many as announced.
fn check(row: &Row, sample: &Sample) -> Result<(), String> {
    let input = || hex(&sample.bytes);
    let reencoded = (row.codec.reencode)(&sample.bytes).map_err(|error| format!("{error}: {}", input()))?;
    let bytes = reencoded.bytes.map_err(|error| format!("{error}: {}", input()))?;
    let canonical = sample.canonical();
    if bytes != canonical {
        let offset = bytes.iter().zip(&canonical).take_while(|(one, other)| one == other).count();
        return Err(format!("other bytes from {offset} on:\n    in  {}\n    out {}", input(), hex(&bytes)));
    }
    if reencoded.announced != bytes.len() {
        return Err(format!("announces {} bytes, writes {}: {}", reencoded.announced, bytes.len(), input()));
    }
    if reencoded.copy_is_equal == sample.has_nan {
        return Err(format!(
            "a copy is equal: {}, a NaN is inside: {}: {}",
            reencoded.copy_is_equal,
            sample.has_nan,
            input()
        ));
    }
    Ok(())
}

/// Checks `rounds` samples of every combinator.
fn check_all(mode: Mode, rounds: u64) {
    check_every(&Case::all(), |case| {
        let generator = case.generator(mode, 2_000);
        (0..rounds).try_for_each(|round| {
            let sample = generator.sample(case.index, &mut seed::rng(case.row.id, round));
            check(case.row, &sample).map_err(|failure| format!("round {round}: {failure}"))
        })
    });
}

#[test]
fn the_smallest_value_of_every_combinator_comes_back_byte_for_byte() {
    check_all(Mode::Minimal, 1);
}

#[test]
fn a_value_with_every_optional_field_comes_back_byte_for_byte() {
    check_all(Mode::Maximal, seed::rounds(2));
}

#[test]
fn random_values_come_back_byte_for_byte() {
    check_all(Mode::Random, seed::rounds(4));
}

#[test]
fn flags_that_stand_for_no_field_are_ignored_and_not_written() {
    check_all(Mode::UnknownFlags, seed::rounds(2));
}

/// The struct has in each field what the schema has at that place.
fn check_parts(row: &Row, sample: &Sample) -> Result<(), String> {
    let Some(parts) = row.parts else { return Ok(()) };
    let Parts(parts) = parts(&sample.bytes).map_err(|error| error.to_string())?;
    let written = |name: &str| {
        let (_, range) = sample.fields.iter().find(|(field, _)| field == name)?;
        Some(&sample.bytes[range.clone()])
    };
    match parts.iter().find(|(name, part)| part.as_deref() != written(name)) {
        None => Ok(()),
        Some((name, part)) => {
            let show = |bytes: Option<&[u8]>| bytes.map_or("absent".to_owned(), hex);
            Err(format!("`{name}` is {} and should be {}", show(part.as_deref()), show(written(name))))
        }
    }
}

#[test]
fn every_field_holds_what_the_schema_has_under_its_name() {
    check_every(&Case::all(), |case| {
        [Mode::Maximal, Mode::Random, Mode::Random].into_iter().zip(0..).try_for_each(|(mode, round)| {
            let sample = case.generator(mode, 2_000).sample(case.index, &mut seed::rng(case.row.id, round));
            check_parts(case.row, &sample)
        })
    });
}

#[test]
fn every_combinator_can_be_decoded() {
    for universe in Universe::all() {
        for combinator in &universe.schema.combinators {
            let rows = universe.rows(combinator.id);
            let is_there = rows.iter().any(|row| match combinator.kind {
                Kind::Function => row.rust.contains("::functions::"),
                Kind::Constructor => row.is_boxed_type(),
            });
            assert!(is_there, "{}", combinator.line);
        }
    }
}

#[test]
fn nothing_that_the_schema_files_declare_is_missing() {
    /// What the codec builds in.
    const BUILT_IN: [&str; 9] =
        ["boolFalse", "boolTrue", "int", "long", "double", "string", "int128", "int256", "vector"];
    for (universe, text) in Universe::all().into_iter().zip([tl_schema::API, tl_schema::MTPROTO, tl_schema::SECRET]) {
        let declared = text.lines().filter(|line| line.ends_with(';') && !line.starts_with("//"));
        let names = declared.filter_map(|line| line.split(['#', ' ']).next());
        let expected = names.filter(|name| !BUILT_IN.contains(name)).count();
        assert_eq!(universe.schema.combinators.len(), expected, "{}", universe.name);
    }
}
