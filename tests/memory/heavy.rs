//! Values that take much memory for few bytes of input, found by trying.
//!
//! What a value weighs depends on how the generator lays types out, which nobody should have to know here: each
//! constructor is decoded as an item of a vector: alone, with each of its flags, with all that take no bytes, and with
//! each of its vectors filled with the heaviest items found so far.

use std::collections::{HashMap, HashSet};

use fastrand::Rng;
use tl_codegen::schema::{CombinatorIndex, Condition, Type, TypeIndex};
use tl_tests::random::{Frame, Generator, Mode};
use tl_tests::registry::{Forms, Row};
use tl_tests::universe::Universe;

/// How many items a candidate is weighed with: one more than fits a capacity that doubling arrives at.
const ITEMS: u32 = 33;

/// How many items the inner vectors have: one, and one more than fits the first capacity.
const INNER: [usize; 2] = [1, 5];

/// How often the search builds upon what it found before.
const ROUNDS: u32 = 3;

/// The heaviest known item of each type that vectors hold.
pub(crate) struct Heavy {
    universe: &'static Universe,
    forms: Forms,
    found: HashMap<Type, (f64, Vec<u8>)>,
}

/// A vector: the way to it, and what its items are.
pub(crate) struct Place {
    pub(crate) row: &'static Row,
    pub(crate) combinator: CombinatorIndex,
    pub(crate) field: usize,
    pub(crate) item: Type,
}

impl Heavy {
    /// Searches; `peak` measures.
    pub(crate) fn search(universe: &'static Universe, forms: Forms, peak: impl Fn(&Row, &[u8]) -> usize) -> Self {
        let mut heavy = Self { universe, forms, found: HashMap::new() };
        let places = heavy.places();
        let mut seen = HashSet::new();
        let one_of_each: Vec<&Place> = places.iter().filter(|place| seen.insert(&place.item)).collect();
        for _ in 0..ROUNDS {
            for place in &one_of_each {
                let frame = heavy.frame(place, ITEMS);
                for candidate in heavy.candidates(&place.item) {
                    let bytes = frame.around(&candidate, ITEMS as usize);
                    let weight = peak(place.row, &bytes) as f64 / bytes.len() as f64;
                    heavy.keep_heavier(&place.item, weight, candidate);
                }
            }
        }
        heavy
    }

    /// Every vector of every combinator.
    pub(crate) fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (index, combinator) in self.universe.schema.indexed() {
            let mut rows = self.universe.rows(combinator.id).iter().copied();
            let Some(row) = rows.find(|row| row.forms == self.forms) else { continue };
            for (field, declared) in combinator.fields.iter().enumerate() {
                if let Type::Vector { .. } = declared.ty {
                    places.push(Place { row, combinator: index, field, item: declared.ty.innermost().clone() });
                }
            }
        }
        places
    }

    /// The heaviest known item, of those that vectors of this type hold.
    pub(crate) fn item(&self, ty: &Type) -> Vec<u8> {
        self.found.get(ty).map(|(_, item)| item.clone()).unwrap_or_default()
    }

    /// What stands around `count` items.
    pub(crate) fn frame(&self, place: &Place, count: u32) -> Frame {
        self.generator().frame(place.combinator, place.field, count, &mut Rng::with_seed(0))
    }

    fn keep_heavier(&mut self, item: &Type, weight: f64, candidate: Vec<u8>) {
        if self.found.get(item).is_none_or(|(heaviest, _)| weight > *heaviest) {
            self.found.insert(item.clone(), (weight, candidate));
        }
    }

    fn candidates(&self, item: &Type) -> Vec<Vec<u8>> {
        let of = |index: &TypeIndex| self.universe.view(self.forms).constructors(*index).to_vec();
        match item {
            Type::Boxed(index) | Type::Open { default: Some(index), .. } => {
                of(index).into_iter().flat_map(|constructor| self.of_constructor(constructor)).collect()
            }
            Type::Bare(index) => self.of_constructor(*index).into_iter().map(|bytes| bytes[4..].to_vec()).collect(),
            Type::Int | Type::Nat | Type::String | Type::Bytes => vec![vec![0; 4]],
            Type::Long | Type::Double => vec![vec![0; 8]],
            Type::Int128 => vec![vec![0; 16]],
            Type::Int256 => vec![vec![0; 32]],
            other => panic!("nothing is known of vectors of {other:?}"),
        }
    }

    fn of_constructor(&self, index: CombinatorIndex) -> Vec<Vec<u8>> {
        let (generator, rng) = (self.generator(), &mut Rng::with_seed(0));
        let fields = &self.universe.schema.combinator(index).fields;
        let mut candidates = vec![generator.sample(index, rng).bytes];
        let flags: HashSet<Condition> = fields.iter().filter_map(|field| field.condition).collect();
        candidates.extend(flags.iter().map(|flag| generator.with_flags(index, &[*flag], rng)));
        let takes_bytes =
            |flag: &Condition| fields.iter().any(|field| field.condition == Some(*flag) && !field.is_flag());
        let free: Vec<Condition> = flags.into_iter().filter(|flag| !takes_bytes(flag)).collect();
        candidates.push(generator.with_flags(index, &free, rng));
        for (position, field) in fields.iter().enumerate() {
            let inner = self.item(field.ty.innermost());
            let counts = match field.ty {
                Type::Vector { .. } if !inner.is_empty() => &INNER[..],
                _ => &[],
            };
            candidates.extend(counts.iter().map(|&count| {
                generator.frame(index, position, u32::try_from(count).unwrap(), rng).around(&inner, count)
            }));
        }
        candidates
    }

    fn generator(&self) -> Generator<'static> {
        Generator::new(self.universe, self.forms, Mode::Minimal, 0)
    }
}
