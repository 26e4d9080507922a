//! Secret chats between this library and two of Python, in both roles; `run` starts it. The tests' README describes it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect"
)]

mod deviations;
mod files;
mod handshake;
mod hex;
mod messages;
mod ours;
mod peer;
mod runs;
mod table;
mod talk;
mod tree;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use tl_tests::seed;

use deviations::Deviations;
use runs::{PACKAGES, Run};

fn main() -> ExitCode {
    let Some(python) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("start it with tests/interop/run");
        return ExitCode::FAILURE;
    };
    println!("{} repeats this run", seed::replay());
    let mut rng = ChaCha20Rng::seed_from_u64(seed::seed());
    let mut deviations = Deviations::load();
    table::head();
    let differences: usize = PACKAGES.iter().map(|package| Run::all(package, &python, &mut rng, &mut deviations)).sum();
    let all_seen = deviations.print();
    if differences == 0 && all_seen { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
