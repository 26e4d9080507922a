//! Trees by the table, and `Debug`.

use tl_types::{DecodeErrorKind, Encode, Raw, Value};

use crate::sample::{Batch, Container, Invoke, Note, Peer, SCHEMA, Thread, Vault, bytes, full_note, message, peer};

/// What the encoding prints by the table.
fn check(value: &impl Encode, expected: &str) {
    let encoded = bytes(value);
    let decoded = Value::decode(&SCHEMA, &encoded).map(|value| format!("{value:?}"));
    assert_eq!(decoded.as_deref(), Ok(expected));
}

#[test]
fn a_redacted_field_is_hidden() {
    check(&peer(), "peerUser { user_id: 5, access_hash: <redacted> }");
}

#[test]
fn a_constructor_without_fields_is_its_name() {
    check(&Peer::None, "peerNone");
}

#[test]
fn absent_fields_and_framing_are_left_out() {
    let note = Note { id: 7, text: "meet me".into(), ..Note::default() };
    check(&note, "note { id: 7, text: <redacted 7 bytes>, ratio: 0.0, seen: false }");
}

#[test]
fn optional_fields_show_where_they_are() {
    check(
        &full_note(),
        "note { silent: true, id: 7, text: <redacted 15 bytes>, ratio: 0.5, seen: true, \
         file: file { spoiler: true, key: <redacted 32 bytes>, iv: <redacted>, \
         digest: 0xcccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc, thumb: 0x010203 }, \
         from: peerUser { user_id: 5, access_hash: <redacted> }, tags: [\"red\", \"blue\"], \
         words: <redacted 1 items> }",
    );
}

#[test]
fn a_number_that_is_no_flags_shows() {
    check(&Batch { notes: vec![], count: 3 }, "batch { notes: [], count: 3 }");
}

#[test]
fn an_older_form_is_told_by_its_id() {
    let encoded = [&0x107_u32.to_le_bytes()[..], &7_i64.to_le_bytes(), b"\x02hi\0"].concat();
    let value = Value::decode(&SCHEMA, &encoded).map(|value| format!("{value:?}"));
    assert_eq!(value.as_deref(), Ok("note { id: 7, text: <redacted 2 bytes> }"));
}

#[test]
fn bare_values_and_sized_objects_are_read() {
    let container = Container {
        messages: vec![message(&Peer::None), message(&Raw(vec![1, 2, 3, 4, 5]))],
        last: message(&true),
        peers: vec![peer()],
    };
    check(
        &container,
        "container { messages: [message { msg_id: 1, seqno: 2, body: peerNone }, \
         message { msg_id: 1, seqno: 2, body: Raw(#04030201, 5 bytes) }], \
         last: message { msg_id: 1, seqno: 2, body: true }, \
         peers: [peerUser { user_id: 5, access_hash: <redacted> }] }",
    );
}

#[test]
fn an_open_type_is_an_object_if_all_of_it_decodes() {
    check(
        &Invoke { layer: 46, query: peer() },
        "invoke { layer: 46, query: peerUser { user_id: 5, access_hash: <redacted> } }",
    );

    let mut longer = bytes(&peer());
    longer.push(0);
    check(&Invoke { layer: 46, query: Raw(longer) }, "invoke { layer: 46, query: Raw(#0a1b2c3d, 21 bytes) }");
    check(&Invoke { layer: 46, query: Raw(vec![]) }, "invoke { layer: 46, query: Raw(0 bytes) }");
}

#[test]
fn an_object_inside_a_broken_one_does_not_disturb_what_follows() {
    // The body announces flags, and ends before the fields that they stand for.
    let broken = Raw([&0x207_u32.to_le_bytes()[..], &[0xff; 4]].concat());
    let container = Container { messages: vec![message(&broken)], last: message(&Peer::None), peers: vec![] };
    check(
        &container,
        "container { messages: [message { msg_id: 1, seqno: 2, body: Raw(#00000207, 8 bytes) }], \
         last: message { msg_id: 1, seqno: 2, body: peerNone }, peers: [] }",
    );
}

#[test]
fn a_redacted_field_hides_everything_below_it() {
    let content = Raw(bytes(&full_note()));
    check(&Vault { owner: peer(), content }, "vault { owner: <redacted>, content: <redacted> }");
    check(
        &Vault { owner: peer(), content: Raw(vec![9; 12]) },
        "vault { owner: <redacted>, content: <redacted 12 bytes> }",
    );
}

#[test]
fn debug_of_a_type_is_that_of_its_tree() {
    let note = full_note();
    let encoded = bytes(&note);
    let value = Value::decode(&SCHEMA, &encoded).unwrap();
    assert_eq!(format!("{note:?}"), format!("{value:?}"));
    assert_eq!(format!("{note:#?}"), format!("{value:#?}"));
}

#[test]
fn the_alternate_form_takes_lines() {
    let expected = "\
thread {
    text: \"a\",
    replies: [
        thread {
            text: \"b\",
            replies: [],
        },
    ],
}";
    let thread = Thread { text: "a".into(), replies: vec![Thread { text: "b".into(), replies: vec![] }] };
    assert_eq!(format!("{thread:#?}"), expected);
}

#[test]
fn debug_of_a_value_that_has_no_encoding_is_the_reason() {
    let thread = Thread { text: "x".repeat(1 << 24), replies: vec![] };
    assert_eq!(format!("{thread:?}"), "<a string of 16777216 bytes is too long for TL, which allows 16777215>");
}

#[test]
fn debug_copes_with_what_no_reader_would_accept() {
    let mut thread = Thread::default();
    for _ in 0..1000 {
        thread = Thread { text: String::new(), replies: vec![thread] };
    }
    let printed = format!("{thread:?}");
    assert!(printed.starts_with("<values nest"), "{printed}");
}

#[test]
fn a_tree_is_all_of_the_input_or_an_error() {
    let mut encoded = bytes(&peer());
    encoded.push(0);
    let error = Value::decode(&SCHEMA, &encoded).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::TrailingBytes { count: 1 }, 20));

    let error = Value::decode(&SCHEMA, &encoded[..12]).unwrap_err();
    assert_eq!((error.kind(), error.path()), (DecodeErrorKind::UnexpectedEnd, "access_hash"));

    let error = Value::decode(&SCHEMA, &[1, 2, 3, 4]).unwrap_err();
    assert_eq!(error.to_string(), "unknown id #04030201 where Object was expected, offset 0 (sample, layer 46)");
}

#[test]
fn a_field_of_one_type_does_not_take_the_id_of_another() {
    let encoded = bytes(&Invoke { layer: 1, query: Raw(vec![]) });
    let vault = [&0xfa1_u32.to_le_bytes()[..], &encoded].concat();
    let error = Value::decode(&SCHEMA, &vault).unwrap_err();
    assert_eq!((error.expected(), error.path()), ("Peer", "owner"));
}
