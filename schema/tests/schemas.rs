//! The three schemas are complete, and written in one way.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

/// The declarations of a text, each with whether it is a function.
fn declarations(text: &str) -> Vec<(&str, bool)> {
    let mut in_functions = false;
    let mut found = Vec::new();
    for line in text.lines() {
        match line {
            "---functions---" => in_functions = true,
            "---types---" => in_functions = false,
            "" => {}
            _ if line.starts_with("//") || line.starts_with("===") => {}
            _ => found.push((line, in_functions)),
        }
    }
    found
}

fn check_counts(text: &str, constructors: usize, functions: usize) {
    let found = declarations(text);
    let in_functions = found.iter().filter(|(_, in_functions)| *in_functions).count();
    assert_eq!((found.len() - in_functions, in_functions), (constructors, functions));
}

/// The name and the published id of a declaration.
fn name_and_id(declaration: &str) -> (&str, Option<u32>) {
    let head = declaration.split(' ').next().unwrap();
    match head.split_once('#') {
        Some((name, id)) => (name, Some(u32::from_str_radix(id, 16).unwrap())),
        None => (head, None),
    }
}

fn check_ids_are_distinct(text: &str) {
    let mut seen = BTreeSet::new();
    for (declaration, _) in declarations(text) {
        if let (name, Some(id)) = name_and_id(declaration) {
            assert!(seen.insert(id), "{name} repeats the id {id:08x}");
        }
    }
}

/// CRC-32 as zlib computes it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

/// The id that a declaration's text gives: README.md describes the rule.
fn computed_id(declaration: &str) -> u32 {
    let words: Vec<String> = declaration
        .trim_end_matches(';')
        .split(' ')
        .enumerate()
        .filter(|(_, word)| !word.ends_with("?true"))
        .map(|(position, word)| match position {
            0 => name_and_id(word).0.to_owned(),
            _ if word.ends_with(":bytes") || word.ends_with("?bytes") => {
                format!("{}string", word.strip_suffix("bytes").unwrap())
            }
            _ => word.replace(['<', '>', '{', '}'], " ").trim().to_owned(),
        })
        .collect();
    crc32(words.join(" ").as_bytes())
}

fn check_ids_follow_from_the_text(text: &str, exceptions: &[&str]) {
    let odd: Vec<&str> = declarations(text)
        .iter()
        .filter_map(|(declaration, _)| {
            let (name, id) = name_and_id(declaration);
            (id? != computed_id(declaration)).then_some(name)
        })
        .collect();
    assert_eq!(odd, exceptions);
}

fn check_normalised(text: &str) {
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    assert!(!text.contains("\n\n\n"), "blank lines come one at a time");
    assert!(!text.contains(['\r', '\t']), "LF and blanks only");
    for line in text.lines() {
        assert_eq!(line, line.trim(), "blanks at the ends of a line");
        assert!(!line.contains("  "), "two blanks together: {line}");
    }
    for (declaration, _) in declarations(text) {
        assert_eq!(declaration.find(';'), Some(declaration.len() - 1));
        assert_eq!(declaration.matches(" = ").count(), 1, "{declaration}");
    }
}

#[test]
fn the_api_has_1704_constructors_and_850_functions() {
    check_counts(tl_schema::API, 1704, 850);
}

#[test]
fn mtproto_has_its_7_built_in_types_46_constructors_and_10_functions() {
    check_counts(tl_schema::MTPROTO, 7 + 46, 10);
    let without_id =
        declarations(tl_schema::MTPROTO).iter().filter(|(declaration, _)| name_and_id(declaration).1.is_none()).count();
    assert_eq!(without_id, 7);
}

#[test]
fn the_secret_schema_has_81_official_constructors_and_4_that_only_tdlib_knows() {
    check_counts(tl_schema::SECRET, 81 + 4, 0);
    let unofficial: Vec<&str> = tl_schema::SECRET
        .split("rejects the whole message.\n")
        .nth(1)
        .unwrap()
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| name_and_id(line).0)
        .collect();
    assert_eq!(
        unofficial,
        ["messageEntityMentionName", "messageEntityPhone", "messageEntityCashtag", "messageEntityBankCard",]
    );
}

#[test]
fn the_first_line_names_the_layer_that_the_constant_names() {
    for (text, layer) in [(tl_schema::API, tl_schema::API_LAYER), (tl_schema::SECRET, tl_schema::SECRET_LAYER)] {
        assert_eq!(text.lines().next(), Some(&*format!("// LAYER {layer}")));
    }
}

#[test]
fn the_layers_of_the_secret_schema_ascend_to_the_last_one() {
    let layers: Vec<u32> = tl_schema::SECRET
        .lines()
        .filter_map(|line| line.strip_prefix("===")?.strip_suffix("===")?.parse().ok())
        .collect();
    assert!(layers.is_sorted());
    assert_eq!(layers.first(), Some(&8));
    assert_eq!(layers.last(), Some(&tl_schema::SECRET_LAYER));
}

#[test]
fn no_id_occurs_twice_in_a_schema() {
    check_ids_are_distinct(tl_schema::API);
    check_ids_are_distinct(tl_schema::MTPROTO);
    check_ids_are_distinct(tl_schema::SECRET);
}

#[test]
fn every_id_follows_from_the_text_but_for_the_exceptions_that_the_readme_lists() {
    check_ids_follow_from_the_text(tl_schema::API, &[]);
    check_ids_follow_from_the_text(tl_schema::MTPROTO, &["ipPortSecret", "accessPointRule", "help.configSimple"]);
    check_ids_follow_from_the_text(tl_schema::SECRET, &["decryptedMessageMediaDocument"]);
}

#[test]
fn the_texts_are_normalised() {
    check_normalised(tl_schema::API);
    check_normalised(tl_schema::MTPROTO);
    check_normalised(tl_schema::SECRET);
}
