//! The real schemas, and what is known of them.

use tl_parser::{File, Item, SectionKind, parse};

#[track_caller]
fn valid(text: &str) -> File {
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics, []);
    parsed.file
}

fn count(file: &File, section: SectionKind) -> usize {
    file.combinators().filter(|combinator| combinator.section == section).count()
}

#[test]
fn the_api_has_its_constructors_functions_and_layer() {
    let file = valid(tl_schema::API);
    assert_eq!(count(&file, SectionKind::Types), 1_704);
    assert_eq!(count(&file, SectionKind::Functions), 850);
    let layers: Vec<u32> = file
        .items
        .iter()
        .filter_map(|item| if let Item::Layer(mark) = item { Some(mark.layer) } else { None })
        .collect();
    assert_eq!(layers, [tl_schema::API_LAYER]);
}

#[test]
fn the_api_has_its_parameters() {
    let file = valid(tl_schema::API);
    let fields = || file.combinators().flat_map(|combinator| &combinator.fields);
    let optional = || fields().filter(|field| field.condition.is_some());
    assert_eq!(optional().count(), 2_755);
    assert_eq!(optional().filter(|field| field.ty.to_string() == "true").count(), 1_197);
}

#[test]
fn ids_of_fewer_than_eight_digits_are_read_as_written() {
    let file = valid(tl_schema::API);
    let ids = || file.combinators().filter_map(|combinator| combinator.id);
    assert_eq!(ids().count(), 2_554);
    assert_eq!(ids().filter(|id| id.digits < 8).count(), 143);
}

#[test]
fn mtproto_has_built_in_types_repetitions_and_both_sections() {
    let file = valid(tl_schema::MTPROTO);
    assert!(file.combinators().any(|combinator| combinator.builtin));
    assert!(count(&file, SectionKind::Types) > 0);
    assert!(count(&file, SectionKind::Functions) > 0);
}

#[test]
fn every_constructor_of_secret_chats_has_its_layer() {
    let file = valid(tl_schema::SECRET);
    assert!(file.combinators().filter(|combinator| !combinator.builtin).all(|combinator| combinator.layer.is_some()));
    assert_eq!(file.combinators().filter_map(|combinator| combinator.layer).max(), Some(tl_schema::SECRET_LAYER));
}
