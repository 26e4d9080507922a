//! What the help texts say.

use insta::assert_snapshot;

use crate::Folder;

fn help(subcommand: &[&str]) -> String {
    Folder::new().run(&[subcommand, &["--help"]].concat()).to_string()
}

#[test]
fn the_help_lists_the_subcommands() {
    assert_snapshot!(help(&[]));
}

#[test]
fn the_help_of_generate_has_examples() {
    assert_snapshot!(help(&["generate"]));
}

#[test]
fn the_help_of_lint_has_examples() {
    assert_snapshot!(help(&["lint"]));
}

#[test]
fn the_help_of_fmt_has_examples() {
    assert_snapshot!(help(&["fmt"]));
}

#[test]
fn the_help_of_show_has_examples() {
    assert_snapshot!(help(&["show"]));
}

#[test]
fn the_help_of_import_has_examples() {
    assert_snapshot!(help(&["import"]));
}

#[test]
fn cargo_may_put_the_name_of_the_command_in_front() {
    assert_eq!(help(&["tl", "lint"]), help(&["lint"]));
}

#[test]
fn an_unknown_subcommand_is_a_mistake_of_the_caller() {
    assert_eq!(Folder::new().run(&["generat"]).code, 2);
}
