//! Every combinator of every schema, from bytes to bytes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share is test code, too"
)]

mod corruption;
mod depth;
mod empty_items;
mod errors;
mod round_trip;
mod vectors;
