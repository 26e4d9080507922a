//! The fuzz targets, over what their corpus holds: inputs that once showed something, and one of each kind.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what the tests share is test code, too")]

mod receive;
mod seeds;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tl_tests::fuzz;
use tl_types::mtproto;

/// Runs the target over each file of its corpus.
fn check(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    files.sort();
    for file in files {
        println!("{}", file.display());
        run(&fs::read(file).unwrap());
    }
}

#[test]
fn the_corpus_of_the_parser_holds() {
    check("parse", fuzz::parse);
}

#[test]
fn the_corpus_of_the_decoders_holds() {
    check("decode", fuzz::decode);
}

#[test]
fn the_corpus_of_the_chat_holds() {
    check("step", fuzz::step);
}

#[test]
fn the_corpus_of_two_sides_holds() {
    check("schedule", fuzz::schedule);
}

#[test]
fn the_corpus_of_the_network_holds() {
    check("receive", fuzz::receive);
}

/// Bytes that look like TL here and there: words that begin something, between bytes that may be anything.
fn words() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        0x1cb5_c415_u32,
        0x9972_75b5,
        0xbc79_9737,
        0x74ae_4240,
        0x3ae5_6482,
        0x73f1_f8dc,
        0xf35c_6d01,
        0x91cc_4674,
        0x36b0_91de,
        0x1f81_4f1f,
        0x1be3_1789,
        0,
        1,
        2,
        u32::MAX,
    ]);
    let word = prop_oneof![3 => known, 1 => any::<u32>(), 1 => 0_u32..64];
    (any::<u8>(), prop::collection::vec(word, 0..40))
        .prop_map(|(choice, words)| [vec![choice], words.into_iter().flat_map(u32::to_le_bytes).collect()].concat())
}

/// Messages under the key that look like those of MTProto, to either side of a session, between other deeds.
fn service_messages() -> impl Strategy<Value = Vec<u8>> {
    let constructor =
        prop::sample::select(mtproto::SCHEMA.declarations().iter().map(tl_types::Declaration::id).collect::<Vec<_>>());
    // The id of the client's last message, and small numbers.
    let words = prop_oneof![
        2 => Just(vec![u32::MAX, 0]),
        1 => (0_u32..8).prop_map(|back| vec![u32::MAX, back]),
        2 => (0_u32..70).prop_map(|word| vec![word]),
        1 => any::<u32>().prop_map(|word| vec![word]),
    ];
    let body = (constructor, prop::collection::vec(words, 0..8))
        .prop_map(|(id, words)| [vec![id], words.concat()].concat().into_iter().flat_map(u32::to_le_bytes).collect());
    let message = (4..6_u8, 0..64_u8, prop_oneof![3 => Just(0), 1 => any::<u8>()], body).prop_map(
        |(deed, form, id, body): (u8, u8, u8, Vec<u8>)| [&[deed, form, id, body.len() as u8, 0], &body[..]].concat(),
    );
    let other = (6..15_u8, 0..16_u8).prop_map(|(deed, more)| vec![deed, more]);
    (any::<u8>(), prop::collection::vec(prop_oneof![message, other], 0..60))
        .prop_map(|(choice, deeds)| [vec![choice], deeds.concat()].concat())
}

proptest! {
    #[test]
    fn any_bytes_can_be_parsed(data in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz::parse(&data);
    }

    #[test]
    fn any_bytes_can_be_decoded(data in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz::decode(&data);
    }

    #[test]
    fn any_bytes_can_come_from_a_peer(data in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz::step(&data);
    }

    #[test]
    fn any_words_can_come_from_a_peer(data in words()) {
        // As the third deed: a message under the next number.
        let length = u16::try_from(data.len() - 1).unwrap().to_le_bytes();
        fuzz::step(&[&data[..1], &[2], &length, &data[1..]].concat());
    }

    #[test]
    fn any_bytes_can_come_from_a_socket(data in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz::receive(&data);
    }

    #[test]
    fn any_words_can_come_under_the_key(data in service_messages()) {
        fuzz::receive(&data);
    }

    #[test]
    fn any_words_can_be_decoded(data in words()) {
        fuzz::decode(&data);
    }
}

proptest! {
    // Each is a whole life of a chat.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn anything_can_happen_between_two_sides(data in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz::schedule(&data);
    }
}
