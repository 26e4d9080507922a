//! What errors say: what is wrong, where, and what to do.

use std::fmt::Display;

use secret_runtime::crypto::diffie_hellman::{GroupError, PublicValueError};
use secret_runtime::crypto::envelope::SealError;
use secret_runtime::crypto::file::{FileFingerprintMismatch, FileKeyLength, FileTooShort};
use secret_runtime::crypto::ige::PartialBlock;

fn check(error: impl Display, expected: &str) {
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_wrong_group_is_said() {
    check(
        GroupError::Modulus { bits: 2047 },
        "the server's modulus has 2047 bits, it must have 2048 and be odd: agree on no key with it",
    );
    check(GroupError::NotSafePrime, "the server's modulus is not a safe prime: agree on no key with it");
    check(GroupError::Generator { g: 8 }, "the server's generator 8 does not fit its prime: agree on no key with it");
}

#[test]
fn an_unsafe_public_value_is_said() {
    check(
        PublicValueError::TooLong { bytes: 257 },
        "the peer's public value has 257 bytes, more than 256: discard the chat",
    );
    check(
        PublicValueError::OutOfRange,
        "the peer's public value is below 2^1984 or above p - 2^1984: discard the chat",
    );
}

#[test]
fn what_cannot_be_encrypted_is_said() {
    check(SealError::Body { bytes: 3 }, "a body of 3 bytes is no serialized TL object");
    check(
        SealError::Padding { bytes: 11 },
        "11 bytes of padding are not between 12 and 1024, or do not fill up the last block",
    );
    check(PartialBlock { length: 17 }, "17 bytes are not whole blocks of 16: split data at multiples of 16");
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    check(
        FileKeyLength { key: 31, iv: 32 },
        "the file's key has 31 bytes and its iv 32, both have to be 32: the file cannot be decrypted",
    );
    check(
        FileFingerprintMismatch { expected: 1, found: -1 },
        "the file's key_fingerprint is -1, its key has 1: do not use this file",
    );
    check(FileTooShort { missing: 5 }, "5 bytes are missing at the end of the file: download the rest");
}
