//! Errors of the server, by name, by number and by table.

use tl_types::{Callers, ErrorPattern, RpcError};

static TABLE: &[ErrorPattern] = &[
    row(420, "2FA_CONFIRM_WAIT_%d"),
    row(400, "FILE_REFERENCE_%d_EXPIRED"),
    row(400, "FILE_REFERENCE_%d_INVALID"),
    row(400, "FILE_REFERENCE_EXPIRED"),
    row(420, "FLOOD_PREMIUM_WAIT_%d"),
    row(420, "FLOOD_WAIT_%d"),
    row(500, "INTERDC_%d_CALL_ERROR"),
    row(400, "INVITE_%d_OF_%d"),
    row(400, "PEER_FLOOD"),
    row(420, "PEER_FLOOD"),
    row(403, "RECAPTCHA_CHECK_%s__%s"),
    row(400, "STORIES_%s"),
    row(400, "STORIES_LIMIT_7"),
    row(400, "STORIES_LIMIT_%d"),
];

const fn row(code: i32, pattern: &'static str) -> ErrorPattern {
    ErrorPattern { code, pattern, value_name: "", description: "" }
}

/// The row that an error is, and the number that the row leaves open.
fn check(error: &str, expected: Option<(i32, &str, Option<i64>)>) {
    let matched =
        error.parse().map(|error: RpcError| error.matched(TABLE).map(|(row, value)| (row.code, row.pattern, value)));
    assert_eq!(matched, Ok(expected), "{error}");
}

#[test]
fn a_number_in_the_name_is_told_apart() {
    let check = |message: &str, name: &str, value: Option<i64>| {
        let error = RpcError::new(400, message);
        assert_eq!((error.name().as_ref(), error.value()), (name, value), "{message}");
    };

    check("FLOOD_WAIT_37", "FLOOD_WAIT_%d", Some(37));
    check("FILE_REFERENCE_0_EXPIRED", "FILE_REFERENCE_%d_EXPIRED", Some(0));
    check("2FA_CONFIRM_WAIT_604800", "2FA_CONFIRM_WAIT_%d", Some(604_800));
    check("PHONE_NUMBER_INVALID", "PHONE_NUMBER_INVALID", None);
    check("API_V2_NEEDED", "API_V2_NEEDED", None);
    check("WAIT_99999999999999999999", "WAIT_%d", None);
    check("", "", None);
}

#[test]
fn a_pattern_takes_a_number_at_the_end_or_in_the_middle() {
    check("420 FLOOD_WAIT_37", Some((420, "FLOOD_WAIT_%d", Some(37))));
    check("420 FLOOD_PREMIUM_WAIT_5", Some((420, "FLOOD_PREMIUM_WAIT_%d", Some(5))));
    check("400 FILE_REFERENCE_3_EXPIRED", Some((400, "FILE_REFERENCE_%d_EXPIRED", Some(3))));
    check("500 INTERDC_2_CALL_ERROR", Some((500, "INTERDC_%d_CALL_ERROR", Some(2))));
    check("420 2FA_CONFIRM_WAIT_9", Some((420, "2FA_CONFIRM_WAIT_%d", Some(9))));
}

#[test]
fn the_value_is_the_first_of_several_numbers() {
    check("400 INVITE_3_OF_8", Some((400, "INVITE_%d_OF_%d", Some(3))));
}

#[test]
fn a_number_too_large_to_hold_still_matches() {
    check("420 FLOOD_WAIT_99999999999999999999", Some((420, "FLOOD_WAIT_%d", None)));
}

#[test]
fn a_pattern_takes_a_text() {
    check("403 RECAPTCHA_CHECK_signup__6Lc_x", Some((403, "RECAPTCHA_CHECK_%s__%s", None)));
    check("403 RECAPTCHA_CHECK___", None);
    check("403 RECAPTCHA_CHECK_signup__", None);
}

#[test]
fn an_exact_name_wins_over_patterns_and_a_longer_pattern_over_a_shorter() {
    check("400 FILE_REFERENCE_EXPIRED", Some((400, "FILE_REFERENCE_EXPIRED", None)));
    check("400 STORIES_LIMIT_7", Some((400, "STORIES_LIMIT_7", None)));
    check("400 STORIES_LIMIT_8", Some((400, "STORIES_LIMIT_%d", Some(8))));
    check("400 STORIES_GONE", Some((400, "STORIES_%s", None)));
}

#[test]
fn the_row_with_the_code_wins_and_another_code_still_matches() {
    check("400 PEER_FLOOD", Some((400, "PEER_FLOOD", None)));
    check("420 PEER_FLOOD", Some((420, "PEER_FLOOD", None)));
    check("429 FLOOD_WAIT_1", Some((420, "FLOOD_WAIT_%d", Some(1))));
}

#[test]
fn an_unknown_error_stays_usable() {
    check("400 BRAND_NEW_12", None);
    check("420 FLOOD_WAIT_", None);
    check("420 FLOOD_WAIT_soon", None);
    check("420 FLOOD_WAIT_%d", None);

    let error = RpcError::new(400, "BRAND_NEW_12");
    assert!(error.describe(TABLE).is_none());
    assert_eq!((error.name().as_ref(), error.value()), ("BRAND_NEW_%d", Some(12)));
}

#[test]
fn a_malformed_pattern_matches_nothing() {
    const PATTERNS: [ErrorPattern; 4] = [row(0, "A_%"), row(0, "A_%x"), row(0, "A_%s%d"), row(0, "A_%é")];
    assert!(RpcError::new(0, "A_1").matched(&PATTERNS).is_none());
}

#[test]
fn what_display_writes_parses() {
    for text in ["420 FLOOD_WAIT_37", "-503 Timeout", "500 No workers running"] {
        let error: RpcError = text.parse().unwrap();
        assert_eq!(error.to_string(), text);
    }
    assert_eq!("420".parse(), Ok(RpcError::new(420, "")));
    assert!("FLOOD_WAIT_37".parse::<RpcError>().is_err());
}

#[test]
fn callers_print_as_words() {
    assert_eq!(Callers::Both.to_string(), "users and bots");
}
