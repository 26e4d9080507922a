//! `cargo tl lint`.

use insta::assert_snapshot;

use crate::{API, ERRORS, Folder, REDACTION};

#[test]
fn a_good_workspace_has_nothing_to_complain_about() {
    assert_snapshot!(Folder::workspace().run(&["lint"]));
}

#[test]
fn the_schemas_of_one_crate_are_looked_at_too() {
    let folder = Folder::workspace();
    folder.write("secret-runtime/src/loopback/answers.tl", "chat id:Int3 = Chat;\n");
    let run = folder.run(&["lint"]);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.diagnostics.contains("secret-runtime/src/loopback/answers.tl:1"), "{run}");
}

#[test]
fn a_field_that_looks_sensitive_needs_a_decision() {
    let folder = Folder::workspace();
    folder.write("schema/redaction.tsv", "# nothing yet\n");
    assert_snapshot!(folder.run(&["lint"]));
}

#[test]
fn a_row_about_a_field_that_no_schema_has_is_a_warning() {
    let folder = Folder::workspace();
    folder.write("schema/redaction.tsv", format!("{REDACTION}show\tinputUser\tname\tpublic\n"));
    assert_snapshot!(folder.run(&["lint"]));
}

#[test]
fn a_row_about_another_schema_of_the_folder_is_no_stranger() {
    let folder = Folder::workspace();
    folder.write("schema/secret.tl", "chat title:string = Chat;\n");
    folder.write("schema/redaction.tsv", format!("{REDACTION}hide\tchat\ttitle\tpeople write it\n"));
    let run = folder.run(&["lint", "schema/api.tl"]);
    assert_eq!((run.code, run.diagnostics.as_str()), (0, ""), "{run}");
}

#[test]
fn the_table_of_errors_is_compared_with_the_functions() {
    let folder = Folder::workspace();
    folder.write("schema/errors.tsv", ERRORS.replace("function\thelp.getNearestDc", "function\thelp.getConfig"));
    assert_snapshot!(folder.run(&["lint"]));
}

#[test]
fn without_tables_their_checks_are_skipped_with_a_note() {
    let folder = Folder::new();
    folder.write("api.tl", API);
    assert_snapshot!(folder.run(&["lint", "api.tl"]));
}

#[test]
fn errors_of_all_files_and_of_their_rules_are_reported() {
    let folder = Folder::workspace();
    folder.write("schema/first.tl", "chat id:Int3 = Chat;\nuser#1234 = User;\n");
    folder.write("schema/second.tl", "chat id:int = Chat;\n");
    folder.write("schema/second.rules", "rename nobody Somebody\n");
    assert_snapshot!(folder.run(&["lint"]));
}

#[test]
fn two_names_that_would_be_one_in_rust_clash() {
    let folder = Folder::new();
    folder.write("clash.tl", "user_a = A;\nuserA = B;\n");
    assert_snapshot!(folder.run(&["lint", "clash.tl"]));
}

#[test]
fn a_step_between_layers_that_nothing_explains_is_an_error() {
    let folder = Folder::new();
    folder.write("steps.tl", "===8===\nchat id:int kept:string = Chat;\n===9===\nchat id:int = Chat;\n");
    let run = folder.run(&["lint", "steps.tl"]);
    assert_eq!(run.code, 1);
    assert!(run.diagnostics.contains("kept"), "{run}");
}

#[test]
fn a_file_that_is_not_there_is_a_mistake_of_the_caller() {
    let run = Folder::new().run(&["lint", "nowhere.tl"]);
    assert_eq!(run.code, 2);
    assert!(run.diagnostics.starts_with("error: nowhere.tl: "), "{run}");
}
