//! The part of the main schema that one function needs, as a program with little room would have it.

#![allow(clippy::panic)]

use tl_samples::api::{constructors, functions, types};
use tl_types::{Combinator, Decode, Encode, Function};

fn response<F: Function>(_: &F, bytes: &[u8]) -> F::Response {
    F::Response::from_bytes(bytes).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_call_and_its_answer() {
    let peer = constructors::InputEncryptedChat::new(1, 2);
    let call = functions::messages::SendEncrypted::new(peer, 3, vec![4; 24]).with_silent(true);
    let bytes = call.to_bytes().unwrap();
    assert_eq!(functions::messages::SendEncrypted::from_bytes(&bytes).unwrap(), call);
    let sent: types::messages::SentEncryptedMessage = constructors::messages::SentEncryptedMessage::new(5).into();
    assert_eq!(response(&call, &sent.to_bytes().unwrap()), sent);
    assert_eq!(functions::messages::SendEncrypted::ID, 0x44fa_7a15);
}

#[test]
fn nothing_is_generated_that_the_function_does_not_need() {
    let names: Vec<&str> = tl_samples::api::SCHEMA.declarations().iter().map(tl_types::Declaration::name).collect();
    let expected = [
        "boolFalse",
        "boolTrue",
        "inputEncryptedChat",
        "encryptedFileEmpty",
        "encryptedFile",
        "messages.sentEncryptedMessage",
        "messages.sentEncryptedFile",
        "messages.sendEncrypted",
    ];
    assert_eq!(names, expected);
}
