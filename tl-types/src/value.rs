//! Encoded values as trees, read by the table of their schema; and, with these, `Debug` for every generated type.

use std::fmt::{self, Debug};
use std::hint;

use crate::codec::Encode;
use crate::error::DecodeError;
use crate::schema::{Build, Declaration, Field, Leaf, Schema, Shape, Walk};

/// A value whose type is known only at run time.
///
/// It borrows from the bytes that it was decoded from, so there is no copy of a secret to wipe. `Debug` prints it in TL's names and hides the fields that the
/// schema marks as redacted, with everything below them: `inputPeerUser { user_id: 5, access_hash: <redacted> }`.
#[derive(Clone)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `#`
    Natural(u32),
    /// `int`
    Int(i32),
    /// `long`
    Long(i64),
    /// `double`
    Double(f64),
    /// `Bool`
    Bool(bool),
    /// A `true` whose flag is set.
    True,
    /// `string`
    String(&'a str),
    /// `bytes`
    Bytes(&'a [u8]),
    /// `int128`
    Int128(&'a [u8; 16]),
    /// `int256`
    Int256(&'a [u8; 32]),
    /// A vector, boxed or bare.
    Vector(Vec<Value<'a>>),
    /// A combinator, boxed or bare.
    Object {
        /// How the schema declares it.
        declaration: &'static Declaration,
        /// The fields that are there, in the order on the wire.
        fields: Vec<(&'static Field, Value<'a>)>,
    },
    /// An encoded object, where the schema leaves the type open, that the schema does not know.
    Raw(&'a [u8]),
}

impl<'a> Value<'a> {
    /// Decodes one boxed object of `schema`, a call of a function included, that takes up all of `bytes`.
    ///
    /// Memory is in proportion to the input. It takes the most, about 50 bytes for each set bit, where flags stand for
    /// nothing but fields of the type `true`.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are anything else.
    pub fn decode(schema: &'static Schema, bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let object = Walk::new(Some(schema), 0, bytes).whole_object();
        object.map_err(|halt| DecodeError::halted(&halt, &Shape::Raw, Some(schema)))
    }
}

impl<'a> Build<'a> for Value<'a> {
    type Fields = Vec<(&'static Field, Self)>;

    fn leaf(leaf: Leaf<'a>) -> Self {
        match leaf {
            Leaf::Natural(number) => Self::Natural(number),
            Leaf::Int(number) => Self::Int(number),
            Leaf::Long(number) => Self::Long(number),
            Leaf::Double(number) => Self::Double(number),
            Leaf::Bool(truth) => Self::Bool(truth),
            Leaf::True => Self::True,
            Leaf::String(text) => Self::String(text),
            Leaf::Bytes(bytes) => Self::Bytes(bytes),
            Leaf::Int128(bytes) => Self::Int128(bytes),
            Leaf::Int256(bytes) => Self::Int256(bytes),
            Leaf::Raw(bytes) => Self::Raw(bytes),
        }
    }

    fn vector(items: Vec<Self>) -> Self {
        Self::Vector(items)
    }

    fn add(fields: &mut Self::Fields, field: &'static Field, value: Self) {
        fields.push((field, value));
    }

    fn object(declaration: &'static Declaration, fields: Self::Fields) -> Self {
        Self::Object { declaration, fields }
    }
}

impl Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Natural(number) => number.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Long(number) => number.fmt(f),
            Self::Double(number) => number.fmt(f),
            Self::Bool(truth) => truth.fmt(f),
            Self::True => true.fmt(f),
            Self::String(text) => text.fmt(f),
            Self::Bytes(bytes) => hexadecimal(bytes, f),
            Self::Int128(bytes) => hexadecimal(*bytes, f),
            Self::Int256(bytes) => hexadecimal(*bytes, f),
            Self::Vector(items) => f.debug_list().entries(items).finish(),
            Self::Object { declaration, fields } => {
                let mut object = f.debug_struct(declaration.name());
                for (field, value) in fields.iter().filter(|(field, _)| !field.is_framing()) {
                    if field.is_redacted() {
                        object.field(field.name(), &Redacted(value));
                    } else {
                        object.field(field.name(), value);
                    }
                }
                object.finish()
            }
            Self::Raw(bytes) => match bytes.first_chunk() {
                Some(id) => write!(f, "Raw(#{:08x}, {} bytes)", u32::from_le_bytes(*id), bytes.len()),
                None => write!(f, "Raw({} bytes)", bytes.len()),
            },
        }
    }
}

fn hexadecimal(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("0x")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// A value of which only the size is printed, where it has one.
struct Redacted<'v, 'a>(&'v Value<'a>);

impl Debug for Redacted<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = self;
        match value {
            Value::String(text) => write!(f, "<redacted {} bytes>", text.len()),
            Value::Bytes(bytes) | Value::Raw(bytes) => write!(f, "<redacted {} bytes>", bytes.len()),
            Value::Vector(items) => write!(f, "<redacted {} items>", items.len()),
            Value::Natural(_)
            | Value::Int(_)
            | Value::Long(_)
            | Value::Double(_)
            | Value::Bool(_)
            | Value::True
            | Value::Int128(_)
            | Value::Int256(_)
            | Value::Object { .. } => f.write_str("<redacted>"),
        }
    }
}

/// Prints `value`, which `schema` declares, as a [`Value`] does: the `Debug` of every generated type.
///
/// The value is encoded for it; the copy is wiped.
///
/// # Errors
/// Those of `f`. A value that cannot be encoded prints the reason.
pub fn debug<T: Encode>(schema: &'static Schema, value: &T, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut encoded = Wiped(Vec::new());
    match value.encode_into(&mut encoded.0) {
        Ok(()) => debug_encoded(schema, &encoded.0, f),
        Err(error) => write!(f, "<{error}>"),
    }
}

/// The part of [`debug`] that is the same for all types.
fn debug_encoded(schema: &'static Schema, encoded: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match Value::decode(schema, encoded) {
        Ok(value) => value.fmt(f),
        Err(error) => write!(f, "<{error}>"),
    }
}

/// Bytes that are overwritten when they are dropped, also by a panic.
struct Wiped(Vec<u8>);

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.fill(0);
        // Without it the compiler may leave out writes that nothing reads.
        hint::black_box(&self.0);
    }
}
