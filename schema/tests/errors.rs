//! `errors.tsv` is well-formed, agrees with `api.tl`, and knows the functions of secret chats completely.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

struct Error<'a> {
    code: i32,
    name: &'a str,
    value: &'a str,
    description: &'a str,
    functions: &'a str,
}

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    tl_schema::ERRORS.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn errors() -> Vec<Error<'static>> {
    rows()
        .filter(|row| row[0] == "error")
        .map(|row| {
            let [_, code, name, value, description, functions] = row[..] else {
                panic!("six columns: {row:?}");
            };
            let code = code.parse().unwrap();
            Error { code, name, value, description, functions }
        })
        .collect()
}

fn availability() -> Vec<(&'static str, &'static str)> {
    rows()
        .filter(|row| row[0] == "function")
        .map(|row| {
            let [_, name, who] = row[..] else {
                panic!("three columns: {row:?}");
            };
            (name, who)
        })
        .collect()
}

fn functions_of_the_api() -> BTreeSet<&'static str> {
    let (_, functions) = tl_schema::API.split_once("---functions---\n").unwrap();
    functions.lines().filter_map(|line| Some(line.split_once('#')?.0)).collect()
}

#[test]
fn every_row_is_an_error_or_a_function() {
    for row in rows() {
        assert!(matches!(row[0], "error" | "function"), "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty() && *cell == cell.trim()), "{row:?}");
    }
    assert!(tl_schema::ERRORS.ends_with('\n') && !tl_schema::ERRORS.contains('\r'));
}

#[test]
fn the_comments_stand_at_the_top_only() {
    let mut lines = tl_schema::ERRORS.lines().skip_while(|line| line.starts_with('#'));
    assert!(lines.all(|line| !line.starts_with('#')));
}

#[test]
fn errors_are_sorted_by_code_and_name_and_unique() {
    let keys: Vec<(i32, &str)> = errors().iter().map(|error| (error.code, error.name)).collect();
    assert!(keys.is_sorted_by(|before, after| before < after));
}

#[test]
fn a_pattern_holds_at_most_one_number_and_says_what_it_is() {
    let values = ["seconds", "minutes", "date", "dc", "index", "part", "length", "stars", "story_id", "detail"];
    for Error { name, value, .. } in errors() {
        assert_eq!(name.matches('%').count(), name.matches("%d").count(), "{name}");
        match name.matches("%d").count() {
            0 => assert_eq!(value, "-", "{name}"),
            1 => assert!(values.contains(&value), "{name}: {value}"),
            _ => panic!("{name} holds two numbers"),
        }
    }
}

#[test]
fn a_description_is_a_sentence() {
    for Error { name, description, .. } in errors() {
        assert!(description.ends_with(['.', ')']), "{name}: {description}");
        assert!(description.starts_with(char::is_uppercase), "{name}: {description}");
        assert!((10..=220).contains(&description.len()), "{name}: {description}");
    }
}

#[test]
fn a_name_means_the_same_under_every_code() {
    let mut described = BTreeMap::new();
    for Error { name, description, value, .. } in errors() {
        let before = described.insert(name, (description, value));
        assert!(before.is_none_or(|before| before == (description, value)), "{name}");
    }
}

#[test]
fn every_function_that_an_error_names_is_in_the_api() {
    let known = functions_of_the_api();
    for Error { name, functions, .. } in errors() {
        if matches!(functions, "-" | "*") {
            continue;
        }
        let functions: Vec<&str> = functions.split(' ').collect();
        assert!(functions.is_sorted_by(|before, after| before < after), "{name}");
        for function in functions {
            assert!(known.contains(function), "{name} names {function}");
        }
    }
}

#[test]
fn every_function_of_the_api_says_who_may_call_it() {
    let rows = availability();
    assert!(rows.is_sorted_by_key(|(name, _)| *name));
    assert!(rows.iter().all(|(_, who)| matches!(*who, "users" | "bots" | "both" | "unknown")));
    let named: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, functions_of_the_api().into_iter().collect::<Vec<_>>());
}

/// The errors of each function beside those that all can meet, with the code in front where that is not 400.
const SECRET_CHATS: [(&str, &[&str]); 12] = [
    ("messages.getDhConfig", &["RANDOM_LENGTH_INVALID"]),
    (
        "messages.requestEncryption",
        &["DH_G_A_INVALID", "INPUT_USER_DEACTIVATED", "RANDOM_ID_DUPLICATE", "USER_ID_INVALID", "USER_IS_BLOCKED"],
    ),
    ("messages.acceptEncryption", &["CHAT_ID_INVALID", "ENCRYPTION_ALREADY_ACCEPTED", "ENCRYPTION_ALREADY_DECLINED"]),
    (
        "messages.discardEncryption",
        &["CHAT_ID_EMPTY", "ENCRYPTION_ALREADY_ACCEPTED", "ENCRYPTION_ALREADY_DECLINED", "ENCRYPTION_ID_INVALID"],
    ),
    (
        "messages.sendEncrypted",
        &[
            "-503 MSG_WAIT_TIMEOUT",
            "CHAT_ID_INVALID",
            "DATA_INVALID",
            "DATA_TOO_LONG",
            "ENCRYPTION_DECLINED",
            "MSG_WAIT_FAILED",
            "USER_IS_BLOCKED",
        ],
    ),
    (
        "messages.sendEncryptedService",
        &[
            "-503 MSG_WAIT_TIMEOUT",
            "403 USER_DELETED",
            "CHAT_ID_INVALID",
            "DATA_INVALID",
            "DATA_TOO_LONG",
            "ENCRYPTION_DECLINED",
            "ENCRYPTION_ID_INVALID",
            "MSG_WAIT_FAILED",
            "USER_IS_BLOCKED",
        ],
    ),
    (
        "messages.sendEncryptedFile",
        &[
            "-503 MSG_WAIT_TIMEOUT",
            "CHAT_ID_INVALID",
            "DATA_TOO_LONG",
            "ENCRYPTION_DECLINED",
            "FILE_EMTPY",
            "MD5_CHECKSUM_INVALID",
            "MSG_WAIT_FAILED",
        ],
    ),
    (
        "messages.readEncryptedHistory",
        &["-503 MSG_WAIT_TIMEOUT", "CHAT_ID_INVALID", "MAX_DATE_INVALID", "MSG_WAIT_FAILED"],
    ),
    ("messages.receivedQueue", &["-503 MSG_WAIT_TIMEOUT", "MAX_QTS_INVALID", "MSG_WAIT_FAILED"]),
    ("messages.setEncryptedTyping", &["CHAT_ID_INVALID"]),
    ("messages.reportEncryptedSpam", &["CHAT_ID_INVALID"]),
    ("messages.uploadEncryptedFile", &["CHAT_ID_INVALID"]),
];

#[test]
fn the_errors_of_secret_chats_are_exactly_the_known_ones() {
    let errors = errors();
    for (function, expected) in SECRET_CHATS {
        let mut found: Vec<String> = errors
            .iter()
            .filter(|error| error.functions.split(' ').any(|name| name == function))
            .map(|error| match error.code {
                400 => error.name.to_owned(),
                code => format!("{code} {}", error.name),
            })
            .collect();
        found.sort();
        assert_eq!(found, expected, "{function}");
    }
}

#[test]
fn secret_chats_are_for_users() {
    let availability: BTreeMap<&str, &str> = availability().into_iter().collect();
    for (function, _) in SECRET_CHATS {
        assert_eq!(availability[function], "users", "{function}");
    }
}

#[test]
fn every_function_can_meet_a_flood_and_a_lost_login() {
    for key in [(420, "FLOOD_WAIT_%d"), (401, "AUTH_KEY_UNREGISTERED"), (-503, "Timeout")] {
        let error = errors().into_iter().find(|error| (error.code, error.name) == key);
        assert_eq!(error.unwrap().functions, "*", "{key:?}");
    }
}
