//! The spanned syntax tree of a TL file.
//!
//! The tree says what the text says and nothing more: names are not resolved, ids are not checked, and comments stay
//! where they were. [`print`](fn@crate::print) turns a tree back into text.

use std::ops::Range;

/// A place in the source: byte offsets, the end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start..span.end
    }
}

/// A parsed file: its items in source order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Everything in the file.
    pub items: Vec<Item>,
}

impl File {
    /// The combinators, in source order.
    pub fn combinators(&self) -> impl Iterator<Item = &Combinator> {
        self.items.iter().filter_map(|item| match item {
            Item::Combinator(combinator) => Some(&**combinator),
            _ => None,
        })
    }
}

/// One item of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A comment that documents nothing in particular.
    Comment(Comment),
    /// One or more blank lines.
    BlankLine,
    /// `// LAYER 230`: the layer of the whole file.
    Layer(LayerMark),
    /// `===46===`: what follows belongs to this layer.
    Separator(LayerMark),
    /// `---types---` or `---functions---`.
    Section(Section),
    /// A constructor or a function.
    Combinator(Box<Combinator>),
    /// `New T;`, `Final T;` or `Empty T;`.
    Final(FinalDeclaration),
    /// `Vector int;`.
    Partial(PartialApplication),
}

/// A comment with its markers: `// …` up to the end of the line, or `/* … */`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The comment as written, markers included, without trailing blanks.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A layer number and where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerMark {
    /// The layer.
    pub layer: u32,
    /// The whole mark.
    pub span: Span,
}

/// The start of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// What the section declares.
    pub kind: SectionKind,
    /// The whole separator.
    pub span: Span,
}

/// What a section declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SectionKind {
    /// Constructors of types.
    Types,
    /// Functions.
    Functions,
}

/// A combinator declaration: `name#id {X:Type} field:type … = Result;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combinator {
    /// What `//@…` comments in front of it say.
    pub docs: Vec<DocEntry>,
    /// Which section it stands in.
    pub section: SectionKind,
    /// The layer separator it stands under, if the file has any before it.
    pub layer: Option<u32>,
    /// Its name.
    pub name: Path,
    /// `#1cb5c415`, if written.
    pub id: Option<ConstructorId>,
    /// Optional arguments: `{X:Type}`, `{n:#}`.
    pub generics: Vec<Generic>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// `?` in place of fields: the type is built in (`int ? = Int;`).
    pub builtin: bool,
    /// What stands behind `=`.
    pub result: Type,
    /// From the name to the semicolon.
    pub span: Span,
}

/// One entry of a documentation comment: `@description …` or `@field …`, `//-` continuations joined by a newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocEntry {
    /// The word behind `@`.
    pub tag: String,
    /// The text behind it.
    pub text: String,
    /// Where the entry stands.
    pub span: Span,
}

/// An identifier without namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A name with its namespaces: `e2e.chain.block`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The namespaces, outermost first.
    pub namespace: Vec<String>,
    /// The last part.
    pub name: String,
    /// The whole path.
    pub span: Span,
}

/// A written constructor id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstructorId {
    /// Its value.
    pub value: u32,
    /// How many hex digits were written, 1 to 8.
    pub digits: u8,
    /// The `#` and the digits.
    pub span: Span,
}

/// An optional argument in braces: `{X:Type}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generic {
    /// Its name.
    pub name: Ident,
    /// `Type`, `#`, or any other kind of the formal language.
    pub kind: Type,
    /// With its braces.
    pub span: Span,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name; `None` for an anonymous one (`# [ t ]`) and for `_`.
    pub name: Option<Ident>,
    /// `flags.3?` in front of the type.
    pub condition: Option<Condition>,
    /// The type.
    pub ty: Type,
    /// The whole field.
    pub span: Span,
}

/// `flags.3?`, or `n?` where a bit is not given (the field is there when `n` is not zero).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The field that holds the flags.
    pub field: Ident,
    /// The bit; not checked against 31 here.
    pub bit: Option<u32>,
    /// With the question mark.
    pub span: Span,
}

/// A type expression, or a natural number in a type's argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a type expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `#`, a natural number of 32 bits.
    Nat,
    /// `42` as an argument.
    Number(u32),
    /// `int`, `InputPeer`, `help.ConfigSimple`, or a variable.
    Name(Path),
    /// `%T`: the bare form of a boxed type.
    Bare(Box<Type>),
    /// `!X`: any combinator whose result is X.
    Exclamation(Box<Type>),
    /// `Vector<T>`, `(Vector T)` or `Vector T`; all three are the same tree.
    Apply {
        /// The head.
        head: Box<Type>,
        /// Its arguments, at least one.
        arguments: Vec<Type>,
    },
    /// `n + 1`.
    Sum(Vec<Type>),
    /// `4*[ int ]`, `n*[ x:int y:int ]`, or `[ t ]` with an implied count.
    Repetition {
        /// The count in front of the star.
        count: Option<Box<Type>>,
        /// What is repeated.
        fields: Vec<Field>,
    },
}

/// `New T;`, `Final T;`, `Empty T;` of the formal grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalDeclaration {
    /// Which of the three.
    pub kind: FinalKind,
    /// The type it is about.
    pub name: Path,
    /// The whole declaration.
    pub span: Span,
}

/// The three final declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalKind {
    /// The type must be new here.
    New,
    /// No constructor of it may follow.
    Final,
    /// It has no constructor and gets none.
    Empty,
}

/// A partial application of the formal grammar: `Vector int;` or `pair 5;`. It says that values of this shape are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialApplication {
    /// What is applied, always [`TypeKind::Apply`] with a name for its head.
    pub application: Type,
    /// The whole declaration.
    pub span: Span,
}
