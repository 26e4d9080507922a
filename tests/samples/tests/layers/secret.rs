//! The laws on the schema of secret chats, and what its layers carry.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tl_codegen::Bindings;
use tl_samples::secret;
use tl_samples::secret::constructors as new;
use tl_samples::secret::types::{
    DecryptedMessage, DecryptedMessageAction, DecryptedMessageLayer, DecryptedMessageMedia, DocumentAttribute,
    MessageEntity,
};
use tl_types::{Combinator, Decode, DecodeErrorKind, Encode, Layered, Raise, Raw};

use crate::draw::Sample;
use crate::laws::{self, dropped, historic, lost, refusal};

historic! {
    secret::DecryptedMessage = exact, secret::DecryptedMessageMedia = exact, secret::DocumentAttribute = exact,
    secret::DecryptedMessageAction, secret::SendMessageAction, secret::MessageEntity,
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let bindings = Bindings::from_text("secret", "secret.tl", tl_schema::SECRET);
    Sample::new(&bindings.rules("secret.rules", tl_schema::SECRET_RULES))
});

macro_rules! laws_hold_for {
    ($($test:ident $name:ident),* $(,)?) => {$(
        #[test]
        fn $test() {
            laws::for_many(200, |from| laws::check::<secret::types::$name>(&SAMPLE, stringify!($name), from));
        }
    )*};
}

laws_hold_for! {
    messages DecryptedMessage,
    media DecryptedMessageMedia,
    attributes DocumentAttribute,
    actions DecryptedMessageAction,
    typing_actions SendMessageAction,
    entities MessageEntity,
}

/// Draws until every form of the type has been seen.
fn check_every_form_arrives<T: laws::Historic>(ty: &str) {
    let mut missing: BTreeSet<u32> = SAMPLE.ids(ty).into_iter().collect();
    for layer in SAMPLE.layers_around().into_iter().skip(1).filter(|&layer| SAMPLE.has(ty, layer)) {
        for choice in 0..64 {
            let bytes = SAMPLE.draw(ty, layer, &[choice]);
            assert_eq!(T::reencode(&bytes), bytes);
            T::arrive(&bytes);
            missing.remove(&Raw(bytes).id().unwrap());
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_id_that_was_ever_sent_arrives() {
    check_every_form_arrives::<DecryptedMessage>("DecryptedMessage");
    check_every_form_arrives::<DecryptedMessageMedia>("DecryptedMessageMedia");
    check_every_form_arrives::<DocumentAttribute>("DocumentAttribute");
    check_every_form_arrives::<DecryptedMessageAction>("DecryptedMessageAction");
    check_every_form_arrives::<MessageEntity>("MessageEntity");
}

fn entity() -> impl Strategy<Value = MessageEntity> {
    (0..9_u8, any::<i32>(), any::<i32>(), any::<i64>(), ".{0,8}").prop_map(|(kind, at, len, id, text)| match kind {
        0 => new::MessageEntityBold::new(at, len).into(),
        1 => new::MessageEntityPre::new(at, len, text).into(),
        2 => new::MessageEntityTextUrl::new(at, len, text).into(),
        3 => new::MessageEntityStrike::new(at, len).into(),
        4 => new::MessageEntityBlockquote::new(at, len).into(),
        5 => new::MessageEntitySpoiler::new(at, len).into(),
        6 => new::MessageEntityCustomEmoji::new(at, len, id).into(),
        7 => new::MessageEntityMentionName::new(at, len, at).into(),
        _ => new::MessageEntityPhone::new(at, len).into(),
    })
}

fn attribute() -> impl Strategy<Value = DocumentAttribute> {
    (0..5_u8, any::<i32>(), any::<bool>(), option::of(vec(any::<u8>(), 0..9)), ".{0,8}").prop_map(
        |(kind, size, flag, wave, text)| match kind {
            0 => DocumentAttribute::Animated,
            1 => new::DocumentAttributeFilename::new(text).into(),
            2 => new::DocumentAttributeVideo::new(size, 1, 2).with_round_message(flag).into(),
            3 => new::DocumentAttributeSticker::new(text, new::InputStickerSetShortName::new("set")).into(),
            _ => {
                let mut audio = new::DocumentAttributeAudio::new(size).with_voice(flag).with_title(text);
                audio.waveform = wave;
                audio.into()
            }
        },
    )
}

fn size() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        any::<i32>().prop_map(i64::from),
        Just(i64::from(i32::MAX)),
        Just(i64::from(i32::MAX) + 1)
    ]
}

fn some_media() -> impl Strategy<Value = DecryptedMessageMedia> {
    (0..4_u8, size(), vec(attribute(), 0..4), vec(any::<u8>(), 0..40), ".{0,8}").prop_map(
        |(kind, size, attributes, key, text)| match kind {
            0 => DecryptedMessageMedia::Empty,
            1 => new::DecryptedMessageMediaWebPage::new(text).into(),
            2 => new::DecryptedMessageMediaVenue::new(1.5, -0.25, text, "b", "c", "d").into(),
            _ => new::DecryptedMessageMediaDocument::new(
                vec![1],
                2,
                3,
                "text/plain",
                size,
                key.clone(),
                key,
                attributes,
                text,
            )
            .into(),
        },
    )
}

fn message() -> impl Strategy<Value = DecryptedMessage> {
    let flags = (any::<bool>(), any::<bool>(), option::of(any::<i64>()), option::of(any::<i64>()));
    let parts = (option::of(some_media()), option::of(vec(entity(), 0..4)), option::of(".{0,8}"));
    (any::<i64>(), any::<i32>(), ".{0,20}", flags, parts).prop_map(|(id, ttl, text, flags, (media, entities, bot))| {
        let (no_webpage, silent, reply_to, grouped) = flags;
        let mut message = new::DecryptedMessage::new(id, ttl, text).with_no_webpage(no_webpage).with_silent(silent);
        message.media = media.map(Box::new);
        (message.entities, message.via_bot_name) = (entities, bot);
        (message.reply_to_random_id, message.grouped_id) = (reply_to, grouped);
        message.into()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_that_a_client_builds(message in message()) {
        laws::a_value_is_carried_or_refused(&message, &SAMPLE.layers_around());
    }
}

fn document(size: i64, attributes: Vec<DocumentAttribute>) -> DecryptedMessageMedia {
    let (thumb, key, iv) = (vec![], vec![1; 32], vec![2; 32]);
    new::DecryptedMessageMediaDocument::new(thumb, 0, 0, "video/mp4", size, key, iv, attributes, "").into()
}

#[test]
fn a_file_of_two_gigabytes_is_what_layer_143_is_for() {
    let (fits, large) = (i64::from(i32::MAX), i64::from(i32::MAX) + 1);
    assert_eq!(document(fits, vec![]).min_layer(), Some(46));
    assert_eq!(document(large, vec![]).min_layer(), Some(143));
    let id = |layer| Raw(document(fits, vec![]).encode_at(layer).unwrap()).id();
    assert_eq!(id(101), Some(0x7afe_8ae2));
    assert_eq!(id(143), Some(0x6abd_9782));
    let message: DecryptedMessage = new::DecryptedMessage::new(1, 0, "").with_media(document(large, vec![])).into();
    assert_eq!(refusal(&message, 101), "`media.size` has no form at layer 101; it needs layer 143");
}

#[test]
fn nothing_is_written_below_layer_46() {
    let message: DecryptedMessage = new::DecryptedMessage::new(1, 0, "hello").into();
    assert_eq!(message.min_layer(), Some(46));
    for layer in [0, 8, 17, 23, 45] {
        assert_eq!(refusal(&message, layer), format!("the value has no form at layer {layer}; it needs layer 46"));
    }
}

#[test]
fn what_a_layer_does_not_have_is_dropped_and_listed() {
    let entities = vec![
        new::MessageEntityBold::new(0, 1).into(),
        new::MessageEntitySpoiler::new(1, 1).into(),
        new::MessageEntityPhone::new(2, 1).into(),
        new::MessageEntityUnderline::new(3, 1).into(),
    ];
    let round = new::DocumentAttributeVideo::new(1, 2, 3).with_round_message(true).into();
    let message = new::DecryptedMessage::new(1, 60, "hello").with_silent(true).with_grouped_id(9);
    let message: DecryptedMessage =
        message.with_entities(entities).with_media(document(1, vec![DocumentAttribute::Animated, round])).into();
    assert_eq!(dropped(&message, 144), ["entities[2]"]);
    assert_eq!(dropped(&message, 101), ["entities[1]", "entities[2]"]);
    assert_eq!(
        dropped(&message, 46),
        ["silent", "grouped_id", "media.attributes[1].round_message", "entities[1]", "entities[2]", "entities[3]"]
    );
    assert_eq!(message.min_layer(), None, "a phone number in a text is never sent");
}

#[test]
fn a_round_video_message_is_typed_from_layer_66_on() {
    let typing: DecryptedMessage = {
        let action =
            new::DecryptedMessageActionTyping::new(secret::types::SendMessageAction::SendMessageRecordRoundAction);
        new::DecryptedMessageService::new(1, action).into()
    };
    assert_eq!(refusal(&typing, 46), "`action.action` has no form at layer 46; it needs layer 66");
    assert_eq!(typing.min_layer(), Some(66));
}

#[test]
fn the_timer_of_a_message_survives_every_layer() {
    let message: DecryptedMessage = new::DecryptedMessage::new(1, 60, "").with_silent(true).into();
    for layer in 46..150 {
        let DecryptedMessage::DecryptedMessage(lowered) = message.clone().lower_to(layer).unwrap().value else {
            panic!()
        };
        assert_eq!(lowered.ttl, 60);
    }
}

#[test]
fn the_oldest_messages_become_the_newest_in_one_step() {
    let media = secret::layer_8::constructors::DecryptedMessageMediaDocument::new(
        vec![],
        0,
        0,
        "a.txt",
        "text/plain",
        5,
        vec![1],
        vec![2],
    );
    let old = secret::layer_8::constructors::DecryptedMessage::new(7, vec![0; 16], "hi", media);
    assert_eq!(lost(old.clone()), ["random_bytes"]);
    let name = new::DocumentAttributeFilename::new("a.txt").into();
    let media =
        new::DecryptedMessageMediaDocument::new(vec![], 0, 0, "text/plain", 5, vec![1], vec![2], vec![name], "");
    assert_eq!(old.raise().value, new::DecryptedMessage::new(7, 0, "hi").with_media(media).into());
}

#[test]
fn the_header_of_a_layer_decodes_even_if_its_message_does_not() {
    let header =
        new::DecryptedMessageLayer::<Raw>::new(vec![1; 15], 200, 2, 3, Raw(vec![0xde, 0xad, 0xbe, 0xef, 1, 2]));
    let bytes = header.to_bytes().unwrap();
    let decoded = DecryptedMessageLayer::<Raw>::from_bytes(&bytes).unwrap();
    assert_eq!((decoded.layer, decoded.in_seq_no, decoded.out_seq_no), (200, 2, 3));
    assert_eq!(decoded.message.id(), Some(0xefbe_adde));
    let error = new::DecryptedMessageLayer::<secret::exact::DecryptedMessage>::from_bytes(&bytes).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnknownId { id: 0xefbe_adde });
    assert_eq!(error.path(), "message");
}

#[test]
fn a_layer_names_the_forms_in_force_at_it() {
    assert_eq!(secret::layer_8::constructors::DecryptedMessage::ID, 0x1f81_4f1f);
    assert_eq!(secret::layer_17::constructors::DecryptedMessage::ID, 0x204d_3878);
    assert_eq!(secret::layer_23::constructors::DecryptedMessage::ID, 0x204d_3878);
    assert_eq!(secret::layer_66::constructors::DecryptedMessage::ID, 0x36b0_91de);
    assert_eq!(secret::layer_144::constructors::DecryptedMessage::ID, 0x91cc_4674);
    assert_eq!(secret::layer_101::constructors::DecryptedMessageMediaDocument::ID, 0x7afe_8ae2);
    assert_eq!(secret::layer_143::constructors::DecryptedMessageMediaDocument::ID, 0x6abd_9782);
    assert_eq!(secret::LAYERS, [46, 66, 73, 101, 143, 144]);
}
