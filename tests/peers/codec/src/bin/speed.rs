//! How long encoding and decoding take, beside `grammers-tl-types`: `cargo run --release --bin speed`.

use std::hint::black_box;

use codec_bench::{Case, Error, cases};
use grammers_tl_types::Serializable;
use measure::{ROUNDS, Times, alternate, verdict};
use tl_types::{Decode, Encode};

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
        let goal = goal.map_or(String::new(), |goal| verdict(ratio, goal));
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
