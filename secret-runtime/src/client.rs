//! Log-in, a connection to a data centre, and secret chats over it.
//!
//! # Tracing
//!
//! What happens is told to [`tracing`](https://docs.rs/tracing), in these spans:
//!
//! | span | level | fields | what it covers |
//! |---|---|---|---|
//! | `link` | info | `dc` | the connection to a data centre, as long as it is needed |
//! | `handshake` | debug | `temporary` | agreeing on an authorization key, in its `link` |
//! | `request_code`, `resend_code`, `cancel_code`, `sign_in`, `sign_up`, `check_password`, `sign_in_bot`, `log_out` | info | | the method of [`Connection`] |
//! | `call` | debug | `function`, `dc`, `outcome` | a call, until it has an answer: made again, sent again, moved to another data centre |
//! | `send_encrypted`, `accept`, `discard`, `forget`, `typing`, `read_history` | debug | `chat`, `outcome` | the method of [`SecretChats`] |
//! | `request` | debug | `chat`, `outcome` | the same; the chat is known at its end |
//! | `send_encrypted_file` | debug | `chat`, `bytes`, `outcome` | the same, with an `upload` and a `send_encrypted` in it |
//! | `upload`, `download` | debug | `bytes`, `outcome` | a run of [`files::Upload`] or [`files::Download`] |
//! | `commit` | debug | `works`, `calls` | what was gathered and is made durable in one go; how many calls come of it |
//! | `chat` | debug | `chat` | the calls that a chat makes and nobody waits for |
//!
//! A `call` is in the span of whoever waits for it, whichever task makes it: so a `send_encrypted` can be followed to the
//! server's answer, also when the message is sent again. `link`, `commit` and `chat` are in the span in which the connection,
//! or the chats, were opened: one span for each account tells several apart. A `call` is [`Connection`]'s; other transports
//! trace their own.
//!
//! `outcome` is `ok`, or the error. It is missing if the future was dropped. Of an error of the server it has the code and the
//! name, with `%d` for numbers (`420 FLOOD_WAIT_%d`).
//!
//! Events are on the level info if they are rare (a connection is made or lost, there is a new key, somebody logs in or out, a
//! chat is requested, ready, over, or has another key), debug if they concern a call, and trace if they concern a message or a
//! packet. What needs attention is a warning, what ends a connection or the chats an error.
//!
//! Whatever the level, traces have ids of chats, data centres and keys, names of functions, sizes, counts, addresses and paths.
//! They never have what people write or send, keys, passwords, codes, phone numbers, access hashes, salts, nonces, or anything
//! else that grants access. A subscriber that hears nothing costs a comparison for each span.

pub mod chats;
mod connection;
mod data_center;
pub mod files;
mod login;
mod session_file;
mod trace;
mod transport;
mod updates;

pub use chats::SecretChats;
pub use connection::{Clock, ConnectError, Connection, ConnectionSettings, ConnectionState};
pub use data_center::DataCenters;
pub use login::{LogIn, LoginError, PasswordNeeded, SentCode, srp};
pub use session_file::{SessionFile, SessionFileError, SignedIn};
pub use transport::{CallError, Incoming, Ticket, Transport};
