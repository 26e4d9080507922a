//! Reading by the table.
//!
//! The order and the checks are those of the generated code over a [`Reader`](crate::Reader), so what stops that stops
//! this at the same place. There is one such reading for both uses: it builds a tree for a [`Value`](crate::Value), and
//! nothing at all for finding the place of an error.

use super::{Declaration, Field, Kind, Schema, Shape};
use crate::error::DecodeErrorKind;
use crate::reader::MAX_DEPTH;
use crate::sink::{FALSE_ID, TRUE_ID, VECTOR_ID};

/// How many objects and vectors may nest. A [`Reader`](crate::Reader) counts fewer of them: not those that lie in place.
const MAX_NESTING: u32 = 4 * MAX_DEPTH;

/// What a walk makes of what it reads.
pub(crate) trait Build<'a>: Sized {
    /// The fields of one object.
    type Fields: Default;

    fn leaf(leaf: Leaf<'a>) -> Self;
    fn vector(items: Vec<Self>) -> Self;
    fn add(fields: &mut Self::Fields, field: &'static Field, value: Self);
    fn object(declaration: &'static Declaration, fields: Self::Fields) -> Self;
}

/// Makes nothing; a vector of `()` takes no memory.
impl<'a> Build<'a> for () {
    type Fields = ();

    fn leaf(_: Leaf<'a>) -> Self {}
    fn vector(_: Vec<Self>) -> Self {}
    fn add((): &mut (), _: &'static Field, (): Self) {}
    fn object(_: &'static Declaration, (): ()) -> Self {}
}

/// A value without parts.
pub(crate) enum Leaf<'a> {
    Natural(u32),
    Int(i32),
    Long(i64),
    Double(f64),
    Bool(bool),
    True,
    String(&'a str),
    Bytes(&'a [u8]),
    Int128(&'a [u8; 16]),
    Int256(&'a [u8; 32]),
    /// An object that the table does not tell.
    Raw(&'a [u8]),
}

/// Where a walk ended early, and why.
pub(crate) struct Halt {
    pub(crate) kind: DecodeErrorKind,
    pub(crate) offset: usize,
    /// The type that was expected there.
    pub(crate) expected: Kind,
    /// The way there, innermost first.
    pub(crate) path: Vec<Step>,
}

/// One step on the way into a value.
pub(crate) enum Step {
    Field(&'static str),
    Item(usize),
}

impl Halt {
    fn inside(mut self: Box<Self>, step: Step) -> Box<Self> {
        self.path.push(step);
        self
    }
}

/// A walk over encoded bytes.
pub(crate) struct Walk<'a> {
    schema: Option<&'static Schema>,
    /// What is still to be read, up to the limit in force.
    rest: &'a [u8],
    /// The offset at which `rest` ends.
    end: usize,
    depth: u32,
    /// The values of the `#` fields of all objects around the current place.
    naturals: Vec<u32>,
    /// The last length of an object.
    length: usize,
    /// What stopped another reading, if this one is to find the place.
    sought: Option<(DecodeErrorKind, usize)>,
}

impl<'a> Walk<'a> {
    /// A walk over all of `input`, which begins at the offset `start`.
    pub(crate) fn new(schema: Option<&'static Schema>, start: usize, input: &'a [u8]) -> Self {
        Self { schema, rest: input, end: start + input.len(), depth: 0, naturals: Vec::new(), length: 0, sought: None }
    }

    /// Finds the place where reading a `shape` stopped.
    pub(crate) fn find(mut self, shape: &Shape, kind: DecodeErrorKind, offset: usize) -> Option<Box<Halt>> {
        self.sought = Some((kind, offset));
        self.value::<()>(&Kind::from(shape)).err().filter(|halt| (halt.kind, halt.offset) == (kind, offset))
    }

    /// Reads one object that takes up all of the input.
    pub(crate) fn whole_object<V: Build<'a>>(&mut self) -> Result<V, Box<Halt>> {
        let expected = Kind::Object { is_sized: false };
        let offset = self.position();
        let id = self.id(&expected)?;
        let object = match (id, self.declared(id)) {
            (TRUE_ID, _) => V::leaf(Leaf::Bool(true)),
            (FALSE_ID, _) => V::leaf(Leaf::Bool(false)),
            (_, Some(declaration)) => self.object(declaration, &expected)?,
            (_, None) => return Err(self.halt(DecodeErrorKind::UnknownId { id }, offset, &expected)),
        };
        match self.rest.len() {
            0 => Ok(object),
            count => Err(self.halt(DecodeErrorKind::TrailingBytes { count }, self.position(), &expected)),
        }
    }

    fn position(&self) -> usize {
        self.end - self.rest.len()
    }

    fn declared(&self, id: u32) -> Option<&'static Declaration> {
        self.schema?.by_id(id)
    }

    #[cold]
    fn halt(&self, kind: DecodeErrorKind, offset: usize, expected: &Kind) -> Box<Halt> {
        Box::new(Halt { kind, offset, expected: expected.clone(), path: Vec::new() })
    }

    /// Ends the walk if the other reading stopped at the value that begins here.
    ///
    /// This walk may be less strict than the other: that accepts only the ids of one layer, for example.
    fn check(&self, expected: &Kind) -> Result<(), Box<Halt>> {
        match self.sought {
            // This one is told by the place where the input ends, not by the value that it ends in.
            None | Some((DecodeErrorKind::UnexpectedEnd, _)) => Ok(()),
            Some((kind, offset)) if offset == self.position() => Err(self.halt(kind, offset, expected)),
            Some(_) => Ok(()),
        }
    }

    fn array<const N: usize>(&mut self, expected: &Kind) -> Result<&'a [u8; N], Box<Halt>> {
        self.check(expected)?;
        let Some((array, rest)) = self.rest.split_first_chunk() else {
            return Err(self.halt(DecodeErrorKind::UnexpectedEnd, self.end, expected));
        };
        self.rest = rest;
        Ok(array)
    }

    fn id(&mut self, expected: &Kind) -> Result<u32, Box<Halt>> {
        self.array(expected).map(|id| u32::from_le_bytes(*id))
    }

    fn bytes(&mut self, expected: &Kind) -> Result<&'a [u8], Box<Halt>> {
        self.check(expected)?;
        let (header, len) = match *self.rest {
            [short @ ..=253, ..] => (1, usize::from(short)),
            [254, low, middle, high, ..] => (4, u32::from_le_bytes([low, middle, high, 0]) as usize),
            [255, ..] => return Err(self.halt(DecodeErrorKind::InvalidStringLength, self.position(), expected)),
            _ => return Err(self.halt(DecodeErrorKind::UnexpectedEnd, self.end, expected)),
        };
        let padded = (header + len).next_multiple_of(4);
        let (Some(content), Some(rest)) = (self.rest.get(header..header + len), self.rest.get(padded..)) else {
            return Err(self.halt(DecodeErrorKind::UnexpectedEnd, self.end, expected));
        };
        self.rest = rest;
        Ok(content)
    }

    fn string(&mut self, expected: &Kind) -> Result<&'a str, Box<Halt>> {
        let offset = self.position();
        std::str::from_utf8(self.bytes(expected)?).map_err(|error| {
            self.halt(DecodeErrorKind::InvalidUtf8 { valid_up_to: error.valid_up_to() }, offset, expected)
        })
    }

    fn value<V: Build<'a>>(&mut self, kind: &Kind) -> Result<V, Box<Halt>> {
        Ok(V::leaf(match kind {
            Kind::Natural => Leaf::Natural(u32::from_le_bytes(*self.array(kind)?)),
            Kind::Int => Leaf::Int(i32::from_le_bytes(*self.array(kind)?)),
            Kind::Long => Leaf::Long(i64::from_le_bytes(*self.array(kind)?)),
            Kind::Double => Leaf::Double(f64::from_le_bytes(*self.array(kind)?)),
            Kind::Int128 => Leaf::Int128(self.array(kind)?),
            Kind::Int256 => Leaf::Int256(self.array(kind)?),
            Kind::String => Leaf::String(self.string(kind)?),
            Kind::Bytes => Leaf::Bytes(self.bytes(kind)?),
            Kind::True => Leaf::True,
            Kind::Bool => {
                let offset = self.position();
                match self.id(kind)? {
                    TRUE_ID => Leaf::Bool(true),
                    FALSE_ID => Leaf::Bool(false),
                    id => return Err(self.halt(DecodeErrorKind::UnknownId { id }, offset, kind)),
                }
            }
            Kind::Object { is_sized: true } => return self.any_object(kind, self.length),
            Kind::Object { is_sized: false } => return self.any_object(kind, self.rest.len()),
            Kind::Vector { is_boxed, item } => return self.vector(kind, *is_boxed, item),
            Kind::Boxed(name) => return self.boxed(kind, name),
            Kind::Bare(name) => return self.bare(kind, name),
        }))
    }

    fn vector<V: Build<'a>>(&mut self, kind: &Kind, is_boxed: bool, item: &Kind) -> Result<V, Box<Halt>> {
        let offset = self.position();
        if is_boxed {
            match self.id(kind)? {
                VECTOR_ID => {}
                id => return Err(self.halt(DecodeErrorKind::UnknownId { id }, offset, kind)),
            }
        }
        let offset = self.position();
        let announced = self.id(kind)?;
        let count = match usize::try_from(announced) {
            Ok(count) if count <= self.rest.len() / 4 => count,
            _ => return Err(self.halt(DecodeErrorKind::VectorTooLong { announced }, offset, kind)),
        };
        if let Some((DecodeErrorKind::TooDeep, _)) = self.sought {
            // A vector without items can be the one that is too deep.
            self.check(kind)?;
        }
        self.enter(kind)?;
        let mut items = Vec::new();
        for position in 0..count {
            items.push(self.value(item).map_err(|halt| halt.inside(Step::Item(position)))?);
        }
        self.depth -= 1;
        Ok(V::vector(items))
    }

    fn boxed<V: Build<'a>>(&mut self, kind: &Kind, name: &str) -> Result<V, Box<Halt>> {
        let offset = self.position();
        let id = self.id(kind)?;
        match self.declared(id) {
            Some(declaration) if declaration.result == name || declaration.name == name => {
                self.object(declaration, kind)
            }
            _ => Err(self.halt(DecodeErrorKind::UnknownId { id }, offset, kind)),
        }
    }

    fn bare<V: Build<'a>>(&mut self, kind: &Kind, name: &str) -> Result<V, Box<Halt>> {
        let declaration =
            self.schema.and_then(|schema| schema.constructors(name).next().or_else(|| schema.by_name(name).next()));
        match declaration {
            Some(declaration) => self.object(declaration, kind),
            // The schema uses what it does not declare, so nobody can tell where the value ends.
            None => Err(self.halt(DecodeErrorKind::UnexpectedEnd, self.position(), kind)),
        }
    }

    /// Reads the fields of an object.
    fn object<V: Build<'a>>(&mut self, declaration: &'static Declaration, kind: &Kind) -> Result<V, Box<Halt>> {
        self.enter(kind)?;
        let outer = self.naturals.len();
        let mut fields = V::Fields::default();
        for field in declaration.fields() {
            let is_there = field.condition.as_ref().is_none_or(|condition| {
                self.naturals.get(outer + condition.natural).is_some_and(|flags| flags >> condition.bit & 1 == 1)
            });
            if is_there {
                let value = self.field(field).map_err(|halt| halt.inside(Step::Field(field.name)))?;
                V::add(&mut fields, field, value);
            } else if field.kind == Kind::Natural {
                self.naturals.push(0);
            }
        }
        self.naturals.truncate(outer);
        self.depth -= 1;
        Ok(V::object(declaration, fields))
    }

    fn field<V: Build<'a>>(&mut self, field: &'static Field) -> Result<V, Box<Halt>> {
        let number = self.rest.first_chunk().map_or(0, |number| u32::from_le_bytes(*number));
        match field.kind {
            Kind::Natural => self.naturals.push(number),
            Kind::Int if field.is_framing => self.length = number as usize,
            _ => {}
        }
        self.value(&field.kind)
    }

    /// Reads an object of `len` bytes whose type is not known; it stays raw if it is not one of this schema.
    fn any_object<V: Build<'a>>(&mut self, kind: &Kind, len: usize) -> Result<V, Box<Halt>> {
        let Some((inside, behind)) = self.rest.split_at_checked(len) else {
            return Err(self.halt(DecodeErrorKind::UnexpectedEnd, self.end, kind));
        };
        let (start, outer_end, depth, naturals) = (self.position(), self.end, self.depth, self.naturals.len());
        let end = start + len;
        (self.rest, self.end) = (inside, end);
        let object = self.whole_object();
        (self.rest, self.end, self.depth) = (behind, outer_end, depth);
        self.naturals.truncate(naturals);

        match (object, self.sought) {
            (Ok(object), _) => Ok(object),
            (Err(halt), Some((kind, offset))) if (halt.kind, halt.offset) == (kind, offset) => Err(halt),
            // The other reading knew what this object is, and stopped in it.
            (Err(halt), Some((sought, offset))) if halt.offset == start && start < offset && offset < end => {
                Err(self.halt(sought, offset, kind))
            }
            (Err(_), _) => Ok(V::leaf(Leaf::Raw(inside))),
        }
    }

    fn enter(&mut self, kind: &Kind) -> Result<(), Box<Halt>> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(self.halt(DecodeErrorKind::TooDeep, self.position(), kind));
        }
        Ok(())
    }
}
