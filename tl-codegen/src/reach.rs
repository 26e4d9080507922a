//! The part of a schema that some roots reach.

use std::collections::BTreeSet;

use crate::schema::{Combinator, CombinatorIndex, Schema, Type, TypeIndex};

/// The schema with nothing but the roots and what they reach: a combinator reaches the types of its fields and of its
/// result, a type all its constructors.
///
/// # Errors
/// A message for each root that the schema does not have.
pub(crate) fn prune(schema: &Schema, roots: &[String]) -> Result<Schema, Vec<String>> {
    let mut reached = Reached { schema, combinators: BTreeSet::new(), types: BTreeSet::new() };
    let mut missing = Vec::new();
    for root in roots {
        let combinators = schema.indexed().filter(|(_, combinator)| combinator.name.to_string() == *root);
        let types = schema.types.iter().enumerate().filter(|(_, ty)| ty.name.to_string() == *root);
        let (combinators, types): (Vec<_>, Vec<_>) = (combinators.collect(), types.collect());
        if combinators.is_empty() && types.is_empty() {
            missing.push(format!(
                "error: there is no function, constructor or type `{root}` in {}\n  = hint: names have their namespace in \
                 front, as in `messages.sendEncrypted`",
                schema.origin.file
            ));
        }
        for (index, _) in combinators {
            reached.combinator(index);
        }
        for (index, _) in types {
            reached.boxed(TypeIndex(index));
        }
    }
    if missing.is_empty() { Ok(reached.extract()) } else { Err(missing) }
}

struct Reached<'a> {
    schema: &'a Schema,
    combinators: BTreeSet<CombinatorIndex>,
    types: BTreeSet<TypeIndex>,
}

impl Reached<'_> {
    fn combinator(&mut self, index: CombinatorIndex) {
        if !self.combinators.insert(index) {
            return;
        }
        let schema = self.schema;
        let combinator = schema.combinator(index);
        for ty in combinator.fields.iter().map(|field| &field.ty).chain([&combinator.result]) {
            self.ty(ty);
        }
    }

    fn ty(&mut self, ty: &Type) {
        match ty.innermost() {
            Type::Boxed(index) | Type::Open { default: Some(index), .. } => self.boxed(*index),
            // A constructor comes with its type.
            Type::Bare(index) => {
                let owner = self.schema.types.iter().position(|ty| ty.constructors.contains(index));
                match owner {
                    Some(owner) => self.boxed(TypeIndex(owner)),
                    None => self.combinator(*index),
                }
            }
            _ => {}
        }
    }

    fn boxed(&mut self, index: TypeIndex) {
        if self.types.insert(index) {
            for &constructor in &self.schema.boxed(index).constructors {
                self.combinator(constructor);
            }
        }
    }

    /// The reached part, with new indices.
    fn extract(self) -> Schema {
        let schema = self.schema;
        let combinator = |index: CombinatorIndex| {
            CombinatorIndex(self.combinators.iter().position(|other| *other == index).unwrap_or_default())
        };
        let boxed =
            |index: TypeIndex| TypeIndex(self.types.iter().position(|other| *other == index).unwrap_or_default());
        let translate = |of: &Combinator| {
            let mut of = of.clone();
            for ty in of.fields.iter_mut().map(|field| &mut field.ty).chain([&mut of.result]) {
                renumber(ty, &combinator, &boxed);
            }
            of
        };
        let mut types: Vec<_> = self.types.iter().map(|&index| schema.boxed(index).clone()).collect();
        for ty in &mut types {
            ty.constructors = ty.constructors.iter().map(|&index| combinator(index)).collect();
        }
        Schema {
            origin: schema.origin.clone(),
            layers: schema.layers.clone(),
            types,
            combinators: self.combinators.iter().map(|&index| translate(schema.combinator(index))).collect(),
        }
    }
}

fn renumber(
    ty: &mut Type,
    combinator: &impl Fn(CombinatorIndex) -> CombinatorIndex,
    boxed: &impl Fn(TypeIndex) -> TypeIndex,
) {
    match ty {
        Type::Vector { item, .. } => renumber(item, combinator, boxed),
        Type::Boxed(index) | Type::Open { default: Some(index), .. } => *index = boxed(*index),
        Type::Bare(index) => *index = combinator(*index),
        _ => {}
    }
}
