//! Measures two operations beside each other, so that what disturbs the machine disturbs both.

use std::time::{Duration, Instant};

/// How often each side is measured, one after the other in turn.
pub const ROUNDS: usize = 601;
/// How long one side runs in a round, at least: shorter than what a scheduler gives it at a time.
const ROUND: Duration = Duration::from_micros(500);

/// The medians of both sides in nanoseconds, and of their ratio.
pub struct Times {
    /// One call of ours.
    pub ours: f64,
    /// One call of theirs.
    pub theirs: f64,
    /// Ours divided by theirs, round by round.
    pub ratio: f64,
}

/// Measures one call of each side.
///
/// The ratio is taken round by round: what disturbs the machine for longer than a round disturbs both sides of it.
pub fn alternate(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Times {
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

/// The goal, and whether the ratio meets it.
#[must_use]
pub fn verdict(ratio: f64, goal: f64) -> String {
    format!("{goal:.2} {}", if ratio <= goal { "met" } else { "missed" })
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
