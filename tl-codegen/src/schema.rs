//! The intermediate schema: what a file declares, resolved and checked, in no particular language.
//!
//! Everything behind this point works on it alone; only [`resolve`](crate::resolve) sees the syntax tree.

use std::collections::BTreeMap;
use std::fmt;

use tl_parser::tree::Span;

/// One schema: its types, constructors and functions.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Where it came from.
    pub origin: Origin,
    /// The numbers of the file's layer separators, rising; empty if it has none.
    pub layers: Vec<u32>,
    /// The boxed types, in the order in which the file first names their constructors.
    pub types: Vec<BoxedType>,
    /// Constructors and functions, in source order, every form of each.
    pub combinators: Vec<Combinator>,
}

/// Where a schema came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The name of the schema and of its module: `api`.
    pub name: String,
    /// The file, without its folders.
    pub file: String,
    /// What `// LAYER` says, or else the last separator; 0 without either.
    pub layer: u32,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// Index of a type in [`Schema::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeIndex(pub usize);

/// Index of a combinator in [`Schema::combinators`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CombinatorIndex(pub usize);

/// A name with its namespaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespaces, outermost first.
    pub namespace: Vec<String>,
    /// The last part.
    pub name: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.namespace {
            write!(f, "{part}.")?;
        }
        f.write_str(&self.name)
    }
}

/// A boxed type.
#[derive(Clone, Debug)]
pub struct BoxedType {
    /// Its name.
    pub name: Name,
    /// Its constructors in source order, every form of each.
    pub constructors: Vec<CombinatorIndex>,
}

/// Whether a combinator constructs or is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It constructs a value of its type.
    Constructor,
    /// It is called, and its type is the answer's.
    Function,
}

/// A constructor or a function.
#[derive(Clone, Debug)]
pub struct Combinator {
    /// Its name.
    pub name: Name,
    /// Its id: the written one, or else the computed one.
    pub id: u32,
    /// Which of the two it is.
    pub kind: Kind,
    /// The layer separator it stands under.
    pub layer: Option<u32>,
    /// Its fields, in wire order.
    pub fields: Vec<Field>,
    /// What it constructs or answers.
    pub result: Type,
    /// The declaration in canonical spelling, with its id and without the semicolon.
    pub line: String,
    /// What documentation comments say: tag and text.
    pub docs: Vec<(String, String)>,
    /// Where it stands.
    pub span: Span,
}

impl Combinator {
    /// The field whose type is left to the caller (`Object`, `!X`), if there is one.
    pub fn open_field(&self) -> Option<&Field> {
        self.fields.iter().find(|field| matches!(field.ty, Type::Open { .. }))
    }

    /// The fields that a value has: all but flags and lengths, which follow from the others.
    pub fn value_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.role == Role::Value)
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The flag that says whether it is there.
    pub condition: Option<Condition>,
    /// Whether it is part of the value or follows from other fields.
    pub role: Role,
    /// Where it stands.
    pub span: Span,
}

impl Field {
    /// Whether the field is a flag and nothing else: `flags.3?true`.
    pub fn is_flag(&self) -> bool {
        self.condition.is_some() && self.ty == Type::True
    }

    /// Whether the field may be absent, or is a flag.
    pub fn is_optional(&self) -> bool {
        self.condition.is_some()
    }
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is part of the value.
    Value,
    /// It holds the flags of other fields.
    Flags,
    /// It holds the length of the object behind it.
    Length,
}

/// A flag: a bit of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// Which field, as an index into the combinator's.
    pub flags: usize,
    /// Which bit, 0 to 31.
    pub bit: u8,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `#`
    Nat,
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
    /// `true`, which takes no bytes
    True,
    /// `Vector<T>`, or `vector<T>` without its id.
    Vector {
        /// Whether the id is left out.
        bare: bool,
        /// The type of the items.
        item: Box<Type>,
    },
    /// A boxed type.
    Boxed(TypeIndex),
    /// A constructor without its id.
    Bare(CombinatorIndex),
    /// `Object`, `!X`, or a field that the rules leave open: the caller's type when encoding.
    Open {
        /// The type in TL, if it is not the caller's alone.
        default: Option<TypeIndex>,
        /// Whether the field in front holds its length in bytes.
        sized: bool,
    },
    /// As a result: what the function in the open field answers.
    Answer,
}

impl Type {
    /// The type itself, or the innermost item type of a vector.
    pub fn innermost(&self) -> &Type {
        match self {
            Type::Vector { item, .. } => item.innermost(),
            other => other,
        }
    }
}

impl Schema {
    /// A combinator.
    ///
    /// # Panics
    /// If the index is of another schema.
    #[allow(clippy::indexing_slicing, reason = "indices are handed out by the resolver for this very schema")]
    pub fn combinator(&self, index: CombinatorIndex) -> &Combinator {
        &self.combinators[index.0]
    }

    /// A boxed type.
    ///
    /// # Panics
    /// If the index is of another schema.
    #[allow(clippy::indexing_slicing, reason = "indices are handed out by the resolver for this very schema")]
    pub fn boxed(&self, index: TypeIndex) -> &BoxedType {
        &self.types[index.0]
    }

    /// The combinators with their indices.
    pub fn indexed(&self) -> impl Iterator<Item = (CombinatorIndex, &Combinator)> {
        self.combinators.iter().enumerate().map(|(index, combinator)| (CombinatorIndex(index), combinator))
    }

    /// The forms of each constructor name, oldest first.
    pub fn forms(&self) -> BTreeMap<&Name, Vec<CombinatorIndex>> {
        let mut forms = BTreeMap::<_, Vec<_>>::new();
        for (index, combinator) in self.indexed().filter(|(_, combinator)| combinator.kind == Kind::Constructor) {
            forms.entry(&combinator.name).or_default().push(index);
        }
        for forms in forms.values_mut() {
            forms.sort_by_key(|&index| self.combinator(index).layer);
        }
        forms
    }

    /// Of `constructors`, the newest form of each name, in the given order.
    pub fn newest(&self, constructors: &[CombinatorIndex]) -> Vec<CombinatorIndex> {
        let newer = |index: CombinatorIndex| {
            let this = self.combinator(index);
            constructors.iter().any(|&other| {
                let other = self.combinator(other);
                other.name == this.name && other.layer > this.layer
            })
        };
        constructors.iter().copied().filter(|&index| !newer(index)).collect()
    }

    /// A type in TL's spelling.
    pub fn spell(&self, ty: &Type) -> String {
        match ty {
            Type::Nat => "#".into(),
            Type::Int => "int".into(),
            Type::Long => "long".into(),
            Type::Double => "double".into(),
            Type::String => "string".into(),
            Type::Bytes => "bytes".into(),
            Type::Int128 => "int128".into(),
            Type::Int256 => "int256".into(),
            Type::Bool => "Bool".into(),
            Type::True => "true".into(),
            Type::Vector { bare: false, item } => format!("Vector<{}>", self.spell(item)),
            Type::Vector { bare: true, item } => format!("vector<{}>", self.spell(item)),
            Type::Boxed(index) | Type::Open { default: Some(index), .. } => self.boxed(*index).name.to_string(),
            Type::Bare(index) => self.combinator(*index).name.to_string(),
            Type::Open { default: None, .. } => "Object".into(),
            Type::Answer => "X".into(),
        }
    }
}
