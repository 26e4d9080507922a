//! Names of generated items: there is one for everything, no two are the same in one place, and none depends on what else
//! is declared.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tl_codegen::names::{self, Names};
use tl_codegen::schema::{CombinatorIndex, Kind, TypeIndex};
use tl_codegen::{Bindings, Error};

/// The names of a schema, each by what it is the name of; the error, if there is any.
fn names(schema: &str) -> Result<BTreeMap<String, String>, String> {
    let bindings = Bindings::from_text("sample", "sample.tl", schema);
    bindings.emit().map_err(|error| match error {
        Error::Problems(problems) => problems.errors.join("\n"),
        error => error.to_string(),
    })?;
    let checked = bindings.check().map_err(|error| error.to_string())?;
    let names = Names::new(&checked.schema, &checked.rules).map_err(|problems| format!("{problems:?}"))?;
    let mut found = BTreeMap::new();
    let path = |top: &str, name, ident: &dyn std::fmt::Display| {
        let modules = names::modules(name);
        [top]
            .into_iter()
            .chain(modules.iter().map(String::as_str))
            .chain([ident.to_string().as_str()])
            .collect::<Vec<_>>()
            .join("::")
    };
    for (index, ty) in checked.schema.types.iter().enumerate() {
        found.insert(format!("type {}", ty.name), path("types", &ty.name, names.boxed(TypeIndex(index))));
        for &constructor in &ty.constructors {
            let name = &checked.schema.combinator(constructor).name;
            let variant =
                format!("{} {}", path("types", &ty.name, names.boxed(TypeIndex(index))), names.variant(constructor));
            found.insert(format!("variant {name}"), variant);
        }
    }
    for (index, combinator) in checked.schema.combinators.iter().enumerate() {
        let (kind, top) = match combinator.kind {
            Kind::Constructor => ("constructor", "constructors"),
            Kind::Function => ("function", "functions"),
        };
        let ident = names.combinator(CombinatorIndex(index));
        found.insert(format!("{kind} {}", combinator.name), path(top, &combinator.name, ident));
        for field in combinator.value_fields() {
            let place = format!("{kind} {} {}", combinator.name, field.name);
            found.insert(place.clone(), format!("{place}: {}", names::field(&field.name)));
        }
    }
    Ok(found)
}

fn check(schema: &str, item: &str, expected: &str) {
    let names = names(schema).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(names.get(item).map(String::as_str), Some(expected), "{names:#?}");
}

#[test]
fn items_are_in_upper_camel_case_in_the_modules_of_their_namespaces() {
    check("inputUser_self = InputUser;", "constructor inputUser_self", "constructors::InputUserSelf");
    check("auth.sentCode = auth.SentCode;", "type auth.SentCode", "types::auth::SentCode");
    check("e2e.chain.block_2 = e2e.chain.Block;", "constructor e2e.chain.block_2", "constructors::e2e::chain::Block2");
    check("---functions---\nhelp.getConfig = Bool;", "function help.getConfig", "functions::help::GetConfig");
}

#[test]
fn a_variant_drops_the_name_of_its_type_if_a_name_remains() {
    let schema = "chat = Chat;\nchatEmpty = Chat;\nchat64 = Chat;\nchatSelf = Chat;\nchatter = Chat;\nother = Chat;";
    let variants = [
        ("chat", "Chat"),
        ("chatEmpty", "Empty"),
        ("chat64", "Chat64"),
        ("chatSelf", "ChatSelf"),
        ("chatter", "Chatter"),
        ("other", "Other"),
    ];
    for (constructor, variant) in variants {
        check(schema, &format!("variant {constructor}"), &format!("types::Chat {variant}"));
    }
}

#[test]
fn what_rust_reserves_is_escaped() {
    let fields = [
        ("type", "r#type"),
        ("self", "self_"),
        ("super", "super_"),
        ("crate", "crate_"),
        ("gen", "r#gen"),
        ("async", "r#async"),
        ("try", "r#try"),
        ("union", "union"),
        ("srp_B", "srp_b"),
        ("M1", "m1"),
    ];
    for (field, rust) in fields {
        check(
            &format!("a {field}:int = A;"),
            &format!("constructor a {field}"),
            &format!("constructor a {field}: {rust}"),
        );
    }
    check("self = Self;", "type Self", "types::Self_");
    check("option x:int = Option;", "type Option", "types::Option_");
    check("mod.a = mod.A;", "type mod.A", "types::mod_::A");
    check("type.a = type.A;", "type type.A", "types::r#type::A");
}

#[test]
fn a_rule_gives_another_name_to_whatever_it_names() {
    let schema = "a_b = Thing;\nab x:int = OtherThing;\n---functions---\nf = Bool;";
    let bindings = Bindings::from_text("sample", "sample.tl", schema);
    let files = bindings.rules("sample.rules", "rename a_b First\nrename Thing Item\nrename f call").emit().unwrap();
    assert!(files["types.rs"].contains("pub type Item = constructors::First;"));
    assert!(files["functions.rs"].contains("pub struct Call {}"));
}

/// A word as TL allows it, often one that is used already in another case or with another sign between.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-zA-Z0-9_]{0,5}",
        proptest::sample::select(vec![
            "self", "type", "mod", "fmt", "gen", "a_b", "aB", "a__b", "ab", "a_1", "a1", "option", "box_", "x", "a_",
            "types",
        ])
        .prop_map(str::to_owned),
    ]
}

fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => word().prop_map(|word| word + ".")]
}

/// A declaration without its name: the fields, and the type.
fn rest() -> impl Strategy<Value = (Vec<String>, String)> {
    (vec(word(), 0..3), (namespace(), word()).prop_map(|(namespace, word)| namespace + &capital(&word)))
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// Declarations by name, so that no name is declared twice.
fn declarations() -> impl Strategy<Value = Vec<String>> {
    let named = btree_map((namespace(), word()).prop_map(|(namespace, word)| namespace + &word), rest(), 1..8);
    named.prop_map(|all| all.into_iter().map(|(name, (fields, ty))| declaration(&name, &fields, &ty)).collect())
}

fn declaration(name: &str, fields: &[String], ty: &str) -> String {
    let fields: BTreeSet<&String> = fields.iter().collect();
    let fields: Vec<String> = fields.iter().map(|field| format!("{field}:int ")).collect();
    format!("{name} {}= {ty};\n", fields.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_has_a_name_of_its_own_or_the_clash_is_reported(all in declarations()) {
        match names(&all.concat()) {
            Ok(names) => {
                let distinct: BTreeSet<&String> = names.values().collect();
                prop_assert_eq!(distinct.len(), names.len(), "{:#?}", names);
                for name in names.values() {
                    let ident = name.rsplit([':', ' ']).next().unwrap();
                    prop_assert!(syn::parse_str::<syn::Ident>(ident).is_ok(), "{}", name);
                }
            }
            Err(problems) => {
                for problem in problems.split("error: ").skip(1) {
                    prop_assert!(problem.contains("` in Rust\n"), "{}", problem);
                }
            }
        }
    }

    #[test]
    fn a_declaration_that_is_added_changes_no_other_name(all in declarations(), pick in any::<prop::sample::Index>()) {
        let Ok(with) = names(&all.concat()) else { return Ok(()) };
        let mut fewer = all.clone();
        fewer.remove(pick.index(all.len()));
        let without = names(&fewer.concat()).unwrap();
        for (item, name) in without {
            prop_assert_eq!(with.get(&item), Some(&name), "{}", item);
        }
    }

    #[test]
    fn the_order_of_declarations_changes_no_name(all in declarations()) {
        let mut reversed = all.clone();
        reversed.reverse();
        match (names(&all.concat()), names(&reversed.concat())) {
            (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
            (one, other) => prop_assert!(one.is_err() && other.is_err()),
        }
    }
}
