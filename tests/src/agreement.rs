//! Two readings of the same bytes: by a generated type, and by the table.

use tl_types::{DecodeError, DecodeErrorKind, Schema, Value};

use crate::hex::hex;

/// Compares what a generated type made of the bytes with what the table of its schema does.
///
/// The table reads a root of any type, and counts as levels also what lies in place; where that makes the difference,
/// nothing is compared.
///
/// # Errors
/// A description of the difference.
pub fn compare(by_type: &Result<(), DecodeError>, table: &'static Schema, bytes: &[u8]) -> Result<(), String> {
    let is_incomparable = by_type.as_ref().is_err_and(|error| match error.kind() {
        DecodeErrorKind::UnknownId { .. } => error.offset() == 0,
        DecodeErrorKind::TooDeep => true,
        _ => false,
    });
    if is_incomparable {
        return Ok(());
    }
    let by_table = Value::decode(table, bytes);
    let is_same = match (by_type, &by_table) {
        (Ok(()), Ok(_)) => true,
        (Err(one), Err(other)) => {
            (one.kind(), one.offset(), one.path()) == (other.kind(), other.offset(), other.path())
        }
        _ => false,
    };
    if is_same {
        return Ok(());
    }
    let by_type = by_type.as_ref().map_or_else(ToString::to_string, |()| "a value".to_owned());
    let by_table = by_table.map_or_else(|error| error.to_string(), |value| format!("{value:?}"));
    Err(format!("the type says:  {by_type}\n    the table says: {by_table}\n    {}", hex(bytes)))
}
