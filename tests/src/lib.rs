//! What the test suites of this folder share. `README.md` says what they test and how to run them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it does not expect; this crate has nothing but tests to serve"
)]

pub mod agreement;
pub mod codec;
#[cfg(feature = "registry")]
pub mod every;
pub mod fuzz;
pub mod hex;
#[cfg(feature = "registry")]
pub mod nesting;
#[cfg(feature = "registry")]
pub mod parts;
#[cfg(feature = "registry")]
pub mod random;
#[cfg(feature = "registry")]
pub mod registry;
#[cfg(feature = "registry")]
pub mod seed;
#[cfg(feature = "registry")]
pub mod shallow;
pub mod simulation;
pub mod toy;
#[cfg(feature = "registry")]
pub mod universe;

/// The examples of the repository's README.
#[cfg(all(doctest, feature = "registry"))]
#[doc = include_str!("../../README.md")]
pub struct Readme;
