//! What holds for every value of a layered schema: for values drawn from the schemas themselves, and for examples.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod draw;
mod laws;
mod secret;
mod synthetic;
