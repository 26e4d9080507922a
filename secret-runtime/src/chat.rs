//! The secret-chat state machine, without input or output.
//!
//! [`Chat::step`] takes one [`Input`], the time and a source of randomness, and gives a [`Staged`] step: what changes, the
//! calls to make, and what to tell. Nothing has changed then. The caller makes [`Staged::changes`] durable, gives the step
//! to [`Chat::merge`], and only then makes the calls; [`crate::account`] does that over a store.
//!
//! A chat is a [`Core`] and some numbered records: slots of the messages that were sent, messages that wait behind a hole,
//! events that are not delivered. A step names the records that it writes, so its cost follows what happened, and not what
//! the chat holds.
//!
//! This module imports no store, no socket and no clock. What it knows of cryptography it has through [`Suite`], so that a
//! model checker can run the same steps over toy arithmetic.
//!
//! Source: <https://core.telegram.org/api/end-to-end>, <https://core.telegram.org/api/end-to-end/seq_no> and
//! <https://core.telegram.org/api/end-to-end/pfs>.

mod call;
mod change;
mod close;
mod command;
mod draft;
mod error;
mod event;
pub mod files;
mod handshake;
mod input;
mod message;
mod outbox;
mod overlay;
pub mod policy;
mod receive;
mod record;
mod rekey;
mod sequence;
mod service;
mod settings;
pub mod split;
mod state;
mod step;
mod suite;
mod time;
mod timers;
pub(crate) mod tl;

pub use call::{Call, CallId, Outgoing};
pub use change::{Change, Staged};
pub use error::{CloseReason, CommandError, Dropped, PeerFault};
pub use event::{Event, Notice, Receipt, SendFailure};
pub use input::{Answer, Arrival, Command, DhConfig, Failure, Input};
pub use record::{Early, Slot, SlotKind, Timer, Undecoded, Waiting};
pub use sequence::{OutOfRange, Parity};
pub use settings::{Limits, RekeyRule, Settings};
pub use state::{Chat, Core, Phase, Session};
pub use suite::{Mtproto, Suite};
pub use time::UnixTime;
