//! The cryptography of secret chats, from outside: against the known answers, against another implementation, and
//! against what an attacker would try.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share is test code, too"
)]

mod diffie_hellman;
mod envelope;
mod envelope_v1;
mod errors;
mod file;
mod ige;
mod numbers;
mod padding;
mod randomness;
mod secrets;
mod vectors;
mod visualization;
