//! What to do about an error that the server answered a call with, before its caller hears of it.
//!
//! Sources: <https://core.telegram.org/api/errors> and <https://core.telegram.org/api/datacenter>.

use std::time::Duration;

use tl_types::RpcError;

/// What an error calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The user belongs to this data centre: make the call there, and all later ones.
    Move(i32),
    /// Only this call belongs to another data centre.
    Elsewhere(i32),
    /// The call was not carried out; make it again once this time has passed.
    Wait(Duration),
    /// The server has forgotten who we are: introduce ourselves, and make the call again.
    Introduce,
    /// The temporary key is bound to no permanent one: bind it, and make the call again.
    Bind,
    /// An earlier call has failed that this one was to follow.
    Order,
    /// Nothing: the caller has to know.
    None,
}

pub(super) fn remedy(error: &RpcError) -> Remedy {
    let Some(value) = error.value() else {
        return match error.message.as_str() {
            "CONNECTION_NOT_INITED" => Remedy::Introduce,
            "AUTH_KEY_PERM_EMPTY" => Remedy::Bind,
            "MSG_WAIT_FAILED" => Remedy::Order,
            // Not carried out: no worker was free.
            "WORKER_BUSY_TOO_LONG_RETRY" => Remedy::Wait(Duration::from_secs(1)),
            _ => Remedy::None,
        };
    };
    match (error.name().as_ref(), u32::try_from(value), i32::try_from(value)) {
        ("PHONE_MIGRATE_%d" | "USER_MIGRATE_%d" | "NETWORK_MIGRATE_%d", _, Ok(dc)) => Remedy::Move(dc),
        ("FILE_MIGRATE_%d" | "STATS_MIGRATE_%d", _, Ok(dc)) => Remedy::Elsewhere(dc),
        ("FLOOD_WAIT_%d" | "FLOOD_PREMIUM_WAIT_%d" | "FLOOD_TEST_PHONE_WAIT_%d", Ok(seconds), _) => {
            Remedy::Wait(Duration::from_secs(seconds.into()))
        }
        _ => Remedy::None,
    }
}

/// How much longer a call may be put off, and how often it may be made again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    waiting: Duration,
    again: u32,
}

impl Patience {
    /// Waits for no longer than this in all.
    pub(super) fn new(waiting: Duration) -> Self {
        Self { waiting, again: 16 }
    }

    /// Whether the call may be made again after such a wait; the wait then counts.
    pub(super) fn allows(&mut self, wait: Duration) -> bool {
        let left = self.waiting.checked_sub(wait).zip(self.again.checked_sub(1));
        if let Some((waiting, again)) = left {
            *self = Self { waiting, again };
        }
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: i32, message: &str, expected: Remedy) {
        assert_eq!(remedy(&RpcError::new(code, message)), expected, "{message}");
    }

    #[test]
    fn errors_that_have_a_remedy_are_told_from_those_that_the_caller_has_to_know() {
        check(303, "PHONE_MIGRATE_4", Remedy::Move(4));
        check(303, "USER_MIGRATE_1", Remedy::Move(1));
        check(303, "NETWORK_MIGRATE_5", Remedy::Move(5));
        check(303, "FILE_MIGRATE_3", Remedy::Elsewhere(3));
        check(400, "FILE_MIGRATE_3", Remedy::Elsewhere(3));
        check(303, "STATS_MIGRATE_2", Remedy::Elsewhere(2));
        check(420, "FLOOD_WAIT_37", Remedy::Wait(Duration::from_secs(37)));
        check(420, "FLOOD_PREMIUM_WAIT_3", Remedy::Wait(Duration::from_secs(3)));
        check(400, "CONNECTION_NOT_INITED", Remedy::Introduce);
        check(401, "AUTH_KEY_PERM_EMPTY", Remedy::Bind);
        check(400, "MSG_WAIT_FAILED", Remedy::Order);
        check(400, "CHAT_ID_INVALID", Remedy::None);
        check(401, "AUTH_KEY_UNREGISTERED", Remedy::None);
        check(303, "FILE_MIGRATE_99999999999", Remedy::None);
        check(420, "FLOOD_WAIT_99999999999999999999", Remedy::None);
        check(420, "SLOWMODE_WAIT_5", Remedy::None);
        check(0, "", Remedy::None);
    }

    #[test]
    fn waits_are_granted_until_their_sum_is_over_the_limit() {
        let mut patience = Patience::new(Duration::from_secs(10));
        assert!(patience.allows(Duration::from_secs(6)));
        assert!(!patience.allows(Duration::from_secs(5)));
        assert!(patience.allows(Duration::from_secs(4)));
        assert!(!patience.allows(Duration::from_secs(1)));
    }

    #[test]
    fn a_server_that_always_asks_to_come_back_at_once_is_given_up() {
        let mut patience = Patience::new(Duration::from_secs(10));
        assert_eq!((0..100).filter(|_| patience.allows(Duration::ZERO)).count(), 16);
    }
}
