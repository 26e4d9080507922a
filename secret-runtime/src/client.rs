//! Log-in, a connection to a data centre, and secret chats over it.

mod transport;

pub use transport::{CallError, Incoming, Ticket, Transport};
