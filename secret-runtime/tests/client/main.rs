//! The client's secret chats over a transport in process that models the server: no sockets, and a clock that stands still.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod busy;
mod disk;
mod events;
mod failures;
mod files;
mod lifetime;
mod line;
mod many;
mod random;
mod room;
mod send;
mod server;
mod updates;
mod world;
