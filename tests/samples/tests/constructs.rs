//! Values of every construct: how they are built, and their bytes, written out by hand.

#![allow(clippy::panic, clippy::unwrap_used)]

use tl_samples::constructs::{constructors, functions, types};
use tl_types::{Combinator, Decode, DecodeErrorKind, Encode, EncodeError, Function, Raw};

const VECTOR: u32 = 0x1cb5_c415;

/// Numbers one after another, as TL writes them.
fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The value has these bytes, and the bytes are this value.
fn check<T: Encode + Decode + PartialEq + std::fmt::Debug>(value: &T, expected: &[u32]) {
    let bytes = words(expected);
    assert_eq!(value.to_bytes().unwrap(), bytes, "{value:?}");
    assert_eq!(value.encoded_len(), bytes.len());
    assert_eq!(T::from_bytes(&bytes).unwrap_or_else(|error| panic!("{error}")), *value);
}

#[test]
fn a_type_with_one_constructor_is_its_struct() {
    let only: types::Only = constructors::Only::new(5);
    check(&only, &[constructors::Only::ID, 5]);
    check(&types::Unit::new(), &[constructors::Unit::ID]);
}

#[test]
fn a_constructor_goes_into_its_type_and_comes_out_again() {
    let choice: types::Choice = constructors::ChoiceText::new("abc").into();
    check(&choice, &[constructors::ChoiceText::ID, u32::from_le_bytes(*b"\x03abc")]);
    assert_eq!(constructors::ChoiceText::try_from(choice).unwrap().text, "abc");
    let other = constructors::ChoiceText::try_from(types::Choice::Empty).unwrap_err();
    assert_eq!(other, types::Choice::Empty);
    let large = constructors::ChoiceLarge::new([1; 32], [2; 32], [3; 32], [4; 32], 5);
    let types::Choice::Large(fields) = types::Choice::from(large) else { panic!("another variant") };
    let fields: Box<constructors::ChoiceLarge> = fields;
    assert_eq!(fields.e, 5);
}

#[test]
fn every_type_of_a_field() {
    let all = constructors::All::new(
        1,
        2,
        1.5,
        "x",
        vec![7],
        [8; 16],
        [9; 32],
        true,
        10,
        types::Choice::Empty,
        constructors::Only::new(11),
        constructors::Only::new(12),
    );
    let mut expected = vec![constructors::All::ID, 1, 2, 0, 0, 0x3ff8_0000];
    expected.extend([u32::from_le_bytes(*b"\x01x\0\0"), u32::from_le_bytes([1, 7, 0, 0])]);
    expected.extend([0x0808_0808; 4]);
    expected.extend([0x0909_0909; 8]);
    expected.extend([0x9972_75b5, 10, 0, 11, 12]);
    let choice = expected.len() - 3;
    expected[choice] = types::Choice::Empty.to_bytes().map(|id| u32::from_le_bytes(id.try_into().unwrap())).unwrap();
    check(&all, &expected);
}

#[test]
fn flags_follow_from_the_fields() {
    let id = constructors::Flags::ID;
    check(&constructors::Flags::new(7), &[id, 0, 7]);
    check(&constructors::Flags::new(7).with_on(true), &[id, 1 << 5, 7]);
    check(&constructors::Flags::new(7).with_text(""), &[id, 1 << 31, 7, 0]);
}

#[test]
fn fields_that_share_a_flag_are_there_together_or_not_at_all() {
    let id = constructors::Shared::ID;
    check(&constructors::Shared::new(), &[id, 0]);
    check(&constructors::Shared::new().with_on(true).with_from(1).with_until(2), &[id, 1 << 1, 1, 2, 0]);
    let incomplete = [
        constructors::Shared::new().with_on(true),
        constructors::Shared::new().with_from(1),
        constructors::Shared::new().with_on(true).with_until(1),
    ];
    for shared in incomplete {
        let expected = EncodeError::IncompleteFlag { combinator: "shared", fields: "on, from, until" };
        assert_eq!(shared.to_bytes().unwrap_err(), expected);
    }
}

#[test]
fn flags_in_the_middle_stand_where_the_schema_has_them() {
    let id = constructors::Middle::ID;
    let middle = constructors::Middle::new(1, 9).with_a(2).with_b(3).with_c(true);
    check(&middle, &[id, 1, 1 | 1 << 3, 2, 1 << 31, 3, 9]);
    check(&constructors::Middle::new(1, 9), &[id, 1, 0, 0, 9]);
}

#[test]
fn vectors_of_vectors_are_boxed_or_bare_at_every_depth() {
    let only = constructors::Only::new;
    let vectors = constructors::Vectors::new(
        vec![only(1)],
        vec![only(2)],
        vec![only(3)],
        vec![only(4)],
        vec![vec![5], vec![]],
        vec![vec![6, 7]],
        vec![vec![only(8)], vec![]],
        vec!["x".to_owned()],
    );
    let of = constructors::Only::ID;
    let mut expected = vec![constructors::Vectors::ID];
    expected.extend([VECTOR, 1, of, 1]); // Vector<Only>
    expected.extend([VECTOR, 1, 2]); // Vector<only>
    expected.extend([1, of, 3]); // vector<Only>
    expected.extend([1, 4]); // vector<%Only>
    expected.extend([VECTOR, 2, VECTOR, 1, 5, VECTOR, 0]); // Vector<Vector<int>>
    expected.extend([VECTOR, 1, 2, 6, 7]); // Vector<vector<int>>
    expected.extend([2, VECTOR, 1, 8, VECTOR, 0]); // vector<Vector<only>>
    expected.extend([1, u32::from_le_bytes(*b"\x01x\0\0")]); // vector<string>
    check(&vectors, &expected);
}

#[test]
fn a_recursive_type_nests() {
    let leaf = types::Tree::Leaf;
    let inner = constructors::Node::new(leaf.clone(), 1, leaf.clone());
    let tree: types::Tree = constructors::Node::new(inner, 2, leaf.clone()).into();
    let (node, end) = (constructors::Node::ID, u32::from_le_bytes(leaf.to_bytes().unwrap().try_into().unwrap()));
    check(&tree, &[node, node, end, 1, end, 2, end]);
    let list = constructors::List::new(vec![constructors::List::new(vec![])]);
    check(&list, &[constructors::List::ID, 1, 0]);
    let ping = constructors::Ping::new().with_x(constructors::Pong::new(constructors::Ping::new()));
    check(&ping, &[constructors::Ping::ID, 1, constructors::Pong::ID, constructors::Ping::ID, 0]);
}

#[test]
fn an_object_of_any_type_takes_what_is_left() {
    let packed = Raw::from_object(&constructors::Packed::new(vec![1])).unwrap();
    let result = constructors::Result_::new(5, packed);
    let bytes = result.to_bytes().unwrap();
    assert_eq!(constructors::Result_::<Raw>::from_bytes(&bytes).unwrap(), result);
    let typed = constructors::Result_::<constructors::Packed>::from_bytes(&bytes).unwrap();
    assert_eq!(typed.result.data, [1]);
}

#[test]
fn an_object_within_its_length_takes_just_that() {
    let message = |id| constructors::Message::new(id, 1, Raw(words(&[0xdead_beef, 2, 3])));
    let container = constructors::Container::new(vec![message(7), message(8)]);
    let one = |id| [id, 0, 1, 12, 0xdead_beef, 2, 3];
    let expected = [vec![constructors::Container::ID, 2], one(7).to_vec(), one(8).to_vec()].concat();
    check(&container, &expected);
    let longer = words(&[constructors::Message::<Raw>::ID, 7, 0, 1, 12, constructors::Only::ID, 2, 3]);
    let error = constructors::Message::<types::Only>::from_bytes(&longer).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TrailingBytes { count: 4 });
}

#[test]
fn a_field_that_the_rules_leave_open_has_the_type_of_the_schema_unless_told_otherwise() {
    let layer = constructors::Layer::new(5, types::Tree::Leaf);
    let bytes = layer.to_bytes().unwrap();
    assert_eq!(<constructors::Layer>::from_bytes(&bytes).unwrap().message, types::Tree::Leaf);
    let unknown = words(&[<constructors::Layer>::ID, 5, 0xdead_beef]);
    assert_eq!(constructors::Layer::<Raw>::from_bytes(&unknown).unwrap().n, 5);
    assert!(<constructors::Layer>::from_bytes(&unknown).is_err());
}

#[test]
fn namespaces_are_modules() {
    let code = constructors::auth::Code::new("x");
    let deep: types::auth::deep::Code = constructors::auth::deep::Code::new(code.clone(), types::Tree::Leaf).into();
    let bytes = functions::auth::deep::Send::new(deep).to_bytes().unwrap();
    assert_eq!(bytes.len(), 4 + 4 + 4 + 4 + 4);
    assert_eq!(constructors::auth::Code::NAME, "auth.code");
}

#[test]
fn a_generic_call_answers_what_its_query_answers() {
    fn answer<F: Function>(_: &F, bytes: &[u8]) -> F::Response {
        F::Response::from_bytes(bytes).unwrap_or_else(|error| panic!("{error}"))
    }
    let call = functions::InvokeWithLayer::new(5, functions::GetTrees::new(vec![1]));
    let id = functions::InvokeWithLayer::<functions::Ping>::ID;
    check(&call, &[id, 5, functions::GetTrees::ID, VECTOR, 1, 1, 0]);
    let leaf = u32::from_le_bytes(types::Tree::Leaf.to_bytes().unwrap().try_into().unwrap());
    assert_eq!(answer(&call, &words(&[VECTOR, 1, leaf])), [types::Tree::Leaf]);
    assert_eq!(answer(&functions::GetAny::new(1), &[1, 2, 3, 4]), Raw(vec![1, 2, 3, 4]));
}

#[test]
fn debug_reads_the_value_by_the_table_of_its_schema() {
    let node = constructors::Node::new(types::Tree::Leaf, 1, types::Tree::Leaf);
    assert_eq!(format!("{node:?}"), "node { left: leaf, x: 1, right: leaf }");
    assert_eq!(format!("{:?}", types::Choice::Empty), "choiceEmpty");
}
