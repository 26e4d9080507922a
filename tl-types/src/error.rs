//! What can go wrong: TL has no way to write the value, or the bytes are not the value that they should be.

use std::error::Error;
use std::fmt::{self, Write};

use crate::reader::MAX_DEPTH;
use crate::schema::{Halt, Schema, Shape, Step, Walk};
use crate::sink::{FALSE_ID, MAX_STRING_LEN, TRUE_ID, VECTOR_ID};

/// A value that TL has no way to write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A `string` or `bytes` is longer than three bytes can count.
    StringTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// A vector has more items than an `int` can count, or an object more bytes.
    VectorTooLong {
        /// How many it has.
        len: usize,
    },
    /// Of several fields behind one flag only some are set; TL has all of them or none.
    IncompleteFlag {
        /// The name of the combinator.
        combinator: &'static str,
        /// The names of those fields.
        fields: &'static str,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StringTooLong { len } => {
                write!(f, "a string of {len} bytes is too long for TL, which allows {MAX_STRING_LEN}")
            }
            Self::VectorTooLong { len } => {
                write!(f, "a vector of {len} is too long for TL, which allows {}", i32::MAX)
            }
            Self::IncompleteFlag { combinator, fields } => {
                write!(f, "{combinator} has only some of the fields that share a flag: {fields}")
            }
        }
    }
}

impl Error for EncodeError {}

/// What is wrong with bytes that do not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input ends inside the value.
    UnexpectedEnd,
    /// No constructor of the expected type has this id.
    UnknownId {
        /// The id that was read.
        id: u32,
    },
    /// A `string` is not UTF-8.
    InvalidUtf8 {
        /// How many bytes of its content are.
        valid_up_to: usize,
    },
    /// A `string` or `bytes` begins with `0xff`, which is no length.
    InvalidStringLength,
    /// A vector announces more items than the rest of the input can hold.
    VectorTooLong {
        /// How many it announces.
        announced: u32,
    },
    /// Values nest deeper than [`MAX_DEPTH`].
    TooDeep,
    /// The value ends before the input does, or before the length that stands in front of it.
    TrailingBytes {
        /// How many bytes are left.
        count: usize,
    },
}

/// Bytes that are not the value they should be: what is wrong, and where.
///
/// It tells ids, lengths, names and offsets, and nothing of the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Box<Place>);

/// Behind a pointer, because results are passed up through every level of a value, and errors are rare.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    kind: DecodeErrorKind,
    offset: usize,
    expected: String,
    path: String,
    root: String,
    schema: Option<(&'static str, u32)>,
    /// What an unexpected id is known as.
    known_as: Option<String>,
}

impl DecodeError {
    /// An error at `offset`, in a `shape` whose encoding begins with `input` at the offset `start`.
    ///
    /// The value is read once more, by the table of its schema, for the path.
    #[cold]
    pub(crate) fn describe(kind: DecodeErrorKind, start: usize, offset: usize, shape: &Shape, input: &[u8]) -> Self {
        match Walk::new(shape.schema(), start, input).find(shape, kind, offset) {
            Some(halt) => Self::halted(&halt, shape, shape.schema()),
            None => Self::whole(kind, offset, shape),
        }
    }

    /// An error that is about the whole value.
    #[cold]
    pub(crate) fn whole(kind: DecodeErrorKind, offset: usize, shape: &Shape) -> Self {
        let halt = Halt { kind, offset, expected: shape.into(), path: Vec::new() };
        Self::halted(&halt, shape, shape.schema())
    }

    /// The error that ended a walk over a `root`.
    #[cold]
    pub(crate) fn halted(halt: &Halt, root: &Shape, schema: Option<&'static Schema>) -> Self {
        let known_as = match halt.kind {
            DecodeErrorKind::UnknownId { id: VECTOR_ID } => Some("vector".to_owned()),
            DecodeErrorKind::UnknownId { id: TRUE_ID } => Some("boolTrue".to_owned()),
            DecodeErrorKind::UnknownId { id: FALSE_ID } => Some("boolFalse".to_owned()),
            DecodeErrorKind::UnknownId { id } => {
                schema.and_then(|schema| schema.by_id(id)).map(|known| match known.layer() {
                    Some(layer) => format!("{} of layer {layer}", known.name()),
                    None => known.name().to_owned(),
                })
            }
            _ => None,
        };
        Self(Box::new(Place {
            kind: halt.kind,
            offset: halt.offset,
            expected: halt.expected.to_string(),
            path: path(&halt.path),
            root: root.to_string(),
            schema: schema.map(|schema| (schema.name(), schema.layer())),
            known_as,
        }))
    }

    /// What is wrong.
    pub fn kind(&self) -> DecodeErrorKind {
        self.0.kind
    }

    /// Where it is, in bytes from the beginning of the whole input.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The TL type that was expected there: `InputPeer`.
    pub fn expected(&self) -> &str {
        &self.0.expected
    }

    /// The fields from the root to there: `updates[3].message.media`. Empty if it is the root itself.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The TL type or the combinator that was to be decoded.
    pub fn root(&self) -> &str {
        &self.0.root
    }

    /// The name of the schema; none declares the types that TL builds in.
    pub fn schema(&self) -> Option<&'static str> {
        self.0.schema.map(|(name, _)| name)
    }

    /// The newest layer of the schema, if it has layers.
    pub fn layer(&self) -> Option<u32> {
        self.0.schema.map(|(_, layer)| layer).filter(|layer| *layer > 0)
    }
}

/// Renders a path whose innermost step is the first.
fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps.iter().rev() {
        // Writing to a string does not fail.
        let _ = match step {
            Step::Item(position) => write!(path, "[{position}]"),
            Step::Field(name) if path.is_empty() => path.write_str(name),
            Step::Field(name) => write!(path, ".{name}"),
        };
    }
    path
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { kind, offset, expected, path, root, schema, known_as } = &*self.0;
        match kind {
            DecodeErrorKind::UnexpectedEnd => write!(f, "the input ends where {expected} was expected")?,
            DecodeErrorKind::UnknownId { id } => {
                write!(f, "unknown id #{id:08x} where {expected} was expected")?;
                if let Some(name) = known_as {
                    write!(f, " (#{id:08x} is {name})")?;
                }
            }
            DecodeErrorKind::InvalidUtf8 { valid_up_to } => {
                write!(f, "a {expected} that is not UTF-8 from its byte {valid_up_to} on")?;
            }
            DecodeErrorKind::InvalidStringLength => {
                write!(f, "no length where {expected} was expected (0xff begins none)")?;
            }
            DecodeErrorKind::VectorTooLong { announced } => {
                write!(f, "{expected} announces {announced} items, more than the rest of the input can hold")?;
            }
            DecodeErrorKind::TooDeep => {
                write!(f, "values nest more than {MAX_DEPTH} deep where {expected} was expected")?
            }
            DecodeErrorKind::TrailingBytes { count } => {
                write!(f, "trailing bytes behind {expected}: {count}")?;
            }
        }
        match path.as_str() {
            "" if root == expected => {}
            "" => write!(f, ", in {root}")?,
            path => write!(f, ", at {path} in {root}")?,
        }
        write!(f, ", offset {offset}")?;
        match schema {
            Some((name, 0)) => write!(f, " ({name})"),
            Some((name, layer)) => write!(f, " ({name}, layer {layer})"),
            None => Ok(()),
        }
    }
}

impl Error for DecodeError {}
