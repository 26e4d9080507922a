//! Entities: which units of a text they cover, and how they follow it into pieces.

use std::ops::Range;

use tl_types::secret::types::MessageEntity;

use super::cut::Piece;
use super::error::EntityFault;

/// How many UTF-16 code units a text has.
pub(crate) fn utf16_len(text: &str) -> usize {
    // All bytes but the continuations of UTF-8 begin a code point, and one of four bytes has two units. Counted by bytes,
    // and so many at a time that a byte holds the count, it compiles to vector instructions.
    let units = |byte: &u8| u8::from(byte & 0xc0 != 0x80) + u8::from(*byte >= 0xf0);
    text.as_bytes().chunks(127).map(|bytes| usize::from(bytes.iter().map(units).sum::<u8>())).sum()
}

/// Checks that every entity covers whole code points of `text`, and gives the text's length in UTF-16 code units; or
/// the first entity that does not.
pub(crate) fn check(entities: &[MessageEntity], text: &str) -> Result<usize, (usize, EntityFault)> {
    let units = utf16_len(text);
    let mut borders = Vec::with_capacity(2 * entities.len());
    for (index, entity) in entities.iter().enumerate() {
        let range = range_in(entity, units).map_err(|fault| (index, fault))?;
        borders.extend([(range.start, index), (range.end, index)]);
    }
    borders.sort_unstable();
    match first_inside_pair(&borders, text) {
        Some((at, index)) => Err((index, EntityFault::InsideSurrogatePair { at })),
        None => Ok(units),
    }
}

fn range_in(entity: &MessageEntity, units: usize) -> Result<Range<usize>, EntityFault> {
    let (offset, length) = span(entity);
    let start = usize::try_from(offset).map_err(|_| EntityFault::NegativeOffset(offset))?;
    let covered = usize::try_from(length).ok().filter(|&covered| covered > 0);
    let covered = covered.ok_or(EntityFault::NoLength(length))?;
    match start.checked_add(covered) {
        Some(end) if end <= units => Ok(start..end),
        _ => Err(EntityFault::PastEnd {
            end: i64::from(offset).saturating_add(i64::from(length)).unsigned_abs(),
            text: units,
        }),
    }
}

/// `borders` rise, so that one walk over the text is enough; the one of the lowest index is named.
fn first_inside_pair(borders: &[(usize, usize)], text: &str) -> Option<(usize, usize)> {
    let mut found: Option<(usize, usize)> = None;
    let mut borders = borders.iter().copied().peekable();
    let mut at = 0;
    for code_point in text.chars() {
        if borders.peek().is_none() {
            break;
        }
        let from = at;
        at += code_point.len_utf16();
        while let Some((border, index)) = borders.next_if(|&(border, _)| border < at) {
            if border > from && found.is_none_or(|(_, other)| index < other) {
                found = Some((border, index));
            }
        }
    }
    found
}

/// The units that a checked entity covers.
pub(crate) fn range(entity: &MessageEntity) -> Range<usize> {
    let (offset, length) = span(entity);
    let start = usize::try_from(offset).unwrap_or_default();
    start..start.saturating_add(usize::try_from(length).unwrap_or_default())
}

/// The ranges that a cut should not fall into, in the order in which they begin.
pub(super) fn undivided(entities: &[MessageEntity]) -> Vec<Range<usize>> {
    let emoji = entities.iter().filter(|entity| matches!(entity, MessageEntity::CustomEmoji(_)));
    let mut ranges: Vec<_> = emoji.map(range).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    ranges
}

/// What of the checked `entities` each of the pieces has, in the same order, relative to the piece.
pub(super) fn distribute(entities: &[MessageEntity], pieces: &[Piece<'_>]) -> Vec<Vec<MessageEntity>> {
    let mut parts = vec![Vec::new(); pieces.len()];
    for entity in entities {
        let range = range(entity);
        let first = pieces.partition_point(|piece| piece.span.end <= range.start);
        for (piece, part) in pieces.iter().zip(&mut parts).skip(first) {
            if piece.span.start >= range.end {
                break;
            }
            let covered = range.start.max(piece.span.start)..range.end.min(piece.span.end);
            if !covered.is_empty() {
                part.push(with_span(entity, covered.start - piece.span.start, covered.len()));
            }
        }
    }
    parts
}

macro_rules! spans {
    ($($kind:ident)*) => {
        /// Offset and length as they stand.
        fn span(entity: &MessageEntity) -> (i32, i32) {
            match entity {
                $(MessageEntity::$kind(fields) => (fields.offset, fields.length),)*
            }
        }

        /// The same entity elsewhere, with its other fields. A piece is shorter than 2^31 units.
        fn with_span(entity: &MessageEntity, offset: usize, length: usize) -> MessageEntity {
            let mut entity = entity.clone();
            match &mut entity {
                $(MessageEntity::$kind(fields) => {
                    fields.offset = i32::try_from(offset).unwrap_or(i32::MAX);
                    fields.length = i32::try_from(length).unwrap_or(i32::MAX);
                })*
            }
            entity
        }
    };
}

spans! {
    Unknown Mention Hashtag BotCommand Url Email Bold Italic Code Pre TextUrl MentionName Phone Cashtag BankCard
    Underline Strike Blockquote Spoiler CustomEmoji
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_as_utf16_has_them() {
        for unit in ["", "a", "é", "日", "𝄞", "a𝄞é"] {
            for times in [1, 42, 43, 64, 127, 128, 300] {
                let text = unit.repeat(times);
                assert_eq!(utf16_len(&text), text.encode_utf16().count(), "{unit} {times} times");
            }
        }
    }
}
