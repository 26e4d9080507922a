//! The types that TL builds in: `int`, `long`, `double`, `string`, `bytes`, `int128`, `int256`, `Bool`, and `Vector`.

use crate::codec::{Decode, Encode};
use crate::reader::Reader;
use crate::schema::Shape;
use crate::sink::Sink;

/// Both directions of a built-in type, by the methods of [`Sink`] and [`Reader`] that are named after it.
macro_rules! primitive {
    ($($rust:ty, $shape:ident, $method:ident, $by_value:tt;)*) => {$(
        impl Encode for $rust {
            #[inline]
            fn encode<S: Sink>(&self, sink: &mut S) {
                sink.$method($by_value self);
            }
        }

        impl Decode for $rust {
            const SHAPE: Shape = Shape::$shape;

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Self {
                reader.$method()
            }
        }
    )*};
}

primitive! {
    i32, Int, int, *;
    i64, Long, long, *;
    f64, Double, double, *;
    bool, Bool, bool, *;
}

impl Encode for String {
    #[inline]
    fn encode<S: Sink>(&self, sink: &mut S) {
        sink.string(self);
    }
}

impl Decode for String {
    const SHAPE: Shape = Shape::String;

    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.string()
    }
}

impl Encode for Vec<u8> {
    #[inline]
    fn encode<S: Sink>(&self, sink: &mut S) {
        sink.bytes(self);
    }
}

impl Decode for Vec<u8> {
    const SHAPE: Shape = Shape::Bytes;

    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.bytes()
    }
}

impl Encode for [u8; 16] {
    fn encode<S: Sink>(&self, sink: &mut S) {
        sink.put(self);
    }
}

impl Decode for [u8; 16] {
    const SHAPE: Shape = Shape::Int128;

    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.int128()
    }
}

impl Encode for [u8; 32] {
    fn encode<S: Sink>(&self, sink: &mut S) {
        sink.put(self);
    }
}

impl Decode for [u8; 32] {
    const SHAPE: Shape = Shape::Int256;

    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.int256()
    }
}

impl<T: Encode> Encode for Vec<T> {
    #[inline]
    fn encode<S: Sink>(&self, sink: &mut S) {
        sink.vector(self);
    }
}

impl<T: Decode> Decode for Vec<T> {
    const SHAPE: Shape = Shape::Vector(&T::SHAPE);

    fn decode(reader: &mut Reader<'_>) -> Self {
        reader.vector()
    }
}
