//! The one table of rules that the fields of the schema do not show, and a function for each.
//!
//! What the generated bindings already refuse (see `Layered::min_layer`) is not repeated here: the layers of
//! `grouped_id`, `silent`, underline, strike, block quote, spoiler, custom emoji, and the entities that are never sent.

use std::cmp::Reverse;

use tl_types::secret::constructors::DecryptedMessage as Fields;
use tl_types::secret::types::{
    DecryptedMessage, DecryptedMessageAction, DecryptedMessageMedia as Media, MessageEntity,
};

use crate::chat::split::SplitLimits;
use crate::chat::split::entity::{self, utf16_len};
use crate::chat::split::place::{self, Place};

use super::{Refusal, timer};

/// How many bytes `media.key` has, and `media.iv`.
pub const KEY_LEN: usize = 32;
/// How many bytes `media.thumb` has at most.
pub const THUMB_MAX_LEN: usize = 6000;
/// How many pixels wide and high `media.thumb` is at most.
pub const THUMB_MAX_SIDE: i32 = 100;
/// From this layer of the peer on, a file may have more than 2000 MiB.
pub const LARGE_FILE_LAYER: u32 = 143;
/// From this layer on, entities may overlap.
pub const NESTED_ENTITIES_LAYER: u32 = 101;
/// From this layer of the peer on, it deletes its history when the chat is closed so.
pub const DELETE_HISTORY_LAYER: u32 = 123;

const LARGE_FILE: i64 = 2000 << 20;
const LIMITS: SplitLimits = SplitLimits::TELEGRAM;

/// A rule for what is sent.
#[derive(Debug)]
pub struct Rule {
    /// The rule, as a sentence.
    pub what: &'static str,
    /// The layer from which on it no longer binds; `None` if it binds at every layer.
    pub since: Option<u32>,
    /// Who asks for it.
    pub source: &'static str,
    pub(super) test: Test,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// Finds the field that breaks the rule; the message is refused.
    Refuses(fn(&DecryptedMessage) -> Option<String>),
    /// Finds the entities that break the rule, rising; without them a message can be sent.
    Drops(fn(&[MessageEntity]) -> Vec<usize>),
    /// It is not about a message, but about closing the chat: [`super::deletes_history`].
    Closing,
}

/// Every rule, in the order in which they are checked.
pub const RULES: &[Rule] = &[
    Rule {
        what: "a message's random_id is not 0",
        since: None,
        source: "core.telegram.org/api/end-to-end; the id inside the message names it in the chat",
        test: Test::Refuses(no_random_id),
    },
    Rule {
        what: "a timer is from 0 to 365 days, in seconds",
        since: None,
        source: "Telegram's clients offer no longer one, and clamp what arrives",
        test: Test::Refuses(timer_out_of_range),
    },
    Rule {
        what: "a text is in message or in media.caption, never both, and with media that has no caption in neither",
        since: None,
        source: "iOS keeps the caption only, TDLib joins the two, Android ignores the caption",
        test: Test::Refuses(text_beside_media),
    },
    Rule {
        what: "a message has at most 4096 UTF-16 code units, a caption 1024",
        since: None,
        source: "message_length_max and caption_length_limit_default of Telegram's configuration",
        test: Test::Refuses(text_too_long),
    },
    Rule {
        what: "an entity covers whole code points of the text that it relates to",
        since: None,
        source: "core.telegram.org/api/entities: offset and length count UTF-16 code units",
        test: Test::Refuses(entity_beside_text),
    },
    Rule {
        what: "the key and the iv of a file are 32 bytes long",
        since: None,
        source: "core.telegram.org/api/end-to-end, sending encrypted files; peers reject any other",
        test: Test::Refuses(wrong_key_length),
    },
    Rule {
        what: "a thumbnail has at most 6000 bytes and 100 by 100 pixels",
        since: None,
        source: "Telegram for Android shows no larger one",
        test: Test::Refuses(large_thumb),
    },
    Rule {
        what: "a file has at most 2000 MiB",
        since: Some(LARGE_FILE_LAYER),
        source: "core.telegram.org/api/end-to-end, layer 143; 32 bits would go up to 2048 MiB",
        test: Test::Refuses(large_file),
    },
    Rule {
        what: "entities do not overlap",
        since: Some(NESTED_ENTITIES_LAYER),
        source: "TDLib: nested entities came with layer 101",
        test: Test::Drops(overlapping),
    },
    Rule {
        what: "messages.discardEncryption with delete_history does not reach the peer",
        since: Some(DELETE_HISTORY_LAYER),
        source: "TDLib, SecretChatLayer::DeleteMessagesOnClose",
        test: Test::Closing,
    },
];

impl Rule {
    /// Whether the rule holds for what is sent at `layer`.
    #[must_use]
    pub fn binds(&self, layer: u32) -> bool {
        self.since.is_none_or(|since| layer < since)
    }

    pub(super) fn refusal(&self, path: String, layer: u32) -> Refusal {
        Refusal { path, layer, needs: self.since, rule: self.what }
    }
}

fn no_random_id(message: &DecryptedMessage) -> Option<String> {
    let random_id = match message {
        DecryptedMessage::DecryptedMessage(fields) => fields.random_id,
        DecryptedMessage::Service(fields) => fields.random_id,
    };
    (random_id == 0).then(|| "random_id".to_owned())
}

fn timer_out_of_range(message: &DecryptedMessage) -> Option<String> {
    let (seconds, path) = match message {
        DecryptedMessage::DecryptedMessage(fields) => (fields.ttl, "ttl"),
        DecryptedMessage::Service(fields) => match &fields.action {
            DecryptedMessageAction::SetMessageTtl(action) => (action.ttl_seconds, "action.ttl_seconds"),
            _ => return None,
        },
    };
    (timer::clamp_ttl(seconds) != seconds).then(|| path.to_owned())
}

fn text_beside_media(message: &DecryptedMessage) -> Option<String> {
    let fields = fields(message)?;
    let beside = !fields.message.is_empty() && Place::of(fields.media.as_deref()) != Place::Message;
    beside.then(|| "message".to_owned())
}

fn text_too_long(message: &DecryptedMessage) -> Option<String> {
    let fields = fields(message)?;
    if utf16_len(&fields.message) > LIMITS.text {
        return Some("message".to_owned());
    }
    let caption = place::caption(fields.media.as_deref()?)?;
    (utf16_len(caption) > LIMITS.caption).then(|| "media.caption".to_owned())
}

fn entity_beside_text(message: &DecryptedMessage) -> Option<String> {
    let fields = fields(message)?;
    let checked = entity::check(fields.entities.as_deref()?, place::text_of(fields));
    checked.err().map(|(index, _)| format!("entities[{index}]"))
}

fn wrong_key_length(message: &DecryptedMessage) -> Option<String> {
    let (key, iv) = match media(message)? {
        Media::Photo(media) => (&media.key, &media.iv),
        Media::Video(media) => (&media.key, &media.iv),
        Media::Document(media) => (&media.key, &media.iv),
        Media::Audio(media) => (&media.key, &media.iv),
        _ => return None,
    };
    let wrong = [("media.key", key), ("media.iv", iv)].into_iter().find(|(_, bytes)| bytes.len() != KEY_LEN);
    wrong.map(|(path, _)| path.to_owned())
}

fn large_thumb(message: &DecryptedMessage) -> Option<String> {
    let (thumb, w, h) = match media(message)? {
        Media::Photo(media) => (&media.thumb, media.thumb_w, media.thumb_h),
        Media::Video(media) => (&media.thumb, media.thumb_w, media.thumb_h),
        Media::Document(media) => (&media.thumb, media.thumb_w, media.thumb_h),
        _ => return None,
    };
    let sides = 0..=THUMB_MAX_SIDE;
    match () {
        () if thumb.is_empty() => None,
        () if thumb.len() > THUMB_MAX_LEN => Some("media.thumb".to_owned()),
        () if !sides.contains(&w) => Some("media.thumb_w".to_owned()),
        () if !sides.contains(&h) => Some("media.thumb_h".to_owned()),
        () => None,
    }
}

fn large_file(message: &DecryptedMessage) -> Option<String> {
    let size = match media(message)? {
        Media::Photo(media) => i64::from(media.size),
        Media::Video(media) => i64::from(media.size),
        Media::Audio(media) => i64::from(media.size),
        Media::Document(media) => media.size,
        _ => return None,
    };
    (size > LARGE_FILE).then(|| "media.size".to_owned())
}

/// Of two that overlap, the one that begins later; of two that begin together, the shorter; of equals, the later.
fn overlapping(entities: &[MessageEntity]) -> Vec<usize> {
    let mut ranges: Vec<_> = entities.iter().map(entity::range).enumerate().collect();
    ranges.sort_by_key(|(_, range)| (range.start, Reverse(range.end)));
    let mut covered = 0;
    let mut inner = Vec::new();
    for (index, range) in ranges {
        if range.start < covered {
            inner.push(index);
        } else {
            covered = range.end;
        }
    }
    inner.sort_unstable();
    inner
}

fn fields(message: &DecryptedMessage) -> Option<&Fields> {
    match message {
        DecryptedMessage::DecryptedMessage(fields) => Some(fields),
        DecryptedMessage::Service(_) => None,
    }
}

fn media(message: &DecryptedMessage) -> Option<&Media> {
    fields(message)?.media.as_deref()
}
