//! What the two programs of this package share: the same three values for both libraries.

mod payload;

use grammers_tl_types::{Cursor, Deserializable, Identifiable, Serializable, deserialize, enums, functions};
use tl_types::api::{self, types};
use tl_types::{Decode, DecodeError, Encode};

/// What goes wrong here is for a person to read.
pub type Error = Box<dyn std::error::Error>;

/// A request of about 80 bytes.
pub type Small = Case<api::functions::messages::SendMessage, functions::messages::SendMessage>;
/// About 580 bytes of updates with one message.
pub type Medium = Case<types::Updates, enums::Updates>;
/// About 57 KB: 100 messages, 50 users and 50 channels.
pub type Large = Case<types::messages::Messages, enums::messages::Messages>;

/// One value in both libraries, and its encoding, on which they agree.
pub struct Case<Ours, Theirs> {
    /// `small`, `medium` or `large`.
    pub name: &'static str,
    /// The encoded value.
    pub bytes: Vec<u8>,
    /// The value in `tl-types`.
    pub ours: Ours,
    /// The value in `grammers-tl-types`.
    pub theirs: Theirs,
    /// Decodes with `tl-types`: the whole input, every check on.
    pub decode_ours: fn(&[u8]) -> Result<Ours, DecodeError>,
    /// Decodes with `grammers-tl-types`.
    pub decode_theirs: fn(&[u8]) -> Result<Theirs, deserialize::Error>,
}

impl<Ours: Encode + Decode + PartialEq, Theirs: Serializable> Case<Ours, Theirs> {
    fn new(
        name: &'static str,
        value: Ours,
        decode_theirs: fn(&[u8]) -> Result<Theirs, deserialize::Error>,
    ) -> Result<Self, Error> {
        let bytes = value.to_bytes()?;
        let (ours, theirs) = (Ours::from_bytes(&bytes)?, decode_theirs(&bytes)?);
        if ours != value || ours.to_bytes()? != bytes || theirs.to_bytes() != bytes {
            return Err(format!("the libraries do not agree on the {name} value").into());
        }
        Ok(Self { name, bytes, ours, theirs, decode_ours: Ours::from_bytes, decode_theirs })
    }
}

/// The three values.
///
/// # Errors
/// If the two libraries do not agree on the bytes of one.
pub fn cases() -> Result<(Small, Medium, Large), Error> {
    Ok((
        Case::new("small", payload::request(), decode_request)?,
        Case::new("medium", payload::update(), enums::Updates::from_bytes)?,
        Case::new("large", payload::history(), enums::messages::Messages::from_bytes)?,
    ))
}

/// A function of `grammers-tl-types` writes its id but does not read it; a server does that in front of it.
fn decode_request(bytes: &[u8]) -> Result<functions::messages::SendMessage, deserialize::Error> {
    let mut cursor = Cursor::from_slice(bytes);
    match u32::deserialize(&mut cursor)? {
        functions::messages::SendMessage::CONSTRUCTOR_ID => functions::messages::SendMessage::deserialize(&mut cursor),
        id => Err(deserialize::Error::UnexpectedConstructor { id }),
    }
}
