//! The figures in README.md are those of the files.

#![allow(clippy::unwrap_used)]

use sha2::{Digest, Sha256};
use std::fmt::Write;

const README: &str = include_str!("../README.md");

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

#[test]
fn the_readme_gives_the_sha256_of_every_file() {
    for (name, text) in [
        ("api.tl", tl_schema::API),
        ("mtproto.tl", tl_schema::MTPROTO),
        ("secret.tl", tl_schema::SECRET),
        ("errors.tsv", tl_schema::ERRORS),
    ] {
        let row = format!("| `{name}` | `{}` |", sha256(text));
        assert!(README.contains(&row), "README.md should have the row {row}");
    }
}

#[test]
fn the_readme_gives_the_layers() {
    assert!(README.contains(&format!("layer {}", tl_schema::API_LAYER)));
    assert!(README.contains(&format!("layer {}", tl_schema::SECRET_LAYER)));
}

#[test]
fn the_readme_gives_the_number_of_errors() {
    let errors = tl_schema::ERRORS.lines().filter(|line| line.starts_with("error\t")).count();
    assert!(README.contains(&format!("{errors} RPC errors")));
}
