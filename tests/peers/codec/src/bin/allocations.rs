//! How much is allocated by decoding, beside `grammers-tl-types`: `cargo run --release --bin allocations`.
//!
//! A program apart from the timings, because counting costs time. The counts do not depend on the machine.

use std::alloc::System;
use std::hint::black_box;

use codec_bench::{Case, Error, cases};
use grammers_tl_types::Serializable;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tl_types::{Decode, Encode};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What was asked of the allocator.
#[derive(Clone, Copy)]
struct Asked {
    /// New blocks, and blocks that were made larger or smaller.
    calls: usize,
    /// The bytes of the new blocks, and those by which blocks grew.
    bytes: usize,
}

fn main() -> Result<(), Error> {
    let (small, medium, large) = cases()?;
    println!("Calls of the allocator (with reallocations) and bytes asked for, by one decoding.\n");
    println!("| value | tl-types | grammers | ratio of calls | goal | ratio of bytes |");
    println!("|---|---:|---:|---:|---|---:|");
    count_case(&small, None);
    count_case(&medium, None);
    count_case(&large, Some(0.85));
    Ok(())
}

fn count_case<Ours: Encode + Decode, Theirs: Serializable>(case: &Case<Ours, Theirs>, goal: Option<f64>) {
    let ours = count(|| (case.decode_ours)(black_box(&case.bytes)));
    let theirs = count(|| (case.decode_theirs)(black_box(&case.bytes)));
    let calls = ours.calls as f64 / theirs.calls as f64;
    let goal = goal.map_or(String::new(), |goal| format!("{goal:.2} {}", if calls <= goal { "met" } else { "missed" }));
    println!(
        "| {} | {} ({} B) | {} ({} B) | {calls:.2} | {goal} | {:.2} |",
        case.name,
        ours.calls,
        ours.bytes,
        theirs.calls,
        theirs.bytes,
        ours.bytes as f64 / theirs.bytes as f64,
    );
}

fn count<T>(decode: impl FnOnce() -> T) -> Asked {
    let region = Region::new(ALLOCATOR);
    let value = black_box(decode());
    let change = region.change();
    drop(value);
    Asked { calls: change.allocations + change.reallocations, bytes: change.bytes_allocated }
}
