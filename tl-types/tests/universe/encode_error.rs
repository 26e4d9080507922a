//! What cannot be encoded is refused, and nothing of it is written.

use tl_types::{Encode, EncodeError, MAX_STRING_LEN};

use crate::sample::Note;

fn note(len: usize) -> Note {
    Note { text: "x".repeat(len), ..Note::default() }
}

#[test]
fn the_longest_string_that_tl_can_say_is_encoded() {
    let bytes = note(MAX_STRING_LEN).to_bytes().unwrap();
    assert_eq!(bytes.len(), note(MAX_STRING_LEN).encoded_len());
}

#[test]
fn a_longer_string_is_refused() {
    let len = MAX_STRING_LEN + 1;
    assert_eq!(note(len).to_bytes(), Err(EncodeError::StringTooLong { len }));
}

#[test]
fn a_value_that_is_refused_leaves_the_vector_as_it_was() {
    let mut out = vec![1, 2, 3];
    assert!(note(MAX_STRING_LEN + 1).encode_into(&mut out).is_err());
    assert_eq!(out, [1, 2, 3]);
}

#[test]
fn a_value_is_appended_to_what_is_there() {
    let mut out = vec![1, 2, 3];
    note(5).encode_into(&mut out).unwrap();
    let (before, behind) = out.split_at(3);
    assert_eq!((before, behind), (&[1, 2, 3][..], &note(5).to_bytes().unwrap()[..]));
}
