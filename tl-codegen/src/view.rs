//! One way of looking at a schema: which constructors each type has, and how they lie in memory.
//!
//! A schema without layers has one view. A schema with layers has two: the *newest* form of each constructor, which users
//! build; and *every* form, which decodes exactly what was sent.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::schema::{CombinatorIndex, Field, Role, Schema, Type, TypeIndex};

/// A variant whose struct is larger is boxed, so that a type is never moved by more.
const INLINE_VARIANT: usize = 128;
/// An optional field whose value is larger is boxed, so that an absent one costs little.
const INLINE_OPTION: usize = 64;

/// Sizes on a 64-bit machine, as the compiler lays values out.
const POINTER: usize = 8;
const HEAP_VALUE: usize = 3 * POINTER;

/// A view of a schema.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The schema.
    pub schema: &'a Schema,
    constructors: Vec<Vec<CombinatorIndex>>,
    /// Types that are enums however few constructors they have.
    choices: BTreeSet<TypeIndex>,
    /// The type of each combinator that constructs one.
    owners: Vec<Option<TypeIndex>>,
    /// Types that contain each other without a vector between them, by the number of their cycle.
    cycles: HashMap<TypeIndex, usize>,
    sizes: HashMap<TypeIndex, usize>,
    heights: HashMap<TypeIndex, usize>,
}

impl<'a> View<'a> {
    /// The newest form of each constructor.
    pub fn newest(schema: &'a Schema) -> Self {
        Self::new(schema, schema.types.iter().map(|ty| schema.newest(&ty.constructors)).collect(), BTreeSet::new())
    }

    /// Every form. A type with `several` forms stays a choice even if there is but one constructor at the moment.
    pub fn every(schema: &'a Schema, several: &BTreeSet<TypeIndex>) -> Self {
        Self::new(schema, schema.types.iter().map(|ty| ty.constructors.clone()).collect(), several.clone())
    }

    fn new(schema: &'a Schema, constructors: Vec<Vec<CombinatorIndex>>, choices: BTreeSet<TypeIndex>) -> Self {
        let mut owners = vec![None; schema.combinators.len()];
        for (index, ty) in schema.types.iter().enumerate() {
            for constructor in &ty.constructors {
                if let Some(owner) = owners.get_mut(constructor.0) {
                    *owner = Some(TypeIndex(index));
                }
            }
        }
        let mut view = Self {
            schema,
            constructors,
            choices,
            owners,
            cycles: HashMap::new(),
            sizes: HashMap::new(),
            heights: HashMap::new(),
        };
        view.heights = heights(schema, &view.constructors);
        view.find_cycles();
        for index in 0..schema.types.len() {
            view.size_of_boxed(TypeIndex(index));
        }
        view
    }

    /// The constructors of a type.
    pub fn constructors(&self, ty: TypeIndex) -> &[CombinatorIndex] {
        self.constructors.get(ty.0).map(Vec::as_slice).unwrap_or_default()
    }

    /// The constructor, if the type has only one: the type is its struct then.
    pub fn only(&self, ty: TypeIndex) -> Option<CombinatorIndex> {
        match *self.constructors(ty) {
            [only] if !self.choices.contains(&ty) => Some(only),
            _ => None,
        }
    }

    /// Whether the constructor has a struct: it has fields, or is a type of its own.
    pub fn has_struct(&self, ty: TypeIndex, constructor: CombinatorIndex) -> bool {
        self.only(ty).is_some() || self.schema.combinator(constructor).value_fields().next().is_some()
    }

    /// Whether the variant holds its struct in a box.
    pub fn is_variant_boxed(&self, constructor: CombinatorIndex) -> bool {
        self.size_of_fields(constructor) > INLINE_VARIANT
    }

    /// Whether the field of a constructor of `owner` is boxed: it closes a cycle, or is large and often absent.
    pub fn is_field_boxed(&self, owner: Option<TypeIndex>, field: &Field) -> bool {
        let (Type::Boxed(_) | Type::Bare(_)) = field.ty else { return false };
        let target = self.target(&field.ty);
        let cyclic = match (owner, target) {
            (Some(owner), Some(target)) => {
                self.cycles.get(&owner).is_some_and(|cycle| self.cycles.get(&target) == Some(cycle))
            }
            _ => false,
        };
        cyclic || field.is_optional() && self.size(&field.ty) > INLINE_OPTION
    }

    /// The constructor that takes the fewest steps to fill with nothing: what stands for a value that could not be read.
    pub fn shallowest(&self, ty: TypeIndex) -> Option<CombinatorIndex> {
        let height = |constructor: &CombinatorIndex| height_of_fields(self.schema, *constructor, &self.heights);
        self.constructors(ty)
            .iter()
            .copied()
            .filter_map(|constructor| Some((height(&constructor)?, constructor)))
            .min_by_key(|&(height, _)| height)
            .map(|(_, constructor)| constructor)
    }

    /// The boxed type that the type is or belongs to.
    fn target(&self, ty: &Type) -> Option<TypeIndex> {
        match ty {
            Type::Boxed(index) => Some(*index),
            Type::Bare(constructor) => self.owner(*constructor),
            _ => None,
        }
    }

    /// The type that the constructor belongs to.
    pub fn owner(&self, constructor: CombinatorIndex) -> Option<TypeIndex> {
        self.owners.get(constructor.0).copied().flatten()
    }

    /// Finds the strongly connected components over "contains, not in a vector".
    fn find_cycles(&mut self) {
        let edges: Vec<Vec<TypeIndex>> = (0..self.schema.types.len())
            .map(|index| {
                let constructors = self.constructors(TypeIndex(index)).iter();
                let fields = constructors.flat_map(|&constructor| &self.schema.combinator(constructor).fields);
                fields.filter_map(|field| self.target(&field.ty)).collect()
            })
            .collect();
        let reach: Vec<HashSet<TypeIndex>> =
            (0..edges.len()).map(|start| reachable(&edges, TypeIndex(start))).collect();
        for (index, reached) in reach.iter().enumerate() {
            if !reached.contains(&TypeIndex(index)) {
                continue;
            }
            // The first type that is reached from here and reaches back names the cycle.
            let first = (0..=index).find(|&other| {
                reached.contains(&TypeIndex(other))
                    && reach.get(other).is_some_and(|back| back.contains(&TypeIndex(index)))
            });
            self.cycles.insert(TypeIndex(index), first.unwrap_or(index));
        }
    }

    fn size(&self, ty: &Type) -> usize {
        match ty {
            Type::Nat | Type::Int => 4,
            Type::Long | Type::Double => 8,
            Type::Int128 => 16,
            Type::Int256 => 32,
            Type::Bool | Type::True => 1,
            Type::String | Type::Bytes | Type::Vector { .. } | Type::Open { .. } | Type::Answer => HEAP_VALUE,
            Type::Boxed(index) => self.sizes.get(index).copied().unwrap_or(POINTER),
            Type::Bare(constructor) => self.size_of_fields(*constructor),
        }
    }

    fn size_of_boxed(&mut self, index: TypeIndex) -> usize {
        if let Some(&size) = self.sizes.get(&index) {
            return size;
        }
        // What it contains comes first; a cycle is cut by a box, so the guess does not matter.
        self.sizes.insert(index, POINTER);
        let constructors = self.constructors(index).to_vec();
        for &constructor in &constructors {
            for field in &self.schema.combinator(constructor).fields {
                if let Some(target) = self.target(&field.ty) {
                    self.size_of_boxed(target);
                }
            }
        }
        let size = match self.only(index) {
            Some(only) => self.size_of_fields(only),
            None => {
                let inline = |&constructor: &CombinatorIndex| match self.size_of_fields(constructor) {
                    large if large > INLINE_VARIANT => POINTER,
                    size => size,
                };
                constructors.iter().map(inline).max().unwrap_or_default().next_multiple_of(POINTER) + POINTER
            }
        };
        self.sizes.insert(index, size);
        size
    }

    /// The fields one after another, each optional number with its tag.
    pub(crate) fn size_of_fields(&self, constructor: CombinatorIndex) -> usize {
        let owner = self.owner(constructor);
        let fields = self.schema.combinator(constructor).fields.iter().filter(|field| field.role == Role::Value);
        let size = |field: &Field| {
            if self.is_field_boxed(owner, field) {
                return POINTER;
            }
            let size = self.size(&field.ty);
            match field.ty {
                Type::Nat | Type::Int | Type::Long | Type::Double if field.is_optional() => 2 * size,
                Type::Int128 | Type::Int256 if field.is_optional() => size + 1,
                _ => size,
            }
        };
        fields.map(size).sum::<usize>().next_multiple_of(4)
    }
}

/// What can be reached from `start` by at least one edge.
fn reachable(edges: &[Vec<TypeIndex>], start: TypeIndex) -> HashSet<TypeIndex> {
    let mut reached = HashSet::new();
    let mut open = vec![start];
    while let Some(next) = open.pop() {
        for &target in edges.get(next.0).into_iter().flatten() {
            if reached.insert(target) {
                open.push(target);
            }
        }
    }
    reached
}

/// How deep the smallest value of each type nests: optional fields left out, vectors empty. A type that contains itself in
/// every constructor has no value, and no height.
pub(crate) fn heights(schema: &Schema, constructors: &[Vec<CombinatorIndex>]) -> HashMap<TypeIndex, usize> {
    let mut heights = HashMap::new();
    loop {
        let before = heights.len();
        let mut found = Vec::new();
        for (index, constructors) in constructors.iter().enumerate() {
            let index = TypeIndex(index);
            if !heights.contains_key(&index)
                && let Some(height) =
                    constructors.iter().filter_map(|&form| height_of_fields(schema, form, &heights)).min()
            {
                found.push((index, height + 1));
            }
        }
        heights.extend(found);
        if heights.len() == before {
            return heights;
        }
    }
}

fn height_of_fields(schema: &Schema, of: CombinatorIndex, heights: &HashMap<TypeIndex, usize>) -> Option<usize> {
    let mut height = 0;
    for field in schema.combinator(of).fields.iter().filter(|field| !field.is_optional()) {
        height = height.max(match field.ty {
            Type::Boxed(ty) | Type::Open { default: Some(ty), .. } => *heights.get(&ty)?,
            Type::Bare(constructor) => height_of_fields(schema, constructor, heights)?,
            _ => 0,
        });
    }
    Some(height)
}
