//! Constructor ids as CRC-32 of their declaration.
//!
//! The id of a combinator was computed from its line, once, by whoever published it. Two generators were in use, which
//! differ in one point; a line that neither explains has been edited since, or has an id of another origin. So the
//! published id is the truth and the sum only a check.
//!
//! Source: <https://core.telegram.org/mtproto/TL> ("combinator name"), and the published schemas themselves.

use tl_parser::tree::{Combinator, Field, Type, TypeKind};

/// How the line is spelled before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Telegram's API: the type `bytes` is written `string`.
    BytesAsString,
    /// TON and the original generator: types are written as they are.
    Strict,
}

/// The id that the declaration has by the given dialect.
pub fn checksum(combinator: &Combinator, dialect: Dialect) -> u32 {
    crc32fast::hash(line(combinator, dialect).as_bytes())
}

/// Whether one of the dialects gives the id.
pub fn verifies(combinator: &Combinator, id: u32) -> bool {
    [Dialect::BytesAsString, Dialect::Strict].into_iter().any(|dialect| checksum(combinator, dialect) == id)
}

/// The text that is hashed: no id, no semicolon, no `flags.N?true` fields, no brackets around types.
pub fn line(combinator: &Combinator, dialect: Dialect) -> String {
    let mut words = Vec::new();
    let mut name = combinator.name.namespace.join(".");
    if !name.is_empty() {
        name.push('.');
    }
    words.push(name + &combinator.name.name);
    for generic in &combinator.generics {
        words.push(format!("{}:{}", generic.name.text, spell(&generic.kind, dialect)));
    }
    if combinator.builtin {
        words.push("?".into());
    }
    words.extend(combinator.fields.iter().filter(|field| !is_flag(field)).map(|field| spell_field(field, dialect)));
    words.push("=".into());
    words.push(spell(&combinator.result, Dialect::Strict));
    words.join(" ")
}

/// `name:flags.N?true` takes no bytes, and adding one keeps the id.
fn is_flag(field: &Field) -> bool {
    field.condition.is_some()
        && matches!(&field.ty.kind, TypeKind::Name(path) if path.namespace.is_empty() && path.name == "true")
}

fn spell_field(field: &Field, dialect: Dialect) -> String {
    let mut text = String::new();
    if let Some(name) = &field.name {
        text += &name.text;
        text.push(':');
    }
    if let Some(condition) = &field.condition {
        text += &condition.field.text;
        if let Some(bit) = condition.bit {
            text += &format!(".{bit}");
        }
        text.push('?');
    }
    let is_bytes = matches!(&field.ty.kind, TypeKind::Name(path) if path.namespace.is_empty() && path.name == "bytes");
    if is_bytes && dialect == Dialect::BytesAsString {
        text += "string";
    } else {
        text += &spell(&field.ty, dialect);
    }
    text
}

fn spell(ty: &Type, dialect: Dialect) -> String {
    match &ty.kind {
        TypeKind::Nat => "#".into(),
        TypeKind::Number(number) => number.to_string(),
        TypeKind::Name(path) => {
            let mut parts = path.namespace.clone();
            parts.push(path.name.clone());
            parts.join(".")
        }
        TypeKind::Bare(ty) => format!("%{}", spell(ty, dialect)),
        TypeKind::Exclamation(ty) => format!("!{}", spell(ty, dialect)),
        TypeKind::Apply { head, arguments } => {
            let mut words = vec![spell(head, dialect)];
            words.extend(arguments.iter().map(|argument| spell(argument, dialect)));
            words.join(" ")
        }
        TypeKind::Sum(terms) => terms.iter().map(|term| spell(term, dialect)).collect::<Vec<_>>().join("+"),
        TypeKind::Repetition { count, fields } => {
            let mut text = String::new();
            if let Some(count) = count {
                text = spell(count, dialect) + "*";
            }
            let fields: Vec<_> = fields.iter().map(|field| spell_field(field, dialect)).collect();
            text + "[ " + &fields.join(" ") + " ]"
        }
    }
}
