//! Log-in, a connection to a data centre, and secret chats over it.

pub mod chats;
pub mod files;
mod transport;
mod updates;

pub use chats::SecretChats;
pub use transport::{CallError, Incoming, Ticket, Transport};
