//! What can be wrong with a stream, or with what is to be put into it.

use std::fmt;

use super::{Framing, MAX_PACKET};

/// The peer sent what no framing allows, or the caller asked for what the framing cannot carry.
///
/// After an error of the peer's the place of the next packet is unknown, so the [`Codec`](super::Codec) stays with the
/// error: close the connection. After an error of the caller's nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramingError {
    /// The peer announces a packet that is empty, too short, or longer than [`MAX_PACKET`].
    Length {
        /// The announced length in bytes.
        bytes: usize,
    },
    /// The peer's packet does not fit its checksum: bytes were changed on the way.
    Checksum,
    /// The peer's packet has another number than the next one: packets were lost or repeated.
    Number {
        /// The number that the next packet must have.
        expected: u32,
        /// The number that it has.
        found: u32,
    },
    /// The stream does not begin as a client of MTProto begins it.
    UnknownFraming,
    /// The caller's packet is empty, or longer than [`MAX_PACKET`].
    PacketLength {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The caller's packet cannot go into this framing: its length is not a multiple of 4.
    Unaligned {
        /// The framing.
        framing: Framing,
        /// The packet's length in bytes.
        bytes: usize,
    },
    /// The caller asked for an obfuscated full framing, which does not exist.
    FullObfuscated,
    /// The caller, a server, would send before the client has said which framing it speaks.
    NotYetKnown,
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { bytes } => {
                write!(f, "the peer announces a packet of {bytes} bytes (at most {MAX_PACKET}): close the connection")
            }
            Self::Checksum => f.write_str("a packet does not fit its checksum: close the connection"),
            Self::Number { expected, found } => {
                write!(f, "packet {found} came in the place of packet {expected}: close the connection")
            }
            Self::UnknownFraming => f.write_str("the stream does not begin as MTProto does: close the connection"),
            Self::PacketLength { bytes } => {
                write!(f, "a packet of {bytes} bytes cannot be sent: it must have 1 to {MAX_PACKET}")
            }
            Self::Unaligned { framing, bytes } => {
                write!(f, "a packet of {bytes} bytes cannot be sent in {framing:?} framing: pad it to a multiple of 4")
            }
            Self::FullObfuscated => f.write_str("full framing cannot be obfuscated: choose another framing"),
            Self::NotYetKnown => f.write_str("the client has not said yet what it speaks: receive from it first"),
        }
    }
}

impl std::error::Error for FramingError {}
