//! Lines, columns and excerpts, for any place in any text.

use proptest::prelude::*;
use tl_parser::{Diagnostic, SourceText, Span};

#[track_caller]
fn check_place(text: &str, offset: usize, expected: (usize, usize)) {
    assert_eq!(SourceText::new("x.tl", text).line_column(offset), expected, "offset {offset} of {text:?}");
}

/// The excerpt and its marks for a span.
#[track_caller]
fn check_excerpt(text: &str, span: (usize, usize), expected: [&str; 2]) {
    let diagnostic = Diagnostic::error(Span { start: span.0, end: span.1 }, "m");
    let rendered = SourceText::new("x.tl", text).render(&diagnostic);
    let shown: Vec<&str> =
        rendered.lines().skip(3).filter_map(|line| line.split_once(" | ")).map(|(_, text)| text).collect();
    assert_eq!(shown, expected, "{rendered}");
}

#[test]
fn lines_and_columns_count_from_one() {
    check_place("ab\ncd", 0, (1, 1));
    check_place("ab\ncd", 1, (1, 2));
    check_place("ab\ncd", 3, (2, 1));
}

#[test]
fn a_line_break_belongs_to_the_line_it_ends() {
    check_place("ab\ncd", 2, (1, 3));
    check_place("ab\r\ncd", 3, (1, 4));
    check_place("ab\r\ncd", 4, (2, 1));
}

#[test]
fn columns_count_characters() {
    check_place("é漢🦀x", 9, (1, 4));
    let far = format!("{}x", "é".repeat(5_000));
    check_place(&far, 10_000, (1, 5_001));
}

#[test]
fn an_offset_inside_a_character_is_moved_back_to_it() {
    check_place("a漢b", 2, (1, 2));
    check_place("a漢b", 3, (1, 2));
}

#[test]
fn an_offset_past_the_end_is_the_end() {
    check_place("ab\nc", 99, (2, 2));
    check_place("ab\n", 3, (2, 1));
    check_place("", usize::MAX, (1, 1));
    check_place(&"x".repeat(2_048), 2_048, (1, 2_049));
}

#[test]
fn a_byte_order_mark_takes_no_column() {
    check_place("\u{FEFF}ab", 3, (1, 1));
    check_place("\u{FEFF}ab", 4, (1, 2));
    check_place("\u{FEFF}ab", 0, (1, 1));
}

#[test]
fn the_place_is_underlined() {
    check_excerpt("one two three", (4, 7), ["one two three", "    ^^^"]);
    check_excerpt("é漢 two", (6, 9), ["é漢 two", "   ^^^"]);
}

#[test]
fn an_empty_place_gets_one_mark() {
    check_excerpt("one two", (3, 3), ["one two", "   ^"]);
    check_excerpt("one", (3, 3), ["one", "   ^"]);
    check_excerpt("one\r\ntwo", (3, 4), ["one", "   ^"]);
}

#[test]
fn a_place_on_several_lines_is_marked_on_the_first() {
    check_excerpt("one two\nthree", (4, 11), ["one two", "    ^^^"]);
}

#[test]
fn a_tab_takes_four_places_and_a_control_character_one() {
    check_excerpt("a\tb", (2, 3), ["a    b", "     ^"]);
    check_excerpt("a\u{1b}[31mb\u{202e}", (6, 7), ["a\u{FFFD}[31mb\u{FFFD}", "      ^"]);
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = format!("{}HERE{}", "a".repeat(1_000), "b".repeat(1_000));
    let expected = [format!("…{}HERE{}…", "a".repeat(60), "b".repeat(76)), format!("{}^^^^", " ".repeat(61))];
    check_excerpt(&text, (1_000, 1_004), [&expected[0], &expected[1]]);
}

#[test]
fn everything_a_diagnostic_says_is_shown() {
    let diagnostic = Diagnostic::warning(Span { start: 4, end: 7 }, "message")
        .with_label("label")
        .with_hint("hint")
        .with_note(Span { start: 0, end: 3 }, "first note")
        .with_note(Span { start: 8, end: 9 }, "second note");
    insta::assert_snapshot!(SourceText::new("dir/x.tl", "one two\nthree").render(&diagnostic));
}

#[test]
fn the_margin_fits_the_line_number() {
    let text = "\n".repeat(99) + "one two";
    insta::assert_snapshot!(
        SourceText::new("x.tl", text).render(&Diagnostic::error(Span { start: 103, end: 106 }, "message"))
    );
}

proptest! {
    #[test]
    fn any_span_of_any_text_can_be_rendered(text in any::<String>(), start in 0_usize..200, end in 0_usize..200) {
        let source = SourceText::new("x.tl", text);
        let rendered = source.render(&Diagnostic::error(Span { start, end }, "m").with_note(Span { start: end, end: start }, "n"));
        prop_assert!(rendered.contains('^'));
    }

    #[test]
    fn lines_and_columns_are_what_counting_says(text in "[a\né\r]{0,80}", offset in 0_usize..200) {
        let end = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let before = &text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        prop_assert_eq!(SourceText::new("x.tl", text.clone()).line_column(offset), (line, column));
    }
}
