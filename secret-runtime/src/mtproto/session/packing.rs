//! Writing messages into a packet: one alone, several in a container.

use rand_core::CryptoRng;
use tl_types::Combinator;
use tl_types::mtproto::constructors::MsgContainer;

use super::UnixMillis;
use super::numbering::{Kind, Numbering};
use crate::mtproto::message::{Direction, Draft, Envelope, Header, Sealed};

/// What a container adds to each message.
pub(super) const PER_MESSAGE: usize = 8 + 4 + 4;
/// What it adds once.
const CONTAINER: usize = 4 + 4;

/// A packet that messages are written into.
pub(super) struct Packing {
    draft: Draft,
    alone: bool,
    last: (i64, i32),
}

/// Who sends, and what the header needs.
pub(super) struct Sender<'a> {
    pub(super) envelope: &'a Envelope,
    pub(super) direction: Direction,
    pub(super) salt: i64,
    pub(super) session_id: i64,
    pub(super) server_time: UnixMillis,
}

impl Packing {
    /// For `count` messages whose bodies have `bytes` bytes together.
    pub(super) fn new(count: usize, bytes: usize) -> Self {
        let alone = count == 1;
        let mut draft = Draft::new(if alone { bytes } else { CONTAINER + count * PER_MESSAGE + bytes });
        if !alone {
            let body = draft.body();
            body.extend_from_slice(&MsgContainer::ID.to_le_bytes());
            body.extend_from_slice(&(count as u32).to_le_bytes());
        }
        Self { draft, alone, last: (0, 0) }
    }

    /// The next message; its body of exactly `length` bytes is to be appended to what is returned.
    pub(super) fn message(&mut self, id: i64, seq_no: i32, length: usize) -> &mut Vec<u8> {
        self.last = (id, seq_no);
        let body = self.draft.body();
        if !self.alone {
            body.extend_from_slice(&id.to_le_bytes());
            body.extend_from_slice(&seq_no.to_le_bytes());
            body.extend_from_slice(&(length as u32).to_le_bytes());
        }
        body
    }

    /// Encrypts the packet; gives the id of the container, too, if there is one. `None` if a body was no TL.
    pub(super) fn seal<R: CryptoRng + ?Sized>(
        self,
        sender: &Sender<'_>,
        numbering: &mut Numbering,
        kind: Kind,
        rng: &mut R,
    ) -> Option<(Sealed, Option<i64>)> {
        let (message_id, seq_no) = if self.alone {
            self.last
        } else {
            (numbering.message_id(sender.server_time, kind), numbering.seq_no(false))
        };
        let Sender { envelope, direction, salt, session_id, server_time: _ } = *sender;
        let header = Header { salt, session_id, message_id, seq_no };
        let sealed = envelope.seal_draft(direction, header, self.draft, rng).ok()?;
        Some((sealed, (!self.alone).then_some(message_id)))
    }
}
