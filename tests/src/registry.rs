//! Every combinator of every schema, as the build script found them.

use tl_types::{Decode, DecodeError, Raw, api, mtproto, secret};

use crate::codec::Codec;
use crate::parts::{Parts, TakeApart};

/// One way from bytes to a combinator.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The combinator's id.
    pub id: u32,
    /// Its name in TL.
    pub name: &'static str,
    /// The Rust type that its boxed form is decoded as: the type of its result, or its own struct.
    pub rust: &'static str,
    /// Which forms of constructors may stand inside.
    pub forms: Forms,
    /// What that Rust type can do.
    pub codec: Codec,
    /// Decodes and takes apart, if the Rust type is the combinator's own struct.
    pub parts: Option<TakeApart>,
}

impl Row {
    /// Whether the Rust type is that of the combinator's result, and not the combinator's own struct.
    pub fn is_boxed_type(&self) -> bool {
        self.rust.contains("::types::") || self.rust.contains("::exact::")
    }
}

/// Which of the forms that a constructor had over the layers a Rust type accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forms {
    /// The newest of each.
    Newest,
    /// All of them.
    Every,
}

/// The rows of the main schema.
pub static API: &[Row] = api_rows::ROWS;
/// The rows of MTProto's own schema.
pub static MTPROTO: &[Row] = mtproto_rows::ROWS;
/// The rows of the schema of secret chats.
pub static SECRET: &[Row] = secret_rows::ROWS;

mod api_rows {
    use super::*;
    include!(concat!(env!("OUT_DIR"), "/api.rs"));
}

mod mtproto_rows {
    use super::*;
    include!(concat!(env!("OUT_DIR"), "/mtproto.rs"));
}

mod secret_rows {
    use super::*;
    include!(concat!(env!("OUT_DIR"), "/secret.rs"));
}
