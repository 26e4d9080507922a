//! Names that Rust, its prelude or the generated code itself uses, in use.

use tl_samples::names::{constructors, functions, types};
use tl_types::{Decode, Encode};

#[test]
fn a_reserved_word_is_escaped() {
    let keywords = constructors::Keywords::new(
        1,
        "me",
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        vec![1],
        vec![2],
        vec![3],
        1.5,
        vec![4],
    );
    let keywords = keywords.with_crate(true).with_final(5);
    assert_eq!((keywords.r#type, keywords.self_.as_str(), keywords.super_), (1, "me", 2));
    assert_eq!((keywords.crate_, keywords.r#final, keywords.r#static, keywords.r#gen), (true, Some(5), 3, 5));
    assert_eq!((&keywords.srp_b, &keywords.a, &keywords.m1), (&vec![1], &vec![2], &vec![3]));
    assert_eq!(constructors::Keywords::from_bytes(&keywords.to_bytes().unwrap()).unwrap(), keywords);
}

#[test]
fn a_field_may_have_the_name_of_what_reads_it() {
    let locals = constructors::Locals::new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10).with_optional(11).with_f("f");
    assert_eq!((locals.reader, locals.sink), (1, 2));
    assert_eq!(constructors::Locals::from_bytes(&locals.to_bytes().unwrap()).unwrap(), locals);
    let locals = constructors::Locals2::new().with_sink(1);
    assert_eq!(constructors::Locals2::from_bytes(&locals.to_bytes().unwrap()).unwrap(), locals);
}

#[test]
fn a_name_of_the_prelude_has_an_underscore_behind_it() {
    let option: types::Option_ = constructors::Option_::new().with_x(1);
    let nested = constructors::Box_::new(vec![constructors::Box_::new(vec![])]);
    assert_eq!(constructors::Vec_::new(vec![option]).x.len(), 1);
    assert_eq!(nested.x.len(), 1);
    let _: types::Self_ = constructors::Self_::new();
    let result: types::Result_ = constructors::Ok_::new(types::Result_::None_).into();
    assert_eq!(types::Result_::from_bytes(&result.to_bytes().unwrap()).unwrap(), result);
}

#[test]
fn a_variant_keeps_the_name_of_its_type_where_the_rest_is_no_name() {
    let all: [types::SelfKind; 3] =
        [types::SelfKind::SelfKind, constructors::SelfKind64::new(1).into(), constructors::SelfKindSelf::new(2).into()];
    assert!(matches!(all[1], types::SelfKind::SelfKind64(_)));
    assert!(matches!(all[2], types::SelfKind::SelfKindSelf(_)));
}

#[test]
fn a_namespace_may_have_the_name_of_a_module_that_is_generated() {
    let a: types::types_::A = constructors::types_::A::new(1);
    let b = constructors::functions_::A::new(a);
    let d = constructors::mod_::A::new(constructors::constructors_::A::new(b));
    let f = constructors::std_::A::new(constructors::fmt_::A::new(d));
    let h = constructors::self_::A::new(constructors::core::A::new(f));
    let call = functions::mod_::Get::new(constructors::crate_::r#type::A::new(h));
    assert_eq!(functions::mod_::Get::from_bytes(&call.to_bytes().unwrap()).unwrap(), call);
}
