//! The loopback server, by a client that knows nothing but MTProto: what it answers, whom it tells, and what it does wrong
//! when told to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share is test code, too"
)]

mod chats;
mod client;
mod files;
mod layers;
mod login;
mod misbehaviour;
mod password;
mod restart;
mod socket;
mod updates;
