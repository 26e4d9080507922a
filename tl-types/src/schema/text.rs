//! From the text of a schema to its table.
//!
//! The text is generated and well-formed. A line that is not a declaration all the same is left out: its id is unknown
//! then, which every reader of the table copes with.

use std::cmp::Ordering;
use std::slice;

use super::{Condition, Declaration, Field, Kind, is_capitalized};

/// How deep vectors may nest in a type expression. The schemas have at most two levels.
const MAX_VECTORS: u32 = 8;

/// The table of a [`Schema`](super::Schema).
#[derive(Debug)]
pub struct Index {
    declarations: Vec<Declaration>,
    /// Positions in `declarations`, in the order of ids, of names, and of the types of constructors.
    by_id: Vec<usize>,
    by_name: Vec<usize>,
    by_type: Vec<usize>,
}

impl Index {
    /// Reads the text of a schema: one declaration on a line; `===46===` opens a layer, `---functions---` and
    /// `---types---` a section; `// redacted: a b` behind a declaration names the fields to hide.
    pub fn parse(text: &'static str) -> Self {
        let mut declarations = Vec::new();
        let (mut layer, mut is_function) = (None, false);
        for line in text.lines().map(str::trim) {
            if let Some(number) = enclosed(line, "===") {
                layer = number.parse().ok();
            } else if let Some(section) = enclosed(line, "---") {
                is_function = section == "functions";
            } else if !line.starts_with("//") {
                declarations.extend(declaration(line, layer, is_function));
            }
        }

        let all: Vec<usize> = (0..declarations.len()).collect();
        let mut index = Self { by_id: all.clone(), by_name: all.clone(), by_type: all, declarations };
        // The sorts are stable, and keep declarations of one name in the order of the text, which is that of the layers.
        let declared = &index.declarations;
        index.by_id.sort_by_key(|&position| declared.get(position).map(|found| found.id));
        index.by_name.sort_by_key(|&position| declared.get(position).map(|found| found.name));
        index.by_type.retain(|&position| declared.get(position).is_some_and(|found| !found.is_function));
        index.by_type.sort_by_key(|&position| declared.get(position).map(|found| found.result));
        index
    }

    pub(super) fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    pub(super) fn by_id(&self, id: u32) -> Option<&Declaration> {
        self.equal(&self.by_id, |declared| declared.id.cmp(&id)).next()
    }

    pub(super) fn by_name(&self, name: &str) -> Found<'_> {
        self.equal(&self.by_name, |declared| declared.name.cmp(name))
    }

    pub(super) fn constructors(&self, type_name: &str) -> Found<'_> {
        self.equal(&self.by_type, |declared| declared.result.cmp(type_name))
    }

    /// Out of an order, the declarations that compare equal to what is sought.
    fn equal<'a>(&'a self, order: &'a [usize], compare: impl Fn(&Declaration) -> Ordering) -> Found<'a> {
        let compared = |position: &usize| self.declarations.get(*position).map_or(Ordering::Greater, &compare);
        let (_, from) = order.split_at(order.partition_point(|position| compared(position).is_lt()));
        let (positions, _) = from.split_at(from.partition_point(|position| compared(position).is_eq()));
        Found { declarations: &self.declarations, positions: positions.iter() }
    }
}

/// Some of the declarations of an index.
pub(super) struct Found<'a> {
    declarations: &'a [Declaration],
    positions: slice::Iter<'a, usize>,
}

impl<'a> Iterator for Found<'a> {
    type Item = &'a Declaration;

    fn next(&mut self) -> Option<&'a Declaration> {
        self.declarations.get(*self.positions.next()?)
    }
}

/// What stands between two marks, as in `===46===`.
fn enclosed<'t>(line: &'t str, mark: &str) -> Option<&'t str> {
    Some(line.strip_prefix(mark)?.strip_suffix(mark)?.trim())
}

/// Reads one line.
fn declaration(line: &'static str, layer: Option<u32>, is_function: bool) -> Option<Declaration> {
    let semicolon = line.find(';')?;
    let (declared, behind) = line.split_at_checked(semicolon + 1)?;
    let (head, result) = declared.trim_end_matches(';').split_once(" = ")?;
    let mut words = head.split_whitespace().filter(|word| !word.starts_with('{'));
    let (name, id) = words.next()?.split_once('#')?;
    let redacted = behind.trim().strip_prefix("// redacted:").unwrap_or_default();
    let mut fields = Vec::new();
    for word in words {
        let field = field(word, &mut fields, redacted)?;
        fields.push(field);
    }
    let id = u32::from_str_radix(id, 16).ok()?;
    Some(Declaration { id, name, line: declared, layer, is_function, fields, result: result.trim() })
}

/// Reads `name:flags.N?type`. Marks the field `before` it, if one does, that says how it is encoded.
fn field(word: &'static str, before: &mut [Field], redacted: &str) -> Option<Field> {
    let (name, text) = word.split_once(':')?;
    let (condition, type_text) = match text.split_once('?') {
        Some((condition, type_text)) => (Some(self::condition(condition, before)?), type_text),
        None => (None, text),
    };
    let mut kind = kind(type_text, 0)?;
    if let (Kind::Object { is_sized }, Some(length)) = (&mut kind, before.last_mut())
        && length.name == "bytes"
        && length.kind == Kind::Int
    {
        *is_sized = true;
        length.is_framing = true;
    }
    let is_redacted = redacted.split_whitespace().any(|hidden| hidden == name);
    Some(Field { name, type_text, kind, condition, is_redacted, is_framing: false })
}

/// Reads `flags.N`.
fn condition(text: &'static str, before: &mut [Field]) -> Option<Condition> {
    let (flags, bit) = text.split_once('.')?;
    let bit = bit.parse().ok().filter(|bit| *bit < u32::BITS)?;
    let mut naturals = before.iter_mut().filter(|field| field.kind == Kind::Natural).enumerate();
    let (natural, field) = naturals.find(|(_, field)| field.name == flags)?;
    field.is_framing = true;
    Some(Condition { flags, natural, bit })
}

/// Reads a type expression that stands inside `vectors` vectors.
fn kind(text: &'static str, vectors: u32) -> Option<Kind> {
    if vectors > MAX_VECTORS {
        return None;
    }
    let item = |start| Some(Box::new(kind(text.strip_prefix(start)?.strip_suffix('>')?, vectors + 1)?));
    Some(match text {
        "#" => Kind::Natural,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "double" => Kind::Double,
        "string" => Kind::String,
        "bytes" => Kind::Bytes,
        "int128" => Kind::Int128,
        "int256" => Kind::Int256,
        "Bool" => Kind::Bool,
        "true" => Kind::True,
        "Object" => Kind::Object { is_sized: false },
        _ if text.starts_with('!') => Kind::Object { is_sized: false },
        _ if text.starts_with("Vector<") => Kind::Vector { is_boxed: true, item: item("Vector<")? },
        _ if text.starts_with("vector<") => Kind::Vector { is_boxed: false, item: item("vector<")? },
        _ if text.starts_with("%Vector<") => Kind::Vector { is_boxed: false, item: item("%Vector<")? },
        _ => match text.strip_prefix('%') {
            Some(name) => Kind::Bare(name),
            None if is_capitalized(text) => Kind::Boxed(text),
            None => Kind::Bare(text),
        },
    })
}
