//! Secret chats over a server and disks that fail, between sides that die; `tests/README.md` says how to run more seeds.

#![allow(clippy::panic, reason = "tests")]

use tl_tests::simulation::Dialect;
use tl_tests::simulation::run::{self, Cryptography};

/// What a continuous build runs; `TL_SIM_SEEDS` is for more.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not `{text}`")))
}

/// Runs one of so many seeds.
fn check(dialect: Option<Dialect>, one_of: u64, cryptography: Cryptography) {
    let seeds = match number("TL_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TL_SIM_SEEDS").unwrap_or(SEEDS).div_ceil(one_of),
    };
    let failures: Vec<String> = seeds.filter_map(|seed| run::seed(seed, dialect, cryptography).err()).take(3).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn two_of_ours_keep_every_promise() {
    check(None, 2, Cryptography::Toy);
}

#[test]
fn the_same_holds_under_the_real_cryptography() {
    check(None, 100, Cryptography::Mtproto);
}

#[test]
fn android_and_we_understand_each_other() {
    check(Some(Dialect::Android), 10, Cryptography::Toy);
}

#[test]
fn ios_and_we_understand_each_other() {
    check(Some(Dialect::Ios), 10, Cryptography::Toy);
}

#[test]
fn tdlib_and_we_understand_each_other() {
    check(Some(Dialect::Tdlib), 10, Cryptography::Toy);
}

#[test]
fn a_peer_of_layer_46_and_we_understand_each_other() {
    check(Some(Dialect::Layer46), 10, Cryptography::Toy);
}

#[test]
fn a_liar_makes_us_hold_no_more_than_we_allow() {
    check(Some(Dialect::Liar), 10, Cryptography::Toy);
}
