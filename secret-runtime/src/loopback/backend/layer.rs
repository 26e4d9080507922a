//! Answers in the constructors that the caller's layer knows.
//!
//! Of all constructors that the server answers with, these changed between the layers that clients in use speak; the
//! fields that the server fills stand in the same order in each form, and the flags of the others are 0, so the id is
//! all that differs.

use tl_types::{Combinator, Encode, EncodeError, RpcError, Sink, Writer};

use tl_types::api::{LAYER, constructors};

use super::error;

/// The layer of the bindings.
pub(super) const NEWEST: i32 = LAYER.cast_signed();

/// A form of a constructor: the newest layer that has it, and its id.
type Form = (i32, u32);

/// `user`, oldest form first.
const USER: &[Form] =
    &[(184, 0x215c_4438), (195, 0x8331_4fca), (199, 0x4b46_c37e), (216, 0x020b_1422), (227, 0x3177_4388)];

/// `userFull`, oldest form first.
const USER_FULL: &[Form] =
    &[(188, 0xcc99_7720), (195, 0x1f58_e369), (199, 0x4d97_5bbc), (214, 0xc577_b5ad), (216, 0xa02b_c13e)];

/// `peerSettings`, oldest form first.
const PEER_SETTINGS: &[Form] = &[(199, 0xacd6_6c5e)];

/// The id that `layer` has for the constructor with the id `newest`.
fn id_at(layer: i32, newest: u32) -> u32 {
    let forms = match newest {
        constructors::User::ID => USER,
        constructors::UserFull::ID => USER_FULL,
        constructors::PeerSettings::ID => PEER_SETTINGS,
        _ => return newest,
    };
    forms.iter().find(|(last, _)| layer <= *last).map_or(newest, |(_, id)| *id)
}

/// Encodes an answer for `layer`.
pub(super) fn encode<T: Encode>(value: &T, layer: i32) -> Result<Vec<u8>, RpcError> {
    let mut sink = Layered { layer, writer: Writer::new(Vec::with_capacity(value.encoded_len())) };
    value.encode(&mut sink);
    let (bytes, result) = sink.writer.finish();
    result.map(|()| bytes).map_err(|_| error::internal())
}

/// Writes older ids in the place of those that a layer does not know.
struct Layered {
    layer: i32,
    writer: Writer,
}

impl Sink for Layered {
    fn put(&mut self, bytes: &[u8]) {
        self.writer.put(bytes);
    }

    fn refuse(&mut self, error: EncodeError) {
        self.writer.refuse(error);
    }

    fn id(&mut self, id: u32) {
        self.writer.id(id_at(self.layer, id));
    }
}
