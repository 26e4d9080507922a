//! The names that `grammers-tl-gen` gives to declarations, by its own rules.

use tl_codegen::schema::Name;

/// The path of an item below one of grammers' modules: `messages::SendMessage`.
pub(crate) fn path(name: &Name) -> String {
    name.namespace.iter().cloned().chain([item(&name.name)]).collect::<Vec<_>>().join("::")
}

/// `some_OK_name` is `SomeOkName`: a letter is upper case behind `_`, and lower case behind an upper case letter.
fn item(name: &str) -> String {
    let mut item = String::new();
    let (mut starts_word, mut after_upper) = (true, false);
    for letter in name.chars() {
        if letter == '_' {
            starts_word = true;
            continue;
        }
        item.push(match (starts_word, after_upper) {
            (true, _) => letter.to_ascii_uppercase(),
            (false, true) => letter.to_ascii_lowercase(),
            (false, false) => letter,
        });
        after_upper = starts_word || letter.is_ascii_uppercase();
        starts_word = false;
    }
    item
}
