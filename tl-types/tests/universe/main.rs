//! The hand-written core, over a small universe that is written here the way the generator writes one.

// Clippy spares test functions by itself, but not what they share.
#![allow(clippy::panic, clippy::indexing_slicing)]

mod decode_error;
mod encode_error;
mod rpc_error;
mod sample;
mod schema;
mod value;
