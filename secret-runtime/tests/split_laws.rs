//! What holds for every text, every entity and every limit.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what the tests share is test code, too"
)]

use std::num::NonZeroI64;
use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use secret_runtime::chat::split::{SplitError, SplitLimits, split};
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageMediaContact, DecryptedMessageMediaPhoto, MessageEntityBold,
    MessageEntityCustomEmoji, MessageEntityPre, MessageEntityTextUrl,
};
use tl_types::secret::types::{DecryptedMessageMedia, MessageEntity};
use unicode_segmentation::UnicodeSegmentation;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Media {
    None,
    Photo,
    Contact,
}

fn text() -> impl Strategy<Value = String> {
    const SNIPPETS: &[&str] = &[
        "a",
        "b",
        "word",
        "é",
        "e\u{301}",
        "🙂",
        "👍🏽",
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "🇫",
        "\u{200d}",
        "\u{fe0f}",
        "\u{301}\u{301}\u{301}",
        "각",
        "क्ष",
        "\u{600}",
        "\u{1f3fd}",
        " ",
        " ",
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\u{2028}",
        "\u{a0}",
        "日本",
    ];
    vec(select(SNIPPETS), 0..60).prop_map(|snippets| snippets.concat())
}

/// Entities on code point borders; each has a name of its own, and at most one is a custom emoji.
fn entities(text: &str, picks: &[(Index, Index, u8)]) -> Vec<MessageEntity> {
    let mut borders: Vec<i32> = vec![0];
    borders.extend(text.chars().scan(0, |at, char| {
        *at += char.len_utf16() as i32;
        Some(*at)
    }));
    let mut emoji = None;
    let entities = picks.iter().enumerate().filter_map(|(name, (from, to, kind))| {
        let (from, to) = (borders[from.index(borders.len())], borders[to.index(borders.len())]);
        let (offset, length) = (from.min(to), from.abs_diff(to) as i32);
        let entity: MessageEntity = match kind % 4 {
            0 if emoji.replace(()).is_none() => MessageEntityCustomEmoji::new(offset, length, name as i64).into(),
            1 => MessageEntityBold::new(offset, length).into(),
            2 => MessageEntityPre::new(offset, length, name.to_string()).into(),
            _ => MessageEntityTextUrl::new(offset, length, name.to_string()).into(),
        };
        (length > 0).then_some(entity)
    });
    entities.collect()
}

fn span(entity: &MessageEntity) -> (Range<usize>, String) {
    let (offset, length, name) = match entity {
        MessageEntity::CustomEmoji(entity) => (entity.offset, entity.length, format!("emoji {}", entity.document_id)),
        MessageEntity::Bold(entity) => (entity.offset, entity.length, "bold".to_owned()),
        MessageEntity::Pre(entity) => (entity.offset, entity.length, format!("pre {}", entity.language)),
        MessageEntity::TextUrl(entity) => (entity.offset, entity.length, format!("url {}", entity.url)),
        other => panic!("{other:?}"),
    };
    (offset as usize..(offset + length) as usize, name)
}

/// The names of the entities over each unit.
fn cover(units: usize, entities: &[MessageEntity]) -> Vec<Vec<String>> {
    let mut cover = vec![vec![]; units];
    for (range, name) in entities.iter().map(span) {
        assert!(!range.is_empty() && range.end <= units, "{range:?} of {units}");
        cover[range].iter_mut().for_each(|names| names.push(name.clone()));
    }
    cover
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn message(media: Media, text: &str, entities: &[MessageEntity]) -> DecryptedMessage {
    let message = DecryptedMessage::new(1, 0, text).with_entities(entities.to_vec());
    match media {
        Media::None => message,
        Media::Photo => message.with_media(DecryptedMessageMediaPhoto::new(vec![], 0, 0, 1, 1, 1, vec![], vec![], "")),
        Media::Contact => message.with_media(DecryptedMessageMediaContact::new("", "", "", 0)),
    }
}

fn ids() -> impl FnMut() -> NonZeroI64 {
    let mut ids = (2..).filter_map(NonZeroI64::new);
    move || ids.next().unwrap()
}

/// Each part's text, its limit, and where it stands in the whole, in bytes and in units.
struct Part<'a> {
    text: &'a str,
    limit: usize,
    entities: &'a [MessageEntity],
    bytes: Range<usize>,
    units: Range<usize>,
}

/// Finds the parts in the text: one after the other, with nothing but white space between.
fn locate<'a>(whole: &str, messages: &'a [DecryptedMessage], limits: SplitLimits) -> Vec<Part<'a>> {
    let mut at = 0;
    let mut parts = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        assert_eq!(message.random_id, index as i64 + 1);
        let (text, limit) = match message.media.as_deref() {
            Some(DecryptedMessageMedia::Photo(photo)) => {
                assert_eq!((index, message.message.as_str()), (0, ""));
                (photo.caption.as_str(), limits.caption)
            }
            Some(_) => {
                assert_eq!((index, message.message.as_str()), (0, ""));
                assert!(message.entities.as_deref().unwrap_or_default().is_empty());
                continue;
            }
            None => (message.message.as_str(), limits.text),
        };
        let rest = &whole[at..];
        let (skipped, _) = rest
            .char_indices()
            .chain([(rest.len(), ' ')])
            .find(|&(skip, _)| rest[skip..].starts_with(text))
            .expect("every part is in the text");
        assert_eq!(rest[..skipped].trim(), "", "lost text");
        let bytes = at + skipped..at + skipped + text.len();
        let units = units(&whole[..bytes.start])..units(&whole[..bytes.end]);
        at = bytes.end;
        parts.push(Part { text, limit, entities: message.entities.as_deref().unwrap_or_default(), bytes, units });
    }
    assert_eq!(whole[at..].trim(), "", "lost text");
    parts
}

/// Whether `byte` is inside a cluster that is at most `limit` units long.
fn divides_cluster(whole: &str, byte: usize, limit: usize) -> bool {
    whole
        .grapheme_indices(true)
        .any(|(start, cluster)| start < byte && byte < start + cluster.len() && units(cluster) <= limit)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        rng_seed: RngSeed::Fixed(4096),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_parts_are_the_text_but_for_white_space_and_entities_stay_on_theirs(
        text in text(),
        picks in vec(any::<(Index, Index, u8)>(), 0..8),
        limits in (2usize..40, 2usize..40),
        media in select(&[Media::None, Media::Photo, Media::Contact][..]),
    ) {
        let limits = SplitLimits { text: limits.0, caption: limits.1 };
        let entities = entities(&text, &picks);
        let whole = message(media, &text, &entities);
        let first_limit = if media == Media::Photo { limits.caption } else { limits.text };

        let messages = match split(whole, limits, ids()) {
            Ok(messages) => messages,
            Err(error) => {
                prop_assert_eq!(error, SplitError::Blank);
                prop_assert_eq!((media, text.trim()), (Media::None, ""));
                return Ok(());
            }
        };
        let parts = locate(&text, &messages, limits);
        if units(&text) <= first_limit && media != Media::Contact {
            prop_assert_eq!(messages.len(), 1);
            prop_assert_eq!((parts[0].text, parts[0].entities), (text.as_str(), entities.as_slice()));
            return Ok(());
        }

        let before = cover(units(&text), &entities);
        for (index, part) in parts.iter().enumerate() {
            prop_assert!(units(part.text) <= part.limit);
            match text[..part.bytes.end].graphemes(true).next_back() {
                Some(last) if !part.text.is_empty() => prop_assert_ne!(last.trim(), ""),
                _ => prop_assert_eq!((index, media), (0, Media::Photo)),
            }
            prop_assert_eq!(&cover(units(part.text), part.entities)[..], &before[part.units.clone()]);
            for entity in part.entities {
                let range = span(entity).0;
                prop_assert!(String::from_utf16(&part.text.encode_utf16().collect::<Vec<_>>()[range]).is_ok());
            }
            prop_assert!(!divides_cluster(&text, part.bytes.end, part.limit), "{:?} ends inside a cluster", part.text);
        }
    }

    #[test]
    fn no_border_is_inside_a_custom_emoji_that_a_part_has_room_for(
        text in text(),
        pick in any::<(Index, Index)>(),
        limit in 2usize..40,
    ) {
        let limits = SplitLimits { text: limit, caption: limit };
        let entities = entities(&text, &[(pick.0, pick.1, 0)]);
        let Some(emoji) = entities.first().map(|entity| span(entity).0) else { return Ok(()) };
        let clusters = text.grapheme_indices(true).map(|(start, cluster)| {
            let from = units(&text[..start]);
            from..from + units(cluster)
        });
        let under: Vec<_> = clusters.filter(|cluster| cluster.start < emoji.end && emoji.start < cluster.end).collect();
        let utf16: Vec<_> = text.encode_utf16().collect();
        let blank = String::from_utf16(&utf16[emoji.clone()]).unwrap().contains(char::is_whitespace);
        // White space at the end of a part goes, whatever covers it.
        if blank || under.last().unwrap().end - under[0].start > limit {
            return Ok(());
        }

        let messages = split(message(Media::None, &text, &entities), limits, ids());
        let found = messages.iter().flatten().flat_map(|message| message.entities.as_deref().unwrap_or_default());
        let lengths: Vec<_> = found.map(|entity| span(entity).0.len()).collect();
        prop_assert_eq!(lengths, [emoji.len()]);
    }

    #[test]
    fn entities_are_refused_exactly_if_one_does_not_cover_whole_code_points(
        text in text(),
        spans in vec((-2i32..30, -1i32..30), 0..5),
    ) {
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let fits = |&(offset, length): &(i32, i32)| {
            let range = offset as usize..(offset as usize).wrapping_add(length as usize);
            offset >= 0 && length > 0 && utf16.get(range).is_some_and(|units| String::from_utf16(units).is_ok())
        };
        let entities = spans.iter().map(|&(offset, length)| MessageEntityBold::new(offset, length).into()).collect();
        match split(DecryptedMessage::new(1, 0, text.as_str()).with_entities(entities), SplitLimits::TELEGRAM, ids()) {
            Ok(_) => prop_assert!(spans.iter().all(fits)),
            Err(SplitError::Entity { index, .. }) => prop_assert!(!fits(&spans[index])),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
