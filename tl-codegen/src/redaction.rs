//! What `Debug` hides.
//!
//! A field that looks sensitive is hidden unless a reviewed row of `redaction.tsv` shows it, so a field that a new layer
//! brings is hidden until somebody has looked at it; `cargo tl lint` lists those that nobody has looked at yet.
//!
//! A row is `hide` or `show`, a combinator, a field, and the reason, separated by tabs. `*` in place of the combinator
//! stands for every one that has the field; a row that names the combinator goes before it. A field that holds other
//! objects is left to their own fields, and only a row with the combinator's name hides it as a whole.

use std::collections::BTreeMap;

use tl_parser::tree::Span;
use tl_parser::{Diagnostic, SourceText};

use crate::resolve::Problems;
use crate::schema::{Combinator, Field, Role, Schema, Type};

/// Words of a field's name that tell of keys, credentials, places, phone numbers, links and handles that grant access, and
/// what people write.
const SENSITIVE_WORDS: [&str; 53] = [
    "about",
    "access",
    "address",
    "addresses",
    "answer",
    "auth",
    "author",
    "body",
    "caption",
    "challenge",
    "code",
    "codes",
    "comment",
    "credentials",
    "data",
    "description",
    "email",
    "hash",
    "hint",
    "html",
    "ip",
    "key",
    "keys",
    "link",
    "markdown",
    "message",
    "name",
    "nonce",
    "note",
    "password",
    "payload",
    "phone",
    "phones",
    "prompt",
    "proof",
    "proxy",
    "query",
    "question",
    "quote",
    "salt",
    "secret",
    "seed",
    "slug",
    "solution",
    "srp",
    "street",
    "text",
    "ticket",
    "title",
    "token",
    "tokens",
    "url",
    "vcard",
];

/// The reviewed decisions: by combinator and field, and by field alone.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    rules: BTreeMap<(String, String), bool>,
}

impl Redaction {
    /// Reads `hide|show`, a combinator or `*`, a field, and the reason, separated by tabs.
    ///
    /// # Errors
    /// A diagnostic for each row that is anything else.
    pub fn parse(source: &SourceText) -> Result<Self, Problems> {
        let mut rules = BTreeMap::new();
        let mut diagnostics = Vec::new();
        let mut offset = 0;
        for line in source.text().split_inclusive('\n') {
            let row = line.trim_end_matches(['\n', '\r']);
            let span = Span { start: offset, end: offset + row.len() };
            offset += line.len();
            if row.is_empty() || row.starts_with('#') {
                continue;
            }
            let problem = match *row.split('\t').collect::<Vec<_>>() {
                [decision @ ("hide" | "show"), combinator, field, reason] if !reason.is_empty() => {
                    let key = (combinator.to_owned(), field.to_owned());
                    match rules.insert(key, decision == "hide") {
                        None => continue,
                        Some(_) => format!("a second row for `{combinator}` and `{field}`"),
                    }
                }
                _ => "a row is `hide` or `show`, a combinator or `*`, a field, and the reason".to_owned(),
            };
            diagnostics.push(Diagnostic::error(span, problem).with_hint("columns are separated by one tab"));
        }
        let mut problems = Problems::default();
        problems.add(source, &diagnostics);
        if problems.errors.is_empty() { Ok(Self { rules }) } else { Err(problems) }
    }

    /// Whether `Debug` hides the field.
    pub fn hides(&self, combinator: &Combinator, field: &Field) -> bool {
        self.decision(combinator, field).unwrap_or_else(|| looks_sensitive(field))
    }

    /// The fields that look sensitive and that no row decides.
    pub fn unreviewed<'a>(&'a self, schema: &'a Schema) -> impl Iterator<Item = (&'a Combinator, &'a Field)> {
        let fields = schema
            .combinators
            .iter()
            .flat_map(|combinator| combinator.fields.iter().map(move |field| (combinator, field)));
        fields.filter(|(combinator, field)| looks_sensitive(field) && self.decision(combinator, field).is_none())
    }

    /// The rows that speak of no combinator or field of the schemas.
    pub fn strangers<'a>(&'a self, schemas: &[&'a Schema]) -> Vec<String> {
        let exists = |combinator: &str, field: &str| {
            schemas.iter().flat_map(|schema| &schema.combinators).any(|other| {
                (combinator == "*" || other.name.to_string() == combinator)
                    && other.fields.iter().any(|other| other.name == field)
            })
        };
        let rows = self.rules.keys().filter(|(combinator, field)| !exists(combinator, field));
        rows.map(|(combinator, field)| format!("redaction.tsv: no schema has a field `{field}` in `{combinator}`"))
            .collect()
    }

    fn decision(&self, combinator: &Combinator, field: &Field) -> Option<bool> {
        let rule = |name: String| self.rules.get(&(name, field.name.clone())).copied();
        // A common name must not hide whole objects: `message` is a text in one place and a `Message` in another.
        let any = || if holds_objects(field) { None } else { rule("*".to_owned()) };
        rule(combinator.name.to_string()).or_else(any)
    }
}

fn holds_objects(field: &Field) -> bool {
    matches!(field.ty.innermost(), Type::Boxed(_) | Type::Bare(_) | Type::Open { .. } | Type::Answer)
}

/// Whether the type or the name suggests a secret.
fn looks_sensitive(field: &Field) -> bool {
    if field.role != Role::Value {
        return false;
    }
    match field.ty.innermost() {
        Type::Bytes | Type::Int128 | Type::Int256 => true,
        Type::String | Type::Int | Type::Long => {
            field.name.to_lowercase().split('_').any(|word| SENSITIVE_WORDS.contains(&word))
        }
        _ => false,
    }
}
