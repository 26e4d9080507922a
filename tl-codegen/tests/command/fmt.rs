//! `cargo tl fmt`.

use insta::assert_snapshot;

use crate::{API, Folder};

const UNTIDY: &str = "chat   id:int\n  title:string = Chat ; // of old\n";
const TIDY: &str = "// of old\nchat id:int title:string = Chat;\n";

#[test]
fn files_are_formatted_in_place() {
    let folder = Folder::workspace();
    folder.write("schema/untidy.tl", UNTIDY);
    assert_snapshot!(folder.run(&["fmt"]));
    assert_eq!(folder.read("schema/api.tl"), API);
    assert!(!folder.read("schema/untidy.tl").contains("  "));
}

#[test]
fn the_schemas_of_one_crate_are_formatted_too() {
    let folder = Folder::workspace();
    folder.write("secret-runtime/src/loopback/answers.tl", UNTIDY);
    assert_eq!(folder.run(&["fmt"]).code, 0);
    assert!(!folder.read("secret-runtime/src/loopback/answers.tl").contains("  "));
}

#[test]
fn a_second_run_changes_nothing() {
    let folder = Folder::new();
    folder.write("untidy.tl", UNTIDY);
    folder.run(&["fmt", "untidy.tl"]);
    let text = folder.read("untidy.tl");
    assert_eq!(folder.run(&["fmt", "--check", "untidy.tl"]).code, 0);
    assert_eq!(folder.read("untidy.tl"), text);
}

#[test]
fn check_lists_what_differs_and_writes_nothing() {
    let folder = Folder::workspace();
    folder.write("schema/untidy.tl", UNTIDY);
    assert_snapshot!(folder.run(&["fmt", "--check"]));
    assert_eq!(folder.read("schema/untidy.tl"), UNTIDY);
}

#[test]
fn a_file_with_errors_is_reported_and_left_alone() {
    let folder = Folder::new();
    let broken = format!("{UNTIDY}user id:int = ;\n");
    folder.write("broken.tl", &broken);
    folder.write("tidy.tl", TIDY);
    folder.write("untidy.tl", UNTIDY);
    assert_snapshot!(folder.run(&["fmt", "broken.tl", "tidy.tl", "untidy.tl"]));
    assert_eq!(folder.read("broken.tl"), broken);
    assert_ne!(folder.read("untidy.tl"), UNTIDY);
}
