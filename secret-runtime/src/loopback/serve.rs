//! The tasks that serve: one that accepts for each data centre, and one for each connection.
//!
//! Locks are taken in this order, and none is held while waiting for the network: the core, then a session. Updates go
//! from the core into a session's inbox, so that they keep their order and nobody waits for another's encryption.

mod accept;
mod connection;
mod core;
mod delayed;
mod sessions;

pub(super) use self::core::{Core, Shared, lock};
pub(super) use accept::{Control, accept};
