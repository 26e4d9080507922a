//! What follows the messages of one authorization key, on either side: [`ClientSession`] and [`ServerSession`].
//!
//! A session numbers messages, acknowledges them, gathers them in containers, and finds out after a loss what became of
//! each; it outlives connections. It knows nothing of sockets and framings, and of an API only `invokeAfterMsg`. Time
//! and randomness come in as arguments.
//!
//! Whoever drives one: gives it every packet that arrives (`receive`), then sends what `poll_transmit` gives until that is
//! `None`, takes what `poll_event` gives until that is `None`, and calls `poll_transmit` again when `due` has come.
//!
//! The specification is <https://core.telegram.org/mtproto/service_messages>,
//! <https://core.telegram.org/mtproto/service_messages_about_messages> and
//! <https://core.telegram.org/mtproto/security_guidelines>.

mod client;
mod error;
mod event;
mod gzip;
mod numbering;
mod packing;
mod parse;
mod request;
mod salts;
mod server;
mod settings;
mod time;
mod window;
mod wrap;

pub use client::{ClientSession, Transmit};
pub use error::{ProtocolFault, SessionError};
pub use event::{SessionEvent, UnansweredReason};
pub use request::{RequestId, RequestOptions};
pub use salts::ServerSalts;
pub use server::{ServerEvent, ServerSession};
pub use settings::{ServerSettings, SessionSettings};
pub use time::{ClockOffset, UnixMillis};
