//! What a page says.

use super::{Entry, Found, Length, builtin_name};
use crate::errors::{Callers, ErrorRow, RaisedBy};
use crate::names;
use crate::schema::{Combinator, CombinatorIndex, Field, Kind, Name, Schema, Type, TypeIndex};
use crate::view::View;

/// How many uses a short page lists.
const LISTED: usize = 20;
/// The crate that the Rust paths lead into.
const CRATE: &str = "tl_types";

pub(super) fn page(entry: &Entry, found: Found<'_>, length: Length) -> String {
    let schema = entry.schema();
    let mut page = Page { text: String::new(), length };
    match found {
        Found::Combinator(index) => match schema.combinator(index).kind {
            Kind::Constructor => page.constructor(entry, index),
            Kind::Function => page.function(entry, index),
        },
        Found::Type(index) => page.boxed(entry, index),
        Found::Builtin(line) => {
            page.title("built-in constructor", builtin_name(line));
            page.origin(schema, None);
            page.entry("declared", line);
        }
    }
    page.text
}

struct Page {
    text: String,
    length: Length,
}

impl Page {
    fn title(&mut self, what: &str, name: &str) {
        self.text = format!("{what} {name}\n");
    }

    /// A word and what it says.
    fn entry(&mut self, word: &str, text: &str) {
        self.text.push_str(&format!("  {word:<9} {text}\n"));
    }

    /// A heading with rows of columns below; nothing without rows.
    fn table(&mut self, heading: &str, rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        self.text.push_str(&format!("  {heading}\n"));
        let width =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..).map_while(width).collect();
        for row in rows {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            self.text.push_str(&format!("    {}\n", cells.join("  ").trim_end()));
        }
    }

    /// As a table; a short page leaves some rows out and says how many.
    fn uses(&mut self, heading: &str, rows: &[Vec<String>]) {
        match rows.split_at_checked(LISTED) {
            Some((first, more)) if self.length == Length::Short && !more.is_empty() => {
                self.table(heading, first);
                self.text.push_str(&format!("    and {} more; `--all` lists them\n", more.len()));
            }
            _ => self.table(heading, rows),
        }
    }

    fn origin(&mut self, schema: &Schema, since: Option<u32>) {
        let name = &schema.origin.name;
        match (schema.origin.layer, since) {
            (_, Some(layer)) => self.entry("schema", &format!("{name}, since layer {layer}")),
            (0, None) => self.entry("schema", name),
            (layer, None) => self.entry("schema", &format!("{name}, layer {layer}")),
        }
    }

    /// What constructors and functions have in common.
    fn combinator(&mut self, schema: &Schema, combinator: &Combinator) {
        self.origin(schema, combinator.layer);
        self.entry("id", &format!("#{:08x}, {}", combinator.id, combinator.id));
        self.entry("declared", &combinator.line);
        if let Some(description) = documentation(combinator, "description") {
            self.entry("meaning", description);
        }
    }

    fn paths(&mut self, paths: &[String]) {
        for (number, path) in paths.iter().enumerate() {
            self.entry(if number == 0 { "Rust" } else { "" }, path);
        }
    }

    fn fields(&mut self, schema: &Schema, combinator: &Combinator) {
        let row = |field: &Field| {
            let docs = documentation(combinator, &field.name).unwrap_or_default();
            vec![field.name.clone(), spell_field(schema, combinator, field), docs.replace('\n', " ")]
        };
        self.table("fields", &combinator.fields.iter().map(row).collect::<Vec<_>>());
    }

    fn constructor(&mut self, entry: &Entry, index: CombinatorIndex) {
        let schema = entry.schema();
        let combinator = schema.combinator(index);
        self.title("constructor", &combinator.name.to_string());
        self.combinator(schema, combinator);
        self.entry("type", &schema.spell(&combinator.result));
        self.paths(&constructor_paths(entry, index));
        self.fields(schema, combinator);
        let forms = schema.forms().remove(&combinator.name).unwrap_or_default();
        let forms = forms.into_iter().rev().filter(|&form| form != index).map(|form| schema.combinator(form));
        let form = |form: &Combinator| {
            vec![form.layer.map_or_else(String::new, |layer| format!("layer {layer}")), form.line.clone()]
        };
        self.table("other forms", &forms.map(form).collect::<Vec<_>>());
        self.uses("bare in", &users(schema, |ty| matches!(ty, Type::Bare(bare) if *bare == index)));
    }

    fn function(&mut self, entry: &Entry, index: CombinatorIndex) {
        let schema = entry.schema();
        let combinator = schema.combinator(index);
        self.title("function", &combinator.name.to_string());
        self.combinator(schema, combinator);
        let answer = match &combinator.result {
            Type::Answer => "what the function in the field of type `!X` answers".to_owned(),
            result => schema.spell(result),
        };
        self.entry("answers", &answer);
        let paths =
            entry.names.iter().map(|names| path(schema, "functions", &combinator.name, names.combinator(index)));
        self.paths(&paths.collect::<Vec<_>>());
        let Some(errors) = &entry.errors else { return self.fields(schema, combinator) };
        let name = combinator.name.to_string();
        let callers = match errors.callers(&name) {
            Callers::Users => "users",
            Callers::Bots => "bots",
            Callers::Both => "users and bots",
            Callers::Unknown => "not known",
        };
        self.entry("callers", callers);
        let common = errors.errors.iter().filter(|row| row.raised_by == RaisedBy::Any).count();
        self.fields(schema, combinator);
        let row = |row: &ErrorRow| vec![row.code.to_string(), row.pattern.clone(), row.description.clone()];
        let heading = format!("errors, besides {common} that every function can raise");
        self.table(&heading, &errors.raised_by(&name).map(row).collect::<Vec<_>>());
    }

    fn boxed(&mut self, entry: &Entry, index: TypeIndex) {
        let schema = entry.schema();
        let boxed = schema.boxed(index);
        self.title("type", &boxed.name.to_string());
        self.origin(schema, None);
        let paths = entry.names.iter().map(|names| path(schema, "types", &boxed.name, names.boxed(index)));
        self.paths(&paths.collect::<Vec<_>>());
        let row = |&constructor: &CombinatorIndex| {
            let combinator = schema.combinator(constructor);
            let layer = combinator.layer.map(|layer| format!("layer {layer}"));
            layer.into_iter().chain([combinator.line.clone()]).collect()
        };
        self.table("constructors", &boxed.constructors.iter().map(row).collect::<Vec<_>>());
        let is_it = |ty: &Type| match ty {
            Type::Boxed(other) | Type::Open { default: Some(other), .. } => *other == index,
            _ => false,
        };
        let answered = schema
            .combinators
            .iter()
            .filter(|combinator| combinator.kind == Kind::Function && is_it(combinator.result.innermost()));
        self.uses("answered by", &answered.map(|function| vec![function.name.to_string()]).collect::<Vec<_>>());
        self.uses("in the fields of", &users(schema, is_it));
    }
}

/// The combinators that have a field for whose type `holds`, with those fields.
fn users(schema: &Schema, holds: impl Fn(&Type) -> bool) -> Vec<Vec<String>> {
    let row = |combinator: &Combinator| {
        let fields = combinator.fields.iter().filter(|field| holds(field.ty.innermost()));
        let fields: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
        let layer = combinator.layer.map_or_else(String::new, |layer| format!("@{layer}"));
        (!fields.is_empty()).then(|| vec![format!("{}{layer}", combinator.name), fields.join(", ")])
    };
    schema.combinators.iter().filter_map(row).collect()
}

/// The variant and the struct of a constructor; of a historic form, the struct of its layer and the choice of all.
fn constructor_paths(entry: &Entry, index: CombinatorIndex) -> Vec<String> {
    let Some(names) = &entry.names else { return Vec::new() };
    let schema = entry.schema();
    let combinator = schema.combinator(index);
    let view = View::newest(schema);
    let Some(owner) = view.owner(index) else { return Vec::new() };
    let of_type = |top: &str| path(schema, top, &schema.boxed(owner).name, names.boxed(owner));
    let of_struct = |top: &str| path(schema, top, &combinator.name, names.combinator(index));
    if !view.constructors(owner).contains(&index) {
        let layer = combinator.layer.unwrap_or_default();
        let fields = combinator.value_fields().next();
        let own = fields.map(|_| of_struct(&format!("layer_{layer}::constructors")));
        return own.into_iter().chain([of_type("exact")]).collect();
    }
    let named = match view.only(owner) {
        Some(_) => of_type("types"),
        None => format!("{}::{}", of_type("types"), names.variant(index)),
    };
    let own = view.has_struct(owner, index).then(|| of_struct("constructors"));
    [named].into_iter().chain(own).collect()
}

fn path(schema: &Schema, top: &str, name: &Name, ident: &impl std::fmt::Display) -> String {
    let modules = names::modules(name).into_iter().map(|module| module + "::").collect::<String>();
    format!("{CRATE}::{}::{top}::{modules}{ident}", schema.origin.name)
}

/// The type as the declaration spells it, with the flag in front.
fn spell_field(schema: &Schema, combinator: &Combinator, field: &Field) -> String {
    let condition = field.condition.map(|condition| {
        let flags = combinator.fields.get(condition.flags).map(|flags| flags.name.as_str()).unwrap_or_default();
        format!("{flags}.{}?", condition.bit)
    });
    condition.unwrap_or_default() + &schema.spell(&field.ty)
}

/// What the documentation comments say behind a tag.
fn documentation<'a>(combinator: &'a Combinator, tag: &str) -> Option<&'a str> {
    combinator.docs.iter().find(|(other, _)| other == tag).map(|(_, text)| text.as_str())
}
