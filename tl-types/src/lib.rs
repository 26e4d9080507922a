#![doc = include_str!("../README.md")]

mod codec;
mod error;
mod layer;
mod primitive;
mod raw;
mod reader;
mod rpc;
mod schema;
mod sink;
mod value;

pub use codec::{Combinator, Constructor, Decode, Encode, Function};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use layer::{
    Absence, LayerError, Layered, Loss, Lowered, NotCarried, Raise, Raised, Trace, absent, carry, carry_option, narrow,
    narrow_option, required,
};
pub use raw::Raw;
pub use reader::{MAX_DEPTH, MEMORY_FACTOR, Reader};
pub use rpc::{Callers, ErrorPattern, RpcError};
pub use schema::{Declaration, Field, Index, Schema, Shape};
pub use sink::{Length, MAX_STRING_LEN, Sink, Writer, bit};
pub use value::{Value, debug};

#[cfg(feature = "api")]
#[rustfmt::skip]
#[path = "generated/api/mod.rs"]
#[allow(missing_docs, clippy::all, reason = "generated; the documentation of a combinator tells its fields")]
pub mod api;

#[cfg(feature = "mtproto")]
#[rustfmt::skip]
#[path = "generated/mtproto/mod.rs"]
#[allow(missing_docs, clippy::all, reason = "generated; the documentation of a combinator tells its fields")]
pub mod mtproto;

#[cfg(feature = "secret")]
#[rustfmt::skip]
#[path = "generated/secret/mod.rs"]
#[allow(missing_docs, clippy::all, reason = "generated; the documentation of a combinator tells its fields")]
pub mod secret;
