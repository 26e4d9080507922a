//! What went wrong with a call, in our words.

use grammers_mtsender::{InvocationError, RpcError as Stripped};
use secret_runtime::client::CallError;
use tl_types::RpcError;

/// `patterns` are the names of the errors that the function is known to raise.
pub(crate) fn call_error(error: InvocationError, patterns: &[&str]) -> CallError {
    match error {
        InvocationError::Rpc(error) => CallError::Rpc(RpcError::new(error.code, whole_name(&error, patterns))),
        InvocationError::Session(_) | InvocationError::InvalidDc => CallError::Closed,
        // The pool reports a call that is dropped with itself.
        InvocationError::Dropped(_)
        | InvocationError::Io(_)
        | InvocationError::Transport(_)
        | InvocationError::Deserialize(_)
        | InvocationError::Authentication(_) => CallError::Unanswered,
    }
}

/// The name as the server sent it. Grammers takes the number out of it.
fn whole_name(error: &Stripped, patterns: &[&str]) -> String {
    let Some(value) = error.value else { return error.name.clone() };
    let is_of = |pattern: &&&str| pattern.split('_').filter(|word| *word != "%d").eq(error.name.split('_'));
    match patterns.iter().filter(|pattern| pattern.contains("%d")).find(is_of) {
        Some(pattern) => pattern.replacen("%d", &value.to_string(), 1),
        None => format!("{}_{value}", error.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sent: &str, patterns: &[&str]) {
        let stripped =
            Stripped::from(grammers_tl_types::types::RpcError { error_code: 400, error_message: sent.into() });
        let error = call_error(InvocationError::Rpc(stripped), patterns);
        assert_eq!(error, CallError::Rpc(RpcError::new(400, sent)));
    }

    #[test]
    fn a_number_goes_back_to_where_it_was() {
        check("CHAT_ID_INVALID", &["FILE_PART_%d_MISSING"]);
        check("FLOOD_WAIT_31", &[]);
        check("FLOOD_WAIT_31", &["FLOOD_WAIT_%d"]);
        check("FILE_PART_7_MISSING", &["FILE_PART_INVALID", "FILE_PART_%d_MISSING"]);
    }

    #[test]
    fn an_answer_that_did_not_come_may_have_been_carried_out() {
        assert_eq!(call_error(InvocationError::Dropped("gone"), &[]), CallError::Unanswered);
        let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(call_error(InvocationError::Io(lost), &[]), CallError::Unanswered);
    }
}
