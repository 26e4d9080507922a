//! What it costs to compile the bindings, beside `grammers-tl-types`:
//! `cargo run --release -p compile-bench [-- RUNS [check|dev|release|secret]…]`.
//!
//! Cargo builds everything once, with this program as its `RUSTC_WRAPPER`, which notes how rustc was called for the crates
//! that count. Those calls alone are then repeated and measured, ours and theirs in turn.

mod recipe;
mod stage;

use std::process::ExitCode;

use recipe::Recipe;
use stage::{Cost, STAGES, Stage};

/// What goes wrong here is for a person to read.
type Error = Box<dyn std::error::Error>;

/// How often each call is measured, if the command line does not say.
const RUNS: usize = 5;

fn main() -> ExitCode {
    let done = match recipe::folder_to_note() {
        Some(folder) => recipe::wrap(&folder),
        None => compare().map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn compare() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (numbers, names): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.parse::<usize>().is_ok());
    let runs = numbers.first().map_or(Ok(RUNS), |number| number.parse())?.max(1);
    if let Some(unknown) = names.iter().find(|name| STAGES.iter().all(|stage| stage.name != ***name)) {
        return Err(format!("`{unknown}` is none of check, dev, release and secret").into());
    }
    let stages: Vec<&Stage> =
        STAGES.iter().filter(|stage| names.is_empty() || names.iter().any(|name| *name == stage.name)).collect();

    // Everything is built before anything is measured, so that the measurements follow one another closely.
    let prepared = stages.iter().map(|stage| Ok((*stage, stage.prepare()?))).collect::<Result<Vec<_>, Error>>()?;
    println!("CPU seconds (user and system) and peak memory of rustc, medians of {runs} runs in turn.\n");
    println!("| stage | tl-types | grammers | ratio | goal | tl-types | grammers | ratio | goal |");
    println!("|---|---:|---:|---:|---|---:|---:|---:|---|");
    for (stage, sides) in &prepared {
        let (ours, theirs) = stage::measure(sides, runs)?;
        print_row(stage, ours, theirs);
    }
    if let Some(seconds) =
        prepared.iter().find_map(|(_, sides)| sides.generator.as_ref()).map(Recipe::run_generator).transpose()?
    {
        println!("\nNot counted above: the run of grammers' build script, {seconds:.3} s; tl-types has none.");
    }
    Ok(())
}

fn print_row(stage: &Stage, ours: Cost, theirs: Cost) {
    let verdict = |ratio: f64, goal: f64| format!("{goal:.2} {}", if ratio <= goal { "met" } else { "missed" });
    let cpu = ours.seconds / theirs.seconds;
    let memory = ours.megabytes / theirs.megabytes;
    println!(
        "| {} | {:.2} s | {:.2} s | {cpu:.2} | {} | {:.0} MB | {:.0} MB | {memory:.2} | {} |",
        stage.title,
        ours.seconds,
        theirs.seconds,
        verdict(cpu, stage.goal),
        ours.megabytes,
        theirs.megabytes,
        verdict(memory, stage::MEMORY_GOAL),
    );
}
