//! The table that the text of a schema becomes.

use tl_types::{Decode, Shape};

use crate::sample::{Note, Peer, SCHEMA};

#[test]
fn an_id_leads_to_its_declaration() {
    let peer = SCHEMA.by_id(0xa1b_2c3d).unwrap();
    assert_eq!((peer.name(), peer.id(), peer.result()), ("peerUser", 0xa1b_2c3d, "Peer"));
    assert_eq!((peer.layer(), peer.is_function()), (Some(8), false));

    let call = SCHEMA.by_id(0x501).unwrap();
    assert_eq!((call.name(), call.result(), call.is_function()), ("notes.send", "Vector<Note>", true));

    assert!(SCHEMA.by_id(0xffff_ffff).is_none());
}

#[test]
fn the_line_is_that_of_the_text_without_the_mark_for_redaction() {
    let line = SCHEMA.by_id(0xa1b_2c3d).unwrap().line();
    assert_eq!(line, "peerUser#a1b2c3d user_id:long access_hash:long = Peer;");
}

#[test]
fn the_forms_of_one_name_come_oldest_first() {
    let forms: Vec<_> = SCHEMA.by_name("note").map(|form| (form.layer(), form.id())).collect();
    assert_eq!(forms, [(Some(8), 0x107), (Some(46), 0x207)]);
    assert_eq!(SCHEMA.by_name("nothing").count(), 0);
}

#[test]
fn a_type_has_constructors_and_a_function_is_none() {
    let names = |type_name| SCHEMA.constructors(type_name).map(|found| found.name()).collect::<Vec<_>>();
    assert_eq!(names("Peer"), ["peerNone", "peerUser"]);
    assert_eq!(names("Vector<Note>"), [""; 0]);
}

#[test]
fn declarations_stay_in_the_order_of_the_text() {
    let names: Vec<_> = SCHEMA.declarations().iter().map(|found| found.name()).collect();
    assert_eq!(names[..3], ["peerNone", "peerUser", "file"]);
    assert_eq!(names.len(), 12);
}

#[test]
fn a_field_tells_its_type_its_condition_and_whether_it_is_redacted() {
    let note = SCHEMA.by_id(0x207).unwrap();
    let field = |name: &str| {
        let field = note.fields().iter().find(|field| field.name() == name).unwrap();
        (field.type_text(), field.condition(), field.is_redacted(), field.is_framing())
    };
    assert_eq!(field("flags"), ("#", None, false, true));
    assert_eq!(field("silent"), ("true", Some(("flags", 0)), false, false));
    assert_eq!(field("text"), ("string", None, true, false));
    assert_eq!(field("from"), ("Peer", Some(("more", 31)), false, false));
    assert_eq!(field("tags"), ("Vector<string>", Some(("more", 0)), false, false));
}

#[test]
fn flags_that_nothing_refers_to_are_a_number_like_others() {
    let count = &SCHEMA.by_id(0xb17).unwrap().fields()[1];
    assert_eq!((count.name(), count.is_framing()), ("count", false));
}

#[test]
fn the_length_in_front_of_an_object_is_framing() {
    let fields = SCHEMA.by_id(0x5bb8_e511).unwrap().fields();
    let framing: Vec<_> = fields.iter().filter(|field| field.is_framing()).map(|field| field.name()).collect();
    assert_eq!(framing, ["bytes"]);
}

#[test]
fn type_parameters_are_not_fields() {
    let fields = SCHEMA.by_id(0xda9b_0d0d).unwrap().fields();
    let fields: Vec<_> = fields.iter().map(|field| (field.name(), field.type_text())).collect();
    assert_eq!(fields, [("layer", "int"), ("query", "!X")]);
}

#[test]
fn what_is_no_declaration_is_left_out() {
    use std::sync::OnceLock;
    use tl_types::{Index, Schema};

    const TEXT: &str = "\
        a#1 = A; \n b# = B; \n c = C; \n d#fffffffff = D; \n #2 \n ; \n = ; \n e#3 = \n === \n ====== \n --- \n ------
        f#4 x = F; \n g#5 x:flags.1?int = G; \n h#6 flags:# x:flags.32?int = H; \n i#7 x:flags.é?int = I;
        j#8 x:Vector< = J; \n k#9 x:Vector<Vector<Vector<Vector<Vector<Vector<Vector<Vector<Vector<A>>>>>>>>> = K;
        vector#1cb5c415 {t:Type} # [ t ] = Vector t; \n é#a é:é = É; // redacted: é";
    static BROKEN: Schema = Schema::new("broken", 0, TEXT, || {
        static INDEX: OnceLock<Index> = OnceLock::new();
        INDEX.get_or_init(|| Index::parse(TEXT))
    });

    let names: Vec<_> = BROKEN.declarations().iter().map(|found| found.name()).collect();
    assert_eq!(names, ["a", "é"]);
}

#[test]
fn a_shape_prints_as_tl_writes_it() {
    let check = |shape: Shape, expected: &str| assert_eq!(shape.to_string(), expected);

    check(i64::SHAPE, "long");
    check(<[u8; 16]>::SHAPE, "int128");
    check(Vec::<u8>::SHAPE, "bytes");
    check(Peer::SHAPE, "Peer");
    check(Note::SHAPE, "note");
    check(Vec::<Vec<Peer>>::SHAPE, "Vector<Vector<Peer>>");
}
