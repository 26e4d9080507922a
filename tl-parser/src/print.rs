//! From a tree back to text, in the canonical form.
//!
//! One declaration on a line, single blanks, `Vector<T>` for every application whose head is a name. Parsing the text
//! gives the same tree again but for the spans, if the tree came from [`parse`](fn@crate::parse). Only a declaration that
//! was close to a limit can pass it in this form, which may be longer and one level deeper than what was written.

use std::fmt::{self, Display, Formatter, Write as _};

use crate::tree::{
    Combinator, Condition, ConstructorId, DocEntry, Field, File, FinalDeclaration, FinalKind, Generic, Ident, Item,
    PartialApplication, Path, Section, SectionKind, Type, TypeKind,
};

/// The canonical text of a file.
///
/// ```
/// let parsed = tl_parser::parse("user#d3bc4b7a\n  id:  long // forever\n  = User;");
/// assert_eq!(tl_parser::print(&parsed.file), "// forever\nuser#d3bc4b7a id:long = User;\n");
/// ```
pub fn print(file: &File) -> String {
    let mut text = String::new();
    for item in &file.items {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{item}");
    }
    text
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(comment) => f.write_str(&comment.text),
            Self::BlankLine => Ok(()),
            Self::Layer(mark) => write!(f, "// LAYER {}", mark.layer),
            Self::Separator(mark) => write!(f, "==={}===", mark.layer),
            Self::Section(section) => section.fmt(f),
            Self::Combinator(combinator) => {
                for entry in &combinator.docs {
                    writeln!(f, "{entry}")?;
                }
                combinator.fmt(f)
            }
            Self::Final(declaration) => declaration.fmt(f),
            Self::Partial(declaration) => declaration.fmt(f),
        }
    }
}

impl Display for Section {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SectionKind::Types => "---types---",
            SectionKind::Functions => "---functions---",
        })
    }
}

/// The comment that says it, continuations on lines of their own.
impl Display for DocEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "//@{}", self.tag)?;
        for (number, line) in self.text.split('\n').enumerate() {
            match (number, line) {
                (0, "") => {}
                (0, line) => write!(f, " {line}")?,
                (_, line) => write!(f, "\n//-{line}")?,
            }
        }
        Ok(())
    }
}

/// The declaration with its semicolon, without its docs.
impl Display for Combinator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        if let Some(id) = &self.id {
            id.fmt(f)?;
        }
        for generic in &self.generics {
            write!(f, " {generic}")?;
        }
        if self.builtin {
            f.write_str(" ?")?;
        }
        for field in &self.fields {
            write!(f, " {field}")?;
        }
        write!(f, " = {};", Expression(&self.result))
    }
}

impl Display for FinalDeclaration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FinalKind::New => "New",
            FinalKind::Final => "Final",
            FinalKind::Empty => "Empty",
        };
        write!(f, "{kind} {};", self.name)
    }
}

impl Display for PartialApplication {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{};", Expression(&self.application))
    }
}

impl Display for ConstructorId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "#{:0width$x}", self.value, width = usize::from(self.digits))
    }
}

impl Display for Generic {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}:{}}}", self.name, Expression(&self.kind))
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.condition) {
            (Some(name), _) => write!(f, "{name}:")?,
            (None, Some(_)) => f.write_str("_:")?,
            (None, None) => {}
        }
        if let Some(condition) = &self.condition {
            condition.fmt(f)?;
        }
        self.ty.fmt(f)
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.field.fmt(f)?;
        if let Some(bit) = self.bit {
            write!(f, ".{bit}")?;
        }
        f.write_str("?")
    }
}

impl Display for Ident {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for namespace in &self.namespace {
            write!(f, "{namespace}.")?;
        }
        f.write_str(&self.name)
    }
}

/// The type as one unit, in parentheses where it needs them.
impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TypeKind::Nat => f.write_str("#"),
            TypeKind::Number(number) => number.fmt(f),
            TypeKind::Name(path) => path.fmt(f),
            TypeKind::Bare(inner) => write!(f, "%{inner}"),
            TypeKind::Exclamation(inner) => write!(f, "!{inner}"),
            TypeKind::Apply { head, arguments } => match &head.kind {
                TypeKind::Name(path) => {
                    write!(f, "{path}<")?;
                    separated(f, arguments.iter().map(Expression), ", ")?;
                    f.write_str(">")
                }
                _ => write!(f, "({})", Expression(self)),
            },
            TypeKind::Sum(_) => write!(f, "({})", Expression(self)),
            TypeKind::Repetition { count, fields } => {
                if let Some(count) = count {
                    write!(f, "{count}*")?;
                }
                f.write_str("[ ")?;
                for field in fields {
                    write!(f, "{field} ")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// A type where brackets or the end of the declaration bound it, so that it needs no parentheses.
struct Expression<'a>(&'a Type);

impl Display for Expression<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            TypeKind::Apply { head, arguments } if !matches!(head.kind, TypeKind::Name(_)) => {
                write!(f, "{head} ")?;
                separated(f, arguments.iter(), " ")
            }
            TypeKind::Sum(summands) => separated(f, summands.iter(), " + "),
            _ => self.0.fmt(f),
        }
    }
}

fn separated(f: &mut Formatter<'_>, parts: impl Iterator<Item = impl Display>, separator: &str) -> fmt::Result {
    for (number, part) in parts.enumerate() {
        if number > 0 {
            f.write_str(separator)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}
