//! Clients and the loopback server on a real socket: connecting, logging in, and what comes between; one scenario a test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod addresses;
mod calls;
mod data_center;
mod end;
mod keys;
mod login;
mod migration;
mod order;
mod random;
mod reconnect;
mod session_file;
mod setup;
mod srp;
mod traces;
