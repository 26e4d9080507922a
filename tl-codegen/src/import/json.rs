//! The JSON form of a schema, as <https://core.telegram.org/schema/json> publishes it.

use std::fmt::{Display, Write as _};

use serde::Deserialize;
use tl_parser::{Diagnostic, File, SourceText, Span};

use crate::resolve::Problems;

/// Unknown keys are errors: what is not understood must not be lost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    layer: Option<Number>,
    constructors: Vec<Constructor>,
    #[serde(default)]
    methods: Vec<Method>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Constructor {
    id: Number,
    predicate: String,
    params: Vec<Parameter>,
    #[serde(rename = "type")]
    result: String,
    /// Secret chats alone have it.
    layer: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Method {
    id: Number,
    method: String,
    params: Vec<Parameter>,
    #[serde(rename = "type")]
    result: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

/// A number, which some write as a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(i64),
    Quoted(String),
}

impl Number {
    fn value(&self) -> Option<i64> {
        match self {
            Self::Plain(value) => Some(*value),
            Self::Quoted(text) => text.parse().ok(),
        }
    }

    /// An id: its 32 bits, which are mostly written as a signed number.
    fn id(&self) -> Option<u32> {
        let value = self.value()?;
        u32::try_from(value).ok().or_else(|| i32::try_from(value).ok().map(i32::cast_unsigned))
    }

    fn layer(&self) -> Option<u32> {
        u32::try_from(self.value()?).ok()
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(value) => value.fmt(f),
            Self::Quoted(text) => text.fmt(f),
        }
    }
}

/// Reads the JSON by way of TL, so that one parser decides what a declaration means.
pub(super) fn read(source: &SourceText) -> Result<File, Problems> {
    let text = source.text().trim_start_matches('\u{feff}');
    let document: Document = serde_json::from_str(text).map_err(|error| misread(source, &error))?;
    let declared = document.constructors.len() + document.methods.len();
    let text = document.to_tl().map_err(|errors| Problems { errors, warnings: Vec::new() })?;

    let parsed = tl_parser::parse(&text);
    let mut problems = Problems::default();
    problems.add(&SourceText::new(format!("{} (as TL)", source.name()), text), &parsed.diagnostics);
    let read = parsed.file.combinators().count();
    if problems.errors.is_empty() && read != declared {
        problems.errors.push(format!("error: {}: {declared} declarations read as {read}", source.name()));
    }
    if problems.errors.is_empty() { Ok(parsed.file) } else { Err(problems) }
}

fn misread(source: &SourceText, error: &serde_json::Error) -> Problems {
    let start: usize = source.text().split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let place = start + error.column().saturating_sub(1);
    let message = error.to_string();
    // The place is rendered with the line that it is in.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let mut problems = Problems::default();
    let diagnostic = Diagnostic::error(Span { start: place, end: place + 1 }, message)
        .with_hint("the JSON form of a schema has `constructors` and `methods`, each with `id`, `params` and `type`");
    problems.add(source, &[diagnostic]);
    problems
}

impl Document {
    fn to_tl(&self) -> Result<String, Vec<String>> {
        let mut tl = Tl::default();
        if let Some(layer) = &self.layer {
            match layer.layer() {
                Some(layer) => tl.line(format_args!("// LAYER {layer}")),
                None => tl.errors.push(format!("error: `{layer}` is no layer")),
            }
        }
        let mut constructors: Vec<(Option<u32>, &Constructor)> = Vec::new();
        for constructor in &self.constructors {
            let layer = constructor.layer.as_ref();
            if let Some(other) = layer.filter(|layer| layer.layer().is_none()) {
                tl.errors.push(format!("error: `{}`: `{other}` is no layer", constructor.predicate));
            }
            constructors.push((layer.and_then(Number::layer), constructor));
        }
        // Separators rise; within a layer the order stays.
        constructors.sort_by_key(|(layer, _)| *layer);
        let mut current = None;
        for (layer, constructor) in constructors {
            if let Some(number) = layer.filter(|_| layer != current) {
                tl.line(format_args!("==={number}==="));
                current = layer;
            }
            tl.declare(&constructor.predicate, &constructor.id, &constructor.params, &constructor.result);
        }
        if !self.methods.is_empty() {
            tl.line("---functions---");
        }
        for method in &self.methods {
            tl.declare(&method.method, &method.id, &method.params, &method.result);
        }
        if tl.errors.is_empty() { Ok(tl.text) } else { Err(tl.errors) }
    }
}

/// TL as it is put together.
#[derive(Default)]
struct Tl {
    text: String,
    errors: Vec<String>,
}

impl Tl {
    fn line(&mut self, line: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn declare(&mut self, name: &str, id: &Number, parameters: &[Parameter], result: &str) {
        let words = parameters.iter().flat_map(|parameter| [parameter.name.as_str(), parameter.ty.as_str()]);
        if let Some(odd) = words.chain([name, result]).find(|word| !is_plain(word)) {
            self.errors.push(format!("error: `{name}`: `{}` is neither a name nor a type", odd.escape_debug()));
            return;
        }
        let Some(number) = id.id() else {
            self.errors.push(format!("error: `{name}`: `{id}` is no id of 32 bits"));
            return;
        };
        let mut line = format!("{name}#{number:x}");
        // JSON leaves the optional arguments out, and with them the items of a vector.
        if name == "vector" && parameters.is_empty() && result == "Vector t" {
            line.push_str(" {t:Type} # [ t ]");
        }
        let mut variables: Vec<&str> = Vec::new();
        for parameter in parameters {
            if let Some((_, variable)) = parameter.ty.rsplit_once('!').filter(|(_, name)| !variables.contains(name)) {
                variables.push(variable);
            }
        }
        variables.iter().for_each(|variable| line.push_str(&format!(" {{{variable}:Type}}")));
        for Parameter { name, ty } in parameters {
            match name.as_str() {
                "" => line.push_str(&format!(" {ty}")),
                name => line.push_str(&format!(" {name}:{ty}")),
            }
        }
        self.line(format_args!("{line} = {result};"));
    }
}

/// Whether the text can be part of one declaration, and not end it or begin a comment.
fn is_plain(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_alphanumeric() || " _.<>%!?#*+[](),".contains(character))
}
