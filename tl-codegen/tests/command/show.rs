//! `cargo tl show`.

use insta::assert_snapshot;

use crate::Folder;

/// Looks up in the schemas that are built in.
fn show(queries: &[&str]) -> String {
    Folder::new().run(&[&["show"], queries].concat()).to_string()
}

#[test]
fn a_function_has_an_answer_callers_and_errors() {
    assert_snapshot!(Folder::workspace().run(&["show", "help.getNearestDc"]));
}

#[test]
fn a_constructor_has_its_type_and_its_rust_paths() {
    assert_snapshot!(Folder::workspace().run(&["show", "inputUser"]));
}

#[test]
fn a_type_has_constructors_and_uses() {
    let folder = Folder::new();
    let text = "chatEmpty = Chat;\nchat id:int linked:Vector<Chat> = Chat;\n---functions---\njoin chat:Chat = Chat;\n";
    folder.write("my/chats.tl", text);
    assert_snapshot!(folder.run(&["show", "Chat", "--schema", "my"]));
}

#[test]
fn a_constructor_of_several_layers_lists_its_older_forms() {
    assert_snapshot!(show(&["decryptedMessageMediaAudio"]));
}

#[test]
fn an_older_form_is_found_by_its_id() {
    assert_snapshot!(show(&["6080758f"]));
}

#[test]
fn documentation_comments_are_shown_with_the_fields() {
    let folder = Folder::new();
    let text = "//@description Somebody\n//@id Who it is\nsomebody id:long = Somebody;\n";
    folder.write("my/documented.tl", text);
    assert_snapshot!(folder.run(&["show", "somebody", "--schema", "my"]));
}

#[test]
fn an_id_may_be_hex_or_decimal_with_or_without_a_sign() {
    let by_name = show(&["inputUserSelf"]);
    for id in ["f7c1b13f", "#f7c1b13f", "0xf7c1b13f", "F7C1B13F", "4156666175", "-138301121"] {
        assert_eq!(show(&[id]), by_name, "{id}");
    }
}

#[test]
fn a_name_in_several_schemas_is_shown_of_each() {
    let shown = show(&["message"]);
    assert!(shown.contains("schema    api, layer"), "{shown}");
    assert!(shown.contains("schema    mtproto\n"), "{shown}");
}

#[test]
fn what_is_built_in_is_shown_as_well() {
    let shown = show(&["boolTrue", "Vector"]);
    assert!(shown.contains("built-in constructor boolTrue\n"), "{shown}");
    assert!(shown.contains("built-in constructor vector\n"), "{shown}");
}

#[test]
fn a_long_list_of_uses_is_cut_unless_all_are_asked_for() {
    let cut = "more; `--all` lists them";
    assert!(show(&["InputPeer"]).contains(cut));
    assert!(!show(&["InputPeer", "--all"]).contains(cut));
}

#[test]
fn an_unknown_name_gets_suggestions() {
    assert_snapshot!(show(&["DecryptedMesage", "nothingOfTheKind", "messageEntityStrike"]));
}

#[test]
fn of_a_schema_with_errors_nothing_is_shown() {
    let folder = Folder::workspace();
    folder.write("schema/broken.tl", "chat id:Int3 = Chat;\n");
    let run = folder.run(&["show", "inputUser"]);
    assert_eq!((run.code, run.output.as_str()), (1, ""), "{run}");
    assert!(run.diagnostics.contains("there is no type `Int3`"), "{run}");
}
