//! Items that take no bytes: four bytes could announce four billion of them.

use tl_codegen::Bindings;
use tl_types::{Combinator, Decode, DecodeErrorKind, Reader, Schema, Shape, Sink, mtproto};

/// What no schema can declare as an item: a bare constructor without fields.
#[derive(Debug)]
struct Nothing;

impl Combinator for Nothing {
    const ID: u32 = 1;
    const NAME: &'static str = "nothing";
    const SCHEMA: &'static Schema = &mtproto::SCHEMA;

    fn encode_fields<S: Sink>(&self, _: &mut S) {}

    fn decode_fields(_: &mut Reader<'_>) -> Self {
        Self
    }
}

#[derive(Debug)]
struct Nothings(Vec<Nothing>);

impl Decode for Nothings {
    const SHAPE: Shape = Shape::Raw;

    fn decode(reader: &mut Reader<'_>) -> Self {
        Self(reader.bare_vector())
    }
}

/// The problems of a schema that declares the constructor `a`, and what else is given.
fn problems(declarations: &str) -> String {
    let text = format!("a#7aae25b9 = A;\n{declarations}\n");
    Bindings::from_text("x", "x.tl", &text).check().map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn the_decoder_refuses_to_count_them() {
    for announced in [1, 2, u32::MAX] {
        let error = Nothings::from_bytes(&announced.to_le_bytes()).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::VectorTooLong { announced });
    }
    assert!(Nothings::from_bytes(&[0; 4]).is_ok_and(|Nothings(items)| items.is_empty()));
}

#[test]
fn the_generator_refuses_to_generate_them() {
    for item in ["%A", "a", "true"] {
        let problems = problems(&format!("b v:Vector<{item}> = B;"));
        assert!(problems.contains("items that take no bytes"), "{item}: {problems}");
    }
}
