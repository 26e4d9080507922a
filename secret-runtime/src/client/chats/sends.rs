//! Messages whose sender waits for the server to have them.

use std::collections::{BTreeMap, VecDeque};

use tl_types::api::constructors::messages::{SentEncryptedFile, SentEncryptedMessage};
use tl_types::api::types::EncryptedFile;
use tracing::Span;

use super::error::{ChatError, SendError};
use super::peer::Sent;
use super::work::Reply;
use crate::chat::Event;

/// Messages whose first answer is kept, so that sending one again gives it. 1024: what a caller that was interrupted may
/// repeat, and a few hundred kilobytes.
const KEPT_ANSWERS: usize = 1024;

/// A chat, and a message's `random_id`.
pub(super) type Name = (i32, i64);

/// All messages that somebody waits for, and the last ones that somebody named and waited for.
#[derive(Default)]
pub(super) struct Sends {
    next: u64,
    sends: BTreeMap<u64, Send>,
    by_chunk: BTreeMap<Name, u64>,
    by_name: BTreeMap<Name, u64>,
    finished: VecDeque<u64>,
    /// Those of the group that is not committed.
    staged: Vec<u64>,
}

struct Send {
    name: Option<Name>,
    chunks: Vec<Chunk>,
    replies: Vec<Reply<Vec<Sent>, SendError>>,
    /// The events that are its answer, by their numbers: should nobody be there to take that, they are told.
    events: Vec<(i32, u64, Event)>,
    /// The caller's, until there is an answer.
    span: Span,
}

struct Chunk {
    name: Name,
    outcome: Option<Result<Sent, ChatError>>,
}

/// What became of the events of a message, once all of it has an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Settled {
    /// Somebody took the answer; the events count as delivered.
    Taken(Vec<(i32, u64)>),
    /// Nobody waits any more; they are to be told.
    Untaken(Vec<(i32, u64, Event)>),
}

impl Sends {
    /// Waits for a message that was sent under this name before, or gives the reply back.
    pub(super) fn join(
        &mut self,
        name: Name,
        reply: Reply<Vec<Sent>, SendError>,
    ) -> Option<Reply<Vec<Sent>, SendError>> {
        let Some(send) = self.by_name.get(&name).and_then(|number| self.sends.get_mut(number)) else {
            return Some(reply);
        };
        if send.chunks.iter().all(|chunk| chunk.outcome.is_some()) {
            let _ = reply.send(send.answer());
        } else {
            send.replies.push(reply);
        }
        None
    }

    /// Waits for the chunks of a message, which are staged.
    pub(super) fn wait(
        &mut self,
        name: Option<Name>,
        chunks: Vec<Name>,
        reply: Reply<Vec<Sent>, SendError>,
        span: Span,
    ) {
        let number = self.next;
        self.next += 1;
        self.by_chunk.extend(chunks.iter().map(|chunk| (*chunk, number)));
        self.by_name.extend(name.map(|name| (name, number)));
        let chunks = chunks.into_iter().map(|name| Chunk { name, outcome: None }).collect();
        self.sends.insert(number, Send { name, chunks, replies: vec![reply], events: Vec::new(), span });
        self.staged.push(number);
    }

    /// What was staged is durable.
    pub(super) fn committed(&mut self) {
        self.staged.clear();
    }

    /// What was staged did not happen.
    pub(super) fn undone(&mut self, why: &ChatError) {
        for number in std::mem::take(&mut self.staged) {
            if let Some(send) = self.remove(number) {
                drop(send.span);
                send.replies.into_iter().for_each(|reply| drop(reply.send(Err(why.clone().into()))));
            }
        }
    }

    /// Whether somebody waits for this message.
    pub(super) fn awaits(&self, name: Name) -> bool {
        self.by_chunk.contains_key(&name)
    }

    /// In which somebody waits for this message.
    pub(super) fn span(&self, name: Name) -> Option<&Span> {
        Some(&self.sends.get(self.by_chunk.get(&name)?)?.span)
    }

    /// A message has its answer, in an event; gives the events of the whole, if that is all of it.
    pub(super) fn answered(
        &mut self,
        name: Name,
        outcome: Result<Sent, ChatError>,
        event: (i32, u64, Event),
    ) -> Option<Settled> {
        let number = self.by_chunk.remove(&name)?;
        let send = self.sends.get_mut(&number)?;
        send.events.push(event);
        for chunk in send.chunks.iter_mut().filter(|chunk| chunk.name == name) {
            chunk.outcome = Some(outcome.clone());
        }
        if send.chunks.iter().any(|chunk| chunk.outcome.is_none()) {
            return None;
        }
        // Before the caller goes on, on whatever thread.
        send.span = Span::none();
        let mut is_taken = false;
        for reply in std::mem::take(&mut send.replies) {
            is_taken |= reply.send(send.answer()).is_ok();
        }
        let events = std::mem::take(&mut send.events);
        self.finish(number);
        Some(match is_taken {
            true => Settled::Taken(events.into_iter().map(|(chat, number, _)| (chat, number)).collect()),
            false => Settled::Untaken(events),
        })
    }

    /// Keeps the answer of a message that has a name, and forgets that of an older one.
    fn finish(&mut self, number: u64) {
        if self.sends.get(&number).is_none_or(|send| send.name.is_none()) {
            self.remove(number);
            return;
        }
        self.finished.push_back(number);
        if self.finished.len() > KEPT_ANSWERS
            && let Some(oldest) = self.finished.pop_front()
        {
            self.remove(oldest);
        }
    }

    fn remove(&mut self, number: u64) -> Option<Send> {
        let send = self.sends.remove(&number)?;
        for chunk in &send.chunks {
            if self.by_chunk.get(&chunk.name) == Some(&number) {
                self.by_chunk.remove(&chunk.name);
            }
        }
        if let Some(name) = send.name.filter(|name| self.by_name.get(name) == Some(&number)) {
            self.by_name.remove(&name);
        }
        Some(send)
    }
}

impl Send {
    fn answer(&self) -> Result<Vec<Sent>, SendError> {
        let outcomes = || self.chunks.iter().filter_map(|chunk| chunk.outcome.as_ref());
        let sent = outcomes().filter_map(|outcome| outcome.as_ref().ok()).cloned().collect();
        let mut failures = outcomes().enumerate().filter_map(|(chunk, outcome)| Some((chunk, outcome.as_ref().err()?)));
        match failures.next() {
            None => Ok(sent),
            Some((chunk, error)) => Err(SendError { chunk, sent, error: error.clone() }),
        }
    }
}

/// What the server answered, as the caller gets it; `now` stands for a date that is not known.
pub(super) fn sent(random_id: i64, date: Option<i32>, file: Option<EncryptedFile>, now: i32) -> Sent {
    let date = date.unwrap_or(now);
    let answer = match file {
        Some(file) => SentEncryptedFile::new(date, file).into(),
        None => SentEncryptedMessage::new(date).into(),
    };
    Sent { random_id, answer }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot::{self, Receiver, error::TryRecvError};

    type Answer = Receiver<Result<Vec<Sent>, SendError>>;

    /// Waits for a message of one chunk, or of two.
    fn wait(sends: &mut Sends, name: Option<i64>, chunks: &[i64]) -> Answer {
        let (reply, answer) = oneshot::channel();
        sends.wait(
            name.map(|name| (1, name)),
            chunks.iter().map(|chunk| (1, *chunk)).collect(),
            reply,
            tracing::Span::none(),
        );
        answer
    }

    /// The server answers a chunk.
    fn answer(sends: &mut Sends, chunk: i64) -> Option<Settled> {
        let event = Event::Sent { random_id: chunk, date: Some(5), file: None };
        sends.answered((1, chunk), Ok(sent(chunk, Some(5), None, 0)), (1, chunk.unsigned_abs(), event))
    }

    fn is_known(sends: &mut Sends, name: i64) -> bool {
        sends.join((1, name), oneshot::channel().0).is_none()
    }

    #[test]
    fn the_last_answers_of_messages_with_a_name_are_kept() {
        let mut sends = Sends::default();
        let last = i64::try_from(KEPT_ANSWERS).unwrap() + 1;
        for name in 1..=last {
            let mut waiting = wait(&mut sends, Some(name), &[name]);
            sends.committed();
            assert!(is_known(&mut sends, 1), "{name}");
            assert!(matches!(answer(&mut sends, name), Some(Settled::Taken(_))));
            assert_eq!(waiting.try_recv().unwrap().unwrap().len(), 1);
        }
        let known = [1, 2, 3, last].map(|name| is_known(&mut sends, name));
        assert_eq!(known, [false, true, true, true]);
        assert_eq!((sends.sends.len(), sends.by_name.len()), (KEPT_ANSWERS, KEPT_ANSWERS));
    }

    #[test]
    fn nothing_is_kept_of_a_message_without_a_name() {
        let mut sends = Sends::default();
        let mut waiting = wait(&mut sends, None, &[7, 8]);
        sends.committed();
        assert_eq!(answer(&mut sends, 7), None);
        assert_eq!(waiting.try_recv().unwrap_err(), TryRecvError::Empty);
        assert_eq!(answer(&mut sends, 8), Some(Settled::Taken(vec![(1, 7), (1, 8)])));
        assert_eq!(waiting.try_recv().unwrap().unwrap().len(), 2);
        let Sends { next: _, sends, by_chunk, by_name, finished, staged } = sends;
        assert!(sends.is_empty() && by_chunk.is_empty() && by_name.is_empty());
        assert!(finished.is_empty() && staged.is_empty());
    }

    #[test]
    fn what_did_not_happen_is_said_and_can_be_sent_again() {
        let mut sends = Sends::default();
        let mut durable = wait(&mut sends, Some(1), &[1]);
        sends.committed();
        let mut undone = wait(&mut sends, Some(2), &[2, 3]);
        sends.undone(&ChatError::Ended);
        assert_eq!(undone.try_recv().unwrap().unwrap_err().sent.len(), 0);
        assert_eq!([1, 2, 3].map(|chunk| sends.awaits((1, chunk))), [true, false, false]);
        assert!(!is_known(&mut sends, 2));
        assert!(answer(&mut sends, 1).is_some());
        assert!(durable.try_recv().unwrap().is_ok());
    }
}
