//! What the measurements of secret chats share: Telegram's prime, a pair of chats, and what the system tells of a process, many
//! chats and the file under them.

pub mod disk;
pub mod pair;
pub mod population;
pub mod process;

use chacha20::ChaCha12Rng;
use chacha20::rand_core::SeedableRng;

/// What goes wrong here is for a person to read.
pub type Error = Box<dyn std::error::Error>;

/// The source of every random number: the one that `rand` uses, from a seed.
#[must_use]
pub fn seeded() -> ChaCha12Rng {
    ChaCha12Rng::seed_from_u64(1)
}

/// The prime that Telegram's servers give, big-endian.
#[must_use]
pub fn prime() -> Vec<u8> {
    const P: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f\
                     6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a\
                     941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3\
                     144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff\
                     5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc\
                     5b";
    let digits: Vec<u8> = P.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.as_chunks().0.iter().map(|[high, low]| high << 4 | low).collect()
}

/// Chats have these dates.
pub const NOW: secret_runtime::chat::UnixTime = secret_runtime::chat::UnixTime(1_700_000_000);

/// The median; 0 of nothing.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
