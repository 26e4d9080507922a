//! Bytes that are not quite a value: an error or another value, never a panic, and always what the table says.

use fastrand::Rng;
use tl_tests::every::check_every;
use tl_tests::hex::hex;
use tl_tests::random::{Mode, Sample};
use tl_tests::seed;
use tl_tests::universe::Case;
use tl_types::DecodeErrorKind;

/// Samples are kept this small, because each gives rise to as many corrupted ones as it has bytes.
const SMALL: usize = 160;
/// How much of a sample is corrupted.
const CORRUPTED: usize = 400;

/// Runs a check over the smallest sample of every combinator, and over a random one.
fn check_samples(check: impl Fn(&Case, &Sample, &mut Rng) -> Result<(), String> + Sync) {
    check_every(&Case::all(), |case| {
        [Mode::Minimal, Mode::Random].into_iter().try_for_each(|mode| {
            let mut rng = seed::rng(case.row.id, 0);
            let sample = case.generator(mode, SMALL).sample(case.index, &mut rng);
            check(case, &sample, &mut rng).map_err(|failure| format!("{mode:?}: {failure}"))
        })
    });
}

#[test]
fn every_truncation_is_an_error() {
    check_samples(|case, sample, _| {
        let lengths = 0..sample.bytes.len().min(CORRUPTED);
        lengths.clone().chain([sample.bytes.len() - 1]).try_for_each(|len| {
            let truncated = &sample.bytes[..len];
            match case.agree(truncated)? {
                Err(_) => Ok(()),
                Ok(()) if sample.is_open => Ok(()),
                Ok(()) => Err(format!("a value without its end: {}", hex(truncated))),
            }
        })
    });
}

#[test]
fn bytes_behind_the_end_are_an_error() {
    check_samples(|case, sample, _| {
        let bytes = [&sample.bytes[..], &[0; 4]].concat();
        match case.agree(&bytes)? {
            Ok(()) if sample.is_open => Ok(()),
            Err(error)
                if error.kind() == DecodeErrorKind::TrailingBytes { count: 4 }
                    && error.offset() == sample.bytes.len() =>
            {
                Ok(())
            }
            other => Err(format!("{other:?}: {}", hex(&bytes))),
        }
    });
}

#[test]
fn any_byte_may_be_another() {
    check_samples(|case, sample, rng| {
        let mut bytes = sample.bytes.clone();
        (0..bytes.len().min(CORRUPTED)).try_for_each(|position| {
            let right = bytes[position];
            bytes[position] ^= rng.u8(1..);
            let result = case.agree(&bytes).map(drop);
            bytes[position] = right;
            result
        })
    });
}

#[test]
fn what_decodes_from_corrupted_bytes_encodes_to_what_decodes_to_the_same() {
    check_samples(|case, sample, rng| {
        let mut bytes = sample.bytes.clone();
        for _ in 0..4 {
            let position = rng.usize(..bytes.len());
            bytes[position] ^= rng.u8(1..);
            let _ = case.agree(&bytes)?;
            let Ok(first) = (case.row.codec.reencode)(&bytes) else { continue };
            let first = first.bytes.map_err(|error| error.to_string())?;
            let second = (case.row.codec.reencode)(&first).map_err(|error| error.to_string())?;
            if second.bytes.as_ref() != Ok(&first) {
                return Err(format!("{} became {}, and then {second:?}", hex(&bytes), hex(&first)));
            }
        }
        Ok(())
    });
}

#[test]
fn an_id_of_no_constructor_is_an_error_at_its_place() {
    check_every(&Case::all(), |case| {
        let mut sample = case.generator(Mode::Minimal, SMALL).sample(case.index, &mut seed::rng(case.row.id, 0));
        sample.bytes[..4].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
        match (case.row.codec.decode)(&sample.bytes) {
            Err(error) if error.kind() == (DecodeErrorKind::UnknownId { id: 0xffff_fffe }) && error.offset() == 0 => {
                Ok(())
            }
            other => Err(format!("{other:?}")),
        }
    });
}

#[test]
fn debug_prints_what_the_table_prints() {
    check_samples(|case, sample, _| {
        let by_type = (case.row.codec.print)(&sample.bytes);
        let by_table = tl_types::Value::decode(case.universe.table, &sample.bytes).map(|value| format!("{value:?}"));
        if by_type == by_table { Ok(()) } else { Err(format!("{by_type:?}\n    {by_table:?}")) }
    });
}
