//! What is generated: a small schema for each construct, with the one file that shows it in `snapshots/`. That all of
//! these compile and work is for `tests/samples` to show.

#![allow(clippy::panic, clippy::unwrap_used)]

mod real;

use tl_codegen::Bindings;

/// The text of one generated file, without its provenance.
fn generated(path: &str, bindings: &Bindings) -> String {
    let files = bindings.emit().unwrap_or_else(|error| panic!("{error}"));
    let text = files.get(path).unwrap_or_else(|| panic!("there is no {path} among {:?}", files.keys()));
    real::without_provenance(text).to_owned()
}

fn bindings(schema: &str) -> Bindings {
    Bindings::from_text("sample", "sample.tl", schema)
}

/// The snapshot of the same name holds the file that is generated for the schema, and for the rules behind `with`.
macro_rules! golden {
    ($($name:ident, in $path:literal: $schema:expr $(, with $rules:expr)?;)*) => {$(
        #[test]
        fn $name() {
            let rules = ["" $(, $rules)?].concat();
            insta::assert_snapshot!(generated($path, &bindings($schema).rules("sample.rules", &rules)));
        }
    )*};
}

// Types.
golden! {
    a_type_with_one_constructor_is_its_struct, in "types.rs": "user id:long name:string = User;";
    a_type_with_several_constructors_is_a_choice, in "types.rs": "userEmpty id:long = User;\nuser id:long name:string = User;";
    a_constructor_without_fields_is_a_unit_variant, in "types.rs": "inputPeerEmpty = InputPeer;\ninputPeerSelf = InputPeer;";
    a_large_variant_is_boxed, in "types.rs":
        "pointEmpty = Point;\npoint a:int256 b:int256 c:int256 d:int256 e:int = Point;";
    the_constructor_of_an_object_is_a_type_of_its_own, in "types.rs": "packed data:bytes = Object;\na x:Object = A;";
}

// Structs.
golden! {
    a_constructor_is_a_struct_of_its_fields, in "constructors.rs":
        "all a:int b:long c:double d:string e:bytes f:int128 g:int256 h:Bool i:# j:Vector<int> k:Kind l:%Kind = All;\n\
         kind x:int = Kind;";
    flags_follow_from_the_fields, in "constructors.rs":
        "message flags:# silent:flags.5?true id:int media:flags.9?bytes = Message;";
    fields_that_share_a_flag_are_there_together, in "constructors.rs":
        "forum flags:# on:flags.1?true from:flags.1?int until:flags.1?int = Forum;";
    flags_in_the_middle_are_read_where_they_stand, in "constructors.rs":
        "config date:int flags:# a:flags.0?int flags2:# b:flags2.31?int c:flags.3?true = Config;";
    a_number_that_no_field_depends_on_is_a_field, in "constructors.rs": "a flags:# hash:# x:flags.0?int = A;";
    a_recursive_type_is_boxed, in "constructors.rs": "leaf = Tree;\nnode left:Tree x:int right:Tree all:Vector<Tree> = Tree;";
    types_that_contain_each_other_are_boxed, in "constructors.rs": "a x:B = A;\nb flags:# y:flags.0?A = B;";
    an_optional_field_of_a_large_type_is_boxed, in "constructors.rs":
        "large a:int256 b:int256 c:int = Large;\nholder flags:# x:flags.0?Large = Holder;";
    a_bare_vector, in "constructors.rs": "container messages:vector<message> = Container;\nmessage id:long = Message;";
    vectors_of_every_kind, in "constructors.rs":
        "b x:int = B;\n\
         a a:Vector<B> b:vector<B> c:Vector<b> d:vector<%B> e:Vector<Vector<int>> f:Vector<vector<int>> \
         g:vector<Vector<b>> h:%Vector<bytes> = A;";
    a_field_that_is_an_object_takes_what_is_left, in "constructors.rs": "result id:long result:Object = Result_;";
    an_object_within_its_length, in "constructors.rs": "message id:long seqno:int bytes:int body:Object = Message;";
    a_field_that_the_rules_leave_open, in "constructors.rs": "layer n:int message:Message = Layer;\nmessage x:int = Message;",
        with "open layer.message";
    keywords_as_fields, in "constructors.rs":
        "a flags:# type:int self:string crate:flags.0?true final:flags.1?int static:int loop:int gen:int srp_B:bytes A:bytes \
         M1:bytes = A;";
    fields_with_the_names_of_what_reads_them, in "constructors.rs": "a reader:int sink:int flags:# value:flags.0?int = A;";
}

// Functions.
golden! {
    a_function_tells_what_it_answers, in "functions.rs": "user = User;\n---functions---\ngetUsers id:Vector<long> = Vector<User>;";
    a_function_without_fields, in "functions.rs": "---functions---\nping = Bool;";
    a_generic_call, in "functions.rs": "---functions---\ninvokeWithLayer {X:Type} layer:int query:!X = X;";
    a_function_that_answers_any_object, in "functions.rs": "---functions---\nget id:int = Object;";
}

// Modules.
golden! {
    namespaces_are_modules, in "types/mod.rs": "a x:auth.B = A;\nauth.b x:int = auth.B;\nauth.c.d x:auth.B y:A = auth.c.D;";
    a_namespace_below_another, in "constructors/auth/mod.rs":
        "a x:auth.B = A;\nauth.b x:int = auth.B;\nauth.c.d x:auth.B y:A = auth.c.D;";
    the_module_of_the_schema, in "mod.rs": "// LAYER 5\na x:int = A;\n---functions---\nf = A;";
}

// Layers.
const LAYERED: &str = "\
    ===8===\n\
    photo data:bytes size:int name:string = Media;\n\
    empty = Media;\n\
    message text:string noise:bytes media:Media = Message;\n\
    ===17===\n\
    entity at:int = Entity;\n\
    message flags:# text:string ttl:int media:flags.0?Media entities:flags.1?Vector<Entity> = Message;\n\
    ===23===\n\
    named name:string = Attribute;\n\
    photo data:bytes size:long attributes:Vector<Attribute> = Media;\n\
    spoiler at:int = Entity;\n\
    secret at:int = Entity;\n";
const LAYER_RULES: &str = "\
    receive_only secret\n\
    keep message.ttl\n\
    step message@8\n  lost noise = \"\"\n  new ttl = 0\n\
    step photo@8\n  move name into attributes as named\n";

golden! {
    every_form_of_a_type_is_a_variant_of_its_exact_one, in "exact.rs": LAYERED, with LAYER_RULES;
    a_layer_names_the_forms_in_force_at_it, in "layer_17/constructors.rs": LAYERED, with LAYER_RULES;
    raising_goes_to_the_newest_form_in_one_step, in "raise.rs": LAYERED, with LAYER_RULES;
    lowering_drops_what_a_layer_does_not_have, in "carry.rs": LAYERED, with LAYER_RULES;
    the_module_of_a_layered_schema, in "mod.rs": LAYERED, with LAYER_RULES;
}

// What stands beside a schema.

#[test]
fn a_function_tells_who_may_call_it_and_what_it_raises() {
    let errors = "\
        error\t400\tUSER_ID_INVALID\t-\tThe user is not known.\tusers.get\n\
        error\t420\tFLOOD_WAIT_%d\tseconds\tToo many calls.\t*\n\
        function\tusers.get\tbots\n";
    let bindings = bindings("---functions---\nusers.get id:int = Bool;\nother = Bool;").errors("errors.tsv", errors);
    insta::assert_snapshot!(generated("functions/users.rs", &bindings));
}

#[test]
fn the_table_of_declarations_says_what_is_hidden() {
    let redaction = "show\t*\tname\tnames are public here\nhide\tuser\tid\tto be sure\n";
    let schema = "boolTrue#997275b5 = Bool;\n//@description A person @id Who\nuser id:int name:string phone:string key:bytes = User;";
    insta::assert_snapshot!(generated("schema.tl", &bindings(schema).redaction("redaction.tsv", redaction)));
}

#[test]
fn a_documentation_comment_is_documentation() {
    let schema = "//@description A person @id Who\n//-it is\nuser id:int = User;";
    insta::assert_snapshot!(generated("constructors.rs", &bindings(schema)));
}

#[test]
fn another_name_of_the_runtime_is_imported_from() {
    insta::assert_snapshot!(generated("types.rs", &bindings("a = A;\nb = A;").runtime("::codec::tl")));
}
