//! Why a file does not arrive.

use std::error::Error;
use std::fmt;
use std::io;

use crate::chat::files::{self, FileError};
use crate::client::CallError;
use crate::client::chats::SendError;
use crate::crypto::file::{FileFingerprintMismatch, FileKeyLength};

use super::NoMedia;

/// Why a file was not uploaded. What is uploaded stays so for a while; running the [`Upload`](super::Upload) again goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum UploadError {
    /// It cannot be sent at all.
    File(FileError),
    /// It cannot be read.
    Source(io::Error),
    /// It has another size than was said, or not the same as before.
    SizeChanged {
        /// The size that was said, in bytes.
        expected: u64,
    },
    /// The server did not take a part.
    Call(CallError),
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Source(error) => write!(f, "the file cannot be read: {error}"),
            Self::SizeChanged { expected } => {
                write!(f, "the file does not have the {expected} bytes that were said; begin a new upload")
            }
            Self::Call(error) => write!(f, "a part was not uploaded: {error}"),
        }
    }
}

impl Error for UploadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(error) => Some(error),
            Self::Source(error) => Some(error),
            Self::Call(error) => Some(error),
            Self::SizeChanged { .. } => None,
        }
    }
}

/// Why a file was not downloaded. After [`Sink`](Self::Sink) and [`Call`](Self::Call), running the
/// [`Download`](super::Download) again goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum DownloadError {
    /// The message has no file, or its media none.
    NoFile,
    /// The key in the message is none.
    Key(FileKeyLength),
    /// The file on the server is not the one that the message's key is for.
    Fingerprint(FileFingerprintMismatch),
    /// The server names a file that cannot be one.
    File(files::DownloadError),
    /// It cannot be written.
    Sink(io::Error),
    /// The server did not give a part.
    Call(CallError),
    /// The server gave a part of another size.
    PartSize {
        /// Which, from 0.
        part: u32,
        /// How many bytes it has.
        expected: u64,
        /// How many came.
        found: usize,
    },
    /// The server refers to another server, which encrypted files never do.
    Redirected,
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("the message has no file"),
            Self::Key(error) => error.fmt(f),
            Self::Fingerprint(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
            Self::Sink(error) => write!(f, "the file cannot be written: {error}"),
            Self::Call(error) => write!(f, "a part was not downloaded: {error}"),
            Self::PartSize { part, expected, found } => {
                write!(f, "part {part} of the file has {found} bytes instead of {expected}; download it again")
            }
            Self::Redirected => f.write_str("the server refers to a CDN, which no encrypted file is on"),
        }
    }
}

impl Error for DownloadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Key(error) => Some(error),
            Self::Fingerprint(error) => Some(error),
            Self::File(error) => Some(error),
            Self::Sink(error) => Some(error),
            Self::Call(error) => Some(error),
            Self::NoFile | Self::PartSize { .. } | Self::Redirected => None,
        }
    }
}

/// Why a message with a file was not sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendFileError {
    /// The message has no media that a file goes with.
    NoMedia(NoMedia),
    /// The file was not uploaded.
    Upload(UploadError),
    /// The message was not sent.
    Send(SendError),
}

impl fmt::Display for SendFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMedia(error) => error.fmt(f),
            Self::Upload(error) => error.fmt(f),
            Self::Send(error) => error.fmt(f),
        }
    }
}

impl Error for SendFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoMedia(error) => Some(error),
            Self::Upload(error) => Some(error),
            Self::Send(error) => Some(error),
        }
    }
}
