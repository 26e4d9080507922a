//! Random messages: what may be sent, and everything that may come.

use std::collections::BTreeSet;

use fastrand::Rng;
use secret_runtime::chat::policy::{self, MAX_TTL, THUMB_MAX_LEN};
use secret_runtime::chat::split::SplitLimits;
use tl_codegen::schema::CombinatorIndex;
use tl_tests::random::{self, Generator, Mode};
use tl_tests::registry::Forms;
use tl_tests::universe::Universe;
use tl_types::secret::constructors as new;
use tl_types::secret::exact;
use tl_types::secret::types::{
    DecryptedMessage, DecryptedMessageAction as Action, DecryptedMessageMedia as Media, MessageEntity,
};
use tl_types::{Decode, Layered};

use crate::tree;

/// About how many bytes the parts of a message have together, but for its text.
const BUDGET: usize = 800;

/// Makes messages that the other library knows.
pub(crate) struct Messages {
    newest: Generator<'static>,
    every: Generator<'static>,
    content: CombinatorIndex,
    service: CombinatorIndex,
    forms: Vec<CombinatorIndex>,
    known: BTreeSet<u32>,
    exchanged: BTreeSet<u32>,
    rng: Rng,
}

/// The constructors that the chat writes by itself; random ones would end it.
pub(crate) const PROTOCOL: [u32; 7] =
    [0x1be3_1789, 0x5111_10b0, 0xf304_8883, 0xf3c9_611b, 0x6fe1_735b, 0xdd05_ec6b, 0xec2e_0b9b];

impl Messages {
    pub(crate) fn new(known: BTreeSet<u32>, seed: u64) -> Self {
        let universe = Universe::secret();
        let named = |id| universe.schema.indexed().find(|(_, combinator)| combinator.id == id).unwrap().0;
        let forms = [0x1f81_4f1f, 0xaa48_327d, 0x204d_3878, 0x7316_4160, 0x36b0_91de, 0x91cc_4674];
        Self {
            newest: Generator::new(universe, Forms::Newest, Mode::Random, BUDGET),
            every: Generator::new(universe, Forms::Every, Mode::Random, BUDGET),
            content: named(0x91cc_4674),
            service: named(0x7316_4160),
            forms: forms.map(named).to_vec(),
            known,
            exchanged: BTreeSet::new(),
            rng: Rng::with_seed(seed),
        }
    }

    /// Whether the next message is ours.
    pub(crate) fn is_ours(&mut self, ours: u32, theirs: u32) -> bool {
        self.rng.u32(..ours + theirs) < ours
    }

    /// A message that we may send at a layer.
    pub(crate) fn ours(&mut self, layer: u32) -> DecryptedMessage {
        loop {
            let is_content = self.rng.u8(..4) > 0;
            let index = if is_content { self.content } else { self.service };
            let sample = self.newest.sample(index, &mut self.rng);
            let Ok(message) = DecryptedMessage::from_bytes(&sample.bytes) else { continue };
            let message = match message {
                DecryptedMessage::DecryptedMessage(message) => self.sendable(message).into(),
                DecryptedMessage::Service(mut service) => {
                    if let Action::SetMessageTtl(action) = &mut service.action {
                        action.ttl_seconds = self.rng.i32(0..=MAX_TTL);
                    }
                    // Ours tells the server alone that somebody types; theirs may write it into a message.
                    if is_protocol(&service.action) || matches!(service.action, Action::Typing(_)) {
                        continue;
                    }
                    DecryptedMessage::Service(service)
                }
            };
            if sample.has_nan || policy::check(&message, layer).is_err() {
                continue;
            }
            if message.encode_at(layer).is_ok_and(|bytes| self.takes(&bytes, layer)) {
                return message;
            }
        }
    }

    /// Whether the other library knows everything in an encoded message, which is taken down then.
    fn takes(&mut self, bytes: &[u8], layer: u32) -> bool {
        let constructors = tree::constructors(bytes);
        let is_known = constructors.iter().all(|(id, since)| self.known.contains(id) && *since <= layer);
        if is_known {
            self.exchanged.extend(constructors.into_iter().map(|(id, _)| id));
        }
        is_known
    }

    /// The constructors in the messages so far.
    pub(crate) fn exchanged(self) -> BTreeSet<u32> {
        self.exchanged
    }

    /// The encoding of a message in any form of a layer up to `layer`, mostly one that we would not send.
    pub(crate) fn theirs(&mut self, layer: u32) -> Vec<u8> {
        if self.rng.u8(..3) == 0 {
            return self.ours(layer).encode_at(layer).unwrap();
        }
        loop {
            let index = self.rng.choice(self.forms.iter().copied()).unwrap();
            let sample = self.every.sample(index, &mut self.rng);
            let is_move = match exact::DecryptedMessage::from_bytes(&sample.bytes).unwrap() {
                exact::DecryptedMessage::Service17(service) => is_protocol(&service.action),
                exact::DecryptedMessage::Service8(service) => is_protocol(&service.action),
                _ => false,
            };
            if !sample.has_nan && !is_move && self.takes(&sample.bytes, layer) {
                return sample.bytes;
            }
        }
    }

    /// The same message, with what the rules ask for.
    fn sendable(&mut self, mut message: new::DecryptedMessage) -> new::DecryptedMessage {
        message.ttl = if self.rng.bool() { 0 } else { self.rng.i32(..=MAX_TTL).max(0) };
        message.message = String::new();
        let (mut text, mut key) = (String::new(), || (0..32).map(|_| self.rng.u8(..)).collect::<Vec<_>>());
        let keys = (key(), key());
        let thumb = self.thumb();
        match message.media.as_deref_mut() {
            Some(Media::Photo(media)) => {
                (media.key, media.iv) = keys;
                (media.thumb, media.thumb_w, media.thumb_h) = thumb;
                media.caption = self.text(SplitLimits::TELEGRAM.caption);
                text.clone_from(&media.caption);
            }
            Some(Media::Video(media)) => {
                (media.key, media.iv) = keys;
                (media.thumb, media.thumb_w, media.thumb_h) = thumb;
                media.caption = self.text(SplitLimits::TELEGRAM.caption);
                text.clone_from(&media.caption);
            }
            Some(Media::Document(media)) => {
                (media.key, media.iv) = keys;
                (media.thumb, media.thumb_w, media.thumb_h) = thumb;
                media.size = if self.rng.bool() { self.rng.i64(0..1 << 31) } else { self.rng.i64(0..1 << 40) };
                media.caption = self.text(SplitLimits::TELEGRAM.caption);
                text.clone_from(&media.caption);
            }
            Some(Media::Audio(media)) => (media.key, media.iv) = keys,
            None | Some(Media::Empty | Media::WebPage(_)) => {
                message.message = self.text(SplitLimits::TELEGRAM.text);
                text.clone_from(&message.message);
            }
            Some(Media::GeoPoint(_) | Media::Contact(_) | Media::ExternalDocument(_) | Media::Venue(_)) => {}
        }
        message.entities = match self.rng.u8(..4) {
            0 => None,
            1 => Some(Vec::new()),
            _ => Some(self.entities(&text)),
        };
        message
    }

    fn thumb(&mut self) -> (Vec<u8>, i32, i32) {
        let len = if self.rng.u8(..32) == 0 { THUMB_MAX_LEN } else { self.rng.usize(..300) };
        ((0..len).map(|_| self.rng.u8(..)).collect(), self.rng.i32(0..=100), self.rng.i32(0..=100))
    }

    /// A text of at most so many UTF-16 code units; mostly a short one.
    fn text(&mut self, limit: usize) -> String {
        let len = match self.rng.u8(..16) {
            0 => 0,
            1 => self.rng.usize(..3 * limit),
            2 => self.rng.usize(240..270),
            _ => self.rng.usize(1..80),
        };
        let mut units = 0;
        let text = random::text(len, &mut self.rng);
        text.chars()
            .take_while(|char| {
                units += char.len_utf16();
                units <= limit
            })
            .collect()
    }

    /// Entities of all kinds that are sent, over whole characters, nested or not.
    fn entities(&mut self, text: &str) -> Vec<MessageEntity> {
        let mut borders = vec![0];
        borders.extend(text.chars().scan(0, |at, char| {
            *at += i32::try_from(char.len_utf16()).unwrap();
            Some(*at)
        }));
        let count = if borders.len() > 1 { self.rng.usize(..4) } else { 0 };
        (0..count)
            .map(|_| {
                let from = self.rng.usize(..borders.len() - 1);
                let to = self.rng.usize(from + 1..borders.len());
                self.entity(borders[from], borders[to] - borders[from])
            })
            .collect()
    }

    fn entity(&mut self, offset: i32, length: i32) -> MessageEntity {
        let len = self.rng.usize(..40);
        let text = random::text(len, &mut self.rng);
        match self.rng.u8(..16) {
            0 => new::MessageEntityMention::new(offset, length).into(),
            1 => new::MessageEntityHashtag::new(offset, length).into(),
            2 => new::MessageEntityBotCommand::new(offset, length).into(),
            3 => new::MessageEntityUrl::new(offset, length).into(),
            4 => new::MessageEntityEmail::new(offset, length).into(),
            5 => new::MessageEntityBold::new(offset, length).into(),
            6 => new::MessageEntityItalic::new(offset, length).into(),
            7 => new::MessageEntityCode::new(offset, length).into(),
            8 => new::MessageEntityPre::new(offset, length, text).into(),
            9 => new::MessageEntityTextUrl::new(offset, length, text).into(),
            10 => new::MessageEntityUnknown::new(offset, length).into(),
            11 => new::MessageEntityUnderline::new(offset, length).into(),
            12 => new::MessageEntityStrike::new(offset, length).into(),
            13 => new::MessageEntityBlockquote::new(offset, length).into(),
            14 => new::MessageEntitySpoiler::new(offset, length).into(),
            _ => new::MessageEntityCustomEmoji::new(offset, length, self.rng.i64(..)).into(),
        }
    }
}

/// Whether an action is a move of the protocol, which means something only where it belongs.
pub(crate) fn is_protocol(action: &Action) -> bool {
    matches!(
        action,
        Action::Resend(_)
            | Action::NotifyLayer(_)
            | Action::RequestKey(_)
            | Action::AcceptKey(_)
            | Action::AbortKey(_)
            | Action::CommitKey(_)
    )
}
