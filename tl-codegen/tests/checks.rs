//! What a person reads when a schema or its rules are wrong. One test for each check; the messages are in `snapshots/`.

#![allow(clippy::unwrap_used)]

#[path = "files/folder.rs"]
mod folder;

use tl_codegen::{Bindings, Error};

/// All messages for the schema and its rules, as they are shown.
fn messages(schema: &str, rules: &str) -> String {
    let bindings = Bindings::from_text("sample", "sample.tl", schema).rules("sample.rules", rules);
    match bindings.emit() {
        Ok(files) => format!("no error; {} files", files.len()),
        Err(Error::Problems(problems)) => problems.errors.join("\n"),
        Err(error) => error.to_string(),
    }
}

/// The snapshot of the same name holds the messages for the schema, and for the rules behind `with`.
macro_rules! messages_for {
    ($($name:ident: $schema:expr $(, with $rules:expr)?;)*) => {$(
        #[test]
        fn $name() {
            let rules = ["" $(, $rules)?].concat();
            insta::assert_snapshot!(messages($schema, &rules));
        }
    )*};
}

// Names of types and constructors.
messages_for! {
    an_unknown_type_that_resembles_a_known_one: "user = User;\nchat owner:Usre = Chat;";
    an_unknown_type_that_resembles_nothing: "chat owner:User = Chat;";
    an_unknown_type_in_a_namespace: "auth.code = auth.Code;\na x:auth.Coed y:help.Code = A;";
    an_unknown_answer: "---functions---\nhelp.getConfig = help.Config;";
    a_constructor_is_declared_twice: "a x:int = A;\nb = A;\na y:int = A;";
    a_function_is_declared_twice: "---functions---\nf x:int = Bool;\nf x:long = Bool;";
    a_function_is_declared_in_two_layers: "===1===\na = A;\n---functions---\nf = A;\n===2===\nf x:int = A;";
    a_declaration_stands_before_the_first_layer: "a x:int = A;\n===5===\na x:int y:int = A;";
    a_constructor_of_a_type_in_lower_case: "a = a;";
    a_constructor_of_a_vector: "a = Vector int;";
    a_bare_type_with_several_constructors: "a1 = A;\na2 = A;\nb x:%A = B;";
}

// Fields and their flags.
messages_for! {
    a_field_depends_on_flags_that_there_are_not: "a x:flags.0?int = A;";
    a_field_depends_on_later_flags: "a x:flags.0?int flags:# = A;";
    a_field_depends_on_what_holds_no_flags: "a n:int x:n.0?int = A;";
    a_bit_above_the_last: "a flags:# x:flags.31?int y:flags.32?int = A;";
    a_condition_without_a_bit: "a n:# x:n?int = A;";
    a_second_field_of_the_same_name: "a x:int y:int x:long = A;";
    a_field_without_a_name: "a int = A;";
    a_flag_without_a_condition: "a x:true = A;";
}

// Types of fields.
messages_for! {
    a_vector_without_an_item: "a x:Vector = A;\nb x:%vector = B;";
    a_vector_of_two_types: "a x:Vector<int, long> = A;";
    arguments_on_a_type_that_takes_none: "a = A;\nb x:A<int> y:int<A> = B;";
    items_that_take_no_bytes: "a = A;\nb x:vector<a> = B;";
    items_that_take_no_bytes_although_they_have_fields: "a = A;\nb x:a y:%A = B;\nc x:Vector<%B> = C;";
    items_that_are_flags: "a x:Vector<true> = A;";
    a_type_variable_without_a_mark: "---functions---\nf {X:Type} x:X = X;";
    a_mark_without_a_type_variable: "a x:!int = A;";
    a_repetition: "a n:# x:n*[ y:int ] = A;";
    two_open_fields: "---functions---\nf {X:Type} query:!X other:Object = X;";
    an_open_field_behind_a_flag: "a flags:# x:flags.0?Object = A;";
    open_items: "a x:Vector<Object> = A;";
}

// Values that could not exist.
messages_for! {
    a_constructor_within_itself: "a x:int y:b = A;\nb x:%A = B;";
    a_type_without_an_end: "a x:B = A;\nb x:A = B;";
}

// Ids.
messages_for! {
    an_id_that_is_not_the_checksum: "a#12345678 x:int = A;";
    an_id_that_the_rules_except: "a#12345678 x:int = A;", with "id a#12345678 so it is in use";
    an_exception_that_is_not_needed: "a#d2aa78f6 x:int = A;", with "id a#d2aa78f6 so it is in use";
    an_exception_that_the_other_spelling_of_bytes_makes_unneeded: "a#d82860e8 x:bytes = A;",
        with "id a#d82860e8 so it is in use";
    an_exception_for_nothing: "a x:int = A;", with "id a#12345678 it was in use\nid b#12345678 it was, too";
    an_id_that_two_declarations_have: "a#12345678 = A;\nb#12345678 = B;", with "id a#12345678 one\nid b#12345678 two";
    an_id_of_a_function_and_a_constructor: "a#12345678 = A;\n---functions---\nf#12345678 = A;",
        with "id a#12345678 one\nid f#12345678 two";
    an_id_that_is_zero: "a#0 = A;", with "id a#0 zero";
}

#[test]
fn an_id_may_be_the_checksum_with_bytes_written_as_string_or_as_they_are() {
    let by_both = "\
        decryptedMessageMediaAudio#57e0a9cb duration:int mime_type:string size:int key:bytes iv:bytes = M;\n\
        decryptedMessageMediaDocument#6abd9782 thumb:bytes thumb_w:int thumb_h:int mime_type:string size:long \
        key:bytes iv:bytes attributes:Vector<DocumentAttribute> caption:string = DecryptedMessageMedia;\n\
        documentAttributeAnimated#11b58939 = DocumentAttribute;\n"
        .replace("= M;", "= DecryptedMessageMedia;");
    assert_eq!(messages(&by_both, ""), "no error; 4 files");
}

// Names in Rust.
messages_for! {
    two_types_of_one_name: "a x:int = FooBar;\nb x:int = Foo_bar;";
    two_constructors_of_one_name: "foo_bar x:int = A;\nfooBar x:int = B;";
    two_variants_of_one_name: "chatEmpty = Chat;\nempty = Chat;";
    two_fields_of_one_name: "a userId:int user_id:int = A;";
    two_functions_of_one_name: "---functions---\ngetA = Bool;\nget_a = Bool;";
    clashes_that_the_rules_settle: "chatEmpty = Chat;\nempty = Chat;\na x:int = FooBar;\nb x:int = Foo_bar;",
        with "rename empty ChatNone\nrename Foo_bar FooBar2";
    two_variants_of_one_name_among_the_forms:
        "===1===\npageV1 = Page;\npageV x:int = Page;\n===7===\npageV1 x:int = Page;\n===17===\npageV = Page;",
        with "step pageV1@1\n  new x = 0\nstep pageV@1\n  lost x = 0";
}

// Rules.
messages_for! {
    rules_that_name_nothing: "===1===\na x:int = A;", with
        "receive_only b\nrename c D\nkeep a.y\nkeep d.x\nopen a.y\nstep a@2\nstep e@1";
    a_field_that_cannot_be_left_open: "a x:int = A;\nb x:A y:A = B;", with "open a.x\nopen b.x";
    an_optional_field_that_is_left_open: "a = A;\nb flags:# x:flags.0?A = B;", with "open b.x";
    a_second_field_that_is_left_open: "a = A;\nb x:Object y:A = B;", with "open b.y";
    words_that_no_rule_reads: "a = A;", with "flor 46\nkeep a\nopen\nstep a\nstep a@x\nid a b\nid a#xyz reason";
    a_step_that_is_given_twice: "===1===\na = A;", with "step a@1\nstep a@1";
    a_field_rule_outside_a_step: "===1===\na = A;", with "lost x = 0\nfloor 1\nnew y = 0";
    a_value_that_stands_for_nothing_known: "===1===\na = A;", with "step a@1\n  new x = Some\n  lost y = [1]";
}

// Steps from one layer to the newest.
messages_for! {
    a_field_that_was_removed: "===1===\na x:int y:int = A;\n===2===\na y:int = A;";
    a_required_field_that_was_added: "===1===\na x:int = A;\n===2===\na x:int y:int = A;";
    a_field_that_was_retyped: "===1===\na x:int = A;\n===2===\na x:string = A;";
    an_optional_field_that_was_retyped:
        "===1===\na flags:# x:flags.0?int = A;\n===2===\na flags:# x:flags.0?string = A;";
    a_number_that_was_narrowed: "===1===\na x:long = A;\n===2===\na x:int = A;";
    a_field_that_was_optional: "===1===\na flags:# x:flags.0?int = A;\n===2===\na x:int = A;";
    a_rule_whose_value_has_another_type: "===1===\na x:int = A;\n===2===\na y:string = A;",
        with "step a@1\n  lost x = \"\"\n  new y = 0";
    a_rule_for_fields_that_there_are_not: "===1===\na x:int = A;\n===2===\na x:int y:int = A;",
        with "step a@1\n  new y = 0\n  lost z = 0\n  rename v -> w\n  move u into t as s";
    rules_that_nothing_needs: "===1===\na x:int y:int = A;\n===2===\na y:int x:int = A;",
        with "step a@1\n  new y = 0\n  lost x = 0";
    a_field_that_moved_to_where_it_cannot_be: "===1===\na x:int = A;\n===2===\nb y:string = B;\na z:Vector<B> = A;",
        with "step a@1\n  move x into z as b";
    a_field_that_moved_into_no_vector: "===1===\na x:int = A;\n===2===\na z:int = A;", with "step a@1\n  move x into z as b";
    a_field_that_moved_into_an_optional_vector:
        "===1===\na x:int = A;\n===2===\nb1 y:int = B;\nb2 = B;\na flags:# z:flags.0?Vector<B> = A;",
        with "step a@1\n  move x into z as b1";
    a_value_whose_constructor_has_got_fields:
        "===1===\nb1 = B;\nb2 = B;\na = A;\n===2===\nb1 x:int = B;\na y:B = A;",
        with "step b1@1\n  new x = 0\nstep a@1\n  new y = b1";
    a_default_of_another_type: "===1===\na flags:# x:flags.0?int = A;\n===2===\na x:int = A;",
        with "step a@1\n  new x = \"\"";
    a_bare_value_with_several_forms: "===1===\na x:int = A;\nb x:a = B;\n===2===\na x:long = A;";
    a_bare_value_that_contains_several_forms: "===1===\na x:int = A;\nb x:A = B;\nc x:%B = C;\n===2===\na x:long = A;";
}

messages_for! {
    all_errors_of_a_file_in_one_run: "\
        a#12345678 x:int = A;\n\
        b x:flags.0?int y:Vector = B\n\
        c x:Nothing = C;\n\
        c = C;\n\
        d = D;\n\
        ---functions---\n\
        f {X:Type} x:!X y:!X = X;\n\
        g#12345679 x:int = C;",
        with "id g#12345679 this one is known\nreceive_only nobody\nflor 1";
}

#[test]
fn one_error_keeps_everything_from_coming_out() {
    let place = tempfile::tempdir().unwrap();
    let good = Bindings::from_text("sample", "sample.tl", "a = A;");
    good.write(place.path()).unwrap();
    let before = folder::read(place.path());

    let bad = Bindings::from_text("sample", "sample.tl", "a = A;\nb x:int = B;\nc x:Nothing = C;");
    assert!(matches!(bad.emit(), Err(Error::Problems(_))));
    assert!(matches!(bad.compare(place.path()), Err(Error::Problems(_))));
    let error = bad.write(place.path()).unwrap_err();
    assert!(error.to_string().ends_with("\n1 error; nothing was written"), "{error}");
    assert_eq!(folder::read(place.path()), before);
}
