//! How long encoding and decoding take, beside `grammers-tl-types`: `cargo run --release --bin speed`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use codec_bench::{Case, Error, cases};
use grammers_tl_types::Serializable;
use tl_types::{Decode, Encode};

/// How often each side is measured, one after the other in turn.
const ROUNDS: usize = 601;
/// How long one side runs in a round, at least: shorter than what a scheduler gives it at a time.
const ROUND: Duration = Duration::from_micros(500);

/// The medians of both sides in nanoseconds, and of their ratio.
struct Times {
    ours: f64,
    theirs: f64,
    ratio: f64,
}

fn main() -> Result<(), Error> {
    let (small, medium, large) = cases()?;
    println!(
        "Nanoseconds and their ratio, medians of {ROUNDS} rounds that alternate; decoding includes dropping the value.\n"
    );
    println!("| value | bytes | operation | tl-types | grammers | ratio | goal |");
    println!("|---|---:|---|---:|---:|---:|---|");
    measure_case(&small, None);
    measure_case(&medium, Some(0.30));
    measure_case(&large, Some(0.60));
    Ok(())
}

fn measure_case<Ours: Encode + Decode, Theirs: Serializable>(case: &Case<Ours, Theirs>, decode_goal: Option<f64>) {
    let row = |operation: &str, Times { ours, theirs, ratio }: Times, goal: Option<f64>| {
        let goal =
            goal.map_or(String::new(), |goal| format!("{goal:.2} {}", if ratio <= goal { "met" } else { "missed" }));
        println!(
            "| {} | {} | {operation} | {ours:.0} | {theirs:.0} | {ratio:.2} | {goal} |",
            case.name,
            case.bytes.len()
        );
    };
    let encode = alternate(
        || drop(black_box(black_box(&case.ours).to_bytes())),
        || {
            drop(black_box(black_box(&case.theirs).to_bytes()));
        },
    );
    row("encode to a new vector", encode, Some(0.90));

    let (mut our_buffer, mut their_buffer) = (Vec::new(), Vec::new());
    let encode = alternate(
        || {
            our_buffer.clear();
            let result = black_box(&case.ours).encode_into(&mut our_buffer);
            black_box((&our_buffer, &result));
        },
        || {
            their_buffer.clear();
            black_box(&case.theirs).serialize(&mut their_buffer);
            black_box(&their_buffer);
        },
    );
    row("encode to a used vector", encode, Some(0.90));

    let decode = alternate(
        || drop(black_box((case.decode_ours)(black_box(&case.bytes)))),
        || {
            drop(black_box((case.decode_theirs)(black_box(&case.bytes))));
        },
    );
    row("decode", decode, decode_goal);
}

/// Measures one call of each side.
///
/// The ratio is taken round by round: what disturbs the machine for longer than a round disturbs both sides of it.
fn alternate(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Times {
    let (our_calls, their_calls) = (calls_per_round(&mut ours), calls_per_round(&mut theirs));
    let rounds: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|round| {
            // Who goes first alternates too, so that neither side always runs on what the other left in the caches.
            if round % 2 == 0 {
                let ours = time(&mut ours, our_calls);
                (ours, time(&mut theirs, their_calls))
            } else {
                let theirs = time(&mut theirs, their_calls);
                (time(&mut ours, our_calls), theirs)
            }
        })
        .collect();
    Times {
        ours: median(rounds.iter().map(|(ours, _)| *ours)),
        theirs: median(rounds.iter().map(|(_, theirs)| *theirs)),
        ratio: median(rounds.iter().map(|(ours, theirs)| ours / theirs)),
    }
}

/// Doubles the number of calls until they fill a round, which also warms up.
fn calls_per_round(operation: &mut impl FnMut()) -> u32 {
    let mut calls = 1;
    while time(operation, calls) * f64::from(calls) < ROUND.as_secs_f64() * 1e9 && calls < 1 << 24 {
        calls *= 2;
    }
    calls
}

fn time(operation: &mut impl FnMut(), calls: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        operation();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = values.collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
