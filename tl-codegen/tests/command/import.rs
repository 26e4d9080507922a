//! `cargo tl import`.

use insta::assert_snapshot;

use crate::{API, Folder};

/// [`API`] as JSON, with one more constructor and other fields in another.
const JSON: &str = r#"{
"constructors": [
  {"id": "-1132882121", "predicate": "boolFalse", "params": [], "type": "Bool"},
  {"id": -1720552011, "predicate": "boolTrue", "params": [], "type": "Bool"},
  {"id": "481674261", "predicate": "vector", "params": [], "type": "Vector t"},
  {"id": "-1182234929", "predicate": "inputUserEmpty", "params": [], "type": "InputUser"},
  {"id": 4156666175, "predicate": "inputUserSelf", "params": [], "type": "InputUser"},
  {"id": "-233744186", "predicate": "inputUser",
   "params": [{"name": "user_id", "type": "long"}, {"name": "access_hash", "type": "long"}], "type": "InputUser"},
  {"id": "1072550713", "predicate": "true", "params": [], "type": "True"}
],
"methods": [
  {"id": "531836966", "method": "help.getNearestDc", "params": [], "type": "True"},
  {"id": "-878758099", "method": "invokeAfterMsg",
   "params": [{"name": "msg_id", "type": "long"}, {"name": "query", "type": "!X"}], "type": "X"}
]}"#;

/// The same declarations as TL, laid out otherwise.
const TL: &str = "\
boolFalse#bc799737=Bool;boolTrue#997275b5   =   Bool;
vector#1cb5c415 {t:Type} # [ t ] = Vector t;
inputUserEmpty#b98886cf = InputUser;

inputUserSelf#f7c1b13f = InputUser;
inputUser#f21158c6 user_id:long
  access_hash:long = InputUser;
---types---
true#3fedd339 = True;
---functions---
help.getNearestDc#1fb33026 = True;
invokeAfterMsg#cb9f372d {X:Type} msg_id:long query:!X = X;
// LAYER 6
";

/// What [`JSON`] lacks is that the sum of `help.getNearestDc` is right: its result was changed.
const RULES: &str = "id help.getNearestDc#1fb33026 made up for the test\n";

fn workspace() -> Folder {
    let folder = Folder::workspace();
    folder.write("schema/api.rules", RULES);
    folder
}

#[test]
fn json_and_tl_give_the_same_text() {
    let folder = workspace();
    folder.write("new.json", JSON);
    assert_snapshot!("what_an_import_of_json_says", folder.run(&["import", "new.json", "--as", "api", "--layer", "6"]));
    let from_json = folder.read("schema/api.tl");
    assert_snapshot!("what_an_import_writes", from_json);

    folder.write("new.tl", TL);
    let run = folder.run(&["import", "new.tl", "--as", "api"]);
    assert_eq!(run.code, 0, "{run}");
    assert!(run.output.contains("constructors: 0 added, 0 removed, 0 changed"), "{run}");
    assert_eq!(folder.read("schema/api.tl"), from_json);
}

#[test]
fn a_text_that_was_imported_is_imported_as_it_is() {
    for (name, text) in [("api", tl_schema::API), ("secret", tl_schema::SECRET)] {
        let folder = Folder::new();
        folder.write("new.tl", text);
        folder.write(&format!("schema/{name}.rules"), if name == "secret" { tl_schema::SECRET_RULES } else { "" });
        let run = |file: &str| folder.run(&["import", file, "--as", name, "--schema", "schema"]);
        assert_eq!(run("new.tl").code, 0);
        let once = folder.read(&format!("schema/{name}.tl"));
        assert_eq!(run(&format!("schema/{name}.tl")).code, 0);
        assert_eq!(folder.read(&format!("schema/{name}.tl")), once);
    }
}

#[test]
fn layers_in_json_become_separators() {
    let folder = Folder::new();
    let json = r#"{"constructors": [
        {"id": "-1471112230", "predicate": "chat", "params": [{"name": "id", "type": "int"}],
         "type": "Chat", "layer": 8},
        {"id": "1", "predicate": "new", "params": [], "type": "Chat", "layer": "17"},
        {"id": "2", "predicate": "old", "params": [], "type": "Chat", "layer": 8}
    ], "methods": []}"#;
    folder.write("new.json", json);
    folder.write("schema/secret.rules", "id chat#a8509bda made up\nid new#1 made up\nid old#2 made up\n");
    let run = folder.run(&["import", "new.json", "--as", "secret", "--schema", "schema"]);
    assert_eq!(run.code, 0, "{run}");
    assert_snapshot!(folder.read("schema/secret.tl"));
}

#[test]
fn comments_are_kept() {
    let folder = Folder::workspace();
    folder.write("new.tl", format!("// From afar.\n\n{API}"));
    folder.run(&["import", "new.tl", "--as", "api"]);
    assert!(folder.read("schema/api.tl").starts_with("// LAYER 5\n\n// From afar.\n\nboolFalse"));
}

#[test]
fn a_schema_with_errors_is_refused() {
    let folder = Folder::workspace();
    folder.write("new.tl", API.replace("nearest_dc:int", "nearest_dc:int3"));
    assert_snapshot!(folder.run(&["import", "new.tl", "--as", "api"]));
    assert_eq!(folder.read("schema/api.tl"), API);
}

#[test]
fn a_schema_that_does_not_parse_is_refused() {
    let folder = Folder::workspace();
    folder.write("new.tl", "chat id:int = ;\n");
    assert_eq!(folder.run(&["import", "new.tl", "--as", "api"]).code, 1);
    assert_eq!(folder.read("schema/api.tl"), API);
}

fn check_json_is_refused(json: &str, because: &str) {
    let folder = workspace();
    folder.write("new.json", json);
    let run = folder.run(&["import", "new.json", "--as", "api", "--layer", "6"]);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.diagnostics.contains(because), "{run}");
    assert_eq!(folder.read("schema/api.tl"), API);
}

#[test]
fn json_with_anything_that_is_not_understood_is_refused() {
    check_json_is_refused(&JSON.replace("\"methods\"", "\"functions\""), "unknown field `functions`");
    check_json_is_refused(&JSON.replacen("\"params\": [], \"type\"", "\"type\"", 1), "missing field `params`");
    check_json_is_refused(&JSON.replace("531836966", "4294967296"), "`4294967296` is no id of 32 bits");
    check_json_is_refused(&JSON.replace("\"boolFalse\"", "\"a = B; c\""), "`a = B; c` is neither a name nor a type");
    check_json_is_refused(&JSON.replace("\"Bool\"", "\"Bool //\""), "`Bool //` is neither a name nor a type");
    check_json_is_refused(&JSON.replace("\"True\"", "\"\""), "new.json (as TL)");
}

#[test]
fn a_mistake_in_json_is_shown_at_its_place() {
    let folder = Folder::workspace();
    folder.write("new.json", JSON.replace("481674261\",", "481674261\""));
    assert_snapshot!(folder.run(&["import", "new.json", "--as", "api", "--layer", "6"]));
}

#[test]
fn a_layer_that_would_be_lost_must_be_given() {
    let folder = workspace();
    folder.write("new.json", JSON);
    assert_snapshot!(folder.run(&["import", "new.json", "--as", "api"]));
    assert_eq!(folder.read("schema/api.tl"), API);
}

#[test]
fn a_layer_that_contradicts_the_file_is_refused() {
    let folder = workspace();
    folder.write("new.tl", TL);
    assert_snapshot!(folder.run(&["import", "new.tl", "--as", "api", "--layer", "7"]));
    assert_eq!(folder.read("schema/api.tl"), API);
}

#[test]
fn the_sum_in_the_readme_follows() {
    let folder = workspace();
    let row = |name: &str, sum: &str| format!("| `{name}.tl` | `{sum}` |\n");
    let old = "0".repeat(64);
    folder.write("schema/README.md", format!("# Schemas\n\n{}{}", row("api", &old), row("secret", &old)));
    folder.write("new.tl", TL);
    let run = folder.run(&["import", "new.tl", "--as", "api"]);
    assert!(run.output.contains("its sum is up to date"), "{run}");

    folder.run(&["generate"]);
    let generated = folder.read("tl-types/src/generated/api/mod.rs");
    let sum = generated.lines().find_map(|line| line.strip_prefix("// sha256 ")).unwrap();
    assert_eq!(folder.read("schema/README.md"), format!("# Schemas\n\n{}{}", row("api", sum), row("secret", &old)));
}

#[test]
fn long_lists_of_changes_are_cut() {
    let folder = Folder::workspace();
    let many: String = (0..25).map(|number| format!("many{number:02} = Many;\n")).collect();
    folder.write("new.tl", format!("// LAYER 6\n{many}"));
    let run = folder.run(&["import", "new.tl", "--as", "api"]);
    assert!(run.output.contains("  + many19\n  + and 5 more\n  - boolFalse\n"), "{run}");
}

#[test]
fn a_name_must_be_fit_for_a_file() {
    let folder = Folder::workspace();
    folder.write("new.tl", TL);
    assert_eq!(folder.run(&["import", "new.tl", "--as", "../api"]).code, 2);
}
