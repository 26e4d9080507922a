//! Where decoding stopped, and what it says.

use tl_types::{Decode, DecodeError, DecodeErrorKind, EncodeError, Raw, Value};

use crate::sample::{Batch, Container, Invoke, Message, Note, Peer, SCHEMA, Thread, bytes, full_note, message, peer};

fn error<T: Decode>(bytes: &[u8]) -> DecodeError {
    match T::from_bytes(bytes) {
        Ok(_) => panic!("{} decodes", T::SHAPE),
        Err(error) => error,
    }
}

/// What the error says.
fn check<T: Decode>(bytes: &[u8], expected: &str) {
    assert_eq!(error::<T>(bytes).to_string(), expected);
}

/// The bytes with a word replaced.
fn with(mut bytes: Vec<u8>, offset: usize, word: u32) -> Vec<u8> {
    bytes[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
    bytes
}

fn batch() -> Batch {
    Batch { notes: vec![Note::default(), full_note()], count: 3 }
}

#[test]
fn the_end_of_the_input_names_the_field_that_it_cuts() {
    check::<Peer>(
        &bytes(&peer())[..14],
        "the input ends where long was expected, at access_hash in Peer, offset 14 (sample, layer 46)",
    );
}

#[test]
fn an_id_that_the_schema_knows_is_named() {
    let vector_of_peers = bytes(&vec![Peer::None, peer()]);
    check::<Vec<Peer>>(
        &with(vector_of_peers.clone(), 8, 0x207),
        "unknown id #00000207 where Peer was expected (#00000207 is note of layer 46), at [0] in Vector<Peer>, offset 8 \
         (sample, layer 46)",
    );
    check::<Vec<Peer>>(
        &with(vector_of_peers, 12, 0x1cb5_c415),
        "unknown id #1cb5c415 where Peer was expected (#1cb5c415 is vector), at [1] in Vector<Peer>, offset 12 \
         (sample, layer 46)",
    );
}

#[test]
fn an_id_that_the_schema_does_not_know_stays_a_number() {
    check::<Note>(&[1, 2, 3, 4], "unknown id #04030201 where note was expected, offset 0 (sample, layer 46)");
}

#[test]
fn an_older_form_is_unknown_where_the_newest_is_expected() {
    let error = error::<Batch>(&with(bytes(&batch()), 12, 0x107));
    assert_eq!((error.path(), error.expected()), ("notes[0]", "Note"));
    assert_eq!(error.kind(), DecodeErrorKind::UnknownId { id: 0x107 });
}

#[test]
fn a_path_goes_through_vectors_and_conditions() {
    let mut batch = batch();
    batch.notes[1].from = Some(Peer::None);
    let mut encoded = bytes(&batch);
    let place = encoded.windows(4).rposition(|word| word == 9_u32.to_le_bytes()).unwrap();
    encoded = with(encoded, place, 8);

    let error = error::<Batch>(&encoded);
    assert_eq!((error.path(), error.expected(), error.offset()), ("notes[1].from", "Peer", place));
    assert_eq!((error.root(), error.schema(), error.layer()), ("batch", Some("sample"), Some(46)));
}

#[test]
fn text_that_is_not_utf_8_tells_how_much_of_it_is() {
    let mut encoded = bytes(&Thread { text: "seven".into(), replies: vec![] });
    encoded[8] = 0xff;
    check::<Thread>(
        &encoded,
        "a string that is not UTF-8 from its byte 3 on, at text in thread, offset 4 (sample, layer 46)",
    );
}

#[test]
fn a_length_that_is_none_is_told() {
    check::<Thread>(
        &with(bytes(&Thread::default()), 4, 0xff),
        "no length where string was expected (0xff begins none), at text in thread, offset 4 (sample, layer 46)",
    );
}

#[test]
fn a_vector_longer_than_the_input_is_told_at_its_count() {
    check::<Thread>(
        &with(bytes(&Thread::default()), 12, 4_000_000_000),
        "Vector<Thread> announces 4000000000 items, more than the rest of the input can hold, at replies in thread, \
         offset 12 (sample, layer 46)",
    );
    check::<Vec<i64>>(
        &with(bytes(&vec![1_i64]), 4, 3),
        "Vector<long> announces 3 items, more than the rest of the input can hold, offset 4",
    );
}

#[test]
fn values_that_nest_too_deep_are_told_at_the_innermost() {
    let mut thread = Thread::default();
    for _ in 0..60 {
        thread = Thread { text: String::new(), replies: vec![thread] };
    }
    let error = error::<Thread>(&bytes(&thread));
    assert_eq!((error.kind(), error.expected()), (DecodeErrorKind::TooDeep, "Vector<Thread>"));
    assert_eq!(error.path(), format!("{}replies", "replies[0].".repeat(48)));
}

#[test]
fn bytes_behind_the_value_are_an_error_of_the_whole() {
    let mut encoded = bytes(&peer());
    encoded.extend([0; 8]);
    check::<Peer>(&encoded, "trailing bytes behind Peer: 8, offset 20 (sample, layer 46)");
}

#[test]
fn an_object_may_not_be_shorter_than_its_length() {
    let longer = Raw([bytes(&Peer::None), vec![0; 4]].concat());
    let error = error::<Message<Peer>>(&bytes(&message(&longer)));
    assert_eq!((error.kind(), error.path()), (DecodeErrorKind::TrailingBytes { count: 4 }, "body"));
}

#[test]
fn an_object_may_not_reach_beyond_the_input() {
    let error = error::<Message>(&with(bytes(&message(&Peer::None)), 16, 5));
    assert_eq!((error.kind(), error.path()), (DecodeErrorKind::UnexpectedEnd, "body"));
}

#[test]
fn a_path_leads_into_an_object_of_an_open_type() {
    let call = bytes(&Invoke { layer: 46, query: batch() });
    let error = error::<Invoke<Batch>>(&call[..30]);
    assert_eq!(error.path(), "query.notes[0].id");
}

#[test]
fn a_path_ends_at_an_object_that_the_schema_does_not_know() {
    let call = bytes(&Invoke { layer: 46, query: vec![peer(), peer()] });
    let error = error::<Invoke<Vec<Peer>>>(&with(call, 36, 1));
    assert_eq!((error.path(), error.expected(), error.offset()), ("query", "Object", 36));
}

#[test]
fn the_second_message_of_a_container_is_found_behind_a_first_of_unknown_type() {
    let container = Container {
        messages: vec![message(&Raw(vec![7; 12])), message(&Peer::None)],
        last: message(&Peer::None),
        peers: vec![],
    };
    let encoded = bytes(&container);
    // One byte short of the body of the second.
    let error = error::<Container>(&encoded[..55]);
    assert_eq!(error.path(), "messages[1].body");
}

#[test]
fn offsets_count_from_the_beginning_of_a_sequence() {
    let encoded = [bytes(&peer()), bytes(&Thread { text: "\u{7f}".into(), replies: vec![] })].concat();
    let encoded = with(encoded, 24, 0xff01);
    let mut reader = tl_types::Reader::new(&encoded);
    assert!(reader.read::<Peer>().is_ok());
    let error = reader.read::<Thread>().unwrap_err();
    assert_eq!((error.offset(), error.path()), (24, "text"));
}

#[test]
fn wherever_the_input_ends_the_table_agrees_with_the_reader() {
    let encoded = bytes(&batch());
    for len in 4..encoded.len() {
        let (by_reader, by_table) = (error::<Batch>(&encoded[..len]), Value::decode(&SCHEMA, &encoded[..len]));
        let by_table = by_table.unwrap_err();
        let place =
            |error: &DecodeError| (error.kind(), error.offset(), error.expected().to_owned(), error.path().to_owned());
        assert_eq!(place(&by_reader), place(&by_table), "cut at {len}");
    }
}

#[test]
fn whichever_byte_is_wrong_the_field_is_found() {
    let encoded = bytes(&batch());
    for offset in 4..encoded.len() {
        for wrong in [0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff] {
            let mut encoded = encoded.clone();
            encoded[offset] = wrong;
            let Err(error) = Batch::from_bytes(&encoded) else { continue };
            let whole = matches!(error.kind(), DecodeErrorKind::TrailingBytes { .. });
            assert_eq!(error.path().is_empty(), whole, "{wrong:#04x} at {offset}: {error}");
            // The table may find fault elsewhere, but never without an end.
            let _ = Value::decode(&SCHEMA, &encoded);
        }
    }
}

#[test]
fn an_error_tells_nothing_of_the_content() {
    let mut encoded = bytes(&Thread { text: "attack at dawn".into(), replies: vec![] });
    encoded[15] = 0xff;
    let error = error::<Thread>(&encoded);
    let told = format!("{error} {error:?}");
    assert!(!told.contains("attack") && !told.contains("dawn"), "{told}");
}

#[test]
fn an_error_takes_one_pointer() {
    assert_eq!(size_of::<DecodeError>(), size_of::<usize>());
}

#[test]
fn what_has_no_encoding_says_why() {
    let check = |error: EncodeError, expected: &str| assert_eq!(error.to_string(), expected);
    check(
        EncodeError::StringTooLong { len: 1 << 24 },
        "a string of 16777216 bytes is too long for TL, which allows 16777215",
    );
    check(
        EncodeError::VectorTooLong { len: 1 << 31 },
        "a vector of 2147483648 is too long for TL, which allows 2147483647",
    );
    check(
        EncodeError::IncompleteFlag { combinator: "note", fields: "tags, words" },
        "note has only some of the fields that share a flag: tags, words",
    );
}
