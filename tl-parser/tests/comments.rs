//! Comments, documentation and blank lines: what they belong to, and that none is lost.

use tl_parser::{Item, parse, print};

/// `input` is valid and prints as `expected`, which prints as itself.
#[track_caller]
fn check(input: &str, expected: &str) {
    for text in [input, expected] {
        let parsed = parse(text);
        assert_eq!(parsed.diagnostics, []);
        assert_eq!(print(&parsed.file), expected);
    }
}

/// The docs of the last combinator of `input`, as `(tag, text)`.
#[track_caller]
fn check_docs(input: &str, expected: &[(&str, &str)]) {
    let parsed = parse(input);
    assert_eq!(parsed.diagnostics, []);
    let last = parsed.file.combinators().last();
    let docs: Vec<(&str, &str)> =
        last.iter().flat_map(|last| &last.docs).map(|entry| (entry.tag.as_str(), entry.text.as_str())).collect();
    assert_eq!(docs, expected, "{input}");
}

#[test]
fn line_comments_reach_to_the_end_of_the_line() {
    check("// a; = b;\na = A; // { b\n", "// a; = b;\na = A;\n// { b\n");
}

#[test]
fn block_comments_may_span_lines_and_hold_semicolons() {
    check("/* a = A;\n b = B; // */ c = C;", "/* a = A;\n b = B; // */\nc = C;\n");
    check("/**/a = A;/***/", "/**/\na = A;\n/***/\n");
}

#[test]
fn comments_hold_any_text() {
    check("// é ü 漢字 🦀 ------ === ---types---\na = A;", "// é ü 漢字 🦀 ------ === ---types---\na = A;\n");
    check("/// three\n//////\n//\n", "/// three\n//////\n//\n");
}

#[test]
fn blanks_at_the_end_of_a_comment_are_dropped() {
    check("// a \t\r\n//\u{A0}\n", "// a\n//\n");
}

#[test]
fn comments_inside_a_declaration_move_in_front_of_it() {
    check(
        "user#1 // the user; of course\n id:long /* forever */\n // é\n = User /* the type */ ;",
        "// the user; of course\n/* forever */\n// é\n/* the type */\nuser#1 id:long = User;\n",
    );
}

#[test]
fn a_comment_separates_tokens() {
    check("a/**/x:int/**/y:int=A;", "/**/\n/**/\na x:int y:int = A;\n");
}

#[test]
fn blank_lines_collapse_to_one_and_vanish_at_both_ends() {
    check("\n\n// a\n\n\n\na = A;\n\nb = B;\n\n\n", "// a\n\na = A;\n\nb = B;\n");
}

#[test]
fn documentation_belongs_to_the_declaration_below() {
    check_docs(
        "//@description A user @id Its number @name Its name, perhaps a@b\nuser id:long name:string = User;",
        &[("description", "A user"), ("id", "Its number"), ("name", "Its name, perhaps a@b")],
    );
}

#[test]
fn documentation_goes_on_behind_a_dash() {
    check_docs(
        "//@description One\n//- two\n//-\n//-four @id Five\n//-@name Six\n//- seven\na = A;",
        &[("description", "One\ntwo\n\nfour"), ("id", "Five"), ("name", "Six\nseven")],
    );
}

#[test]
fn a_documentation_entry_may_be_empty() {
    check_docs("//@a @b\n//@c\n//-d\n\u{20}a = A;", &[("a", ""), ("b", ""), ("c", "\nd")]);
}

#[test]
fn documentation_is_printed_one_entry_to_a_line() {
    check("//@description A @id B\n//-C\na id:int = A;", "//@description A\n//@id B\n//-C\na id:int = A;\n");
}

#[test]
fn documentation_inside_a_declaration_documents_it() {
    check("//@description A\na //@x B\n x:int = A;", "//@description A\n//@x B\na x:int = A;\n");
}

#[test]
fn a_plain_comment_between_documentation_and_declaration_stays_in_front() {
    check("//@description A\n// plain\na = A;", "// plain\n//@description A\na = A;\n");
}

#[test]
fn a_blank_line_cuts_documentation_off() {
    let text = "//@class User @description Anyone\n//- at all\n\na = A;\n";
    check(text, text);
    check_docs(text, &[]);
    assert!(matches!(parse(text).file.items[0], Item::Comment(_)));
}

#[test]
fn marks_final_declarations_and_the_end_cut_documentation_off() {
    for text in
        ["//@a b\n---types---\nc = C;\n", "//@a b\nNew A;\nc = C;\n", "//@a b\n===8===\nc = C;\n", "c = C;\n//@a b\n"]
    {
        check(text, text);
        check_docs(text, &[]);
    }
}

#[test]
fn a_dash_that_continues_nothing_is_a_plain_comment() {
    check("//- a\na = A;", "//- a\na = A;\n");
    check_docs("// plain\n//- a\na = A;", &[]);
}

#[test]
fn an_at_sign_before_anything_but_a_name_opens_no_entry() {
    check("//@ a\n//@é\n//@\na = A;", "//@ a\n//@é\n//@\na = A;\n");
    check_docs("//@a one @ two @é\na = A;", &[("a", "one @ two @é")]);
}

#[test]
fn documentation_of_a_failed_declaration_is_not_given_to_the_next() {
    let parsed = parse("//@description bad\na x = = A;\nb = B;");
    assert_eq!(parsed.diagnostics.len(), 1);
    assert!(parsed.file.combinators().all(|combinator| combinator.docs.is_empty()));
}
