//! Which types contain themselves, and values of them that nest as deep as one likes.

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;
use tl_codegen::schema::{CombinatorIndex, Type, TypeIndex};

use crate::random::{Frame, Generator, Mode};
use crate::registry::{Forms, Row};
use crate::universe::Universe;

/// One step into a value: from a boxed type, through a field of one of its constructors, to the boxed type in there.
///
/// No schema has a type that contains itself bare; there are no such steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// From where.
    pub from: TypeIndex,
    /// Through which constructor.
    pub constructor: CombinatorIndex,
    /// Through which of its fields.
    pub field: usize,
    /// To where.
    pub to: TypeIndex,
    /// How many levels of nesting a reader counts on the way.
    pub levels: u32,
}

/// All steps of a schema that may be part of a cycle.
#[derive(Debug)]
pub struct Nesting {
    universe: &'static Universe,
    forms: Forms,
    edges: BTreeMap<TypeIndex, Vec<Edge>>,
}

impl Nesting {
    /// Finds them.
    pub fn new(universe: &'static Universe, forms: Forms) -> Self {
        let view = universe.view(forms);
        let mut edges = BTreeMap::<_, Vec<_>>::new();
        for from in (0..view.schema.types.len()).map(TypeIndex) {
            for &constructor in view.constructors(from) {
                for (field, declared) in view.schema.combinator(constructor).fields.iter().enumerate() {
                    let (Type::Boxed(to) | Type::Open { default: Some(to), .. }) = *declared.ty.innermost() else {
                        continue;
                    };
                    let is_boxed_variant = view.only(from).is_none() && view.is_variant_boxed(constructor);
                    let is_boxed_field = view.is_field_boxed(Some(from), declared);
                    let levels = u32::from(is_boxed_variant) + u32::from(is_boxed_field) + vectors(&declared.ty);
                    edges.entry(from).or_default().push(Edge { from, constructor, field, to, levels });
                }
            }
        }
        Self { universe, forms, edges }
    }

    fn from(&self, from: TypeIndex) -> &[Edge] {
        self.edges.get(&from).map(Vec::as_slice).unwrap_or_default()
    }

    /// For each step that leads back to where it started, the shortest way to do so.
    pub fn cycles(&self) -> Vec<Vec<Edge>> {
        let edges = self.edges.values().flatten();
        edges.filter_map(|&edge| Some([vec![edge], self.way(edge.to, edge.from)?].concat())).collect()
    }

    /// The steps that can be part of a cycle.
    fn is_recursive(&self, edge: &Edge) -> bool {
        self.way(edge.to, edge.from).is_some()
    }

    /// The shortest way from one type to another.
    fn way(&self, from: TypeIndex, to: TypeIndex) -> Option<Vec<Edge>> {
        let mut came_by = BTreeMap::<TypeIndex, Edge>::new();
        let mut open = VecDeque::from([from]);
        while from != to && !came_by.contains_key(&to) {
            let here = open.pop_front()?;
            for &edge in self.from(here) {
                if edge.to != from && !came_by.contains_key(&edge.to) {
                    came_by.insert(edge.to, edge);
                    open.push_back(edge.to);
                }
            }
        }
        let mut way = Vec::new();
        let mut here = to;
        while here != from {
            let edge = came_by[&here];
            way.push(edge);
            here = edge.from;
        }
        way.reverse();
        Some(way)
    }

    /// A random way that never leaves the recursive types, and rather takes steps that a reader does not count.
    pub fn wander(&self, from: TypeIndex, steps: usize, rng: &mut Rng) -> Vec<Edge> {
        let mut way = Vec::new();
        let mut here = from;
        while way.len() < steps {
            let edges: Vec<Edge> = self.from(here).iter().copied().filter(|edge| self.is_recursive(edge)).collect();
            let in_place: Vec<Edge> = edges.iter().copied().filter(|edge| edge.levels == 0).collect();
            let preferred = if in_place.is_empty() || rng.u8(..4) == 0 { &edges } else { &in_place };
            let Some(&edge) = rng.choice(preferred) else { break };
            way.push(edge);
            here = edge.to;
        }
        way
    }

    /// The way to decode values that begin with this step.
    ///
    /// # Panics
    /// If the registry has none.
    pub fn row(&self, first: &Edge) -> &'static Row {
        let id = self.universe.schema.combinator(first.constructor).id;
        let mut rows = self.universe.rows(id).iter().copied();
        rows.find(|row| row.forms == self.forms && row.is_boxed_type()).expect("every constructor has a row")
    }

    /// What stands around the inner value, for each step.
    pub fn frames(&self, way: &[Edge]) -> Vec<Frame> {
        let generator = self.generator();
        way.iter().map(|edge| generator.frame(edge.constructor, edge.field, 1, &mut Rng::with_seed(0))).collect()
    }

    /// The simplest value of a type.
    pub fn leaf(&self, ty: TypeIndex) -> Vec<u8> {
        let constructor = self.universe.shallow(self.forms).constructor(ty);
        self.generator().sample(constructor, &mut Rng::with_seed(0)).bytes
    }

    fn generator(&self) -> Generator<'static> {
        Generator::new(self.universe, self.forms, Mode::Minimal, 0)
    }

    /// The names on the way, for a report.
    pub fn describe(&self, way: &[Edge]) -> String {
        let step = |edge: &Edge| {
            let combinator = self.universe.schema.combinator(edge.constructor);
            format!("{}.{}", combinator.name, combinator.fields[edge.field].name)
        };
        way.iter().map(step).collect::<Vec<_>>().join(" → ")
    }
}

/// Puts a value into frames, the first outermost, over and over.
pub fn nest(frames: &[Frame], times: usize, leaf: &[u8]) -> Vec<u8> {
    let before: Vec<u8> = frames.iter().flat_map(|frame| &frame.before).copied().collect();
    let after: Vec<u8> = frames.iter().rev().flat_map(|frame| &frame.after).copied().collect();
    [before.repeat(times), leaf.to_vec(), after.repeat(times)].concat()
}

fn vectors(ty: &Type) -> u32 {
    match ty {
        Type::Vector { item, .. } => 1 + vectors(item),
        _ => 0,
    }
}
