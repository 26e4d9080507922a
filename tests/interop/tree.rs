//! Encoded objects as trees of JSON, for a library to build with its own classes.

use serde_json::{Value as Json, json};
use tl_types::{Schema, Value};

use crate::hex;

/// The tree of an encoded object of secret chats.
pub(crate) fn of(bytes: &[u8]) -> Json {
    tree(&decode(bytes))
}

/// The constructors in an encoded object: id, and the layer it came with.
pub(crate) fn constructors(bytes: &[u8]) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    collect(&decode(bytes), &mut found);
    found
}

fn decode(bytes: &[u8]) -> Value<'_> {
    const SCHEMA: &Schema = &tl_types::secret::SCHEMA;
    Value::decode(SCHEMA, bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn tree(value: &Value<'_>) -> Json {
    match value {
        Value::Natural(number) => json!(number),
        Value::Int(number) => json!(number),
        Value::Long(number) => json!(number),
        Value::Double(number) => json!({ "double": hex::encode(&number.to_le_bytes()) }),
        Value::Bool(truth) => json!(truth),
        Value::True => json!(true),
        Value::String(text) => json!(text),
        Value::Bytes(bytes) => json!({ "bytes": hex::encode(bytes) }),
        Value::Vector(items) => items.iter().map(tree).collect(),
        Value::Object { declaration, fields } => {
            let fields = fields.iter().filter(|(field, _)| !field.is_framing());
            let fields: serde_json::Map<_, _> =
                fields.map(|(field, value)| (field.name().to_owned(), tree(value))).collect();
            json!({ "id": declaration.id(), "fields": fields })
        }
        other => unreachable!("the schema of secret chats has no {other:?}"),
    }
}

fn collect(value: &Value<'_>, found: &mut Vec<(u32, u32)>) {
    match value {
        Value::Vector(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object { declaration, fields } => {
            found.push((declaration.id(), declaration.layer().unwrap_or(0)));
            fields.iter().for_each(|(_, value)| collect(value, found));
        }
        _ => {}
    }
}
