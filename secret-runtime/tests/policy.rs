//! What may be written to which peer: a scenario for each rule, and what holds for all of them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "what the tests share is test code, too")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use secret_runtime::chat::policy::{
    MAX_TTL, MIN_LAYER, MY_LAYER, RULES, WRITTEN_LAYERS, check, clamp_ttl, deletes_history, lower, self_destruct_after,
    written_layer,
};
use tl_types::Layered;
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageActionSetMessageTtl, DecryptedMessageMediaAudio, DecryptedMessageMediaContact,
    DecryptedMessageMediaDocument, DecryptedMessageMediaExternalDocument, DecryptedMessageMediaPhoto,
    DecryptedMessageMediaVideo, DecryptedMessageMediaWebPage, DecryptedMessageService, DocumentAttributeAudio,
    DocumentAttributeVideo, MessageEntityBankCard, MessageEntityBlockquote, MessageEntityBold, MessageEntityCashtag,
    MessageEntityCode, MessageEntityCustomEmoji, MessageEntityItalic, MessageEntityMentionName, MessageEntityPhone,
    MessageEntitySpoiler, MessageEntityStrike, MessageEntityUnderline, PhotoSizeEmpty,
};
use tl_types::secret::types::{self, DecryptedMessageMedia, MessageEntity};

fn plain() -> DecryptedMessage {
    DecryptedMessage::new(1, 0, "under the rose")
}

fn photo() -> DecryptedMessageMediaPhoto {
    DecryptedMessageMediaPhoto::new(vec![0; 6000], 100, 100, 640, 480, 1, vec![1; 32], vec![2; 32], "")
}

fn video() -> DecryptedMessageMediaVideo {
    DecryptedMessageMediaVideo::new(vec![], 0, 0, 60, "video/mp4", 4, 3, 9, vec![1; 32], vec![2; 32], "")
}

fn document(size: i64) -> DecryptedMessageMediaDocument {
    DecryptedMessageMediaDocument::new(vec![], 0, 0, "text/plain", size, vec![1; 32], vec![2; 32], vec![], "")
}

fn audio(size: i32) -> DecryptedMessageMediaAudio {
    DecryptedMessageMediaAudio::new(60, "audio/ogg", size, vec![1; 32], vec![2; 32])
}

fn with(media: impl Into<DecryptedMessageMedia>) -> DecryptedMessage {
    DecryptedMessage::new(1, 0, "").with_media(media)
}

#[track_caller]
fn check_allowed(message: impl Into<types::DecryptedMessage>, since: u32) {
    let message = message.into();
    for layer in WRITTEN_LAYERS.into_iter().filter(|&layer| layer >= since) {
        assert_eq!(check(&message, layer), Ok(()));
    }
}

/// Refused below `needs`, or everywhere, with the path named.
#[track_caller]
fn check_refused(message: impl Into<types::DecryptedMessage>, path: &str, needs: Option<u32>) {
    let message = message.into();
    for layer in (MIN_LAYER..=MY_LAYER).filter(|&layer| needs.is_none_or(|needs| layer < needs)) {
        let refusal = check(&message, layer).unwrap_err();
        assert_eq!((refusal.path(), refusal.layer(), refusal.needs()), (path, layer, needs), "{refusal}");
    }
    if let Some(needs) = needs {
        assert_eq!(check(&message, needs), Ok(()));
    }
}

/// A rule refuses it, not the schema, and lowering does not help.
#[track_caller]
fn check_against_rule(message: impl Into<types::DecryptedMessage>, path: &str, needs: Option<u32>) {
    let message = message.into();
    assert_eq!(message.min_layer(), Some(MIN_LAYER), "the schema knows that already");
    check_refused(message.clone(), path, needs);
    let refusal = lower(message, MIN_LAYER).unwrap_err();
    assert_eq!(refusal.path(), path);
    assert!(RULES.iter().any(|rule| rule.what == refusal.rule()));
}

#[test]
fn the_layer_to_write_is_rounded_down_to_one_that_every_client_knows() {
    for (theirs, expected) in [(0, 46), (45, 46), (46, 46), (72, 46), (73, 73), (100, 73), (101, 101), (143, 101)] {
        assert_eq!(written_layer(MY_LAYER, theirs), expected);
        assert_eq!(written_layer(theirs, MY_LAYER), expected);
    }
    assert_eq!([144, 151, u32::MAX].map(|theirs| written_layer(MY_LAYER, theirs)), [144; 3]);
}

#[test]
fn the_layer_to_write_never_falls_as_the_peer_rises() {
    let layers: Vec<_> = (0..200).map(|theirs| written_layer(MY_LAYER, theirs)).collect();
    assert!(layers.is_sorted());
    assert!(layers.iter().all(|layer| WRITTEN_LAYERS.contains(layer)));
}

#[test]
fn nothing_is_written_below_layer_46() {
    for result in [check(&plain().into(), 45), lower(plain().into(), 45).map(|_| ())] {
        let refusal = result.unwrap_err();
        assert_eq!((refusal.path(), refusal.needs()), ("", Some(46)));
    }
}

#[test]
fn what_keeps_every_rule_is_allowed() {
    check_allowed(plain().with_entities(vec![MessageEntityBold::new(0, 5).into()]), 46);
    check_allowed(plain().with_media(DecryptedMessageMediaWebPage::new("https://telegram.org")), 46);
    check_allowed(with(photo()), 46);
    check_allowed(with(DecryptedMessageMediaContact::new("1", "A", "B", 0)), 46);
    check_allowed(DecryptedMessageService::new(1, DecryptedMessageActionSetMessageTtl::new(MAX_TTL)), 46);
}

#[test]
fn a_random_id_of_0_is_refused() {
    check_against_rule(DecryptedMessage::new(0, 0, "text"), "random_id", None);
    check_against_rule(DecryptedMessageService::new(0, types::DecryptedMessageAction::Noop), "random_id", None);
}

#[test]
fn a_timer_beyond_its_range_is_refused() {
    for seconds in [-1, MAX_TTL + 1] {
        check_against_rule(DecryptedMessage::new(1, seconds, "text"), "ttl", None);
        let action = DecryptedMessageActionSetMessageTtl::new(seconds);
        check_against_rule(DecryptedMessageService::new(1, action), "action.ttl_seconds", None);
    }
}

#[test]
fn a_text_beside_media_is_refused() {
    check_against_rule(plain().with_media(photo()), "message", None);
    let mut captioned = photo();
    captioned.caption = "caption".to_owned();
    check_against_rule(plain().with_media(captioned.clone()), "message", None);
    check_allowed(with(captioned), 46);
    check_against_rule(plain().with_media(DecryptedMessageMediaContact::new("1", "A", "B", 0)), "message", None);
}

#[test]
fn a_text_over_its_limit_is_refused() {
    check_allowed(DecryptedMessage::new(1, 0, "🙂".repeat(2048)), 46);
    check_against_rule(DecryptedMessage::new(1, 0, "🙂".repeat(2048) + "x"), "message", None);
    let mut captioned = photo();
    captioned.caption = "🙂".repeat(512);
    check_allowed(with(captioned.clone()), 46);
    captioned.caption.push('x');
    check_against_rule(with(captioned), "media.caption", None);
    let (mut of_video, mut of_document) = (video(), document(1));
    (of_video.caption, of_document.caption) = ("x".repeat(1025), "x".repeat(1025));
    check_against_rule(with(of_video), "media.caption", None);
    check_against_rule(with(of_document), "media.caption", None);
}

#[test]
fn an_entity_beside_its_text_is_refused() {
    let italic = |offset, length| vec![MessageEntityItalic::new(offset, length).into()];
    check_against_rule(plain().with_entities(italic(0, 15)), "entities[0]", None);
    let mut captioned = photo();
    captioned.caption = "caption".to_owned();
    check_allowed(with(captioned.clone()).with_entities(italic(0, 7)), 46);
    check_against_rule(with(captioned).with_entities(italic(0, 8)), "entities[0]", None);
    check_against_rule(with(photo()).with_entities(italic(0, 1)), "entities[0]", None);
}

#[test]
fn a_key_or_an_iv_of_another_length_is_refused() {
    for length in [0, 31, 33] {
        let wrong = || vec![1; length];
        let (mut of_photo, mut of_video, mut of_document, mut of_audio) = (photo(), video(), document(1), audio(1));
        of_photo.key = wrong();
        of_video.iv = wrong();
        of_document.key = wrong();
        of_audio.iv = wrong();
        check_against_rule(with(of_photo), "media.key", None);
        check_against_rule(with(of_video), "media.iv", None);
        check_against_rule(with(of_document), "media.key", None);
        check_against_rule(with(of_audio), "media.iv", None);
    }
}

#[test]
fn a_thumbnail_that_peers_do_not_show_is_refused() {
    let mut long = photo();
    long.thumb.push(0);
    check_against_rule(with(long), "media.thumb", None);
    let (mut wide, mut high) = (video(), document(1));
    (wide.thumb, wide.thumb_w) = (vec![0; 9], 101);
    (high.thumb, high.thumb_h) = (vec![0; 9], 101);
    check_against_rule(with(wide), "media.thumb_w", None);
    check_against_rule(with(high.clone()), "media.thumb_h", None);
    high.thumb.clear();
    check_allowed(with(high), 46);
}

#[test]
fn a_file_over_2000_mib_needs_layer_143() {
    check_allowed(with(document(2000 << 20)), 46);
    check_against_rule(with(document((2000 << 20) + 1)), "media.size", Some(143));
    check_against_rule(with(audio((2000 << 20) + 1)), "media.size", Some(143));
    let (mut large_photo, mut large_video) = (photo(), video());
    (large_photo.size, large_video.size) = ((2000 << 20) + 1, (2000 << 20) + 1);
    check_against_rule(with(large_photo), "media.size", Some(143));
    check_against_rule(with(large_video), "media.size", Some(143));
    // Beyond 32 bits the schema says the same.
    check_refused(with(document(1 << 40)), "media.size", Some(143));
    assert_eq!(lower(with(document(1 << 40)).into(), 101).unwrap_err().needs(), Some(143));
}

#[test]
fn overlapping_entities_need_layer_101_and_the_outer_one_is_kept() {
    let entities: Vec<MessageEntity> = vec![
        MessageEntityBold::new(0, 3).into(),
        MessageEntityItalic::new(0, 5).into(),
        MessageEntityCode::new(5, 4).into(),
        MessageEntityBold::new(8, 4).into(),
        MessageEntityItalic::new(5, 4).into(),
    ];
    let message = types::DecryptedMessage::from(plain().with_entities(entities.clone()));
    assert_eq!(message.min_layer(), Some(MIN_LAYER));
    check_refused(message.clone(), "entities[0]", Some(101));

    let lowered = lower(message, 73).unwrap();
    let kept = vec![entities[1].clone(), entities[2].clone()];
    assert_eq!(lowered.value, plain().with_entities(kept).into());
    let paths: Vec<_> = lowered.dropped.iter().map(|dropped| dropped.path()).collect();
    assert_eq!(paths, ["entities[0]", "entities[3]", "entities[4]"]);
    assert_eq!(lowered.dropped[0].to_string(), "`entities[0]` was left out: entities do not overlap");
}

#[test]
fn of_several_overlapping_entities_the_first_in_the_list_is_named() {
    let entities = vec![
        MessageEntityBold::new(6, 2).into(),
        MessageEntityItalic::new(5, 5).into(),
        MessageEntityCode::new(0, 4).into(),
        MessageEntityBold::new(1, 1).into(),
    ];
    check_refused(plain().with_entities(entities), "entities[0]", Some(101));
}

#[test]
fn an_entity_that_the_schema_drops_does_not_displace_another() {
    let message = plain().with_grouped_id(7).with_entities(vec![
        MessageEntitySpoiler::new(0, 14).into(),
        MessageEntityBold::new(0, 5).into(),
        MessageEntityItalic::new(1, 2).into(),
    ]);
    let lowered = lower(message.into(), 46).unwrap();
    assert_eq!(lowered.value, plain().with_entities(vec![MessageEntityBold::new(0, 5).into()]).into());
    let dropped: Vec<_> = lowered.dropped.iter().map(|dropped| (dropped.path(), dropped.rule())).collect();
    let schema = "the schema has no form for it at this layer";
    assert_eq!(dropped, [("grouped_id", schema), ("entities[0]", schema), ("entities[2]", "entities do not overlap")]);
}

#[test]
fn what_the_schema_shows_is_refused_without_a_rule() {
    let with_entity = |entity| plain().with_entities(vec![entity]);
    for (message, path, needs) in [
        (plain().with_grouped_id(1), "grouped_id", 73),
        (plain().with_silent(true), "silent", 73),
        (plain().with_no_webpage(true), "no_webpage", 73),
        (with_entity(MessageEntityUnderline::new(0, 5).into()), "entities[0]", 101),
        (with_entity(MessageEntityStrike::new(0, 5).into()), "entities[0]", 101),
        (with_entity(MessageEntityBlockquote::new(0, 5).into()), "entities[0]", 101),
        (with_entity(MessageEntitySpoiler::new(0, 5).into()), "entities[0]", 144),
        (with_entity(MessageEntityCustomEmoji::new(0, 5, 1).into()), "entities[0]", 144),
    ] {
        assert_eq!(types::DecryptedMessage::from(message.clone()).min_layer(), Some(needs));
        check_refused(message, path, Some(needs));
    }
}

#[test]
fn an_entity_that_tdlib_alone_knows_is_never_sent() {
    let entities: [MessageEntity; 4] = [
        MessageEntityMentionName::new(0, 5, 1).into(),
        MessageEntityPhone::new(0, 5).into(),
        MessageEntityCashtag::new(0, 5).into(),
        MessageEntityBankCard::new(0, 5).into(),
    ];
    for entity in entities {
        let message = plain().with_entities(vec![entity]);
        check_refused(message.clone(), "entities[0]", None);
        let lowered = lower(message.into(), MY_LAYER).unwrap();
        assert_eq!(lowered.value, plain().into());
        assert_eq!(lowered.dropped.len(), 1);
    }
}

#[test]
fn history_is_deleted_from_layer_123_on() {
    assert_eq!([46, 122, 123, 144].map(deletes_history), [false, false, true, true]);
}

#[test]
fn a_refusal_says_what_where_and_which_layer() {
    assert_eq!(
        check(&with(document((2000 << 20) + 1)).into(), 101).unwrap_err().to_string(),
        "`media.size` may not be sent at layer 101, it needs layer 143: a file has at most 2000 MiB"
    );
    assert_eq!(
        check(&DecryptedMessage::new(0, 0, "").into(), 144).unwrap_err().to_string(),
        "`random_id` may not be sent at any layer: a message's random_id is not 0"
    );
}

#[test]
fn a_timer_is_clamped_to_a_year() {
    assert_eq!([i32::MIN, -1, 0, 1, 31_536_000].map(clamp_ttl), [0, 0, 0, 1, 31_536_000]);
    assert_eq!([31_536_001, i32::MAX].map(clamp_ttl), [31_536_000; 2]);
}

#[test]
fn media_that_plays_outlives_a_shorter_timer() {
    let check = |ttl, media: Option<DecryptedMessageMedia>, expected| {
        let mut message = DecryptedMessage::new(1, ttl, "");
        message.media = media.map(Box::new);
        assert_eq!(self_destruct_after(&message), expected);
    };
    check(0, None, None);
    check(0, Some(audio(1).into()), None);
    check(-5, None, None);
    check(5, None, Some(5));
    check(5, Some(photo().into()), Some(5));
    check(5, Some(audio(1).into()), Some(61));
    check(60, Some(video().into()), Some(61));
    check(61, Some(video().into()), Some(61));
    check(90, Some(video().into()), Some(90));
    let mut voice = document(1);
    voice.attributes = vec![DocumentAttributeAudio::new(20).into()];
    check(5, Some(voice.clone().into()), Some(21));
    voice.attributes = vec![DocumentAttributeVideo::new(30, 1, 1).into(), DocumentAttributeAudio::new(20).into()];
    check(5, Some(voice.clone().into()), Some(31));
    voice.attributes = vec![DocumentAttributeVideo::new(i32::MAX, 1, 1).into()];
    check(5, Some(voice.clone().into()), Some(MAX_TTL as u32));
    voice.attributes = vec![DocumentAttributeVideo::new(i32::MIN, 1, 1).into()];
    check(i32::MAX, Some(voice.into()), Some(MAX_TTL as u32));
    let sticker = vec![DocumentAttributeVideo::new(3, 1, 1).into()];
    let thumb = types::PhotoSize::Empty(PhotoSizeEmpty::new(""));
    check(
        2,
        Some(DecryptedMessageMediaExternalDocument::new(1, 2, 3, "video/webm", 4, thumb, 5, sticker).into()),
        Some(4),
    );
}

fn entity() -> impl Strategy<Value = MessageEntity> {
    (0..9, 1..5, 0..6).prop_map(|(offset, length, kind)| match kind {
        0 => MessageEntityBold::new(offset, length).into(),
        1 => MessageEntityStrike::new(offset, length).into(),
        2 => MessageEntitySpoiler::new(offset, length).into(),
        3 => MessageEntityPhone::new(offset, length).into(),
        4 => MessageEntityCustomEmoji::new(offset, length, 1).into(),
        _ => MessageEntityItalic::new(offset, length).into(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        rng_seed: RngSeed::Fixed(46),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_lowered_is_allowed_and_loses_something_exactly_if_it_was_not(
        entities in vec(entity(), 0..6),
        flags in any::<(bool, bool, Option<i64>)>(),
        layer in select(&WRITTEN_LAYERS[..]),
    ) {
        let mut message = plain().with_silent(flags.0).with_no_webpage(flags.1);
        message.grouped_id = flags.2;
        message.entities = Some(entities.clone()).filter(|entities| !entities.is_empty());
        let message = types::DecryptedMessage::from(message);

        let lowered = lower(message.clone(), layer).unwrap();
        prop_assert_eq!(check(&lowered.value, layer), Ok(()));
        prop_assert!(lowered.value.encode_at(layer).is_ok());
        prop_assert_eq!(lowered.dropped.is_empty(), check(&message, layer).is_ok());
        prop_assert_eq!(lowered.dropped.is_empty(), lowered.value == message);

        // What is listed and what is left make up what there was.
        let gone: Vec<_> = lowered.dropped.iter().map(|dropped| dropped.path()).collect();
        let rest = entities.iter().enumerate().filter(|(index, _)| !gone.contains(&&*format!("entities[{index}]")));
        let rest: Vec<_> = rest.map(|(_, entity)| entity.clone()).collect();
        let types::DecryptedMessage::DecryptedMessage(value) = lowered.value else { unreachable!() };
        prop_assert_eq!(value.entities.unwrap_or_default(), rest);
    }
}
