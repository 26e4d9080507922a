//! A long text as several messages.
//!
//! Owns where a text is cut, and which field goes with which part. Knows neither layers (that is
//! [`policy`](super::policy)) nor sequence numbers, and sends nothing.

mod cut;
pub(crate) mod entity;
mod error;
pub(crate) mod place;

use std::num::NonZeroI64;

use tl_types::secret::constructors::DecryptedMessage;
use tl_types::secret::types::MessageEntity;

use cut::{Cutter, Piece};
use place::Place;

pub use error::{EntityFault, SplitError};

/// How many UTF-16 code units a text may have. A limit below 2 counts as 2, since a code point takes up to 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitLimits {
    /// For `decryptedMessage.message`.
    pub text: usize,
    /// For the `caption` of media.
    pub caption: usize,
}

impl SplitLimits {
    /// The limits of Telegram's servers and clients (`message_length_max` and `caption_length_limit_default` of
    /// `help.getConfig` and `help.getAppConfig`), counted in UTF-16 code units, which no other way of counting exceeds.
    pub const TELEGRAM: Self = Self { text: 4096, caption: 1024 };

    fn within_bounds(self) -> Self {
        // An offset is an `int`.
        let bound = |limit: usize| limit.clamp(2, i32::MAX as usize);
        Self { text: bound(self.text), caption: bound(self.caption) }
    }
}

impl Default for SplitLimits {
    fn default() -> Self {
        Self::TELEGRAM
    }
}

/// The messages that say what `message` says, in the order in which to send them.
///
/// A text within the limit stays as it is. A longer one is cut into parts:
/// - at the last line border, if that leaves the part at least half full; else at the last white space; else between
///   two grapheme clusters; and inside one only if it is longer than the limit by itself, then between code points;
/// - never inside a `messageEntityCustomEmoji`, whose text stands for one image, unless that is longer than a part;
/// - white space at the end of a part goes, and so does a part that has nothing else. White space at the start of a
///   part stays: it may be the indentation of a line.
///
/// Entities (offsets in UTF-16 code units) move with their text. One that crosses a border goes on in the next part,
/// with all its other fields.
///
/// # Which field goes where
/// - `random_id` stays with the first message; each other takes one from `next_random_id`.
/// - `media`, `reply_to_random_id`, `via_bot_name` and `grouped_id` (an album is of media) stay with the first.
/// - `ttl`, `silent` and `no_webpage` hold for every message.
/// - With a photo, a video or a document the text belongs into `media.caption`, and `message` is empty; a text in
///   `message` moves there. What the caption has no room for follows as text.
/// - Audio, a contact, a place, or a sticker have no caption: they go first, alone, and the text follows.
/// - The preview of a web page goes with a text, as a text message has it.
///
/// # Errors
/// [`SplitError`] if the message contradicts itself; it is the caller's to mend.
///
/// # Example
/// ```
/// use secret_runtime::chat::split::{SplitLimits, split};
/// use std::num::NonZeroI64;
/// use tl_types::secret::constructors::DecryptedMessage;
///
/// let long = DecryptedMessage::new(1, 0, "word ".repeat(1000));
/// let messages = split(long, SplitLimits::TELEGRAM, || NonZeroI64::MAX)?;
///
/// assert_eq!(messages.len(), 2);
/// assert_eq!((messages[0].random_id, messages[1].random_id), (1, i64::MAX));
/// assert!(messages[0].message.ends_with("word"));
/// # Ok::<(), secret_runtime::chat::split::SplitError>(())
/// ```
pub fn split(
    mut message: DecryptedMessage,
    limits: SplitLimits,
    mut next_random_id: impl FnMut() -> NonZeroI64,
) -> Result<Vec<DecryptedMessage>, SplitError> {
    let limits = limits.within_bounds();
    let place = Place::of(message.media.as_deref());
    let text = place::take_text(&mut message).ok_or(SplitError::TextTwice)?;
    let listed = message.entities.as_deref().unwrap_or_default();
    let units = entity::check(listed, &text).map_err(|(index, fault)| SplitError::Entity { index, fault })?;

    let fits = match place {
        Place::Message => units <= limits.text,
        Place::Caption => units <= limits.caption,
        Place::After => units == 0,
    };
    if fits {
        place::put_text(&mut message, text);
        return Ok(vec![message]);
    }

    let entities = message.entities.take().unwrap_or_default();
    let pieces = pieces(&text, &entities, place, limits);
    let mut parts = pieces.iter().zip(entity::distribute(&entities, &pieces));
    let (piece, entities) = parts.next().ok_or(SplitError::Blank)?;
    place::put_text(&mut message, piece.text.to_owned());
    message.entities = listed_if_any(entities);

    let mut messages = vec![message];
    for (piece, entities) in parts {
        let mut next = DecryptedMessage::new(next_random_id().get(), 0, piece.text);
        next.entities = listed_if_any(entities);
        if let Some(first) = messages.first() {
            next.ttl = first.ttl;
            next.silent = first.silent;
            next.no_webpage = first.no_webpage;
        }
        messages.push(next);
    }
    Ok(messages)
}

/// The first piece is for the message itself: there it may be empty, next to media.
fn pieces<'a>(text: &'a str, entities: &[MessageEntity], place: Place, limits: SplitLimits) -> Vec<Piece<'a>> {
    let smaller = match place {
        Place::Message | Place::After => limits.text,
        Place::Caption => limits.text.min(limits.caption),
    };
    let whole = entity::undivided(entities);
    let mut cutter = Cutter::new(text, &whole, smaller);
    let mut pieces = Vec::new();
    match place {
        Place::Message => {}
        Place::Caption => pieces.extend(cutter.next_piece(limits.caption)),
        Place::After => pieces.push(Piece::EMPTY),
    }
    while let Some(piece) = cutter.next_piece(limits.text) {
        if !piece.text.is_empty() {
            pieces.push(piece);
        }
    }
    pieces
}

fn listed_if_any(entities: Vec<MessageEntity>) -> Option<Vec<MessageEntity>> {
    (!entities.is_empty()).then_some(entities)
}
