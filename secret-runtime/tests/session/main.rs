//! Messages and sessions: the two sides face each other over links that lose, repeat and reorder.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod alone;
mod chaos;
mod checks;
mod clock;
mod container;
mod envelope;
mod gzip;
mod order;
mod pair;
mod questions;
#[path = "../common/random.rs"]
mod random;
mod reconnect;
mod requests;
mod server;
