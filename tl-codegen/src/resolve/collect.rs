//! Which combinators and types there are.

use std::collections::HashMap;

use tl_parser::Diagnostic;
use tl_parser::tree::{self, ConstructorId, Item, SectionKind, Span, Type as TypeTree, TypeKind};

use super::{Resolver, spell};
use crate::checksum::{self, Dialect};
use crate::schema::{BoxedType, Combinator, CombinatorIndex, Kind, Name, Type, TypeIndex};

/// Types that the runtime's core knows; a schema may declare them, and they are not generated.
const BUILTIN_TYPES: [&str; 8] = ["Bool", "Int", "Long", "Double", "String", "Bytes", "Int128", "Int256"];

impl<'a> Resolver<'a> {
    /// Lists combinators and types; their fields are resolved once all names are known.
    pub(super) fn collect(&mut self, file: &'a tree::File) {
        let mut places = HashMap::<(SectionKind, Option<u32>, String), Span>::new();
        for item in &file.items {
            let Item::Combinator(declaration) = item else { continue };
            if is_builtin(declaration) {
                self.builtins.push(line(declaration));
                continue;
            }
            let name = spell(&declaration.name);
            let (layer, hint) = match declaration.section {
                SectionKind::Types => {
                    (declaration.layer, "remove one of the two, or put the newer one behind a later `===N===`")
                }
                // What is called has one form; only what is sent has one for each layer.
                SectionKind::Functions => (None, "remove one of the two"),
            };
            if declaration.section == SectionKind::Types && layer.is_none() && !self.schema.layers.is_empty() {
                let problem = Diagnostic::error(declaration.name.span, format!("`{name}` belongs to no layer"))
                    .with_hint("put it behind the first `===N===`");
                self.diagnostics.push(problem);
            }
            match places.entry((declaration.section, layer, name.clone())) {
                std::collections::hash_map::Entry::Occupied(first) => {
                    let problem = Diagnostic::error(declaration.name.span, format!("`{name}` is declared twice"))
                        .with_note(*first.get(), "first declared here")
                        .with_hint(hint);
                    self.diagnostics.push(problem);
                    continue;
                }
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(declaration.name.span);
                }
            }
            self.add(declaration, name);
        }
        for forms in self.constructors.values_mut() {
            forms.sort_by_key(|index| self.schema.combinators.get(index.0).and_then(|form| form.layer));
        }
    }

    fn add(&mut self, declaration: &'a tree::Combinator, name: String) {
        let kind = match declaration.section {
            SectionKind::Types => Kind::Constructor,
            SectionKind::Functions => Kind::Function,
        };
        let index = CombinatorIndex(self.schema.combinators.len());
        if kind == Kind::Constructor && !self.add_to_type(declaration, index) {
            return;
        }
        if kind == Kind::Constructor {
            self.constructors.entry(name).or_default().push(index);
        }
        let computed = || checksum::checksum(declaration, Dialect::BytesAsString);
        let id = declaration.id.map_or_else(computed, |id| id.value);
        self.declarations.push(declaration);
        self.schema.combinators.push(Combinator {
            name: Name { namespace: declaration.name.namespace.clone(), name: declaration.name.name.clone() },
            id,
            kind,
            layer: declaration.layer,
            fields: Vec::new(),
            result: Type::Nat, // until the types are known
            line: line(&tree::Combinator { id: Some(written(id, declaration)), ..declaration.clone() }),
            docs: declaration.docs.iter().map(|entry| (entry.tag.clone(), entry.text.clone())).collect(),
            span: declaration.span,
        });
    }

    /// Enters the constructor under its type; says so and answers false if the result is not a plain boxed type.
    fn add_to_type(&mut self, declaration: &tree::Combinator, index: CombinatorIndex) -> bool {
        let TypeKind::Name(path) = &declaration.result.kind else {
            self.unsupported(&declaration.result, "a constructor's result must be a boxed type without arguments");
            return false;
        };
        if !path.name.starts_with(|first: char| first.is_ascii_uppercase()) {
            let problem = Diagnostic::error(path.span, format!("`{}` is no boxed type", spell(path)))
                .with_hint("boxed types begin with a capital letter");
            self.diagnostics.push(problem);
            return false;
        }
        if spell(path) == "Object" {
            // An object of any type: it belongs to no type that could be named, and is one of its own.
            let name = Name { namespace: declaration.name.namespace.clone(), name: declaration.name.name.clone() };
            self.schema.types.push(BoxedType { name, constructors: vec![index] });
            return true;
        }
        let next = TypeIndex(self.schema.types.len());
        let ty = *self.types.entry(spell(path)).or_insert(next);
        if ty == next {
            let name = Name { namespace: path.namespace.clone(), name: path.name.clone() };
            self.schema.types.push(BoxedType { name, constructors: Vec::new() });
        }
        if let Some(ty) = self.schema.types.get_mut(ty.0) {
            ty.constructors.push(index);
        }
        true
    }

    pub(super) fn unsupported(&mut self, ty: &TypeTree, what: &str) {
        let problem = Diagnostic::error(ty.span, "this form of TL has no Rust type".to_owned())
            .with_label(what.to_owned())
            .with_hint("Telegram's own schemas use fields, flags, vectors and `!X`; write the declaration with those");
        self.diagnostics.push(problem);
    }
}

/// Whether the runtime's core has the declaration built in.
fn is_builtin(declaration: &tree::Combinator) -> bool {
    if declaration.builtin {
        return true;
    }
    if declaration.section == SectionKind::Functions || !declaration.name.namespace.is_empty() {
        return false;
    }
    match &declaration.result.kind {
        TypeKind::Name(path) => path.namespace.is_empty() && BUILTIN_TYPES.contains(&path.name.as_str()),
        TypeKind::Apply { head, .. } => {
            matches!(&head.kind, TypeKind::Name(path) if path.name == "Vector") && declaration.name.name == "vector"
        }
        _ => false,
    }
}

/// The id as it is written, or would be.
fn written(id: u32, declaration: &tree::Combinator) -> ConstructorId {
    let digits = (1..=8).rev().find(|digits| id >> (4 * (digits - 1)) != 0).unwrap_or(1);
    declaration.id.unwrap_or(ConstructorId { value: id, digits, span: declaration.name.span })
}

fn line(declaration: &tree::Combinator) -> String {
    declaration.to_string().trim_end_matches(';').to_owned()
}
