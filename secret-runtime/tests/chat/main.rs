//! Two sides of a secret chat and a server that does what it is told: scenarios of the specification, one a test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod account;
mod basics;
mod bounds;
mod errors;
mod format;
mod handshake;
mod holes;
mod layers;
mod old_envelope;
mod outbox;
mod pair;
mod puppet;
#[path = "../common/random.rs"]
mod random;
mod redaction;
mod rekey;
mod rekey_steps;
mod sequence;
mod timers;
mod vectors;
mod waits;
