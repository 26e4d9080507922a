//! Rust names of TL names.
//!
//! A name follows from the declaration alone, so that a declaration added later never renames another. Where two
//! declarations would get the same name, [`Names::new`] reports it, and a `rename` rule decides.
//!
//! - A type, a constructor and a function are in the module of their namespace, in upper camel case.
//! - A variant is its constructor without the type's name in front, if what remains is a name: `inputPeerEmpty` of
//!   `InputPeer` is `InputPeer::Empty`, but `inputPeerSelf` is `InputPeer::InputPeerSelf` and `user` is `User::User`.
//! - A field is in snake case, with `r#` or a `_` behind it where Rust reserves the word.

use std::collections::HashMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::Ident;
use tl_parser::Diagnostic;
use tl_parser::tree::Span;

use crate::rules::Rules;
use crate::schema::{Combinator, CombinatorIndex, Kind, Name, Schema, TypeIndex};

/// Names that generated code needs for what the language and the runtime call so; a declaration gets a `_` behind its own.
const RESERVED: [&str; 34] = [
    "Absence",
    "Box",
    "Callers",
    "Clone",
    "Combinator",
    "Constructor",
    "Decode",
    "Encode",
    "Err",
    "From",
    "Function",
    "Index",
    "Into",
    "Layered",
    "None",
    "NotCarried",
    "Ok",
    "OnceLock",
    "Option",
    "PartialEq",
    "Raise",
    "Raw",
    "Reader",
    "Result",
    "Schema",
    "Self",
    "Shape",
    "Sink",
    "Some",
    "String",
    "Trace",
    "TryFrom",
    "Vec",
    "X",
];

/// Modules that the generated code uses by these names, or that have a file of their own by them.
const MODULES: [&str; 7] = ["constructors", "exact", "fmt", "functions", "mod", "std", "types"];

/// The names of one schema.
#[derive(Clone, Debug)]
pub struct Names {
    types: Vec<Ident>,
    combinators: Vec<Ident>,
    variants: Vec<Option<Ident>>,
}

impl Names {
    /// Finds the names of everything in the schema.
    ///
    /// # Errors
    /// A diagnostic for each declaration whose name is already taken.
    pub fn new(schema: &Schema, rules: &Rules) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut types = Vec::new();
        let mut combinators = Vec::new();
        let mut variants = vec![None; schema.combinators.len()];
        let item = |name: &Name| match rules.rename.get(&name.to_string()) {
            Some(rule) => camel(&rule.value),
            None => camel(&name.name),
        };
        for ty in &schema.types {
            types.push(item(&ty.name));
        }
        for combinator in &schema.combinators {
            combinators.push(item(&combinator.name));
        }
        for ty in &schema.types {
            for &index in &ty.constructors {
                if let (Some(slot), Some(full)) = (variants.get_mut(index.0), combinators.get(index.0)) {
                    *slot = Some(variant(&full.to_string(), &ty.name.name));
                }
            }
        }
        let names = Self { types, combinators, variants };
        names.find_clashes(schema, &mut diagnostics);
        if diagnostics.is_empty() { Ok(names) } else { Err(diagnostics) }
    }

    /// The name of a boxed type, in the module of its namespace.
    #[allow(clippy::indexing_slicing, reason = "there is a name for each type of the schema")]
    pub fn boxed(&self, index: TypeIndex) -> &Ident {
        &self.types[index.0]
    }

    /// The name of a constructor's or a function's struct, in the module of its namespace.
    #[allow(clippy::indexing_slicing, reason = "there is a name for each combinator of the schema")]
    pub fn combinator(&self, index: CombinatorIndex) -> &Ident {
        &self.combinators[index.0]
    }

    /// The name of a constructor's variant in its type.
    #[allow(clippy::indexing_slicing, reason = "there is a name for each combinator of the schema")]
    pub fn variant(&self, index: CombinatorIndex) -> &Ident {
        self.variants[index.0].as_ref().unwrap_or(&self.combinators[index.0])
    }

    fn find_clashes(&self, schema: &Schema, diagnostics: &mut Vec<Diagnostic>) {
        let mut claims = Claims { schema, first: HashMap::new(), diagnostics };
        for (index, combinator) in schema.indexed() {
            let scope = match combinator.kind {
                Kind::Constructor => "constructors",
                Kind::Function => "functions",
            };
            let module = modules(&combinator.name).join("::");
            claims.claim(format!("{scope}::{module}"), self.combinator(index), index);
            claims.fields(combinator);
        }
        for (index, ty) in schema.types.iter().enumerate() {
            let ident = self.boxed(TypeIndex(index));
            let Some(&first) = ty.constructors.first() else { continue };
            claims.claim_type(format!("types::{}", modules(&ty.name).join("::")), ident, &ty.name, first);
            for &constructor in &ty.constructors {
                let variant = self.variant(constructor);
                claims.claim(format!("{}::{ident}", ty.name), variant, constructor);
                if let Some(layer) = schema.combinator(constructor).layer {
                    claims.claim(format!("exact {}::{ident}", ty.name), &of_layer(variant, layer), constructor);
                }
            }
        }
    }
}

/// Who has which name, by scope.
struct Claims<'a> {
    schema: &'a Schema,
    first: HashMap<(String, String), (Name, Span)>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Claims<'_> {
    fn claim(&mut self, scope: String, ident: &Ident, index: CombinatorIndex) {
        let name = &self.schema.combinator(index).name;
        self.claim_type(scope, ident, name, index);
    }

    fn claim_type(&mut self, scope: String, ident: &Ident, name: &Name, place: CombinatorIndex) {
        let span = self.schema.combinator(place).span;
        let first = self.first.entry((scope, ident.to_string())).or_insert_with(|| (name.clone(), span));
        if first.0 != *name {
            let problem = Diagnostic::error(span, format!("`{name}` would be `{ident}` in Rust"))
                .with_note(first.1, format!("and so would `{}`", first.0))
                .with_hint(format!("add `rename {name} AnotherName` to the rules"));
            self.diagnostics.push(problem);
        }
    }

    fn fields(&mut self, combinator: &Combinator) {
        let mut fields = HashMap::new();
        for field in combinator.value_fields() {
            let ident = self::field(&field.name);
            if let Some(other) = fields.insert(ident.to_string(), &field.name) {
                let problem = Diagnostic::error(field.span, format!("`{}` would be `{ident}` in Rust", field.name))
                    .with_label(format!("and so would `{other}`"))
                    .with_hint("give one of the two another name");
                self.diagnostics.push(problem);
            }
        }
    }
}

/// The name of a form's variant among the forms of all layers.
pub fn of_layer(variant: &Ident, layer: u32) -> Ident {
    quote::format_ident!("{variant}{layer}")
}

/// The modules of a namespace, outermost first.
pub fn modules(name: &Name) -> Vec<String> {
    let module = |part: &String| match part.to_snake_case() {
        snake if MODULES.contains(&snake.as_str()) => snake + "_",
        snake => word(&snake).to_string(),
    };
    name.namespace.iter().map(module).collect()
}

/// A field's name.
pub fn field(name: &str) -> Ident {
    word(&name.to_snake_case())
}

/// The name of the method that sets the field.
pub fn setter(name: &str) -> Ident {
    Ident::new(&format!("with_{}", name.to_snake_case()), proc_macro2::Span::call_site())
}

fn camel(name: &str) -> Ident {
    let camel = name.to_upper_camel_case();
    if RESERVED.contains(&camel.as_str()) { word(&format!("{camel}_")) } else { word(&camel) }
}

/// The constructor's name without its type's name in front, if what remains can stand alone.
fn variant(constructor: &str, ty: &str) -> Ident {
    let ty = ty.to_upper_camel_case();
    match constructor.strip_prefix(&ty) {
        Some("" | "Self") | None => word(constructor),
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_uppercase()) => word(rest),
        Some(_) => word(constructor),
    }
}

/// An identifier that Rust accepts.
pub fn word(text: &str) -> Ident {
    const NEVER_RAW: [&str; 5] = ["self", "super", "crate", "Self", "_"];
    if NEVER_RAW.contains(&text) {
        return Ident::new(&format!("{text}_"), proc_macro2::Span::call_site());
    }
    let starts_well = text.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if text.is_empty() || !starts_well {
        return Ident::new(&format!("_{text}"), proc_macro2::Span::call_site());
    }
    if text == "gen" {
        // Reserved since edition 2024, which `syn` does not ask for.
        return Ident::new_raw(text, proc_macro2::Span::call_site());
    }
    syn::parse_str(text).unwrap_or_else(|_| Ident::new_raw(text, proc_macro2::Span::call_site()))
}
