//! What holds for every value, whatever its type.

use std::fmt::Debug;

use proptest::prelude::*;
use tl_types::{Decode, Encode, LayerError, Layered, Lowered, NotCarried, Raise, Raised};

use crate::draw::Sample;

/// How a type is decoded as it was sent, and made the newest form.
pub(crate) trait Historic: Layered + Decode + Encode + Clone + PartialEq + Debug {
    /// The newest form of what the bytes hold.
    fn arrive(bytes: &[u8]) -> Raised<Self>;
    /// What the bytes hold, in the form they have, encoded again.
    fn reencode(bytes: &[u8]) -> Vec<u8>;
}

/// Implements it by way of the exact type, or, for a type that has none, by itself.
macro_rules! historic {
    ($($path:ident::$name:ident $(= $exact:ident)?),* $(,)?) => {$(
        impl $crate::laws::Historic for $path::types::$name {
            fn arrive(bytes: &[u8]) -> tl_types::Raised<Self> {
                $crate::laws::historic!(@arrive bytes $(, $path::$exact::$name)?)
            }

            fn reencode(bytes: &[u8]) -> Vec<u8> {
                let value = <<Self as tl_types::Layered>::Exact as tl_types::Decode>::from_bytes(bytes);
                tl_types::Encode::to_bytes(&value.unwrap_or_else(|error| panic!("{error}"))).unwrap()
            }
        }
    )*};
    (@arrive $bytes:ident, $exact:ty) => {
        tl_types::Raise::raise(<$exact as tl_types::Decode>::from_bytes($bytes).unwrap_or_else(|error| panic!("{error}")))
    };
    (@arrive $bytes:ident) => {
        tl_types::Raised { value: tl_types::Decode::from_bytes($bytes).unwrap(), lost: Vec::new() }
    };
}
pub(crate) use historic;

/// The lowest layer at which anything of the type is written.
fn floor<T: Layered>() -> u32 {
    T::LAYERS[0]
}

/// What was sent at `layer` decodes, keeps its bytes, and becomes the newest form; and what lost nothing on the way goes
/// back to where it came from, unless raising filled in what was absent.
fn what_was_sent_is_understood<T: Historic>(sample: &Sample, ty: &str, layer: u32, from: &[u8], fills: bool) {
    let bytes = sample.draw(ty, layer, from);
    assert_eq!(T::reencode(&bytes), bytes, "{ty} of layer {layer}");
    let Raised { value, lost } = T::arrive(&bytes);
    if lost.is_empty() && layer >= floor::<T>() {
        match value.encode_at(layer) {
            Ok(again) if fills => assert_eq!(T::arrive(&again), Raised { value: value.clone(), lost }),
            Ok(again) => assert_eq!(again, bytes, "{ty} of layer {layer}: {value:?}"),
            // What is never sent arrives all the same.
            Err(LayerError::NotCarried(error)) => assert_eq!(error.needs(), None, "{ty} of layer {layer}: {value:?}"),
            Err(error) => panic!("{error}: {value:?}"),
        }
    }
    let again = value.to_bytes().unwrap_or_else(|error| panic!("{error}: {value:?}"));
    assert_eq!(T::from_bytes(&again).unwrap(), value);
}

/// A newest value at every layer.
pub(crate) fn a_value_is_carried_or_refused<T: Historic>(value: &T, layers: &[u32]) {
    for &layer in layers {
        match value.clone().lower_to(layer) {
            Ok(lowered) => a_lowered_value_comes_back(value, &lowered, layer),
            Err(error) => {
                assert_eq!(error.layer(), layer);
                assert!(
                    value.encode_at(layer).is_err(),
                    "layer {layer} carries what cannot be lowered to it: {value:?}"
                );
            }
        }
        if let Err(error) = value.encode_at(layer) {
            a_refusal_names_what_helps(value, layer, error);
        } else {
            assert!(layer >= floor::<T>(), "written at layer {layer}");
        }
    }
    the_lowest_layer_is_where_every_layer_begins_to_carry(value, layers);
    if let Some(&newest) = T::LAYERS.last()
        && let Ok(bytes) = value.encode_at(newest)
    {
        assert_eq!(bytes, value.to_bytes().unwrap(), "the newest layer has another form than the newest one");
    }
}

fn a_lowered_value_comes_back<T: Historic>(value: &T, lowered: &Lowered<T>, layer: u32) {
    let bytes = lowered.value.encode_at(layer).unwrap_or_else(|error| {
        panic!("layer {layer} does not take what was lowered to it: {error}\n{value:?}\n{lowered:?}")
    });
    let raised = T::arrive(&bytes);
    assert_eq!(raised, Raised { value: lowered.value.clone(), lost: Vec::new() }, "layer {layer}");
    let dropped_nothing = lowered.dropped.is_empty();
    assert_eq!(dropped_nothing, lowered.value == *value, "layer {layer}: {value:?}\n{lowered:?}");
    assert_eq!(dropped_nothing, value.encode_at(layer).is_ok(), "layer {layer}: {value:?}\n{lowered:?}");
    let again = lowered.value.clone().lower_to(layer).unwrap();
    assert_eq!((again.value, again.dropped), (lowered.value.clone(), Vec::new()), "layer {layer}");
}

fn a_refusal_names_what_helps<T: Historic>(value: &T, layer: u32, error: LayerError) {
    let LayerError::NotCarried(error) = error else { panic!("{error}: {value:?}") };
    assert_eq!(error.layer(), layer);
    let Some(needed) = error.needs() else {
        assert_eq!(value.min_layer(), None, "{error}");
        return;
    };
    assert!(needed > layer, "{error}");
    let helps = match value.encode_at(needed) {
        Ok(_) => true,
        Err(LayerError::NotCarried(next)) => {
            next.path() != error.path() || next.needs().is_none_or(|next| next > needed)
        }
        Err(LayerError::Encode(error)) => panic!("{error}"),
        Err(_) => false,
    };
    assert!(helps, "{error}, and does not there: {value:?}");
}

fn the_lowest_layer_is_where_every_layer_begins_to_carry<T: Historic>(value: &T, layers: &[u32]) {
    let carries = |layer: &u32| value.encode_at(*layer).is_ok();
    let lowest = layers.iter().rev().copied().take_while(carries).last();
    assert_eq!(value.min_layer(), lowest, "{value:?}");
    for layer in layers.iter().copied().filter(|&layer| lowest.is_some_and(|lowest| layer >= lowest)) {
        let bytes = value.encode_at(layer).unwrap();
        assert_eq!(T::arrive(&bytes), Raised { value: value.clone(), lost: Vec::new() }, "layer {layer}");
    }
}

/// Both laws, for values drawn from the schema.
pub(crate) fn check<T: Historic>(sample: &Sample, ty: &str, from: &[u8]) {
    check_with::<T>(sample, ty, from, false);
}

/// The same for a type some fields of which were optional, and are filled in when they are absent.
pub(crate) fn check_filled<T: Historic>(sample: &Sample, ty: &str, from: &[u8]) {
    check_with::<T>(sample, ty, from, true);
}

fn check_with<T: Historic>(sample: &Sample, ty: &str, from: &[u8], fills: bool) {
    for layer in sample.layers_around().into_iter().skip(1) {
        if sample.has(ty, layer) {
            what_was_sent_is_understood::<T>(sample, ty, layer, from, fills);
        }
    }
    let newest = T::from_bytes(&sample.draw(ty, sample.newest(), from)).unwrap();
    a_value_is_carried_or_refused(&newest, &sample.layers_around());
}

/// Runs a law on many drawn values, and prints the one that breaks it.
pub(crate) fn for_many(cases: u32, law: impl Fn(&[u8])) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(from in crate::draw::entropy())| law(&from));
}

/// The error that lowering or encoding ends with, as text.
pub(crate) fn refusal<T: Historic>(value: &T, layer: u32) -> String {
    let told: NotCarried = value.clone().lower_to(layer).unwrap_err();
    assert!(value.encode_at(layer).is_err());
    told.to_string()
}

/// The paths that lowering drops.
pub(crate) fn dropped<T: Historic>(value: &T, layer: u32) -> Vec<String> {
    let lowered = value.clone().lower_to(layer).unwrap_or_else(|error| panic!("{error}"));
    lowered.dropped.iter().map(ToString::to_string).collect()
}

/// The paths that raising loses.
pub(crate) fn lost<T: Raise>(value: T) -> Vec<String> {
    value.raise().lost.iter().map(ToString::to_string).collect()
}
