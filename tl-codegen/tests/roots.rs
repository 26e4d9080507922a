//! What is generated for some roots: they, what they reach, and nothing else.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use tl_codegen::schema::{Schema, Type};
use tl_codegen::{Bindings, Error};

const SCHEMA: &str = "\
    leaf = Tree;\n\
    node left:Tree kind:Kind = Tree;\n\
    kind x:int = Kind;\n\
    bare b:kind = Bare;\n\
    barePercent b:%Kind = BarePercent;\n\
    items all:Vector<vector<Kind>> = Items;\n\
    optional flags:# x:flags.0?Items = Optional;\n\
    packed data:bytes = Object;\n\
    result x:Object = ResultOf;\n\
    open x:Tree = Open_;\n\
    alone = Alone;\n\
    help.kind x:int = help.Kind;\n\
    ---functions---\n\
    getTree id:int = Tree;\n\
    getAll = Vector<help.Kind>;\n\
    invoke {X:Type} kind:Kind query:!X = X;\n\
    help.get of:Bare = Bool;\n";

fn bindings(roots: &[&str]) -> Bindings {
    Bindings::from_text("sample", "sample.tl", SCHEMA).rules("sample.rules", "open open.x").roots(roots.iter().copied())
}

fn combinators(schema: &Schema) -> BTreeSet<String> {
    schema.combinators.iter().map(|combinator| combinator.name.to_string()).collect()
}

/// The roots reach these combinators and no others, and all of it is emitted.
fn check(roots: &[&str], expected: &[&str]) {
    let bindings = bindings(roots);
    let schema = bindings.check().unwrap().schema;
    assert_eq!(combinators(&schema), expected.iter().copied().map(str::to_owned).collect(), "{roots:?}");
    let declared = bindings.emit().unwrap().remove("schema.tl").unwrap();
    for name in expected {
        assert!(declared.contains(&format!("\n{name}#")), "{name} in {declared}");
    }
}

#[test]
fn a_function_reaches_what_it_takes_and_what_it_answers() {
    check(&["getTree"], &["getTree", "leaf", "node", "kind"]);
    check(&["getAll"], &["getAll", "help.kind"]);
    check(&["help.get"], &["help.get", "bare", "kind"]);
}

#[test]
fn a_type_reaches_all_its_constructors() {
    check(&["Tree"], &["leaf", "node", "kind"]);
    check(&["help.Kind"], &["help.kind"]);
}

#[test]
fn a_constructor_comes_with_its_type() {
    check(&["leaf"], &["leaf", "node", "kind"]);
    check(&["alone"], &["alone"]);
}

#[test]
fn fields_are_followed_through_vectors_flags_and_bare_types() {
    check(&["optional"], &["optional", "items", "kind"]);
    check(&["bare"], &["bare", "kind"]);
    check(&["barePercent"], &["barePercent", "kind"]);
}

#[test]
fn an_object_of_any_type_reaches_nothing() {
    check(&["result"], &["result"]);
    check(&["packed"], &["packed"]);
    check(&["invoke"], &["invoke", "kind"]);
}

#[test]
fn a_field_that_the_rules_leave_open_reaches_its_type() {
    check(&["open"], &["open", "leaf", "node", "kind"]);
}

#[test]
fn several_roots_reach_what_each_does() {
    check(&["alone", "help.kind", "alone"], &["alone", "help.kind"]);
}

#[test]
fn without_roots_everything_is_generated() {
    assert_eq!(combinators(&bindings(&[]).check().unwrap().schema).len(), 16);
}

#[test]
fn each_root_that_there_is_not_is_reported() {
    let Error::Problems(problems) = bindings(&["getTree", "getTrees", "kind", "get"]).check().unwrap_err() else {
        panic!("another error");
    };
    insta::assert_snapshot!(problems.errors.join("\n\n"));
}

#[test]
fn rules_for_what_is_not_reached_do_not_matter() {
    let layered = "===1===\na x:int = A;\nb x:int = B;\n===2===\na x:int y:int = A;\nb x:long = B;\n";
    let bindings = Bindings::from_text("sample", "sample.tl", layered);
    let files = bindings.rules("sample.rules", "step a@1\n  new y = 0\nkeep a.y").roots(["b"]).emit().unwrap();
    assert!(files["raise.rs"].contains("layer_1::constructors::B"));
    assert!(!files["schema.tl"].contains("\na#"));
}

/// What a combinator's fields and result name.
fn is_closed(schema: &Schema) -> bool {
    let holds = |ty: &Type| match *ty.innermost() {
        Type::Boxed(index) | Type::Open { default: Some(index), .. } => index.0 < schema.types.len(),
        Type::Bare(index) => index.0 < schema.combinators.len(),
        _ => true,
    };
    let uses = schema.combinators.iter().flat_map(|of| of.fields.iter().map(|field| &field.ty).chain([&of.result]));
    uses.into_iter().all(holds)
        && schema.types.iter().all(|ty| ty.constructors.iter().all(|form| form.0 < schema.combinators.len()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_part_of_the_real_schema_is_whole(picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let whole = Bindings::from_text("api", "api.tl", tl_schema::API);
        let names: Vec<String> = combinators(&whole.check().unwrap().schema).into_iter().collect();
        let roots: Vec<&String> = picks.iter().map(|pick| pick.get(&names)).collect();
        let part = whole.clone().roots(roots.iter().copied()).check().unwrap().schema;
        prop_assert!(is_closed(&part));
        for root in roots {
            prop_assert!(combinators(&part).contains(root));
        }
        // What was reached reaches no more.
        let again = whole.roots(combinators(&part)).check().unwrap().schema;
        prop_assert_eq!(combinators(&again), combinators(&part));
    }
}
