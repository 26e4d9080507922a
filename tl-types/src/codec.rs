//! The traits that every TL type implements, and what the two kinds of combinators add.
//!
//! Source: <https://core.telegram.org/mtproto/serialize> and <https://core.telegram.org/mtproto/TL>.

use crate::error::{DecodeError, EncodeError};
use crate::reader::Reader;
use crate::rpc::Callers;
use crate::schema::{Schema, Shape};
use crate::sink::{Length, Sink, Writer};

/// Most of what is sent is shorter: a request takes one allocation, and measuring it first would take longer than that.
const USUAL_LEN: usize = 256;

/// A value that can be written as TL.
///
/// Combinators and boxed types write their boxed form, the constructor id in front; a [`Combinator`] also has its bare
/// form.
pub trait Encode {
    /// Writes the value to `sink`.
    ///
    /// Errors are kept by the sink, so that a value is written without a branch at each field; [`Encode::to_bytes`] and
    /// [`Encode::encode_into`] report them.
    fn encode<S: Sink>(&self, sink: &mut S);

    /// The exact number of bytes that the value takes on the wire.
    fn encoded_len(&self) -> usize {
        let mut length = Length::default();
        self.encode(&mut length);
        length.bytes()
    }

    /// The value as TL.
    ///
    /// # Errors
    /// [`EncodeError`] if a string or a vector is longer than TL can say.
    fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new(Vec::with_capacity(USUAL_LEN));
        self.encode(&mut writer);
        let (out, result) = writer.finish();
        result.map(|()| out)
    }

    /// Appends the value as TL to `out`, and nothing on an error.
    ///
    /// # Errors
    /// [`EncodeError`] if a string or a vector is longer than TL can say.
    fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let mut writer = Writer::new(std::mem::take(out));
        self.encode(&mut writer);
        let (written, result) = writer.finish();
        *out = written;
        if result.is_err() {
            out.truncate(start);
        }
        result
    }
}

/// A value that can be read from TL.
pub trait Decode: Sized {
    /// What is expected on the wire; an error is described with it.
    const SHAPE: Shape;

    /// Reads the value, as one step of reading a larger one.
    ///
    /// The value counts only if all went well, which the [`Reader`] knows: [`Decode::from_bytes`] and [`Reader::read`] look
    /// at that, so call those.
    fn decode(reader: &mut Reader<'_>) -> Self;

    /// Reads one value that takes up all of `bytes`.
    ///
    /// # Errors
    /// [`DecodeError`], with the place and the path of the field, if the bytes are anything else than one such value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = reader.read()?;
        reader.finish(&Self::SHAPE)?;
        Ok(value)
    }
}

/// A constructor or a function: something that has an id and fields.
pub trait Combinator: Sized {
    /// The id that stands in front of the boxed form.
    const ID: u32;
    /// The name in TL, with its namespace: `messages.sendEncrypted`.
    const NAME: &'static str;
    /// The schema that declares it.
    const SCHEMA: &'static Schema;

    /// Writes the bare form: the fields without the id.
    fn encode_fields<S: Sink>(&self, sink: &mut S);

    /// Reads the bare form, as one step of reading a larger value; see [`Decode::decode`].
    fn decode_fields(reader: &mut Reader<'_>) -> Self;
}

impl<T: Combinator> Encode for T {
    #[inline]
    fn encode<S: Sink>(&self, sink: &mut S) {
        sink.id(T::ID);
        self.encode_fields(sink);
    }
}

impl<T: Combinator> Decode for T {
    const SHAPE: Shape = Shape::Combinator(T::SCHEMA, T::NAME);

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.expect(T::ID);
        T::decode_fields(reader)
    }
}

/// A combinator that constructs a value of a type.
pub trait Constructor: Combinator {
    /// The boxed type that it belongs to; itself, if it is the only constructor.
    type Type: Encode + Decode + From<Self>;
}

/// A combinator that is called, and what it answers.
pub trait Function: Combinator {
    /// What the call answers.
    type Response: Decode;
    /// Who may call it.
    const CALLERS: Callers;
    /// The names of the errors it is known to raise, as patterns (`FLOOD_WAIT_%d`), besides those that any call can.
    const ERRORS: &'static [&'static str];
}
