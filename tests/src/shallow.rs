//! The simplest constructor of each type: the one whose required fields nest least.

use std::collections::HashMap;

use tl_codegen::schema::{CombinatorIndex, Type, TypeIndex};
use tl_codegen::view::View;

/// For each type the constructor to choose when a value has to come to an end.
#[derive(Clone, Debug)]
pub struct Shallow {
    best: HashMap<TypeIndex, CombinatorIndex>,
}

impl Shallow {
    /// Finds them, level by level: first the types that need no other, then those that need only these, and so on.
    pub fn new(view: &View<'_>) -> Self {
        let mut shallow = Self { best: HashMap::new() };
        loop {
            let types = (0..view.schema.types.len()).map(TypeIndex).filter(|index| !shallow.best.contains_key(index));
            let found: Vec<(TypeIndex, CombinatorIndex)> = types
                .filter_map(|index| {
                    let mut constructors = view.constructors(index).iter();
                    constructors
                        .find(|&&constructor| shallow.is_complete(view, constructor))
                        .map(|&found| (index, found))
                })
                .collect();
            if found.is_empty() {
                break;
            }
            shallow.best.extend(found);
        }
        shallow
    }

    /// The simplest constructor.
    ///
    /// # Panics
    /// If no value of the type is finite.
    pub fn constructor(&self, index: TypeIndex) -> CombinatorIndex {
        *self.best.get(&index).expect("a type has a finite value")
    }

    /// Whether everything that a constructor requires is known already.
    fn is_complete(&self, view: &View<'_>, constructor: CombinatorIndex) -> bool {
        view.schema.combinator(constructor).fields.iter().filter(|field| field.condition.is_none()).all(|field| {
            match field.ty {
                Type::Boxed(index) | Type::Open { default: Some(index), .. } => self.best.contains_key(&index),
                Type::Bare(bare) => self.is_complete(view, bare),
                _ => true,
            }
        })
    }
}
