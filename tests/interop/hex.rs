//! Bytes between the two processes.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The bytes of a field of an answer.
pub(crate) fn of(value: &Value) -> Vec<u8> {
    decode(value.as_str().unwrap_or_else(|| panic!("{value} is not bytes")))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    String::deserialize(deserializer).map(|text| decode(&text))
}
