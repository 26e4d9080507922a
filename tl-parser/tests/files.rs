//! What a file holds beside combinators: the other declarations, sections, layers, and the marks of editors.

use tl_parser::{FinalKind, Item, SectionKind, parse, print};

/// `input` is valid, and means what `expected` says in canonical form.
#[track_caller]
fn check(input: &str, expected: &str) {
    let parsed = parse(input);
    assert_eq!(parsed.diagnostics, [], "{input}");
    assert_eq!(print(&parsed.file).trim_end(), expected);
}

#[test]
fn the_final_declarations_are_new_final_and_empty() {
    let kinds: Vec<FinalKind> = parse("New A; Final b.B; Empty C;")
        .file
        .items
        .into_iter()
        .filter_map(|item| if let Item::Final(declaration) = item { Some(declaration.kind) } else { None })
        .collect();
    assert_eq!(kinds, [FinalKind::New, FinalKind::Final, FinalKind::Empty]);
    check("New A;\n  Final\n b.B ;", "New A;\nFinal b.B;");
}

#[test]
fn partial_applications_are_declarations() {
    check("Vector int;", "Vector<int>;");
    check("Vector<int>; pair 5 (n+1);", "Vector<int>;\npair<5, n + 1>;");
    assert!(matches!(parse("Vector int;").file.items[..], [Item::Partial(_)]));
}

#[test]
fn sections_say_whether_combinators_are_types_or_functions() {
    let text = "a = A;\n---functions---\nb = B;\n--- types ---\nc = C;\n-----functions-----d = D;";
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics, []);
    let sections: Vec<SectionKind> = parsed.file.combinators().map(|combinator| combinator.section).collect();
    assert_eq!(sections, [SectionKind::Types, SectionKind::Functions, SectionKind::Types, SectionKind::Functions]);
    check("--- functions ---", "---functions---");
}

#[test]
fn layer_separators_say_which_layer_added_what_follows() {
    let text = "a = A;\n===8===\nb = B;\n=== 17 ===\nc = C;\n---functions---\nd = D;";
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics, []);
    let layers: Vec<Option<u32>> = parsed.file.combinators().map(|combinator| combinator.layer).collect();
    assert_eq!(layers, [None, Some(8), Some(17), Some(17)]);
    check("=== 17 ===", "===17===");
}

#[test]
fn a_layer_comment_is_a_mark_wherever_it_stands() {
    for text in ["// LAYER 230\n\na = A;", "a = A;\n// LAYER 230", "a\n//LAYER  230\n= A;"] {
        let layers: Vec<u32> = parse(text)
            .file
            .items
            .iter()
            .filter_map(|item| if let Item::Layer(mark) = item { Some(mark.layer) } else { None })
            .collect();
        assert_eq!(layers, [230], "{text}");
    }
    check("// LAYER of dust", "// LAYER of dust");
    check("// LAYER 99999999999", "// LAYER 99999999999");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_blanks() {
    check("\u{FEFF}a = A;\r\nb = B;\r\n\r\n// c\r\n", "a = A;\nb = B;\n\n// c");
}

#[test]
fn an_empty_file_is_a_schema() {
    check("", "");
    check(" \n\t\r\n", "");
}
