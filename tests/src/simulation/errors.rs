//! What the server may answer instead of carrying out a call. Source: `schema/errors.tsv`.

use secret_runtime::chat::Call;
use tl_types::RpcError;

/// Errors that pass, of any method.
const PASSING: &[(i32, &str)] = &[
    (420, "FLOOD_WAIT_17"),
    (420, "FLOOD_WAIT_400"),
    (500, "INTERNAL"),
    (-503, "Timeout"),
    (401, "AUTH_KEY_UNREGISTERED"),
    (303, "NETWORK_MIGRATE_4"),
];

/// Errors that pass, of the methods that may be told to wait for another call.
const WAITING: &[(i32, &str)] = &[(400, "MSG_WAIT_FAILED"), (-503, "MSG_WAIT_TIMEOUT")];

/// An error that passes.
pub fn passing(call: &Call, which: u8) -> RpcError {
    let is_waiting = !refusals(call).is_empty() && closing(call, 0).is_some();
    let waiting = if is_waiting { WAITING } else { &[] };
    pick(PASSING.iter().chain(waiting), which).unwrap_or_else(|| RpcError::new(500, "INTERNAL"))
}

/// An error of the method's own, that says no for good; it does not always end the chat.
pub fn refused(call: &Call, which: u8) -> Option<RpcError> {
    pick(refusals(call).iter(), which)
}

/// An error that ends the chat.
pub fn closing(call: &Call, which: u8) -> Option<RpcError> {
    let errors: &[_] = match call {
        Call::SendEncrypted(_) | Call::SendEncryptedFile(_) => &[(400, "ENCRYPTION_DECLINED")],
        Call::SendEncryptedService(_) => &[(400, "ENCRYPTION_DECLINED"), (403, "USER_DELETED")],
        _ => &[],
    };
    pick(errors.iter(), which)
}

fn refusals(call: &Call) -> &'static [(i32, &'static str)] {
    match call {
        Call::GetDhConfig(_) => &[(400, "RANDOM_LENGTH_INVALID")],
        Call::RequestEncryption(_) => &[
            (400, "DH_G_A_INVALID"),
            (400, "INPUT_USER_DEACTIVATED"),
            (400, "RANDOM_ID_DUPLICATE"),
            (400, "USER_ID_INVALID"),
            (400, "USER_IS_BLOCKED"),
        ],
        Call::AcceptEncryption(_) => {
            &[(400, "CHAT_ID_INVALID"), (400, "ENCRYPTION_ALREADY_ACCEPTED"), (400, "ENCRYPTION_ALREADY_DECLINED")]
        }
        Call::DiscardEncryption(_) => &[
            (400, "CHAT_ID_EMPTY"),
            (400, "ENCRYPTION_ALREADY_ACCEPTED"),
            (400, "ENCRYPTION_ALREADY_DECLINED"),
            (400, "ENCRYPTION_ID_INVALID"),
        ],
        Call::SendEncrypted(_) => {
            &[(400, "CHAT_ID_INVALID"), (400, "DATA_INVALID"), (400, "DATA_TOO_LONG"), (400, "USER_IS_BLOCKED")]
        }
        Call::SendEncryptedService(_) => &[
            (400, "CHAT_ID_INVALID"),
            (400, "DATA_INVALID"),
            (400, "DATA_TOO_LONG"),
            (400, "ENCRYPTION_ID_INVALID"),
            (400, "USER_IS_BLOCKED"),
        ],
        Call::SendEncryptedFile(_) => {
            &[(400, "CHAT_ID_INVALID"), (400, "DATA_TOO_LONG"), (400, "FILE_EMTPY"), (400, "MD5_CHECKSUM_INVALID")]
        }
        Call::SetEncryptedTyping(_) => &[(400, "CHAT_ID_INVALID")],
        Call::ReadEncryptedHistory(_) => &[(400, "CHAT_ID_INVALID"), (400, "MAX_DATE_INVALID")],
        _ => &[],
    }
}

fn pick<'a>(errors: impl Iterator<Item = &'a (i32, &'a str)> + Clone, which: u8) -> Option<RpcError> {
    let count = errors.clone().count().max(1);
    errors.clone().nth(usize::from(which) % count).map(|(code, name)| RpcError::new(*code, *name))
}
