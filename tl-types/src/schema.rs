//! A schema as a table: what is declared, under which id, with which fields.
//!
//! Each generated universe brings its text along, and the text is read on first use. This one table tells the name of an
//! id, prints every generated type and finds the field in which decoding failed; generated types have no code for that.

mod text;
mod walk;

use std::fmt;

pub use text::Index;
pub(crate) use walk::{Build, Halt, Leaf, Step, Walk};

/// One universe of types: its text, and the table made of it.
pub struct Schema {
    name: &'static str,
    layer: u32,
    text: &'static str,
    /// A function, because constants refer to schemas, and what they refer to must not change behind them.
    index: fn() -> &'static Index,
}

impl Schema {
    /// A schema whose `index` gives what [`Index::parse`] makes of `text`.
    pub const fn new(name: &'static str, layer: u32, text: &'static str, index: fn() -> &'static Index) -> Self {
        Self { name, layer, text, index }
    }

    /// The name of the universe: `api`, `mtproto`, `secret`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The newest layer in it.
    pub const fn layer(&self) -> u32 {
        self.layer
    }

    /// The whole text.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// All declarations, in the order of the text.
    pub fn declarations(&self) -> &'static [Declaration] {
        (self.index)().declarations()
    }

    /// The declaration with this id.
    pub fn by_id(&self, id: u32) -> Option<&'static Declaration> {
        (self.index)().by_id(id)
    }

    /// The declarations with this name, oldest first: secret chats have several forms of one name.
    pub fn by_name(&self, name: &str) -> impl Iterator<Item = &'static Declaration> + use<> {
        (self.index)().by_name(name)
    }

    /// The constructors of a boxed type, oldest first.
    pub fn constructors(&self, type_name: &str) -> impl Iterator<Item = &'static Declaration> + use<> {
        (self.index)().constructors(type_name)
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schema({}, layer {})", self.name, self.layer)
    }
}

/// A constructor or a function, as the schema declares it.
#[derive(Debug)]
pub struct Declaration {
    id: u32,
    name: &'static str,
    line: &'static str,
    layer: Option<u32>,
    is_function: bool,
    fields: Vec<Field>,
    result: &'static str,
}

impl Declaration {
    /// The id in front of its boxed form.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The name with its namespace: `messages.sendEncrypted`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The line that declares it, up to the semicolon.
    pub fn line(&self) -> &'static str {
        self.line
    }

    /// The layer that brought it, if the schema tells layers apart.
    pub fn layer(&self) -> Option<u32> {
        self.layer
    }

    /// Whether it is called, or constructs a value.
    pub fn is_function(&self) -> bool {
        self.is_function
    }

    /// The fields, in the order on the wire; `#` fields are among them.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The type that it constructs, or that the call answers.
    pub fn result(&self) -> &'static str {
        self.result
    }
}

/// A field of a [`Declaration`].
#[derive(Debug)]
pub struct Field {
    name: &'static str,
    type_text: &'static str,
    kind: Kind,
    condition: Option<Condition>,
    is_redacted: bool,
    is_framing: bool,
}

impl Field {
    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type as the schema writes it, without the condition: `Vector<MessageEntity>`.
    pub fn type_text(&self) -> &'static str {
        self.type_text
    }

    /// The flags field and the bit in it that say whether this field is there.
    pub fn condition(&self) -> Option<(&'static str, u32)> {
        self.condition.as_ref().map(|condition| (condition.flags, condition.bit))
    }

    /// Whether `Debug` hides the value.
    pub fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    /// Whether the field says only how others are encoded: flags that conditions refer to, and the length of an object.
    ///
    /// Such a field follows from the others, so generated types do not have it.
    pub fn is_framing(&self) -> bool {
        self.is_framing
    }
}

/// `flags.N?` in front of a type.
#[derive(Debug)]
struct Condition {
    flags: &'static str,
    /// Which of the declaration's `#` fields `flags` is.
    natural: usize,
    bit: u32,
}

/// What stands on the wire where a value is expected, as it is known at compile time.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// `int`
    Int,
    /// `long`
    Long,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `int128`
    Int128,
    /// `int256`
    Int256,
    /// `Bool`
    Bool,
    /// An object of any type.
    Raw,
    /// `Vector<T>`
    Vector(&'static Shape),
    /// Any constructor of the boxed type of this name.
    Boxed(&'static Schema, &'static str),
    /// The boxed form of the combinator of this name.
    Combinator(&'static Schema, &'static str),
}

impl Shape {
    /// The schema that declares the type, or the type of the items.
    pub fn schema(&self) -> Option<&'static Schema> {
        match self {
            Self::Boxed(schema, _) | Self::Combinator(schema, _) => Some(schema),
            Self::Vector(item) => item.schema(),
            _ => None,
        }
    }
}

/// The TL type expression: `Vector<User>`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Kind::from(self).fmt(f)
    }
}

/// A type expression, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Natural,
    Int,
    Long,
    Double,
    String,
    Bytes,
    Int128,
    Int256,
    Bool,
    /// `true`: the condition says it all.
    True,
    /// `Object` or `!X`; `is_sized` if an `int` in front of it is its length in bytes.
    Object {
        is_sized: bool,
    },
    /// `Vector<T>`, which has an id, or `vector<T>`, which has none.
    Vector {
        is_boxed: bool,
        item: Box<Kind>,
    },
    /// A value behind the id of its constructor. The name is that of the type, or of the one constructor that may stand.
    Boxed(&'static str),
    /// The fields alone: of the constructor of that name, or of the only one of the type of that name.
    Bare(&'static str),
}

impl From<&Shape> for Kind {
    fn from(shape: &Shape) -> Self {
        match shape {
            Shape::Int => Self::Int,
            Shape::Long => Self::Long,
            Shape::Double => Self::Double,
            Shape::String => Self::String,
            Shape::Bytes => Self::Bytes,
            Shape::Int128 => Self::Int128,
            Shape::Int256 => Self::Int256,
            Shape::Bool => Self::Bool,
            Shape::Raw => Self::Object { is_sized: false },
            Shape::Vector(item) => Self::Vector { is_boxed: true, item: Box::new(Self::from(*item)) },
            Shape::Boxed(_, name) | Shape::Combinator(_, name) => Self::Boxed(name),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Natural => "#",
            Self::Int => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Int128 => "int128",
            Self::Int256 => "int256",
            Self::Bool => "Bool",
            Self::True => "true",
            Self::Object { .. } => "Object",
            Self::Vector { is_boxed: true, item } => return write!(f, "Vector<{item}>"),
            Self::Vector { is_boxed: false, item } => return write!(f, "vector<{item}>"),
            Self::Boxed(name) => name,
            Self::Bare(name) if is_capitalized(name) => return write!(f, "%{name}"),
            Self::Bare(name) => name,
        })
    }
}

/// Whether a name, with or without a namespace, is that of a type; constructors and functions begin in lower case.
fn is_capitalized(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.starts_with(|first: char| first.is_uppercase()))
}
