//! A parser for TL, the Type Language that Telegram's schemas are written in: the API, MTProto, secret chats, TDLib's
//! `td_api.tl`, and everything that the [formal description] adds to what they use.
//!
//! [`parse`] turns a text into a spanned syntax tree ([`File`]) and a list of [`Diagnostic`]s. It finds all errors of a
//! file in one run, and gives the tree of everything else. [`SourceText`] renders a diagnostic for a person to read, and
//! [`print`](fn@print) turns a tree back into text.
//!
//! ```
//! use tl_parser::{Item, SourceText};
//!
//! let text = "\
//! boolTrue#997275b5 = Bool;
//! message#94345242 id:int text:string = Message
//! ---functions---
//! messages.deleteMessages#e58e95d2 revoke:flags.0?true id:Vector<int> = messages.AffectedMessages;
//! ";
//! let parsed = tl_parser::parse(text);
//!
//! let names: Vec<String> = parsed.file.combinators().map(|combinator| combinator.name.to_string()).collect();
//! assert_eq!(names, ["boolTrue", "message", "messages.deleteMessages"]);
//!
//! let source = SourceText::new("api.tl", text);
//! let messages: Vec<String> = parsed.diagnostics.iter().map(|diagnostic| source.render(diagnostic)).collect();
//! assert_eq!(
//!     messages,
//!     ["error: missing semicolon
//!  --> api.tl:2:46
//!   |
//! 2 | message#94345242 id:int text:string = Message
//!   |                                              ^ expected `;`, but a mark follows
//! "]
//! );
//! ```
//!
//! The tree says what the text says: names are not resolved, ids are not checked against CRC-32, `flags.40?true` is a
//! field like any other. That is for whoever gives the tree a meaning.
//!
//! # Limits
//!
//! Any bytes give a tree or diagnostics, never a panic, and in time proportional to their number. To that end types nest
//! at most [`MAX_NESTING`] levels, a declaration has at most [`MAX_DECLARATION`] bytes, and of a file's diagnostics the
//! first [`MAX_DIAGNOSTICS`] are kept and the others counted.
//!
//! [formal description]: https://core.telegram.org/mtproto/TL-formal

mod brackets;
mod comments;
mod diagnostic;
mod encoding;
mod explain;
mod lower;
mod parse;
mod print;
mod source;
mod spans;
mod split;
pub mod tree;

pub use crate::brackets::MAX_NESTING;
pub use crate::diagnostic::{Diagnostic, MAX_DIAGNOSTICS, Severity};
pub use crate::parse::{Parsed, parse, parse_bytes};
pub use crate::print::print;
pub use crate::source::SourceText;
pub use crate::split::MAX_DECLARATION;
pub use crate::tree::{
    Combinator, Comment, Condition, ConstructorId, DocEntry, Field, File, FinalDeclaration, FinalKind, Generic, Ident,
    Item, LayerMark, PartialApplication, Path, Section, SectionKind, Span, Type, TypeKind,
};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
