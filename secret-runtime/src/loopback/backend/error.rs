//! The errors that calls are answered with, as Telegram names them.

use tl_types::RpcError;

pub(super) fn bad(message: &str) -> RpcError {
    RpcError::new(400, message)
}

/// Nobody is logged in.
pub(super) fn unregistered() -> RpcError {
    RpcError::new(401, "AUTH_KEY_UNREGISTERED")
}

/// The client's layer is older than any that the server has answers for.
pub(super) fn outdated() -> RpcError {
    RpcError::new(406, "UPDATE_APP_TO_LOGIN")
}

/// A limit is reached that only time could lift.
pub(super) fn flood() -> RpcError {
    RpcError::new(420, "FLOOD_WAIT_60")
}

/// The bytes are no such function.
pub(super) fn undecodable() -> RpcError {
    bad("INPUT_FETCH_ERROR")
}

/// The server is wrong, not the caller.
pub(super) fn internal() -> RpcError {
    RpcError::new(500, "INTERNAL")
}
