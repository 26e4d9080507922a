//! Where randomness comes from: a number that is the same in every run unless the environment sets it.

use std::env;

use fastrand::Rng;

const DEFAULT: u64 = 0x5eed_0f71;
const SEED: &str = "TL_TESTS_SEED";
const ROUNDS: &str = "TL_TESTS_ROUNDS";

/// The seed of this run: `TL_TESTS_SEED`, or always the same.
///
/// # Panics
/// If the variable holds something else than a number.
pub fn seed() -> u64 {
    number(SEED).unwrap_or(DEFAULT)
}

/// How many random samples a test takes of each combinator: `TL_TESTS_ROUNDS`, or `default`.
///
/// # Panics
/// If the variable holds something else than a number.
pub fn rounds(default: u64) -> u64 {
    number(ROUNDS).unwrap_or(default)
}

/// The random numbers for one combinator, in one round: they do not depend on which others are tested, nor in which
/// order.
pub fn rng(id: u32, round: u64) -> Rng {
    let mut mixed = Rng::with_seed(seed() ^ u64::from(id) << 32);
    Rng::with_seed(mixed.u64(..) ^ round)
}

/// What to do to see a failure again.
pub fn replay() -> String {
    format!("{SEED}={}", seed())
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not `{text}`")))
}
