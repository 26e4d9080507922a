//! Two sides of a secret chat, a server, and a clock; one seed decides what happens, and what goes wrong.
//!
//! A seed becomes a [`Setup`] and a schedule of [`Move`]s; a [`World`] carries them out, and stops at the first promise that
//! is broken. Any part of a schedule is a schedule, so a failing one is [shrunk](shrink) by leaving out moves.

pub mod disk;
pub mod endpoint;
pub mod errors;
pub mod generate;
pub mod moves;
pub mod peer;
pub mod run;
pub mod server;
pub mod settle;
pub mod setup;
pub mod shrink;
pub mod tap;
pub mod verdict;
pub mod watch;
pub mod witness;
pub mod world;

pub use moves::Move;
pub use peer::Dialect;
pub use setup::Setup;
pub use world::World;
