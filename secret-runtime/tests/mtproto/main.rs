//! MTProto between a client and a server: what both put into a stream, and how they agree on a key.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share is test code, too"
)]

mod damage;
mod example;
mod framing;
mod handshake;
mod hostile_client;
mod hostile_server;
mod keys;
mod noise;
mod obfuscation;
mod puppet;
mod random;
