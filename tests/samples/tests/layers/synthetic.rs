//! The laws on schemas made for them, and an example for each way in which a form differs from the newest one.

use tl_samples::late::constructors as late_constructors;
use tl_samples::late::types::{Album, Figure, Holder, Note, Sticker};
use tl_samples::steps::layer_2::constructors as old;
use tl_samples::steps::types as newest;
use tl_samples::{late, steps};
use tl_types::{Layered, Raise};

use crate::draw::Sample;
use crate::laws::{self, dropped, historic, lost, refusal};

historic! {
    steps::Chain = exact, steps::Removed = exact, steps::RemovedOptional = exact, steps::Renamed = exact,
    steps::Added = exact, steps::AddedOptional = exact, steps::Retyped = exact, steps::Moved = exact,
    steps::MovedOnly = exact, steps::WasOptional = exact, steps::BecameOptional = exact, steps::Widened = exact,
    steps::WidenedOptional = exact, steps::WidenedToOptional = exact, steps::Got = exact, steps::Tree = exact,
    steps::Wavering = exact, steps::RetypedOptional = exact,
    steps::Nested = exact, steps::Attribute, steps::Label,
    late::Holder = exact, late::Album = exact, late::Note = exact, late::Sticker = exact, late::Figure, late::Set,
}

/// One test for each type: the laws hold for its values.
macro_rules! laws_hold_for {
    ($schema:ident: $($test:ident $name:ident),* $(,)?) => {$(
        #[test]
        fn $test() {
            let sample = Sample::from_file(stringify!($schema));
            laws::for_many(256, |from| laws::check::<$schema::types::$name>(&sample, stringify!($name), from));
        }
    )*};
}

laws_hold_for! {
    steps:
    several_forms_that_are_written Chain,
    removed_fields Removed,
    removed_optional_fields RemovedOptional,
    a_renamed_field Renamed,
    added_required_fields Added,
    added_optional_fields AddedOptional,
    a_retyped_field Retyped,
    a_retyped_optional_field RetypedOptional,
    a_field_that_moved_into_a_vector Moved,
    a_field_that_moved_into_a_vector_of_one_constructor MovedOnly,
    fields_that_became_optional BecameOptional,
    a_widened_number Widened,
    a_widened_optional_number WidenedOptional,
    a_widened_number_that_became_optional WidenedToOptional,
    constructors_that_got_fields_or_lost_them Got,
    a_field_that_went_and_came_back Wavering,
    a_recursive_type Tree,
    a_type_that_contains_such_types Nested,
    a_type_that_came_in_later Attribute,
    a_type_of_one_constructor_that_came_in_later Label,
}

laws_hold_for! {
    late:
    late_constructors_of_a_type Figure,
    late_constructors_in_fields Holder,
    late_constructors_further_inside Album,
    a_kept_field Note,
    a_late_type_in_an_added_field Sticker,
    a_late_type Set,
}

#[test]
fn fields_that_were_optional() {
    let sample = Sample::from_file("steps");
    laws::for_many(256, |from| laws::check_filled::<newest::WasOptional>(&sample, "WasOptional", from));
}

#[test]
fn raising_lists_what_the_newest_form_has_no_place_for() {
    assert_eq!(lost(old::Removed::new(1, "", 0, newest::Mark::None)), [] as [&str; 0]);
    assert_eq!(lost(old::Removed::new(1, "x", 2, newest::Mark::None)), ["gone", "zero"]);
    let mark = steps::constructors::Mark::new(3);
    assert_eq!(lost(old::RemovedOptional::new(1).with_loop(true).with_none(mark)), ["loop", "none"]);
    assert_eq!(lost(old::RetypedOptional::new().with_x(3)), [] as [&str; 0]);
    assert_eq!(lost(old::RetypedOptional::new().with_size(2)), ["size"]);
    let nested = old::Nested::new(
        old::Retyped::new(-1),
        vec![old::Chain::new(1, "").into(), steps::layer_3::constructors::Chain::new(1, "").into()],
    );
    let removed = |gone: &str| old::Removed::new(1, gone, 0, newest::Mark::None).into();
    let nested = nested.with_boxed(vec![vec![], vec![removed(""), removed("x")]]);
    assert_eq!(lost(nested), ["boxed[1][1].gone"]);
}

#[test]
fn raising_goes_from_the_oldest_form_to_the_newest_in_one_step() {
    let chain = steps::layer_1::constructors::Chain::new(5).raise();
    assert_eq!(chain.value, newest::Chain::new(5, 0));
    assert_eq!(old::Retyped::new(9).raise().value, newest::Retyped::new(""));
    assert_eq!(old::Renamed::new("f", 1).raise().value, newest::Renamed::new(1, "f"));
    assert_eq!(old::WasOptional::new().raise().value, newest::WasOptional::new(7, newest::Mark::None));
    let moved = vec![steps::constructors::Named::new("n").into()];
    assert_eq!(old::Moved::new("n", 1).raise().value, newest::Moved::new(1, moved));
    assert_eq!(steps::exact::Got::Fields2.raise().value, steps::constructors::GotFields::new(0, "").into());
}

#[test]
fn a_layer_is_judged_by_the_value() {
    let (fits, wide) = (newest::Widened::new(i64::from(i32::MAX)), newest::Widened::new(i64::from(i32::MAX) + 1));
    assert_eq!(fits.min_layer(), Some(2));
    assert_eq!(wide.min_layer(), Some(4));
    assert_eq!(refusal(&wide, 3), "`size` has no form at layer 3; it needs layer 4");
    assert_eq!(newest::Chain::new(1, 0).with_c(2).with_b("").min_layer(), Some(3));
    assert_eq!(newest::RetypedOptional::new().with_x(3).min_layer(), Some(2));
    let retyped = newest::RetypedOptional::new().with_size("").with_x(3);
    assert_eq!(retyped.encode_at(2).unwrap_err().to_string(), "`size` has no form at layer 2; it needs layer 4");
    assert_eq!(retyped.lower_to(2).unwrap().value, newest::RetypedOptional::new().with_x(3));
}

#[test]
fn the_lowest_layer_is_one_without_a_gap_above_it() {
    let wavering = newest::Wavering::new(1).with_x(2);
    assert!(wavering.encode_at(2).is_ok());
    assert_eq!(wavering.encode_at(3).unwrap_err().to_string(), "`x` has no form at layer 3; it needs layer 4");
    assert_eq!(wavering.min_layer(), Some(4));
}

#[test]
fn what_insists_on_a_field_is_passed_over_for_the_layer_that_is_needed() {
    // Layers 2 and 3 both have `b`, and cannot leave it out.
    assert_eq!(refusal(&newest::Chain::new(1, 0), 2), "`b` has no form at layer 2; it needs layer 4");
}

#[test]
fn nothing_is_written_below_the_floor() {
    let added = newest::Renamed::new(1, "f");
    assert_eq!(refusal(&added, 1), "the value has no form at layer 1; it needs layer 2");
    assert_eq!(<newest::Renamed as Layered>::LAYERS, [2, 3, 4]);
}

#[test]
fn lowering_drops_what_may_be_dropped_and_lists_it() {
    let added = newest::Added::new(1, 2, "", vec![3], vec![], steps::constructors::Mark::new(4));
    assert_eq!(dropped(&added, 3), ["zero", "bytes", "mark"]);
    let optional = newest::AddedOptional::new().with_id(1).with_on(true).with_text("");
    assert_eq!(dropped(&optional, 2), ["on", "text"]);
    assert_eq!(dropped(&newest::WidenedOptional::new().with_size(i64::MAX), 2), ["size"]);
}

#[test]
fn of_several_items_the_first_that_fits_goes_back_into_its_field() {
    let (sized, named) =
        (steps::constructors::Sized::new(1).into(), |name| steps::constructors::Named::new(name).into());
    let moved = newest::Moved::new(1, vec![sized, named("a"), named("b")]);
    assert_eq!(dropped(&moved, 2), ["attributes[0]", "attributes[2]"]);
    let none = newest::Moved::new(1, vec![]);
    assert_eq!(refusal(&none, 2), "`attributes` has no form at layer 2; it needs layer 4");
}

fn square() -> Figure {
    late_constructors::Square::new(2).into()
}

#[test]
fn a_late_constructor_is_refused_where_it_must_be_there() {
    let holder: Holder = late_constructors::Required::new(square()).into();
    assert_eq!(refusal(&holder, 2), "`shape` has no form at layer 2; it needs layer 3");
    let album = Album::new(Holder::Empty, vec![Holder::Empty, holder], vec![]);
    assert_eq!(refusal(&album, 1), "`holders[1].shape` has no form at layer 1; it needs layer 3");
    assert_eq!(album.min_layer(), Some(3));
    assert_eq!(refusal(&square(), 1), "the value has no form at layer 1; it needs layer 3");
    let nested: Holder = late_constructors::Nested::new(square(), Holder::Empty).into();
    assert_eq!(refusal(&nested, 4), "the value has no form at layer 4; it needs layer 5");
}

#[test]
fn a_late_constructor_is_dropped_where_it_may_be_absent() {
    let optional: Holder = late_constructors::Optional::new().with_shape(square()).into();
    assert_eq!(dropped(&optional, 2), ["shape"]);
    let shapes = vec![Figure::Point, late_constructors::Circle::new(1).into(), square()];
    let items: Holder = late_constructors::Items::new(shapes.clone()).into();
    let optional_items: Holder = late_constructors::OptionalItems::new().with_shapes(shapes).into();
    assert_eq!(dropped(&items, 2), ["shapes[0]", "shapes[2]"]);
    let album = Album::new(items, vec![optional, optional_items], vec![]);
    assert_eq!(
        dropped(&album, 1),
        ["cover.shapes[0]", "cover.shapes[2]", "holders[0].shape", "holders[1].shapes[0]", "holders[1].shapes[2]"]
    );
}

#[test]
fn an_older_form_may_insist_on_a_field_that_could_be_dropped_by_now() {
    let insisting: Holder = late_constructors::Insisting::new().with_shape(square()).into();
    assert_eq!(refusal(&insisting, 2), "`shape` has no form at layer 2; it needs layer 3");
}

#[test]
fn a_kept_field_is_refused_rather_than_dropped() {
    assert_eq!(refusal(&Note::new("x", 5), 1), "`ttl` has no form at layer 1; it needs layer 3");
    assert_eq!(refusal(&Note::new("x", 0).with_until(5), 1), "`until` has no form at layer 1; it needs layer 3");
    assert_eq!(dropped(&Note::new("x", 0), 1), [] as [&str; 0]);
    let kept: Holder = late_constructors::Kept::new().with_shape(square()).into();
    assert_eq!(refusal(&kept, 2), "`shape` has no form at layer 2; it needs layer 3");
}

#[test]
fn what_is_never_sent_is_dropped_or_refused_at_every_layer() {
    let secret: Figure = late_constructors::Secret::new(1).into();
    assert_eq!(secret.min_layer(), None);
    assert_eq!(refusal(&secret, 5), "the value is never sent, at any layer");
    let required: Holder = late_constructors::Required::new(secret.clone()).into();
    assert_eq!(refusal(&required, 9), "`shape` is never sent, at any layer");
    let items: Holder = late_constructors::Items::new(vec![secret]).into();
    assert_eq!(dropped(&items, 5), ["shapes[0]"]);
    assert_eq!(items.min_layer(), None);
}

#[test]
fn a_field_that_a_layer_does_not_have_is_not_asked_for_its_form() {
    let sticker = Sticker::new(1, late_constructors::SetNamed::new("cats"));
    assert_eq!(dropped(&sticker, 2), ["set"]);
    assert_eq!(dropped(&Sticker::new(1, late::types::Set::Empty), 2), [] as [&str; 0]);
}

#[test]
fn a_layer_names_the_forms_in_force_at_it() {
    let _: steps::layer_3::constructors::Removed = old::Removed::new(1, "", 0, newest::Mark::None);
    let _: steps::layer_3::types::Chain = steps::exact::Chain::from(steps::layer_3::constructors::Chain::new(1, ""));
    let _: steps::layer_4::constructors::Removed = steps::layer_4::constructors::Removed::new(1);
    let _: late::layer_1::constructors::Circle = late_constructors::Circle::new(1);
}
