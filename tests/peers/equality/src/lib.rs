//! Every combinator that `grammers-tl-types` can decode, behind one function for each.

pub mod differences;

use grammers_tl_types::{Cursor, Deserializable, Identifiable, Serializable, deserialize, enums, functions};

/// One combinator.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its id.
    pub id: u32,
    /// Its name in TL.
    pub name: &'static str,
    /// Decodes the boxed form, all of it, and encodes the value.
    pub reencode: fn(&[u8]) -> Result<Vec<u8>, String>,
}

/// The rows of the main schema.
pub static API: &[Row] = include!(concat!(env!("OUT_DIR"), "/api.rs"));
/// The rows of MTProto's own schema.
pub static MTPROTO: &[Row] = include!(concat!(env!("OUT_DIR"), "/mtproto.rs"));

/// The function inside another one, encoded: what our `Raw` is.
struct Query(Vec<u8>);

impl Serializable for Query {
    fn serialize(&self, buffer: &mut impl Extend<u8>) {
        buffer.extend(self.0.iter().copied());
    }
}

impl Deserializable for Query {
    fn deserialize(cursor: &mut Cursor<'_>) -> deserialize::Result<Self> {
        let mut query = Vec::new();
        cursor.read_to_end(&mut query)?;
        Ok(Self(query))
    }
}

fn object<T: Deserializable + Serializable>(bytes: &[u8]) -> Result<Vec<u8>, String> {
    whole::<T>(Cursor::from_slice(bytes), bytes.len())
}

/// A function writes its id, but does not read it.
fn function<T: Deserializable + Serializable + Identifiable>(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut cursor = Cursor::from_slice(bytes);
    match u32::deserialize(&mut cursor) {
        Ok(id) if id == T::CONSTRUCTOR_ID => whole::<T>(cursor, bytes.len()),
        Ok(id) => Err(format!("{:#010x} was expected, not {id:#010x}", T::CONSTRUCTOR_ID)),
        Err(error) => Err(error.to_string()),
    }
}

fn whole<T: Deserializable + Serializable>(mut cursor: Cursor<'_>, len: usize) -> Result<Vec<u8>, String> {
    let value = T::deserialize(&mut cursor).map_err(|error| format!("{error} at {}", cursor.pos()))?;
    match cursor.pos() {
        end if end == len => Ok(value.to_bytes()),
        end => Err(format!("it stops at {end} of {len}")),
    }
}
