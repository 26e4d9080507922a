//! Random encodings of any combinator, made from the generator's intermediate schema alone.
//!
//! Nothing here knows the generated types or their table, so that both are tested against something else. What is made
//! is canonical (no padding but zeros, no long form of a short length), so that decoding and encoding must give it back.

mod primitive;

use std::ops::Range;

use fastrand::Rng;
use tl_codegen::schema::{Combinator, CombinatorIndex, Condition, Field, Kind, Role, Schema, Type, TypeIndex};
use tl_codegen::view::View;

use crate::registry::Forms;
use crate::shallow::Shallow;
use crate::universe::Universe;

pub use primitive::text;

/// The id of a boxed vector.
pub(crate) const VECTOR_ID: u32 = 0x1cb5_c415;
const TRUE_ID: u32 = 0x9972_75b5;
const FALSE_ID: u32 = 0xbc79_9737;

/// How deep objects nest before only the simplest are chosen.
const DEPTH: u32 = 5;

/// What a sample is to contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// No optional field, no item, no content, and the simplest constructor everywhere.
    Minimal,
    /// Every optional field, and items in every vector, as deep as the bounds allow.
    Maximal,
    /// Anything.
    Random,
    /// Anything, and bits set in flags that stand for no field.
    UnknownFlags,
}

/// An encoded value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The boxed form.
    pub bytes: Vec<u8>,
    /// Whether a NaN is in it: it is not equal to itself then.
    pub has_nan: bool,
    /// Whether its last field takes whatever follows, so that no truncation and no addition there is an error.
    pub is_open: bool,
    /// The fields of the outermost object that are there, by name, and where.
    pub fields: Vec<(String, Range<usize>)>,
    /// Where bits are set that stand for no field, and which.
    unknown: Vec<(usize, u32)>,
}

impl Sample {
    /// The same without the bits that stand for no field.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for (offset, unknown) in &self.unknown {
            let place = &mut bytes[*offset..*offset + 4];
            let flags = u32::from_le_bytes(place.try_into().unwrap());
            place.copy_from_slice(&(flags & !unknown).to_le_bytes());
        }
        bytes
    }

    /// Whether bits are set that stand for no field.
    pub fn has_unknown_flags(&self) -> bool {
        !self.unknown.is_empty()
    }
}

/// Makes samples.
#[derive(Debug)]
pub struct Generator<'a> {
    schema: &'a Schema,
    view: &'a View<'a>,
    shallow: &'a Shallow,
    mode: Mode,
    budget: usize,
}

impl<'a> Generator<'a> {
    /// A generator of values with these forms of constructors, in little more than `budget` bytes.
    pub fn new(universe: &'a Universe, forms: Forms, mode: Mode, budget: usize) -> Self {
        Self { schema: universe.schema, view: universe.view(forms), shallow: universe.shallow(forms), mode, budget }
    }

    /// The boxed form of a combinator.
    pub fn sample(&self, index: CombinatorIndex, rng: &mut Rng) -> Sample {
        let mut writing = Writing { of: self, rng, sample: Sample::default(), depth: 0, forced: &[], hole: None };
        writing.boxed(index);
        writing.sample.is_open = self.is_open(index);
        writing.sample
    }

    /// The boxed form of a combinator in which at least the fields behind these flags are there.
    pub fn with_flags(&self, index: CombinatorIndex, flags: &[Condition], rng: &mut Rng) -> Vec<u8> {
        let mut writing = Writing { of: self, rng, sample: Sample::default(), depth: 0, forced: flags, hole: None };
        writing.boxed(index);
        writing.sample.bytes
    }

    /// The boxed form of a combinator around the content of a field, which is there even if it is optional.
    ///
    /// Of a vector, the innermost items are the content: `count` of them, and one vector in each that is around.
    pub fn frame(&self, index: CombinatorIndex, field: usize, count: u32, rng: &mut Rng) -> Frame {
        let forced = self.schema.combinator(index).fields[field].condition;
        let hole = Some(Hole { field, count, offset: 0 });
        let mut writing =
            Writing { of: self, rng, sample: Sample::default(), depth: 0, forced: forced.as_slice(), hole };
        writing.boxed(index);
        let mut before = writing.sample.bytes;
        let after = before.split_off(writing.hole.map_or(0, |hole| hole.offset));
        Frame { before, after }
    }

    /// Whether the last field takes whatever follows.
    fn is_open(&self, index: CombinatorIndex) -> bool {
        let last = self.schema.combinator(index).fields.last();
        last.is_some_and(|field| matches!(field.ty, Type::Open { default: None, sized: false }))
    }
}

/// An encoding without the content of one of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What stands in front of the content.
    pub before: Vec<u8>,
    /// What stands behind it.
    pub after: Vec<u8>,
}

impl Frame {
    /// The encoding with the content `times` times in its place.
    pub fn around(&self, content: &[u8], times: usize) -> Vec<u8> {
        [&self.before[..], &content.repeat(times), &self.after].concat()
    }
}

/// One sample in the making.
struct Writing<'a, 'r> {
    of: &'a Generator<'a>,
    rng: &'r mut Rng,
    sample: Sample,
    depth: u32,
    /// The flags that are set in the outermost object, whatever else is.
    forced: &'a [Condition],
    /// The content that is left out of the outermost object.
    hole: Option<Hole>,
}

#[derive(Clone, Copy)]
struct Hole {
    field: usize,
    count: u32,
    /// Where it was left out.
    offset: usize,
}

impl Writing<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        self.sample.bytes.extend_from_slice(bytes);
    }

    fn number(&mut self, number: u32) {
        self.put(&number.to_le_bytes());
    }

    fn is_exhausted(&self) -> bool {
        self.of.mode == Mode::Minimal || self.depth > DEPTH || self.sample.bytes.len() > self.of.budget
    }

    fn boxed(&mut self, index: CombinatorIndex) {
        self.number(self.of.schema.combinator(index).id);
        self.bare(index);
    }

    fn bare(&mut self, index: CombinatorIndex) {
        let combinator = self.of.schema.combinator(index);
        self.depth += 1;
        let mut flags = vec![0; combinator.fields.len()];
        let mut length = None;
        for (position, field) in combinator.fields.iter().enumerate() {
            let is_there = field.condition.is_none_or(|condition| flags[condition.flags] >> condition.bit & 1 == 1);
            if !is_there {
                continue;
            }
            match field.role {
                Role::Flags => flags[position] = self.flags(combinator, position),
                Role::Length => {
                    length = Some(self.sample.bytes.len());
                    self.number(0);
                }
                Role::Value if self.depth == 1 && self.hole.is_some_and(|hole| hole.field == position) => {
                    self.leave_out(&field.ty);
                }
                Role::Value => self.value(field, length.take()),
            }
        }
        self.depth -= 1;
    }

    /// Chooses who of the fields behind a flags field is there.
    fn flags(&mut self, combinator: &Combinator, position: usize) -> u32 {
        let conditions = combinator.fields.iter().filter_map(|field| field.condition);
        let known = conditions.filter(|condition| condition.flags == position).fold(0, |bits, one| bits | 1 << one.bit);
        let chosen = match self.of.mode {
            Mode::Minimal => 0,
            // The outermost object has all of them, whatever its size.
            Mode::Maximal if self.depth == 1 || !self.is_exhausted() => known,
            _ if self.is_exhausted() => 0,
            _ => self.rng.u32(..) & known,
        };
        let forced = self.forced.iter().filter(|flag| self.depth == 1 && flag.flags == position);
        let chosen = forced.fold(chosen, |bits, flag| bits | 1 << flag.bit);
        let unknown = match self.of.mode {
            Mode::UnknownFlags => (self.rng.u32(..) | 1 << self.rng.u32(..32)) & !known,
            _ => 0,
        };
        if unknown != 0 {
            self.sample.unknown.push((self.sample.bytes.len(), unknown));
        }
        self.number(chosen | unknown);
        chosen
    }

    /// Writes a field; `length` is the place where its length belongs, if it has one in front.
    fn value(&mut self, field: &Field, length: Option<usize>) {
        let start = self.sample.bytes.len();
        self.typed(&field.ty);
        if self.depth == 1 {
            self.sample.fields.push((field.name.clone(), start..self.sample.bytes.len()));
        }
        if let Some(place) = length {
            let written = u32::try_from(self.sample.bytes.len() - start).unwrap();
            self.sample.bytes[place..place + 4].copy_from_slice(&written.to_le_bytes());
        }
    }

    fn leave_out(&mut self, ty: &Type) {
        let Some(mut hole) = self.hole else { return };
        let mut ty = ty;
        while let Type::Vector { bare, item } = ty {
            if !bare {
                self.number(VECTOR_ID);
            }
            self.number(if matches!(**item, Type::Vector { .. }) { 1 } else { hole.count });
            ty = item;
        }
        hole.offset = self.sample.bytes.len();
        self.hole = Some(hole);
    }

    fn typed(&mut self, ty: &Type) {
        match ty {
            Type::Nat | Type::Int => self.fill::<4>(),
            Type::Long => self.fill::<8>(),
            Type::Int128 => self.fill::<16>(),
            Type::Int256 => self.fill::<32>(),
            Type::Double => self.double(),
            Type::String => {
                let len = self.length_of_string();
                let text = text(len, self.rng);
                self.string(text.as_bytes());
            }
            Type::Bytes => {
                let mut content = vec![0; self.length_of_string()];
                self.rng.fill(&mut content);
                self.string(&content);
            }
            Type::Bool => {
                let id = if self.rng.bool() { TRUE_ID } else { FALSE_ID };
                self.number(id);
            }
            Type::True => {}
            Type::Vector { bare, item } => self.vector(*bare, item),
            Type::Boxed(index) | Type::Open { default: Some(index), .. } => self.any_of(*index),
            Type::Bare(index) => self.bare(*index),
            Type::Open { default: None, .. } => self.open(),
            Type::Answer => unreachable!("an answer is no field"),
        }
    }

    /// An object that the reader leaves encoded: nothing in it is ignored or compared.
    fn open(&mut self) {
        let (has_nan, unknown) = (self.sample.has_nan, self.sample.unknown.len());
        self.any_object();
        self.sample.has_nan = has_nan;
        self.sample.unknown.truncate(unknown);
    }

    fn vector(&mut self, bare: bool, item: &Type) {
        if !bare {
            self.number(VECTOR_ID);
        }
        let count = match self.of.mode {
            _ if self.is_exhausted() => 0,
            Mode::Maximal => 2,
            _ => self.rng.u32(..=3),
        };
        self.number(count);
        self.depth += 1;
        for _ in 0..count {
            self.typed(item);
        }
        self.depth -= 1;
    }

    /// A value of a boxed type.
    fn any_of(&mut self, index: TypeIndex) {
        let constructors = self.of.view.constructors(index);
        match self.rng.choice(constructors) {
            Some(&constructor) if !self.is_exhausted() => self.boxed(constructor),
            _ => self.boxed(self.of.shallow.constructor(index)),
        }
    }

    /// An object of any type; one that the schema does not know, too.
    fn any_object(&mut self) {
        if self.is_exhausted() {
            return self.number(TRUE_ID);
        }
        let constructors: Vec<CombinatorIndex> = self
            .of
            .schema
            .indexed()
            .filter(|(index, combinator)| combinator.kind == Kind::Constructor && !self.of.is_open(*index))
            .map(|(index, _)| index)
            .collect();
        match self.rng.choice(constructors) {
            Some(constructor) if self.rng.u8(..) > 32 => self.boxed(constructor),
            _ => self.put(&[0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4]),
        }
    }
}
