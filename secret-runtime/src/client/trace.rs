//! Spans with an outcome, and errors as they may be traced. What there is to be seen is in the documentation of
//! [`client`](super).

use std::error::Error;
use std::fmt;
use std::future::Future;

use tl_types::RpcError;
use tracing::{Instrument, Span, field};

/// Runs a future in a span, whose field `outcome` then says what came of it. One that is dropped has no outcome.
pub(in crate::client) async fn in_span<T, E: Error + 'static>(
    span: Span,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let result = future.instrument(span.clone()).await;
    if !span.is_disabled() {
        match &result {
            Ok(_) => span.record("outcome", "ok"),
            Err(error) => span.record("outcome", field::display(told(error))),
        };
    }
    result
}

/// An error as it may be traced.
pub(in crate::client) fn told<'e>(error: &'e (dyn Error + 'static)) -> Told<'e> {
    Told(error)
}

/// Tells an error in its own words, but of an answer of the server only the code and the name: a server may answer with any
/// text, such as what it was sent.
pub(in crate::client) struct Told<'e>(&'e (dyn Error + 'static));

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut causes = std::iter::successors(Some(self.0), |&error| error.source());
        let Some(answer) = causes.find_map(|cause| cause.downcast_ref::<RpcError>()) else {
            return fmt::Display::fmt(self.0, f);
        };
        let is_name = answer.message.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
        let name = if is_name { answer.name() } else { "another error".into() };
        write!(f, "{} {name}", answer.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::CallError;
    use crate::client::chats::SendError;

    fn check(code: i32, message: &str, expected: &str) {
        let error = SendError::from(CallError::Rpc(RpcError::new(code, message)));
        assert_eq!(told(&error).to_string(), expected);
    }

    #[test]
    fn of_an_answer_of_the_server_only_code_and_name_are_told() {
        check(403, "CHAT_SEND_PLAIN_FORBIDDEN", "403 CHAT_SEND_PLAIN_FORBIDDEN");
        check(420, "FLOOD_WAIT_37", "420 FLOOD_WAIT_%d");
        check(400, "PHONE_9996612345_BANNED", "400 PHONE_%d_BANNED");
        check(400, "+9996612345 is banned", "400 another error");
        check(-503, "Timeout", "-503 another error");
    }

    #[test]
    fn other_errors_are_told_in_their_own_words() {
        assert_eq!(told(&CallError::Unanswered).to_string(), CallError::Unanswered.to_string());
    }
}
