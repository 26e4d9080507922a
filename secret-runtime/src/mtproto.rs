//! MTProto 2.0 between a client and a server: framing, the authorization key, messages and sessions of both sides.
//!
//! Everything here takes bytes, time and randomness and gives bytes; only `socket` has a socket.

mod auth_key;
pub mod framing;
pub mod handshake;
pub mod message;
pub mod session;
pub mod socket;

pub use auth_key::AuthKey;
