//! A wrong declaration hides neither the others nor their errors.

use tl_parser::{Item, SectionKind, parse};

/// `input` gives errors on exactly these lines, and the combinators of these names.
#[track_caller]
fn check(input: &str, lines: &[usize], names: &[&str]) {
    let parsed = parse(input);
    let found: Vec<usize> =
        parsed.diagnostics.iter().map(|diagnostic| input[..diagnostic.span.start].matches('\n').count() + 1).collect();
    assert_eq!(found, lines, "{:?}", parsed.diagnostics);
    let combinators: Vec<String> = parsed.file.combinators().map(|combinator| combinator.name.to_string()).collect();
    assert_eq!(combinators, names);
}

#[test]
fn a_wrong_declaration_is_left_out_and_the_next_one_is_read() {
    check("a = A;\nb x:: = B;\nc = C;\nd ( = D;\ne = E;", &[2, 4], &["a", "c", "e"]);
}

#[test]
fn a_declaration_without_its_semicolon_is_read_and_so_is_the_next_one() {
    check("a = A\nb = B\nc x:int\n  y:int = C\n\n// d\nd = D;", &[1, 2, 4], &["a", "b", "c", "d"]);
}

#[test]
fn two_declarations_without_a_semicolon_have_their_own_errors() {
    check("a = A\nb x:: = B\nc = C;", &[1, 2], &["a", "c"]);
}

#[test]
fn a_result_on_several_lines_is_one_declaration() {
    check("a = Map\n  Key\n  Value;\nb = B;", &[], &["a", "b"]);
}

#[test]
fn a_semicolon_ends_a_declaration_whatever_brackets_are_open() {
    check("a x:(((([[[[<<<< = A;\nb = B;", &[1], &["b"]);
}

#[test]
fn a_mark_ends_a_declaration_that_is_not_finished() {
    let parsed = parse("a x:int\n---functions---\nb = B;");
    assert_eq!(parsed.diagnostics.len(), 1);
    let sections: Vec<SectionKind> = parsed.file.combinators().map(|combinator| combinator.section).collect();
    assert_eq!(sections, [SectionKind::Functions]);
}

#[test]
fn an_unknown_section_leaves_the_one_before_in_force() {
    let parsed = parse("---functions---\na = A;\n---methods---\nb = B;");
    assert!(parsed.file.combinators().all(|combinator| combinator.section == SectionKind::Functions));
}

#[test]
fn comments_of_a_wrong_declaration_are_kept() {
    let parsed = parse("// one\na /* two */ x:: = A; // three\nb = B;");
    assert_eq!(parsed.file.items.iter().filter(|item| matches!(item, Item::Comment(_))).count(), 3);
}

#[test]
fn all_errors_of_one_declaration_that_can_be_told_apart_are_reported() {
    check("a#xyz x:flags.4294967296?int = A;", &[1, 1], &[]);
}

#[test]
fn a_declaration_before_an_unclosed_comment_reports_the_comment_only() {
    check("a = A;\nb = B /* no end\n; c = C;", &[2], &["a", "b"]);
}

#[test]
fn diagnostics_come_in_the_order_of_the_text() {
    let parsed = parse("a = A\nb x::int = B\n---x---\nc#xyz = C;\nd");
    assert!(parsed.diagnostics.is_sorted_by_key(|diagnostic| diagnostic.span.start));
    assert_eq!(parsed.diagnostics.len(), 5);
}
