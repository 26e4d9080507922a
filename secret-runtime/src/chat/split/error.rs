//! Why a message cannot be split. All of it is the caller's to mend.

use std::fmt;

/// A message contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SplitError {
    /// An entity does not fit the text.
    Entity {
        /// Its place in `entities`, from 0.
        index: usize,
        /// What is wrong with it.
        fault: EntityFault,
    },
    /// Both `message` and `media.caption` hold a text; entities could relate to either.
    TextTwice,
    /// The text is longer than the limit, and is nothing but white space: no message would be left.
    Blank,
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entity { index, fault } => write!(f, "`entities[{index}]` {fault}"),
            Self::TextTwice => {
                f.write_str("`message` and `media.caption` both hold a text; with media, leave `message` empty")
            }
            Self::Blank => f.write_str("the text is nothing but white space, of which nothing is sent"),
        }
    }
}

impl std::error::Error for SplitError {}

/// Why an entity does not fit its text. Numbers are UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntityFault {
    /// It begins before the text.
    NegativeOffset(i32),
    /// It has no or a negative length.
    NoLength(i32),
    /// It ends behind the text.
    PastEnd {
        /// Where the entity ends.
        end: u64,
        /// Where the text ends.
        text: usize,
    },
    /// It begins or ends between the two units of one code point.
    InsideSurrogatePair {
        /// Where.
        at: usize,
    },
}

impl fmt::Display for EntityFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NegativeOffset(offset) => write!(f, "begins at {offset}, before the text"),
            Self::NoLength(length) => write!(f, "has the length {length}; the least is 1"),
            Self::PastEnd { end, text } => {
                write!(f, "ends at {end}, but the text at {text}; offsets count UTF-16 code units")
            }
            Self::InsideSurrogatePair { at } => {
                write!(f, "has a border at {at}, inside a surrogate pair; offsets count UTF-16 code units")
            }
        }
    }
}
