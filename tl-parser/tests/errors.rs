//! What a person reads when a schema is wrong. One test for each mistake; the messages are in `snapshots/`.

use tl_parser::{SourceText, parse, parse_bytes};

/// All messages for `input`, as they are shown.
fn messages(input: &str) -> String {
    let source = SourceText::new("api.tl", input);
    parse(input).diagnostics.iter().map(|diagnostic| source.render(diagnostic)).collect::<Vec<_>>().join("\n")
}

/// The snapshot of the same name holds the messages for the input.
macro_rules! messages_for {
    ($($name:ident: $input:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(messages($input));
        }
    )*};
}

messages_for! {
    a_semicolon_is_missing_at_the_end: "a = A;\nb x:int = B\n";
    a_semicolon_is_missing_before_the_next_declaration: "a x:int = A // the last\nb y:int\n  z:int = B;\nc = C;";
    a_semicolon_is_missing_before_a_declaration_on_the_same_line: "a x:int = A b = B;";
    a_semicolon_is_missing_before_a_section: "a = A\n---functions---\nb = B;";
    a_semicolon_is_missing_before_a_layer: "a = A\n===17===\nb = B;";
    a_semicolon_stands_alone: "a = A;;";
    the_equals_sign_and_the_result_are_missing: "a x:int;";
    a_name_alone_declares_nothing: "a;";
    the_result_is_missing: "a x:int = ;";
    the_name_is_missing: "#12345678 x:int = A;";
    a_name_starts_with_a_digit: "2fa = A;\na x:int 2fa:int = A;";
    a_name_holds_a_hyphen: "user-full id:int = A;";
    a_namespace_is_not_finished: "auth. x:int = A;";
    a_type_is_missing_in_a_field: "a x: y:int = A;\na x: = A;";
    a_field_has_two_colons: "a x::int = A;";
    fields_are_separated_by_commas: "a x:int, y:int = A;";
    an_id_has_too_many_digits: "a#123456789 = A;";
    an_id_has_leading_zeros_beyond_eight_digits: "a#000000001 = A;";
    an_id_is_not_hexadecimal: "a#12x4 = A;";
    a_bit_is_not_a_number: "a x:flags.?int = A;";
    a_bit_is_too_large_for_any_number: "a x:flags.99999999999?int = A;";
    a_number_is_too_large: "a x:(Tuple int 4294967296) = A;";
    an_optional_argument_follows_a_field: "a x:int {X:Type} = A;";
    an_optional_argument_has_no_kind: "a {X} = A;";
    an_argument_is_missing_between_angle_brackets: "a x:Vector<> = A;";
    an_argument_is_missing_behind_a_comma: "a x:Map<int,> = A;";
    something_is_missing_behind_a_percent_sign: "a x:% = A;";
    a_summand_is_missing: "a x:(n +) = A;";
    a_repetition_is_missing_behind_its_count: "a x:4*int = A;";
    fields_stand_beside_a_question_mark: "int ? x:int = Int;";
    a_bracket_is_not_closed: "a x:Vector<int = A;\nb x:Vector<int> = B;";
    a_bracket_is_closed_by_another_one: "a x:(Vector\n  int> = A;";
    a_bracket_was_never_opened: "a x:int) = A;";
    types_nest_too_deep: &format!("a x:{}int{} = A;", "Vector<".repeat(65), ">".repeat(65));
    a_comment_is_not_closed: "a = A;\nb x:int /* the rest\n = B;\n";
    a_comment_is_closed_twice: "/* a */ */ a = A;";
    a_comment_opens_with_one_stroke: "a / the first\n = A;";
    a_cyrillic_letter_looks_like_a_latin_one: "mеssage = Message;\na x:int = Сhat;";
    a_full_width_sign_looks_like_an_ascii_one: "a x：int = A;";
    a_no_break_space_looks_like_a_blank: "a\u{A0}x:int = A;";
    a_byte_order_mark_stands_in_the_middle: "a = A;\n\u{FEFF}b = B;";
    a_letter_is_not_ascii: "größe = Size;";
    a_control_character_stands_in_a_declaration: "a\u{0} = A;";
    a_section_has_an_unknown_name: "---methods---\na = A;";
    a_section_is_not_finished: "--- functions\na = A;";
    a_layer_is_not_a_number: "===latest===\n======\n";
    a_layer_is_too_large: "===4294967296===";
    a_declaration_is_too_long: &format!("a {}= A;\nb = B;", "x:int ".repeat(11_000));
    several_declarations_are_wrong: "a x:int;\nb = B;\nc#xyz x:flags.4294967296?int = C;\nd x:(int = D;\ne = E;\nf";
    a_line_is_long: &format!("a {}x::int {}= A;", "before:int ".repeat(40), "behind:int ".repeat(40));
    a_line_holds_tabs: "a\tx:int\ty::int = A;";
}

#[test]
fn bytes_are_not_utf_8() {
    let bytes = b"a = A; // \xFF\xFEz\nb x\xC3:int = B;\nc = C;\n";
    let source = SourceText::from_bytes("api.tl", bytes);
    let parsed = parse_bytes(bytes);
    let messages: Vec<String> = parsed.diagnostics.iter().map(|diagnostic| source.render(diagnostic)).collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_file_is_utf_16() {
    let bytes: Vec<u8> = "\u{FEFF}a = A;\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let source = SourceText::from_bytes("api.tl", &bytes);
    let parsed = parse_bytes(&bytes);
    let messages: Vec<String> = parsed.diagnostics.iter().map(|diagnostic| source.render(diagnostic)).collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn everything_after_the_hundredth_error_is_counted() {
    let input = "a x:int;\n".repeat(1_000);
    let source = SourceText::new("api.tl", input.as_str());
    let parsed = parse(&input);
    assert_eq!(parsed.diagnostics.len(), 101);
    insta::assert_snapshot!(parsed.diagnostics.last().map(|last| source.render(last)).unwrap_or_default());
}
