//! Secret chats on the session of a `grammers-client`, over sockets, through the loopback server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the tests share is test code, too"
)]

mod chats;
mod host;
mod party;
mod sharing;
