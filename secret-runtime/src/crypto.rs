//! The cryptography of secret chats: keys, envelopes, files, and what people compare to know that nobody listens.
//!
//! It knows nothing of chats, layers, sequence numbers or TL: bodies are bytes. No input or output, no clock;
//! randomness comes in as an argument. Secrets that it owns are wiped when they are dropped, are never printed, and are
//! never compared in variable time.
//!
//! A chat's life in this module:
//! 1. [`diffie_hellman`]: both sides agree on a [`ChatKey`].
//! 2. [`visualization`]: people compare what both sides see of it.
//! 3. [`envelope`]: messages are sealed and opened under it.
//! 4. [`file`](mod@file): files are encrypted under keys of their own, which messages carry.
//!
//! The specification is <https://core.telegram.org/api/end-to-end>.

mod bytes;
pub mod derivation;
pub mod diffie_hellman;
pub mod envelope;
pub mod file;
pub mod ige;
mod key;
mod padding;
mod role;
pub mod visualization;

pub use envelope::Rejected;
pub use key::{ChatKey, KeyFingerprint};
pub use padding::Padding;
pub use role::Role;
