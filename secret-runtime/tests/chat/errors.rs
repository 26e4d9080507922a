//! What errors say, and what they rest on.

use std::error::Error;
use std::fmt::Display;

use secret_runtime::chat::split::SplitError;
use secret_runtime::chat::{CommandError, Dropped, OutOfRange, PeerFault, SendFailure, UnixTime, policy};
use secret_runtime::crypto::diffie_hellman::PublicValueError;
use secret_runtime::crypto::envelope::SealError;
use tl_types::EncodeError;
use tl_types::secret::constructors::{DecryptedMessage, MessageEntitySpoiler};

fn check(said: impl Display, expected: &str) {
    assert_eq!(said.to_string(), expected);
}

#[test]
fn a_fault_of_the_peer_is_said() {
    check(PeerFault::OutParity, "out_seq_no is not a number of its side");
    check(PeerFault::InParity, "in_seq_no is not a number of our side");
    check(PeerFault::InDecreased, "in_seq_no went down");
    check(PeerFault::InTooHigh, "in_seq_no confirms a message that was never sent");
    check(PeerFault::ResendTooHigh, "it asks for messages that were never sent");
    check(PeerFault::RekeyFingerprint, "the fingerprint of the new key is another one");
    check(
        PeerFault::PublicValue(PublicValueError::OutOfRange),
        "its public value is unsafe: the peer's public value is below 2^1984 or above p - 2^1984: discard the chat",
    );
}

#[test]
fn why_something_was_dropped_is_said() {
    check(Dropped::Unreadable, "not a message under a key of this chat");
    check(Dropped::WaitingFull, "too many messages wait behind a hole");
    check(Dropped::DamagedChat, "a message for a chat whose records are damaged");
}

#[test]
fn why_a_message_failed_is_said() {
    let refused = SendFailure::Refused { code: 400, message: "DATA_INVALID".into() };
    check(refused, "the server refused the message: 400 DATA_INVALID");
    check(SendFailure::ChatClosed, "the chat closed before the message was sent");
    check(SendFailure::Deleted, "the message was deleted before it was sent");
}

#[test]
fn an_error_of_a_command_gives_the_error_that_it_comes_from() {
    let spoiler = DecryptedMessage::new(1, 0, "ab").with_entities(vec![MessageEntitySpoiler::new(0, 2).into()]);
    let refusal = policy::check(&spoiler.into(), 46).unwrap_err();
    let given = |error: CommandError| error.source().map(ToString::to_string);
    assert_eq!(given(refusal.clone().into()), Some(refusal.to_string()));
    let split = SplitError::Blank;
    assert_eq!(given(CommandError::Split(split.clone())), Some(split.to_string()));
    let encode = EncodeError::StringTooLong { len: 1 << 24 };
    assert_eq!(given(CommandError::Encode(encode.clone())), Some(encode.to_string()));
    let seal = SealError::Body { bytes: 3 };
    assert_eq!(given(CommandError::Seal(seal)), Some(seal.to_string()));
    assert_eq!(given(OutOfRange.into()), Some(OutOfRange.to_string()));
    let public_value = PublicValueError::OutOfRange;
    assert_eq!(given(CommandError::PublicValue(public_value)), Some(public_value.to_string()));
    assert_eq!(given(CommandError::NotReady), None);
}

#[test]
fn a_time_is_said_in_seconds() {
    check(UnixTime(1_700_000_000), "1700000000");
}
