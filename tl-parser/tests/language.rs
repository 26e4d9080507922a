//! Every form that a combinator has, as Telegram's files use it and as the formal description allows it.

use std::collections::HashSet;

use tl_parser::{Combinator, Field, SectionKind, TypeKind, parse, print};

/// `input` is valid, and means what `expected` says in canonical form.
#[track_caller]
fn check(input: &str, expected: &str) {
    let parsed = parse(input);
    assert_eq!(parsed.diagnostics, [], "{input}");
    assert_eq!(print(&parsed.file).trim_end(), expected);
}

/// `input` is valid and already canonical.
#[track_caller]
fn check_canonical(input: &str) {
    check(input, input);
}

/// All of `inputs` are the same type in a field.
#[track_caller]
fn check_same_type(inputs: &[&str]) {
    let types: HashSet<String> = inputs.iter().map(|ty| only_field(&format!("a x:{ty} = A;")).ty.to_string()).collect();
    assert_eq!(types.len(), 1, "{types:?}");
}

/// The only combinator of `input`.
#[track_caller]
fn one(input: &str) -> Combinator {
    let parsed = parse(input);
    assert_eq!(parsed.diagnostics, [], "{input}");
    let mut combinators = parsed.file.combinators();
    match (combinators.next(), combinators.next()) {
        (Some(combinator), None) => combinator.clone(),
        other => unreachable!("{input}: {other:?}"),
    }
}

/// The only field of the only combinator of `input`.
#[track_caller]
fn only_field(input: &str) -> Field {
    let mut fields = one(input).fields;
    assert_eq!(fields.len(), 1, "{input}");
    fields.remove(0)
}

#[test]
fn a_constructor_has_a_name_an_id_fields_and_a_result() {
    let text = "user#d3bc4b7a id:long name:string = User;";
    let user = one(text);
    assert_eq!(user.name.to_string(), "user");
    assert_eq!(user.id.map(|id| (id.value, id.digits)), Some((0xd3bc_4b7a, 8)));
    let fields: Vec<String> = user.fields.iter().map(|field| field.to_string()).collect();
    assert_eq!(fields, ["id:long", "name:string"]);
    assert_eq!(user.result.to_string(), "User");
    assert_eq!(user.section, SectionKind::Types);
    assert_eq!((user.span.start, user.span.end), (0, text.len()));
}

#[test]
fn spans_tell_where_everything_stands() {
    let text = "a.b#1f {X:Type} flags:# x : flags.3?Vector<int>  y:!X = Vector X ;";
    let combinator = one(text);
    let at = |span: tl_parser::Span| &text[std::ops::Range::from(span)];
    assert_eq!(at(combinator.name.span), "a.b");
    assert_eq!(combinator.id.map(|id| at(id.span)), Some("#1f"));
    assert_eq!(at(combinator.generics[0].span), "{X:Type}");
    assert_eq!(at(combinator.generics[0].kind.span), "Type");
    assert_eq!(at(combinator.fields[1].span), "x : flags.3?Vector<int>");
    assert_eq!(combinator.fields[1].condition.as_ref().map(|condition| at(condition.span)), Some("flags.3?"));
    assert_eq!(at(combinator.fields[1].ty.span), "Vector<int>");
    assert_eq!(at(combinator.fields[2].ty.span), "!X");
    assert_eq!(at(combinator.result.span), "Vector X");
    assert_eq!(at(combinator.span), text);
}

#[test]
fn comments_in_a_declaration_move_no_span() {
    let text = "a /* é */ x:int // ;\n y:long = A;";
    let starts: Vec<usize> = one(text).fields.iter().map(|field| field.span.start).collect();
    assert_eq!(starts, [text.find("x:"), text.find("y:")].map(Option::unwrap_or_default));
}

#[test]
fn an_id_has_one_to_eight_digits_and_keeps_their_number() {
    for digits in ["1", "0f", "abc", "05162463", "5162463", "ffffffff"] {
        check_canonical(&format!("a#{digits} = A;"));
    }
}

#[test]
fn an_id_may_be_written_in_upper_case() {
    check("a#FF00AA11 = A;", "a#ff00aa11 = A;");
}

#[test]
fn an_id_may_be_missing() {
    assert_eq!(one("a = A;").id, None);
}

#[test]
fn an_id_follows_its_name_without_a_blank_and_a_nameless_number_does_not() {
    let combinator = one("a # b = A;");
    assert_eq!(combinator.id, None);
    assert_eq!(combinator.fields.len(), 2);
    assert_eq!(combinator.fields[0].ty.kind, TypeKind::Nat);
}

#[test]
fn namespaces_have_any_depth() {
    let block = one("e2e.chain.block#639a3db6 = e2e.chain.Block;");
    assert_eq!(block.name.namespace, ["e2e", "chain"]);
    assert_eq!(block.name.name, "block");
    check_canonical("a.b.c.d.e.f.g = A.B.C.D;");
}

#[test]
fn an_underscore_names_a_combinator_nobody_refers_to() {
    check_canonical("_ x:int = A;");
    check_canonical("_#12345678 x:int = A;");
}

#[test]
fn a_declaration_may_span_lines() {
    check("user#d3bc4b7a\n\tid:long\r\n\n  name\n:\nstring\n= User\n;", "user#d3bc4b7a id:long name:string = User;");
}

#[test]
fn declarations_may_share_a_line() {
    check("a = A;b = B; c = C;", "a = A;\nb = B;\nc = C;");
}

#[test]
fn blanks_around_signs_do_not_matter() {
    check("a{X:Type}x:int y : flags . 3 ? % T z:Vector < int >=A;", "a {X:Type} x:int y:flags.3?%T z:Vector<int> = A;");
}

#[test]
fn flags_are_fields_of_the_type_number_under_any_name_in_any_place() {
    check_canonical("a x:int flags:# y:flags.0?int flags2:# z:flags2.31?true unused:# = A;");
}

#[test]
fn a_condition_names_its_field_and_bit() {
    let combinator = one("a flags:# x:flags.7?int = A;");
    let condition = combinator.fields[1].condition.as_ref();
    assert_eq!(condition.map(|condition| (condition.field.text.as_str(), condition.bit)), Some(("flags", Some(7))));
}

#[test]
fn a_condition_may_name_no_bit() {
    check_canonical("a n:# x:n?int = A;");
}

#[test]
fn a_bit_above_31_is_for_others_to_judge() {
    check_canonical("a flags:# x:flags.32?int = A;");
}

#[test]
fn fields_may_share_a_bit() {
    check_canonical("a flags:# x:flags.0?int y:flags.0?Vector<int> z:flags.0?true = A;");
}

#[test]
fn field_names_may_be_words_of_other_languages_and_types() {
    check_canonical("a type:int self:int final:int static:int loop:int long:double bytes:bytes string:string = A;");
    check_canonical("a srp_B:bytes A:bytes M1:bytes vector:Vector<int> Vector:vector<int> New:int = A;");
}

#[test]
fn a_type_is_applied_in_three_ways_to_the_same_effect() {
    check_same_type(&["Vector<int>", "(Vector int)", "Vector int", "(Vector<int>)", "((Vector) (int))"]);
    check_same_type(&["vector<%Message>", "(vector %Message)", "vector %Message"]);
    check_same_type(&["Vector<Vector<int>>", "Vector<Vector int>", "(Vector (Vector int))", "Vector (Vector int)"]);
    check_same_type(&["Pair<int, Vector<long>>", "(Pair int (Vector long))"]);
}

#[test]
fn bare_and_boxed_vectors_differ() {
    assert_ne!(only_field("a x:vector<int> = A;").ty.kind, only_field("a x:Vector<int> = A;").ty.kind);
}

#[test]
fn a_vector_in_a_field_takes_one_argument_and_leaves_the_next_field_alone() {
    check("a salts:vector future_salt = A;", "a salts:vector<future_salt> = A;");
    check("a x:Vector T next:int = A;", "a x:Vector<T> next:int = A;");
    check("a x:Vector T next = A;", "a x:Vector<T> next = A;");
    check("a x:flags.1?Vector T next:int = A;", "a x:flags.1?Vector<T> next:int = A;");
    check("a x:Vector next:int = A;", "a x:Vector next:int = A;");
    check("a x:Vector (y z:int) = A;", "a x:Vector y:int z:int = A;");
    check("a x:Vector [ int ] = A;", "a x:Vector [ int ] = A;");
    check("a x:Vector n*[ int ] = A;", "a x:Vector n*[ int ] = A;");
}

#[test]
fn any_other_type_in_a_field_takes_no_argument_without_brackets() {
    let combinator = one("a x:Maybe T next:int = A;");
    assert_eq!(combinator.fields.len(), 3);
    let combinator = one("a x:Vectors T y:help.Vector T = A;");
    assert_eq!(combinator.fields.len(), 4);
}

#[test]
fn a_result_needs_no_brackets() {
    check("a {t:Type} = Vector t;", "a {t:Type} = Vector<t>;");
    check("a {t:Type} {n:#} = Tuple t n;", "a {t:Type} {n:#} = Tuple<t, n>;");
    check("a = Map (Vector int) %T 5;", "a = Map<Vector<int>, %T, 5>;");
    check_canonical("a = Vector<int>;");
    check_canonical("a {X:Type} query:!X = X;");
    check_canonical("a = %Vector int;");
}

#[test]
fn generic_arguments_come_in_braces() {
    let vector = one("vector#1cb5c415 {t:Type} # [ t ] = Vector t;");
    assert_eq!(vector.generics[0].name.text, "t");
    assert_eq!(vector.generics[0].kind.to_string(), "Type");
    assert_eq!(vector.fields.len(), 2);
    check_canonical("a {X:Type} {n:#} {f:Vector<int>} {q:!X} = A;");
    check("a {x y:Type} {m n:#} = A;", "a {x:Type} {y:Type} {m:#} {n:#} = A;");
    check("a {x:Vector int} = A;", "a {x:Vector<int>} = A;");
}

#[test]
fn a_bare_type_is_marked_with_a_percent_sign() {
    check_canonical("a x:%T y:vector<%T> z:%Vector<%T> = A;");
    check("a x:%(Vector int) = A;", "a x:%Vector<int> = A;");
    assert!(matches!(one("a x:%T = A;").fields[0].ty.kind, TypeKind::Bare(_)));
}

#[test]
fn an_exclamation_mark_asks_for_a_combinator() {
    assert!(matches!(one("a {X:Type} query:!X = X;").fields[0].ty.kind, TypeKind::Exclamation(_)));
    check_canonical("a {X:Type} query:flags.0?!X !X = X;");
}

#[test]
fn a_repetition_has_a_count_or_the_one_before_it() {
    check_canonical("int128 4*[ int ] = Int128;");
    check_canonical("a n:# n*[ x:int y:int ] = A;");
    check_canonical("a n:# m:# rows:m*[ cells:n*[ double ] ] = A;");
    check_canonical("vector {t:Type} # [ t ] = Vector<t>;");
    check("a x:[int] (n+1)*[int] = A;", "a x:[ int ] (n + 1)*[ int ] = A;");
    check("a [ ] = A;", "a [ ] = A;");
}

#[test]
fn natural_numbers_are_arguments_and_may_be_added_up() {
    check_canonical("a x:Tuple<int, 3> y:Tuple<int, n + 1> = List<X, 0>;");
    check("a x:(Tuple int n+1) = A;", "a x:Tuple<int, n + 1> = A;");
    check(
        "cons {X:Type} {n:#} hd:X tl:%(List X n) = List X (n+1);",
        "cons {X:Type} {n:#} hd:X tl:%List<X, n> = List<X, n + 1>;",
    );
    check("a x:(1+n+2) = A;", "a x:(1 + n + 2) = A;");
    check("a x:(Tuple int 4294967295) = A;", "a x:Tuple<int, 4294967295> = A;");
}

#[test]
fn several_fields_may_share_a_type() {
    check("a (x y _:int) z:int = A;", "a x:int y:int int z:int = A;");
}

#[test]
fn a_field_may_have_no_name() {
    check_canonical("intPair int int = IntPair;");
    check("a _:int = A;", "a int = A;");
    check_canonical("a n:# _:n.0?int = A;");
    assert_eq!(one("a _:int = A;").fields[0].name, None);
}

#[test]
fn a_question_mark_in_place_of_the_fields_makes_a_type_built_in() {
    assert!(one("int ? = Int;").builtin);
    assert!(!one("int = Int;").builtin);
    check_canonical("int ? = Int;");
}

#[test]
fn names_are_told_from_keywords_only_where_a_keyword_makes_sense() {
    check_canonical("New x:int = New;");
    check_canonical("Finally = Empty;");
}
