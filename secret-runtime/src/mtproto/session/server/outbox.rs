//! Answers and updates: to send, and kept until the client acknowledges them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use tl_types::Combinator;
use tl_types::mtproto::constructors::RpcResult;

use super::super::UnixMillis;
use super::super::numbering::Kind;

/// What a message is, besides its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The answer to the request of this id.
    Answer(i64),
    /// The update of this number.
    Push(u64),
    /// `new_session_created`.
    Session,
}

impl What {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Answer(_) => Kind::Response,
            Self::Push(_) | Self::Session => Kind::Notification,
        }
    }

    /// How many bytes [`What::write`] writes.
    pub(super) fn length(self) -> usize {
        if matches!(self, Self::Answer(_)) { 12 } else { 0 }
    }

    /// Writes what stands in front of the body.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        if let Self::Answer(message_id) = self {
            out.extend_from_slice(&<RpcResult>::ID.to_le_bytes());
            out.extend_from_slice(&message_id.to_le_bytes());
        }
    }
}

/// A message that was sent.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) what: What,
    pub(super) seq_no: i32,
    pub(super) body: Vec<u8>,
    sent_at: UnixMillis,
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    new: VecDeque<(What, Vec<u8>)>,
    /// `new_session_created`, if it is to be sent.
    notice: Option<Vec<u8>>,
    kept: BTreeMap<i64, Kept>,
    /// The message that answers a request, once it was sent.
    answers: HashMap<i64, Option<i64>>,
    /// What is to be sent again; whether the client asked for it, so that it has to be whole.
    again: BTreeMap<i64, bool>,
    /// When each message was sent. Entries count whose message was last sent then.
    timers: VecDeque<(UnixMillis, i64)>,
    bytes: usize,
}

impl Outbox {
    /// Queues a message; the oldest are dropped for it if all are more than `limit` bytes.
    pub(super) fn push(&mut self, what: What, body: Vec<u8>, limit: usize) {
        self.bytes += body.len();
        if let What::Answer(request) = what {
            self.answers.insert(request, None);
        }
        self.new.push_back((what, body));
        while self.bytes > limit {
            let oldest = self.kept.first_key_value().map(|(id, _)| *id);
            if oldest.and_then(|id| self.remove(id)).is_none() {
                let dropped = if self.new.len() > 1 { self.new.pop_front() } else { None };
                let Some((what, body)) = dropped else { break };
                self.bytes -= body.len();
                self.forget_answer(what);
            }
        }
    }

    pub(super) fn pop_new(&mut self) -> Option<(What, Vec<u8>)> {
        let (what, body) = self.new.pop_front()?;
        self.bytes -= body.len();
        Some((what, body))
    }

    /// Queues `new_session_created`; a later one says all that an earlier one would.
    pub(super) fn push_notice(&mut self, notice: Vec<u8>) {
        self.notice = Some(notice);
    }

    pub(super) fn pop_notice(&mut self) -> Option<Vec<u8>> {
        self.notice.take()
    }

    pub(super) fn next_length(&self) -> Option<usize> {
        self.new.front().map(|(what, body)| what.length() + body.len())
    }

    /// A message goes out now for the first time.
    pub(super) fn keep(&mut self, id: i64, what: What, seq_no: i32, body: Vec<u8>, now: UnixMillis) {
        if let What::Answer(request) = what {
            self.answers.insert(request, Some(id));
        }
        self.bytes += body.len();
        self.kept.insert(id, Kept { what, seq_no, body, sent_at: now });
        self.timers.push_back((now, id));
    }

    pub(super) fn kept(&self, id: i64) -> Option<&Kept> {
        self.kept.get(&id)
    }

    /// The message that answers this request, if it was sent and is kept.
    pub(super) fn answer(&self, request: i64) -> Option<i64> {
        self.answers.get(&request).copied().flatten()
    }

    /// Whether the answer to this request was sent or will be.
    pub(super) fn has_answer(&self, request: i64) -> bool {
        self.answers.contains_key(&request)
    }

    fn forget_answer(&mut self, what: What) {
        if let What::Answer(request) = what {
            self.answers.remove(&request);
        }
    }

    /// A message was acknowledged, or is not wanted.
    pub(super) fn remove(&mut self, id: i64) -> Option<Kept> {
        let kept = self.kept.remove(&id)?;
        self.again.remove(&id);
        self.bytes -= kept.body.len();
        self.forget_answer(kept.what);
        Some(kept)
    }

    /// An answer that was not sent yet is not wanted.
    pub(super) fn drop_new(&mut self, request: i64) {
        let bytes = &mut self.bytes;
        self.new.retain(|(what, body)| {
            let stays = *what != What::Answer(request);
            *bytes -= if stays { 0 } else { body.len() };
            stays
        });
        self.forget_answer(What::Answer(request));
    }

    pub(super) fn send_again(&mut self, id: i64, is_asked_for: bool) -> bool {
        let is_kept = self.kept.contains_key(&id);
        if is_kept {
            *self.again.entry(id).or_default() |= is_asked_for;
        }
        is_kept
    }

    pub(super) fn send_all_again(&mut self) {
        self.kept.keys().for_each(|id| _ = self.again.entry(*id).or_default());
    }

    /// The next message to send again; one whose id is below `stale` is queued as a new one instead.
    pub(super) fn pop_again(&mut self, stale: i64, now: UnixMillis) -> Option<(i64, bool)> {
        let mut renewed = Vec::new();
        while let Some(entry) = self.again.first_entry().filter(|entry| *entry.key() < stale) {
            let id = *entry.key();
            entry.remove();
            match self.remove(id) {
                Some(Kept { what: What::Session, body, .. }) => self.notice = Some(body),
                Some(Kept { what, body, .. }) => renewed.push((what, body)),
                None => {}
            }
        }
        for (what, body) in renewed.into_iter().rev() {
            self.bytes += body.len();
            if let What::Answer(request) = what {
                self.answers.insert(request, None);
            }
            self.new.push_front((what, body));
        }
        while let Some((id, is_asked_for)) = self.again.pop_first() {
            if let Some(kept) = self.kept.get_mut(&id) {
                kept.sent_at = now;
                self.timers.push_back((now, id));
                return Some((id, is_asked_for));
            }
        }
        None
    }

    /// What was popped does not fit any more.
    pub(super) fn put_back(&mut self, id: i64, is_asked_for: bool) {
        self.again.insert(id, is_asked_for);
    }

    /// What was sent before `until` and not acknowledged is sent again.
    pub(super) fn pass_time(&mut self, until: UnixMillis) {
        while let Some((at, id)) = self.timers.front().copied() {
            let is_current = self.kept.get(&id).is_some_and(|kept| kept.sent_at == at);
            if is_current && at > until {
                return;
            }
            self.timers.pop_front();
            if is_current {
                self.again.entry(id).or_default();
            }
        }
    }

    /// When the oldest message that may have to be sent again was sent.
    pub(super) fn oldest(&self) -> Option<UnixMillis> {
        self.timers.front().map(|(at, _)| *at)
    }
}
