//! Draws the encoding of a value of any type, in the forms that are in force at a layer, from a string of bytes. What
//! proptest shrinks is that string: a shorter one gives a simpler value, and an empty one the simplest.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use tl_codegen::Bindings;
use tl_codegen::schema::{Condition, Field, Role, Schema, Type, TypeIndex};
use tl_types::Encode;

/// Deeper than this, the constructor with the fewest fields is drawn.
const DEEP: usize = 3;

/// A schema to draw values from.
pub(crate) struct Sample {
    schema: Schema,
}

impl Sample {
    pub(crate) fn new(bindings: &Bindings) -> Self {
        Self { schema: bindings.check().unwrap_or_else(|error| panic!("{error}")).schema }
    }

    pub(crate) fn from_file(name: &str) -> Self {
        Self::new(&Bindings::from_file(format!("schema/{name}.tl")).unwrap())
    }

    /// The encoding of a value of the type as `layer` has it.
    pub(crate) fn draw(&self, ty: &str, layer: u32, from: &[u8]) -> Vec<u8> {
        let index = self.schema.types.iter().position(|other| other.name.to_string() == ty).map(TypeIndex);
        let mut drawing = Drawing { schema: &self.schema, layer, from: from.iter(), out: Vec::new() };
        drawing.boxed(index.unwrap_or_else(|| panic!("no type {ty}")), 0);
        drawing.out
    }

    /// The layers of the schema, with one below and one above.
    pub(crate) fn layers_around(&self) -> Vec<u32> {
        let (first, last) = (self.schema.layers[0], self.schema.layers[self.schema.layers.len() - 1]);
        (first - 1..=last + 1).collect()
    }

    /// Whether the type has a constructor at the layer.
    pub(crate) fn has(&self, ty: &str, layer: u32) -> bool {
        let boxed = self.schema.types.iter().find(|other| other.name.to_string() == ty).unwrap();
        boxed.constructors.iter().any(|&form| self.schema.combinator(form).layer <= Some(layer))
    }

    /// The newest layer.
    pub(crate) fn newest(&self) -> u32 {
        self.schema.layers[self.schema.layers.len() - 1]
    }

    /// The id of each form of the constructors of the type.
    pub(crate) fn ids(&self, ty: &str) -> Vec<u32> {
        let boxed = self.schema.types.iter().find(|other| other.name.to_string() == ty).unwrap();
        boxed.constructors.iter().map(|&form| self.schema.combinator(form).id).collect()
    }
}

/// What a value is drawn from.
pub(crate) fn entropy() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..256)
}

/// The next byte, or 0 behind the last.
struct Drawing<'a> {
    schema: &'a Schema,
    layer: u32,
    from: std::slice::Iter<'a, u8>,
    out: Vec<u8>,
}

impl Drawing<'_> {
    fn below(&mut self, count: usize) -> usize {
        self.from.next().map_or(0, |&byte| usize::from(byte) % count)
    }

    fn put<T: Encode>(&mut self, value: &T) {
        value.encode_into(&mut self.out).unwrap();
    }

    fn boxed(&mut self, ty: TypeIndex, depth: usize) {
        let schema = self.schema;
        let mut forms = schema.boxed(ty).constructors.clone();
        forms.retain(|&form| schema.combinator(form).layer <= Some(self.layer));
        let mut forms = schema.newest(&forms);
        forms.sort_by_key(|&form| schema.combinator(form).fields.len());
        let chosen = if depth > DEEP { 0 } else { self.below(forms.len()) };
        let form = schema.combinator(forms[chosen]);
        self.out.extend(form.id.to_le_bytes());
        let mut flags = BTreeMap::new();
        for (index, field) in form.fields.iter().enumerate() {
            if field.role == Role::Flags {
                let bits = self.flags(&form.fields, index);
                flags.insert(index, bits);
                self.out.extend(bits.to_le_bytes());
            } else if field.condition.is_none_or(|condition| flags[&condition.flags] & (1 << condition.bit) != 0) {
                self.value(&field.ty, depth + 1);
            }
        }
    }

    /// Some of the bits that have a meaning.
    fn flags(&mut self, fields: &[Field], flags: usize) -> u32 {
        let of = |field: &Field| field.condition.filter(|condition| condition.flags == flags);
        let mut known: Vec<Condition> = fields.iter().filter_map(of).collect();
        known.dedup();
        known.iter().map(|condition| u32::from(self.below(3) > 0) << condition.bit).fold(0, |bits, bit| bits | bit)
    }

    fn value(&mut self, ty: &Type, depth: usize) {
        match ty {
            Type::Int => {
                let value = [0, 1, -1, 7, i32::MAX, i32::MIN][self.below(6)];
                self.put(&value);
            }
            Type::Long => {
                let wide = i64::from(i32::MAX) + 1;
                let value = [0, 1, -1, wide - 1, wide, -wide, -wide - 1, i64::MAX][self.below(8)];
                self.put(&value);
            }
            Type::Double => {
                let value = [0.0, 1.5, -0.25][self.below(3)];
                self.put(&value);
            }
            Type::String => {
                let value = ["", "a", "text", "grüße"][self.below(4)].to_owned();
                self.put(&value);
            }
            Type::Bytes => {
                let value = [&[] as &[u8], &[0], &[1, 2, 3, 4], &[0xff; 300]][self.below(4)].to_owned();
                self.put(&value);
            }
            Type::Vector { bare: false, item } => {
                let count = if depth > DEEP { 0 } else { self.below(4) };
                self.put(&0x1cb5_c415_i32);
                self.put(&i32::try_from(count).unwrap());
                (0..count).for_each(|_| self.value(item, depth + 1));
            }
            Type::Boxed(index) | Type::Open { default: Some(index), .. } => self.boxed(*index, depth),
            Type::True => {}
            other => panic!("no sample has {}", self.schema.spell(other)),
        }
    }
}
