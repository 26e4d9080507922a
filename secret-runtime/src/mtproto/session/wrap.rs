//! `invokeAfterMsg` and `invokeAfterMsgs`: the only functions of the API that a session knows
//! (<https://core.telegram.org/api/invoking#saving-client-info>).

use tl_types::Combinator;
use tl_types::Reader;
use tl_types::api::functions::{InvokeAfterMsg, InvokeAfterMsgs};

const VECTOR_ID: u32 = 0x1cb5_c415;

/// How many bytes [`write`] puts in front of a body.
pub(super) fn length(after: &[i64]) -> usize {
    match after {
        [] => 0,
        [_] => 12,
        many => 12 + 8 * many.len(),
    }
}

/// Writes what stands in front of a body that must be carried out after those messages.
pub(super) fn write(after: &[i64], out: &mut Vec<u8>) {
    match after {
        [] => {}
        [one] => {
            out.extend_from_slice(&<InvokeAfterMsg>::ID.to_le_bytes());
            out.extend_from_slice(&one.to_le_bytes());
        }
        many => {
            out.extend_from_slice(&<InvokeAfterMsgs>::ID.to_le_bytes());
            out.extend_from_slice(&VECTOR_ID.to_le_bytes());
            out.extend_from_slice(&(many.len() as u32).to_le_bytes());
            many.iter().for_each(|id| out.extend_from_slice(&id.to_le_bytes()));
        }
    }
}

/// The messages that a request must be carried out after, and its body without saying so.
pub(super) fn read(body: &[u8]) -> (Vec<i64>, &[u8]) {
    let plain = (Vec::new(), body);
    let Some((id, fields)) = super::parse::constructor(body) else { return plain };
    if id == <InvokeAfterMsg>::ID {
        super::parse::long(fields).map_or(plain, |(after, body)| (vec![after], body))
    } else if id == <InvokeAfterMsgs>::ID {
        let mut reader = Reader::new(fields);
        reader.read::<Vec<i64>>().map_or(plain, |after| (after, reader.rest()))
    } else {
        plain
    }
}
