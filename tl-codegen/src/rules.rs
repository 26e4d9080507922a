//! The reviewed decisions beside a schema: `NAME.rules`, one a line.
//!
//! ```text
//! floor 46                                   lowest layer that is written; older forms are only read
//! receive_only messageEntityPhone            decoded, but never sent at any layer
//! open decryptedMessageLayer.message         the field's type is the caller's, so that what precedes it decodes first
//! keep decryptedMessage.ttl                  lowering fails rather than drop it
//! rename fooBar FooBar2                      the Rust name, where two names would be the same
//! id ipPortSecret#37982646 the reason        an id that is not the line's CRC-32
//! step decryptedMessage@8                    how the form of layer 8 becomes the newest one:
//!     lost random_bytes = ""                 the newest form has no such field; the value means "nothing"
//!     lost loop                              the same for an optional field; also for one that became of another type
//!     new ttl = 0                            the old form has no such field
//!     rename file -> file_name               it has, under another name
//!     move file_name into attributes as documentAttributeFilename
//! ```
//! `//` starts a comment.

use std::collections::BTreeMap;

use tl_parser::Diagnostic;
use tl_parser::tree::Span;

/// A value with the place where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Its line in the rules.
    pub span: Span,
}

/// What a rules file says.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The lowest layer that is written.
    pub floor: Option<u32>,
    /// Constructors that are never sent.
    pub receive_only: Vec<Placed<String>>,
    /// Fields whose type is the caller's: combinator and field.
    pub open: Vec<Placed<(String, String)>>,
    /// Fields that lowering never drops: constructor and field.
    pub keep: Vec<Placed<(String, String)>>,
    /// Rust names by combinator.
    pub rename: BTreeMap<String, Placed<String>>,
    /// Ids that are no CRC-32, with the reason.
    pub ids: BTreeMap<(String, u32), Placed<String>>,
    /// What to do with the fields of historic forms, by constructor and layer.
    pub steps: BTreeMap<(String, u32), Placed<Vec<Placed<FieldRule>>>>,
}

/// What becomes of a field between a historic form and the newest one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldRule {
    /// The newest form has no such field.
    Lost {
        /// The field of the historic form.
        field: String,
        /// What lowering writes, and raising drops without a word.
        value: Value,
    },
    /// The historic form has no such field.
    New {
        /// The field of the newest form.
        field: String,
        /// What raising writes, and lowering drops without a word.
        value: Value,
    },
    /// It has another name.
    Rename {
        /// In the historic form.
        old: String,
        /// In the newest form.
        new: String,
    },
    /// It became the only field of an item in a vector.
    Move {
        /// The field of the historic form.
        field: String,
        /// The vector of the newest form.
        vector: String,
        /// The constructor of the item.
        constructor: String,
    },
}

/// A value that stands for "nothing".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `0`
    Number(i64),
    /// `""`
    Empty,
    /// `[]`
    EmptyVector,
    /// A constructor without fields.
    Constructor(String),
    /// An optional field that is not there.
    Absent,
}

/// Reads a rules file.
///
/// # Errors
/// A diagnostic for each line that says nothing known.
pub fn parse(text: &str) -> Result<Rules, Vec<Diagnostic>> {
    let (rules, diagnostics) = parse_all(text);
    if diagnostics.is_empty() { Ok(rules) } else { Err(diagnostics) }
}

/// The rules that can be read, and a diagnostic for each line that cannot.
pub(crate) fn parse_all(text: &str) -> (Rules, Vec<Diagnostic>) {
    let mut rules = Rules::default();
    let mut diagnostics = Vec::new();
    let mut step = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let span = place(line, offset);
        offset += line.len();
        let code = line.split("//").next().unwrap_or_default();
        let words: Vec<&str> = code.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        if let Err((message, hint)) = read(&words, span, &mut rules, &mut step) {
            diagnostics.push(Diagnostic::error(span, message).with_hint(hint));
        }
    }
    (rules, diagnostics)
}

/// The line without its indentation and line end.
fn place(line: &str, offset: usize) -> Span {
    let start = offset + line.len() - line.trim_start().len();
    Span { start, end: start + line.trim().len() }
}

type Complaint = (String, String);

fn read(words: &[&str], span: Span, rules: &mut Rules, step: &mut Option<(String, u32)>) -> Result<(), Complaint> {
    let field_rule = match words {
        ["lost", field] => FieldRule::Lost { field: (*field).into(), value: Value::Absent },
        ["lost", field, "=", value] => FieldRule::Lost { field: (*field).into(), value: parse_value(value)? },
        ["new", field, "=", value] => FieldRule::New { field: (*field).into(), value: parse_value(value)? },
        ["rename", old, "->", new] => FieldRule::Rename { old: (*old).into(), new: (*new).into() },
        ["move", field, "into", vector, "as", constructor] => {
            FieldRule::Move { field: (*field).into(), vector: (*vector).into(), constructor: (*constructor).into() }
        }
        _ => return read_top(words, span, rules, step),
    };
    let rules = step.as_ref().and_then(|step| rules.steps.get_mut(step));
    let rules = rules.ok_or_else(|| {
        (format!("`{}` outside a step", words.join(" ")), "begin the step with `step NAME@LAYER`".to_owned())
    })?;
    rules.value.push(Placed { value: field_rule, span });
    Ok(())
}

fn read_top(words: &[&str], span: Span, rules: &mut Rules, step: &mut Option<(String, u32)>) -> Result<(), Complaint> {
    *step = None;
    match words {
        ["floor", layer] => rules.floor = Some(number(layer)?),
        ["receive_only", names @ ..] if !names.is_empty() => {
            rules.receive_only.extend(names.iter().map(|name| Placed { value: (*name).to_owned(), span }));
        }
        ["open", field] => rules.open.push(Placed { value: member(field)?, span }),
        ["keep", field] => rules.keep.push(Placed { value: member(field)?, span }),
        ["rename", name, rust] => {
            rules.rename.insert((*name).to_owned(), Placed { value: (*rust).to_owned(), span });
        }
        ["id", name, reason @ ..] if !reason.is_empty() => {
            let (name, id) = name.split_once('#').ok_or_else(|| missing(name, "NAME#ID"))?;
            let id = u32::from_str_radix(id, 16).map_err(|_| missing(id, "1 to 8 hex digits"))?;
            rules.ids.insert((name.to_owned(), id), Placed { value: reason.join(" "), span });
        }
        ["step", form] => {
            let (name, layer) = form.split_once('@').ok_or_else(|| missing(form, "NAME@LAYER"))?;
            let key = (name.to_owned(), number(layer)?);
            if rules.steps.insert(key.clone(), Placed { value: Vec::new(), span }).is_some() {
                return Err((format!("a second `step {form}`"), "put both into one".into()));
            }
            *step = Some(key);
        }
        _ => {
            return Err((
                format!("no rule reads `{}`", words.join(" ")),
                "rules are `floor`, `receive_only`, `open`, `keep`, `rename`, `id` and `step`, and inside a step \
                 `lost`, `new`, `rename` and `move`"
                    .into(),
            ));
        }
    }
    Ok(())
}

fn missing(found: &str, expected: &str) -> Complaint {
    (format!("expected {expected}, found `{found}`"), format!("write {expected}"))
}

fn number(word: &str) -> Result<u32, Complaint> {
    word.parse().map_err(|_| missing(word, "a layer number"))
}

/// `a.b.field`: the combinator with its namespace, and the field.
fn member(word: &str) -> Result<(String, String), Complaint> {
    let (combinator, field) = word.rsplit_once('.').ok_or_else(|| missing(word, "COMBINATOR.FIELD"))?;
    Ok((combinator.to_owned(), field.to_owned()))
}

fn parse_value(word: &str) -> Result<Value, Complaint> {
    Ok(match word {
        "\"\"" => Value::Empty,
        "[]" => Value::EmptyVector,
        number if number.parse::<i64>().is_ok() => Value::Number(number.parse().unwrap_or_default()),
        name if name.starts_with(|first: char| first.is_ascii_lowercase()) => Value::Constructor(name.to_owned()),
        other => return Err(missing(other, "a number, \"\", [] or a constructor without fields")),
    })
}
