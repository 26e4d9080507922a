//! Documentation of what is emitted, and the table of declarations.

use std::fmt::Write as _;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::Emitter;
use crate::errors::Callers;
use crate::schema::{Combinator, CombinatorIndex, Field, Kind, Type, TypeIndex};

impl Emitter<'_> {
    /// The TL line, the layer, and for a function who may call it, what it answers, and what it raises.
    pub(super) fn combinator_docs(&self, index: CombinatorIndex) -> TokenStream {
        let combinator = self.view.schema.combinator(index);
        let mut paragraphs = vec![format!("`{}`", combinator.line)];
        if let Some(description) = description(combinator) {
            paragraphs.push(description);
        }
        match combinator.layer {
            Some(layer) => paragraphs.push(format!("Since layer {layer}.")),
            None => {
                let depth = vec!["super"; combinator.name.namespace.len() + 1].join("::");
                paragraphs.push(format!("Layer: [`LAYER`]({depth}::LAYER)."));
            }
        }
        if combinator.kind == Kind::Function {
            paragraphs.push(format!("Answers {}.", self.answer(combinator)));
            if let Some(errors) = self.context.errors {
                let name = combinator.name.to_string();
                let callers = match errors.callers(&name) {
                    Callers::Users => "Users may call it; bots may not.",
                    Callers::Bots => "Bots may call it; users may not.",
                    Callers::Both => "Users and bots may call it.",
                    Callers::Unknown => "Who may call it is not known.",
                };
                paragraphs.push(callers.to_owned());
                let raised: Vec<String> =
                    errors.raised_by(&name).map(|row| format!("`{} {}`", row.code, row.pattern)).collect();
                if !raised.is_empty() {
                    paragraphs.push(format!("Errors: {}.", raised.join(", ")));
                }
            }
        }
        doc(&paragraphs)
    }

    fn answer(&self, function: &Combinator) -> String {
        match &function.result {
            Type::Answer => "what the function in `query` answers".to_owned(),
            Type::Open { .. } => "an object of any type".to_owned(),
            result => format!("`{}`", self.view.schema.spell(result)),
        }
    }

    /// The type's name, and what it is made of.
    pub(super) fn boxed_docs(&self, index: TypeIndex) -> TokenStream {
        let name = &self.view.schema.boxed(index).name;
        match *self.view.constructors(index) {
            [only] => doc(&[format!("`{name}`: always `{}`.", self.view.schema.combinator(only).name)]),
            ref several => doc(&[format!("`{name}`: one of {} constructors.", several.len())]),
        }
    }

    /// The TL line of a variant.
    pub(super) fn variant_docs(&self, constructor: CombinatorIndex) -> TokenStream {
        let combinator = self.view.schema.combinator(constructor);
        doc(&[format!("`{}`", combinator.line)])
    }

    /// Who may call a function, and the names of what it raises.
    pub(super) fn function_facts(&self, function: &Combinator) -> (Ident, Vec<String>) {
        let name = function.name.to_string();
        let callers = self.context.errors.map_or(Callers::Unknown, |errors| errors.callers(&name));
        let callers = Ident::new(&format!("{callers:?}"), Span::call_site());
        let mut raised: Vec<String> = self
            .context
            .errors
            .into_iter()
            .flat_map(|errors| errors.raised_by(&name))
            .map(|row| row.pattern.clone())
            .collect();
        raised.dedup();
        (callers, raised)
    }

    /// `schema.tl`: every declaration, what the core builds in first, with the fields that `Debug` hides behind each.
    pub(super) fn declarations(&self) -> String {
        let schema = self.view.schema;
        let mut text = self.provenance("//");
        for builtin in &self.context.checked.builtins {
            let _ = writeln!(text, "{builtin};");
        }
        let mut layer = None;
        let mut kind = Kind::Constructor;
        for combinator in &schema.combinators {
            if combinator.kind != kind {
                kind = combinator.kind;
                text.push_str(match kind {
                    Kind::Constructor => "---types---\n",
                    Kind::Function => "---functions---\n",
                });
            }
            if combinator.layer != layer
                && let Some(number) = combinator.layer
            {
                layer = combinator.layer;
                let _ = writeln!(text, "==={number}===");
            }
            let hidden: Vec<&str> = combinator
                .fields
                .iter()
                .filter(|field| self.hides(combinator, field))
                .map(|field| field.name.as_str())
                .collect();
            let _ = write!(text, "{};", combinator.line);
            if !hidden.is_empty() {
                let _ = write!(text, " // redacted: {}", hidden.join(" "));
            }
            text.push('\n');
        }
        text
    }

    fn hides(&self, combinator: &Combinator, field: &Field) -> bool {
        self.context.redaction.hides(combinator, field)
    }
}

fn description(combinator: &Combinator) -> Option<String> {
    combinator.docs.iter().find(|(tag, _)| tag == "description").map(|(_, text)| text.clone())
}

/// Paragraphs as documentation.
pub(super) fn doc(paragraphs: &[String]) -> TokenStream {
    let lines = paragraphs.join("\n\n");
    let lines = lines.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}
