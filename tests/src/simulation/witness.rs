//! What is promised, checked against what happens: the numbers and their contents, and what the users see.
//!
//! It sees the plaintext of every message through [`super::tap`], and nothing of the state machine's inside.

use std::collections::{BTreeMap, BTreeSet};

use secret_runtime::chat::{CloseReason, Event, SendFailure};
use secret_runtime::crypto::Role;
use tl_types::secret::constructors::DecryptedMessageLayer;
use tl_types::secret::exact;
use tl_types::secret::types::{DecryptedMessage, DecryptedMessageAction};
use tl_types::{Decode, Raise, Raw};

use super::moves::Side;
use super::tap;

/// A message under a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// As it is sent.
    pub data: Vec<u8>,
    /// The layer it was written in.
    pub layer: i32,
    /// As on the wire.
    pub in_seq_no: i32,
    /// As on the wire.
    pub out_seq_no: i32,
    /// In the newest form; `None` if it is nothing that we know.
    pub message: Option<DecryptedMessage>,
}

impl Content {
    /// Reads what was sealed into `data`.
    pub fn of(data: &[u8]) -> Option<(Role, Self)> {
        let sealed = tap::sealed(data)?;
        let layer = DecryptedMessageLayer::<Raw>::from_bytes(&sealed.body).ok()?;
        let message = exact::DecryptedMessage::from_bytes(&layer.message.0).ok().map(|message| message.raise().value);
        let DecryptedMessageLayer { layer, in_seq_no, out_seq_no, .. } = layer;
        Some((sealed.sender, Self { data: data.to_vec(), layer, in_seq_no, out_seq_no, message }))
    }

    /// The number without its lowest bit.
    pub fn counter(&self) -> u32 {
        self.out_seq_no.cast_unsigned() / 2
    }

    /// How many messages it confirms.
    pub fn received(&self) -> u32 {
        self.in_seq_no.cast_unsigned() / 2
    }

    fn random_id(&self) -> Option<i64> {
        Some(match self.message.as_ref()? {
            DecryptedMessage::DecryptedMessage(message) => message.random_id,
            DecryptedMessage::Service(message) => message.random_id,
        })
    }

    fn deletes(&self) -> &[i64] {
        match &self.message {
            Some(DecryptedMessage::Service(service)) => match &service.action {
                DecryptedMessageAction::DeleteMessages(action) => &action.random_ids,
                _ => &[],
            },
            _ => &[],
        }
    }
}

/// What one side sent, and what its user saw.
#[derive(Debug, Default)]
pub struct Account {
    /// By the number: what was sent first, and the deletion that took its place.
    pub contents: Vec<Vec<Content>>,
    /// Messages that the user was promised an outcome for.
    pub promised: BTreeMap<i64, Option<Result<(), SendFailure>>>,
    /// Messages of content that the user sent, in order.
    pub written: Vec<i64>,
    /// Messages that the user deleted.
    pub deleted: BTreeSet<i64>,
    /// The messages that the user saw, and how often they were deleted by the other side.
    pub saw: BTreeMap<i64, u32>,
    /// Why the chat is over.
    pub closed: Option<CloseReason>,
    /// The user saw everything of the other side below this number.
    read_below: usize,
}

/// Both sides.
#[derive(Debug, Default)]
pub struct Witness {
    /// Whether the second side says what it likes.
    pub is_lying: bool,
    /// By the side.
    pub sides: [Account; 2],
}

impl Witness {
    /// A side sends something. `confirmed` is how many messages the other side has confirmed.
    pub fn sends(&mut self, side: Side, data: &[u8], random_id: i64, confirmed: u32) {
        let (_, content) = Content::of(data).expect("a message was sealed in a layer");
        let counter = content.counter();
        let contents = &mut self.sides[side].contents;
        let place = usize::try_from(counter).unwrap();
        assert!(place <= contents.len(), "side {side} sends {counter}, but never sent {}", contents.len());
        assert_eq!(content.random_id(), Some(random_id), "the outer random_id is another one");
        if place == contents.len() {
            let layer = contents.last().map_or(0, |last| last[0].layer);
            assert!(content.layer >= layer, "side {side} falls from layer {layer} to {}", content.layer);
            let received = contents.last().map_or(0, |last| last[0].received());
            assert!(content.received() >= received, "side {side} takes a confirmation back");
            contents.push(vec![content]);
            return;
        }
        let known = &mut contents[place];
        if known.iter().any(|known| known.data == content.data) {
            return;
        }
        assert_eq!(known.len(), 1, "side {side} changes {counter} more than once");
        assert!(counter >= confirmed, "side {side} changes {counter}, which is confirmed");
        let first = &known[0];
        assert_eq!(content.deletes(), [first.random_id().unwrap()], "side {side} changes {counter} to no deletion");
        assert_eq!(
            (content.layer, content.in_seq_no, content.out_seq_no),
            (first.layer, first.in_seq_no, first.out_seq_no),
            "side {side} changes the numbers of {counter}"
        );
        known.push(content);
    }

    /// A peer that is not ours sends something.
    pub fn peer_sends(&mut self, side: Side, data: &[u8]) {
        let Some((_, content)) = Content::of(data).filter(|_| !self.is_lying) else { return };
        let contents = &mut self.sides[side].contents;
        let place = usize::try_from(content.counter()).unwrap();
        if place >= contents.len() {
            contents.resize(place + 1, Vec::new());
        }
        contents[place].push(content);
    }

    /// A side's user is promised an outcome.
    pub fn promises(&mut self, side: Side, random_ids: &[i64], is_content: bool) {
        for random_id in random_ids {
            let before = self.sides[side].promised.insert(*random_id, None);
            assert_eq!(before, None, "two receipts for one message");
            if is_content {
                self.sides[side].written.push(*random_id);
            }
        }
    }

    /// A side's user sees an event for the first time.
    pub fn sees(&mut self, side: Side, event: &Event) {
        match event {
            Event::Message { message, .. } => self.message(side, message.random_id, &message.message),
            Event::Deleted(random_ids) => {
                for random_id in random_ids {
                    if let Some(times) = self.sides[side].saw.get_mut(random_id) {
                        *times += 1;
                    }
                }
            }
            Event::Sent { random_id, .. } => self.outcome(side, *random_id, Ok(())),
            Event::Failed { random_id, why } => self.outcome(side, *random_id, Err(why.clone())),
            Event::Closed(reason) => {
                let closed = self.sides[side].closed.replace(reason.clone());
                assert_eq!(closed, None, "side {side} closes twice");
            }
            _ => {}
        }
    }

    fn outcome(&mut self, side: Side, random_id: i64, outcome: Result<(), SendFailure>) {
        let promised = self.sides[side].promised.get_mut(&random_id);
        let promised = promised.unwrap_or_else(|| panic!("side {side} hears of {random_id}, which nobody sent"));
        assert_eq!(*promised, None, "side {side} hears of {random_id} twice, now {outcome:?}");
        *promised = Some(outcome);
    }

    /// A message is seen: it is the next that the other side sent, but for those that became deletions.
    fn message(&mut self, side: Side, random_id: i64, text: &str) {
        if self.is_lying {
            return;
        }
        let from = self.sides[side].read_below;
        let contents = &self.sides[1 - side].contents;
        let is_it = |content: &Content| matches!(&content.message, Some(DecryptedMessage::DecryptedMessage(message)) if message.random_id == random_id);
        let found = contents[from..].iter().position(|contents| contents.iter().any(is_it));
        let Some(place) = found else { panic!("side {side} sees {text:.20}, twice or out of order or from nowhere") };
        for (number, skipped) in contents.iter().enumerate().skip(from).take(place) {
            let first = skipped.first();
            let random_id = first.and_then(Content::random_id);
            let is_written =
                first.is_some_and(|first| matches!(first.message, Some(DecryptedMessage::DecryptedMessage(_))));
            // A liar repeats a random_id, or has none; such a message is not shown.
            let was_used = contents[..number].iter().flatten().any(|content| content.random_id() == random_id);
            let is_content = is_written && random_id != Some(0) && !was_used;
            assert!(!is_content || skipped.len() > 1, "side {side} sees {} but not {number}", from + place);
        }
        let first = contents[from + place].iter().find(|content| is_it(content)).unwrap();
        let Some(DecryptedMessage::DecryptedMessage(sent)) = &first.message else { unreachable!() };
        assert_eq!(sent.message, text, "side {side} sees another text");
        self.sides[side].read_below = from + place + 1;
        self.sides[side].saw.insert(random_id, 0);
    }
}
