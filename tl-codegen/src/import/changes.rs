//! What a new copy of a schema changes, by names.

use std::collections::BTreeMap;

use tl_parser::File;
use tl_parser::tree::SectionKind;

use super::{layer_of, layout};

/// What a new copy of a schema changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The layer of the old copy.
    pub old_layer: Option<u32>,
    /// The layer of the new one.
    pub new_layer: Option<u32>,
    /// What became of the constructors.
    pub constructors: Difference,
    /// What became of the functions.
    pub functions: Difference,
}

/// Names, in alphabetical order; a historic form is `name@layer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Declared by the new copy alone.
    pub added: Vec<String>,
    /// Declared by the old copy alone.
    pub removed: Vec<String>,
    /// Declared by both, with another id, other fields or another result.
    pub changed: Vec<String>,
}

impl Changes {
    /// Compares two TL texts. Neither needs to be right: what cannot be read is not compared.
    pub fn between(old: &str, new: &str) -> Self {
        let (old, new) = (tl_parser::parse(old).file, tl_parser::parse(new).file);
        Self {
            old_layer: layer_of(&old),
            new_layer: layer_of(&new),
            constructors: difference(&old, &new, SectionKind::Types),
            functions: difference(&old, &new, SectionKind::Functions),
        }
    }
}

fn difference(old: &File, new: &File, section: SectionKind) -> Difference {
    let (old, new) = (lines(old, section), lines(new, section));
    let mut difference = Difference::default();
    for (name, line) in &new {
        match old.get(name) {
            None => difference.added.push(name.clone()),
            Some(other) if other != line => difference.changed.push(name.clone()),
            Some(_) => {}
        }
    }
    difference.removed = old.into_keys().filter(|name| !new.contains_key(name)).collect();
    difference
}

fn lines(file: &File, section: SectionKind) -> BTreeMap<String, String> {
    let combinators = file.combinators().filter(|combinator| combinator.section == section);
    let line = |combinator: &tl_parser::Combinator| {
        let name = match combinator.layer {
            Some(layer) => format!("{}@{layer}", combinator.name),
            None => combinator.name.to_string(),
        };
        (name, layout::shorten_id(combinator).to_string())
    };
    combinators.map(line).collect()
}
