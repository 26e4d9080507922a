//! Answers in the constructors that the caller's layer knows.
//!
//! The server builds its answers from the bindings of the newest layer. `answers.tl` has the forms of those types that
//! have changed on the way there. The newest form has one id and one encoding in both, so a value of such a type is taken
//! out of an encoded answer, lowered, and put back in the form that is in force.

use tl_types::api::{self, constructors};
use tl_types::{Combinator, Decode, Encode, EncodeError, Layered, Reader, RpcError, Sink};

use super::super::answers::{self, types};
use super::error;

/// The layer of the bindings.
pub(super) const NEWEST: i32 = api::LAYER.cast_signed();

// A layer that changes one of these needs a new form in `answers.tl`.
const _: () = {
    assert!(answers::LAYER == api::LAYER, "answers.tl is of another layer than api.tl");
    assert!(answers::constructors::User::ID == constructors::User::ID, "answers.tl lacks the newest `user`");
    assert!(
        answers::constructors::UserFull::ID == constructors::UserFull::ID,
        "answers.tl lacks the newest `userFull`"
    );
    assert!(
        answers::constructors::PeerSettings::ID == constructors::PeerSettings::ID,
        "answers.tl lacks the newest `peerSettings`"
    );
};

/// Whether the server has answers for clients of `layer`.
pub(super) fn is_spoken(layer: i32) -> bool {
    let floor = answers::LAYERS.first().copied().unwrap_or_default();
    u32::try_from(layer).is_ok_and(|layer| layer >= floor)
}

/// The exact bytes of a value at a layer.
type Replace = fn(&mut Reader<'_>, u32) -> Result<Vec<u8>, RpcError>;

/// How a value that begins with `id` gets into older forms; nothing if it has none.
fn replacement(id: u32) -> Option<Replace> {
    match id {
        constructors::User::ID => Some(replace::<types::User>),
        constructors::UserFull::ID => Some(replace::<types::UserFull>),
        constructors::PeerSettings::ID => Some(replace::<types::PeerSettings>),
        _ => None,
    }
}

/// Reads a value, and writes what `layer` can carry of it.
fn replace<T: Layered + Decode>(reader: &mut Reader<'_>, layer: u32) -> Result<Vec<u8>, RpcError> {
    let value: T = reader.read().map_err(|_| error::internal())?;
    let lowered = value.lower_to(layer).map_err(|_| error::outdated())?;
    lowered.value.encode_at(layer).map_err(|_| error::internal())
}

/// Encodes an answer for `layer`.
///
/// # Errors
/// `UPDATE_APP_TO_LOGIN` if the layer is too old, `INTERNAL` if the value is too long for TL, or has a field that
/// `answers.tl` says that it never has.
pub(super) fn encode<T: Encode>(value: &T, layer: i32) -> Result<Vec<u8>, RpcError> {
    if !is_spoken(layer) {
        return Err(error::outdated());
    }
    let mut newest = Places { bytes: Vec::with_capacity(value.encoded_len()), changed: Vec::new(), is_refused: false };
    value.encode(&mut newest);
    let Places { bytes, changed, is_refused } = newest;
    if is_refused {
        return Err(error::internal());
    }
    if layer >= NEWEST {
        return Ok(bytes);
    }
    let layer = layer.cast_unsigned();
    let mut answer = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for (start, replace) in changed {
        // What is inside of a value that was replaced went with it.
        if start < done {
            continue;
        }
        let mut reader = Reader::new(bytes.get(start..).unwrap_or_default());
        let exact = replace(&mut reader, layer)?;
        answer.extend_from_slice(bytes.get(done..start).unwrap_or_default());
        answer.extend_from_slice(&exact);
        done = start + reader.position();
    }
    answer.extend_from_slice(bytes.get(done..).unwrap_or_default());
    Ok(answer)
}

/// Takes an answer in the newest forms, and notes where in it there are values that have older ones.
struct Places {
    bytes: Vec<u8>,
    changed: Vec<(usize, Replace)>,
    is_refused: bool,
}

impl Sink for Places {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn refuse(&mut self, _: EncodeError) {
        self.is_refused = true;
    }

    fn id(&mut self, id: u32) {
        if let Some(replace) = replacement(id) {
            self.changed.push((self.bytes.len(), replace));
        }
        self.put(&id.to_le_bytes());
    }
}

#[cfg(test)]
mod tests;
