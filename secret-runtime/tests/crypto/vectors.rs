//! The known answers, made by other implementations.

use std::sync::LazyLock;

use secret_runtime::crypto::diffie_hellman::{Group, PrivateExponent};
use secret_runtime::crypto::{ChatKey, Role};
use serde_json::Value;

use super::randomness::Sequence;

/// The whole file. Byte strings are hexadecimal.
pub(super) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../tests/vectors/secret_chat.json")).unwrap());

pub(super) fn hex(digits: &str) -> Vec<u8> {
    assert!(digits.len().is_multiple_of(2), "{digits}");
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// The byte string in a field.
pub(super) fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    hex(vector[field].as_str().unwrap_or_else(|| panic!("no field {field}")))
}

/// The byte string of that very length in a field.
pub(super) fn array<const N: usize>(vector: &Value, field: &str) -> [u8; N] {
    bytes(vector, field).try_into().unwrap()
}

pub(super) fn list<'v>(vector: &'v Value, field: &str) -> &'v [Value] {
    let list = vector[field].as_array().unwrap();
    assert!(!list.is_empty(), "no vectors in {field}");
    list
}

pub(super) fn key() -> ChatKey {
    ChatKey::from_bytes(array(&VECTORS["dh"], "key"))
}

pub(super) fn group() -> Group {
    Group::check(3, &bytes(&VECTORS["dh"], "p"), &mut Sequence(0)).unwrap()
}

pub(super) fn exponent(vector: &Value, field: &str) -> PrivateExponent {
    PrivateExponent::from_bytes(array(vector, field))
}

pub(super) fn sender(is_originator: &Value) -> Role {
    if is_originator.as_bool().unwrap() { Role::Originator } else { Role::Acceptor }
}
