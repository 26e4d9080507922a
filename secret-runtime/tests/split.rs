//! How a long text becomes several messages: one scenario each.

#![allow(clippy::unwrap_used, reason = "what the tests share is test code, too")]

use std::num::NonZeroI64;

use secret_runtime::chat::split::{EntityFault, SplitError, SplitLimits, split};
use tl_types::secret::constructors::{
    DecryptedMessage, DecryptedMessageMediaAudio, DecryptedMessageMediaContact, DecryptedMessageMediaDocument,
    DecryptedMessageMediaPhoto, DecryptedMessageMediaVideo, DecryptedMessageMediaWebPage, MessageEntityBold,
    MessageEntityCustomEmoji, MessageEntityItalic, MessageEntityPre, MessageEntityTextUrl,
};
use tl_types::secret::types::{DecryptedMessageMedia, MessageEntity};

const SMALL: SplitLimits = SplitLimits { text: 10, caption: 6 };

/// 101, 102, …
fn ids() -> impl FnMut() -> NonZeroI64 {
    let mut ids = (101..).filter_map(NonZeroI64::new);
    move || ids.next().unwrap()
}

fn photo(caption: &str) -> DecryptedMessageMediaPhoto {
    DecryptedMessageMediaPhoto::new(vec![], 0, 0, 640, 480, 1, vec![1; 32], vec![2; 32], caption)
}

fn small(message: DecryptedMessage) -> Vec<DecryptedMessage> {
    split(message, SMALL, ids()).unwrap()
}

/// The message, then its caption, of each part.
fn texts(messages: &[DecryptedMessage]) -> Vec<String> {
    let texts = messages.iter().map(|message| match message.media.as_deref() {
        Some(DecryptedMessageMedia::Photo(photo)) => format!("{}|{}", message.message, photo.caption),
        Some(_) => format!("{}|", message.message),
        None => message.message.clone(),
    });
    texts.collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(texts(&small(DecryptedMessage::new(1, 0, text))), expected);
}

#[track_caller]
fn check_fault(text: &str, entities: &[(i32, i32)], index: usize, fault: EntityFault) {
    let entities = entities.iter().map(|&(offset, length)| MessageEntityBold::new(offset, length).into()).collect();
    let message = DecryptedMessage::new(1, 0, text).with_entities(entities);
    assert_eq!(split(message, SMALL, ids()), Err(SplitError::Entity { index, fault }));
}

#[test]
fn a_text_within_the_limit_stays_as_it_is() {
    check("0123456789", &["0123456789"]);
    check("  blanks  ", &["  blanks  "]);
    check("", &[""]);
}

#[test]
fn the_limit_counts_utf16_code_units() {
    let exact = "🙂".repeat(2048);
    let whole = DecryptedMessage::new(1, 0, exact.as_str());
    assert_eq!(split(whole.clone(), SplitLimits::TELEGRAM, ids()), Ok(vec![whole]));

    let parts = split(DecryptedMessage::new(1, 0, exact + "x"), SplitLimits::TELEGRAM, ids()).unwrap();
    assert_eq!(parts.iter().map(|part| part.message.encode_utf16().count()).collect::<Vec<_>>(), [4096, 1]);
}

#[test]
fn a_limit_that_has_no_room_for_a_code_point_counts_as_2() {
    for limit in [0, 1, 2] {
        let limits = SplitLimits { text: limit, caption: limit };
        let parts = split(DecryptedMessage::new(1, 0, "🙂🙂").with_media(photo("")), limits, ids()).unwrap();
        assert_eq!(texts(&parts), ["|🙂", "🙂"]);
    }
}

#[test]
fn a_line_border_goes_before_a_word_border() {
    check("aaaaaa\nb c d", &["aaaaaa", "b c d"]);
    check("aaaaaa\r\nb c d", &["aaaaaa", "b c d"]);
}

#[test]
fn a_line_border_that_leaves_less_than_half_a_part_does_not() {
    check("aaa\nb c d eee", &["aaa\nb c d", "eee"]);
    check("0123456789 aaa\nb c d eee", &["0123456789", "aaa\nb c d", "eee"]);
}

#[test]
fn a_word_is_kept_whole_even_if_the_part_before_it_is_short() {
    check("a bbbbbbbbbb", &["a", "bbbbbbbbbb"]);
}

#[test]
fn a_text_without_white_space_is_cut_between_clusters() {
    check("0123456789ab", &["0123456789", "ab"]);
    check("012345678e\u{301}ab", &["012345678", "e\u{301}ab"]);
    check("012345678🙂", &["012345678", "🙂"]);
    check("0👨‍👩‍👧👨‍👩‍👧", &["0👨‍👩‍👧", "👨‍👩‍👧"]);
}

#[test]
fn a_cluster_that_is_longer_than_the_limit_is_cut_between_code_points() {
    check("👨‍👩‍👧‍👦x", &["👨‍👩‍👧\u{200d}", "👦x"]);
    check(
        &format!("ab e{}", "\u{301}".repeat(12)),
        &["ab", &format!("e{}", "\u{301}".repeat(9)), "\u{301}\u{301}\u{301}"],
    );
}

#[test]
fn white_space_at_the_end_of_a_part_goes_and_at_its_start_stays() {
    check("aaaaaa \t \n  bbbb", &["aaaaaa", "  bbbb"]);
    check("0123456789 ab", &["0123456789", "ab"]);
    check("0123456789  ab", &["0123456789", " ab"]);
    check("0123456789ab   ", &["0123456789", "ab"]);
}

#[test]
fn a_part_of_nothing_but_white_space_goes() {
    check(&format!("{}ab", " ".repeat(25)), &["   ab"]);
    check(&format!("ab{}", " ".repeat(25)), &["ab"]);
}

#[test]
fn white_space_that_is_left_of_a_cluster_goes() {
    // U+0600 takes what follows into its cluster.
    let prepended = "\u{600}".repeat(10);
    check(&format!("{prepended} "), &[&prepended]);
}

#[test]
fn a_long_text_of_nothing_but_white_space_is_refused() {
    assert_eq!(split(DecryptedMessage::new(1, 0, " ".repeat(11)), SMALL, ids()), Err(SplitError::Blank));
}

#[test]
fn what_is_of_one_message_stays_with_the_first_and_what_is_of_all_goes_with_all() {
    let message = DecryptedMessage::new(1, 30, "aaaaaaaa bbbbbbbb cccccccc")
        .with_media(DecryptedMessageMediaWebPage::new("https://telegram.org"))
        .with_via_bot_name("gif")
        .with_reply_to_random_id(5)
        .with_grouped_id(6)
        .with_silent(true)
        .with_no_webpage(true);
    let parts = small(message.clone());

    let mut first = message;
    first.message = "aaaaaaaa".to_owned();
    let after = |id, text: &str| DecryptedMessage::new(id, 30, text).with_silent(true).with_no_webpage(true);
    assert_eq!(parts, [first, after(101, "bbbbbbbb"), after(102, "cccccccc")]);
}

#[test]
fn an_entity_over_a_border_goes_on_in_the_next_part_with_its_other_fields() {
    let entities: Vec<MessageEntity> = vec![
        MessageEntityPre::new(2, 22, "rust").into(),
        MessageEntityTextUrl::new(4, 8, "https://telegram.org").into(),
        MessageEntityItalic::new(8, 1).into(),
    ];
    let parts = small(DecryptedMessage::new(1, 0, "aaaaaaaa bbbbbbbb cccccccc").with_entities(entities));

    let entities: Vec<_> = parts.into_iter().map(|part| part.entities).collect();
    let expected: [Option<Vec<MessageEntity>>; 3] = [
        Some(vec![
            MessageEntityPre::new(2, 6, "rust").into(),
            MessageEntityTextUrl::new(4, 4, "https://telegram.org").into(),
        ]),
        Some(vec![
            MessageEntityPre::new(0, 8, "rust").into(),
            MessageEntityTextUrl::new(0, 3, "https://telegram.org").into(),
        ]),
        Some(vec![MessageEntityPre::new(0, 6, "rust").into()]),
    ];
    assert_eq!(entities, expected);
}

#[test]
fn a_custom_emoji_is_not_divided() {
    let emoji = |offset, length| vec![MessageEntityCustomEmoji::new(offset, length, 77).into()];
    let parts = small(DecryptedMessage::new(1, 0, "01234567🙂🙂🙂").with_entities(emoji(8, 4)));
    assert_eq!(texts(&parts), ["01234567", "🙂🙂🙂"]);
    assert_eq!(parts[1].entities, Some(emoji(0, 4)));

    let parts = small(DecryptedMessage::new(1, 0, "01 3456 89\nb").with_entities(emoji(3, 8)));
    assert_eq!(texts(&parts), ["01", "3456 89\nb"]);

    // Nor are two that overlap, in whatever order.
    let both = vec![MessageEntityCustomEmoji::new(5, 4, 2).into(), MessageEntityCustomEmoji::new(3, 3, 1).into()];
    let parts = small(DecryptedMessage::new(1, 0, "01 3 567890x").with_entities(both));
    assert_eq!(texts(&parts), ["01", "3 567890x"]);

    // White space at the end of a part goes all the same.
    let parts = small(DecryptedMessage::new(1, 0, "0123456 \n  b").with_entities(emoji(5, 6)));
    assert_eq!(texts(&parts), ["01234", "56 \n  b"]);
    let parts = small(DecryptedMessage::new(1, 0, "0123456 \n  89 bcdefgh").with_entities(emoji(5, 4)));
    assert_eq!(texts(&parts), ["0123456", "89 bcdefgh"]);

    // And where one stands for the end of a line, a line ends.
    let parts = small(DecryptedMessage::new(1, 0, "aaaaaa \nb c d").with_entities(emoji(6, 2)));
    assert_eq!(texts(&parts), ["aaaaaa", "b c d"]);

    // Unless a part has no room for it.
    let parts = small(DecryptedMessage::new(1, 0, "012345678901").with_entities(emoji(0, 12)));
    assert_eq!(texts(&parts), ["0123456789", "01"]);
    assert_eq!(parts[1].entities, Some(emoji(0, 2)));
}

#[test]
fn with_a_photo_the_text_moves_into_the_caption() {
    let bold = vec![MessageEntityBold::new(0, 2).into()];
    let parts = small(DecryptedMessage::new(1, 0, "hello").with_media(photo("")).with_entities(bold.clone()));
    assert_eq!(parts, [DecryptedMessage::new(1, 0, "").with_media(photo("hello")).with_entities(bold)]);
}

#[test]
fn with_a_video_or_a_document_it_does_too() {
    let video = |caption: &str| {
        DecryptedMessageMediaVideo::new(vec![], 0, 0, 1, "video/mp4", 4, 3, 9, vec![1; 32], vec![2; 32], caption)
    };
    assert_eq!(
        small(DecryptedMessage::new(1, 0, "hello").with_media(video(""))),
        [DecryptedMessage::new(1, 0, "").with_media(video("hello"))]
    );
    let document = |caption: &str| {
        DecryptedMessageMediaDocument::new(vec![], 0, 0, "text/plain", 9, vec![1; 32], vec![2; 32], vec![], caption)
    };
    assert_eq!(
        small(DecryptedMessage::new(1, 0, "hello").with_media(document(""))),
        [DecryptedMessage::new(1, 0, "").with_media(document("hello"))]
    );
}

#[test]
fn a_caption_over_its_limit_goes_on_as_text() {
    let italic = vec![MessageEntityItalic::new(2, 11).into()];
    let parts = small(DecryptedMessage::new(1, 9, "").with_media(photo("aaaa bbbbbbbb ccc")).with_entities(italic));
    assert_eq!(texts(&parts), ["|aaaa", "bbbbbbbb", "ccc"]);
    assert_eq!(
        parts[1],
        DecryptedMessage::new(101, 9, "bbbbbbbb").with_entities(vec![MessageEntityItalic::new(0, 8).into()])
    );
    assert_eq!(parts[2].entities, None);
}

#[test]
fn a_photo_is_sent_even_if_its_caption_is_nothing_but_white_space() {
    assert_eq!(texts(&small(DecryptedMessage::new(1, 0, " ".repeat(20)).with_media(photo("")))), ["|"]);
}

#[test]
fn media_without_a_caption_goes_first_and_the_text_follows() {
    let bold = || vec![MessageEntityBold::new(0, 5).into()];
    let medias: [DecryptedMessageMedia; 2] = [
        DecryptedMessageMediaContact::new("1", "A", "B", 0).into(),
        DecryptedMessageMediaAudio::new(1, "audio/ogg", 1, vec![1; 32], vec![2; 32]).into(),
    ];
    for media in medias {
        let message = DecryptedMessage::new(1, 7, "").with_media(media.clone()).with_reply_to_random_id(4);
        let mut with_text = message.clone().with_entities(bold());
        with_text.message = "hello".to_owned();
        assert_eq!(small(with_text), [message.clone(), DecryptedMessage::new(101, 7, "hello").with_entities(bold())]);
        assert_eq!(small(message.clone()), [message]);
    }
}

#[test]
fn a_text_in_both_places_is_refused() {
    let message = DecryptedMessage::new(1, 0, "one").with_media(photo("two"));
    assert_eq!(split(message, SMALL, ids()), Err(SplitError::TextTwice));
}

#[test]
fn an_entity_that_does_not_fit_the_text_is_named() {
    check_fault("text", &[(0, 4), (-1, 2)], 1, EntityFault::NegativeOffset(-1));
    check_fault("text", &[(0, 0)], 0, EntityFault::NoLength(0));
    check_fault("text", &[(1, -1)], 0, EntityFault::NoLength(-1));
    check_fault("text", &[(1, 4)], 0, EntityFault::PastEnd { end: 5, text: 4 });
    check_fault("text", &[(i32::MAX, i32::MAX)], 0, EntityFault::PastEnd { end: 0xffff_fffe, text: 4 });
    check_fault("a🙂b🙂", &[(0, 1), (1, 2), (5, 1)], 2, EntityFault::InsideSurrogatePair { at: 5 });
    check_fault("a🙂b🙂", &[(5, 1), (2, 1), (3, 1)], 0, EntityFault::InsideSurrogatePair { at: 5 });
    check_fault("a🙂b", &[(0, 2)], 0, EntityFault::InsideSurrogatePair { at: 2 });
    check_fault("a🙂b🙂", &[(2, 3)], 0, EntityFault::InsideSurrogatePair { at: 2 });
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let error = SplitError::Entity { index: 3, fault: EntityFault::PastEnd { end: 9, text: 4 } };
    assert_eq!(error.to_string(), "`entities[3]` ends at 9, but the text at 4; offsets count UTF-16 code units");
    assert_eq!(
        SplitError::TextTwice.to_string(),
        "`message` and `media.caption` both hold a text; with media, leave `message` empty"
    );
}
