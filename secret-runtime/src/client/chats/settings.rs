//! What a caller may choose, with the reason of each default.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::account::AccountSettings;
use crate::chat::UnixTime;

/// How the secret chats of a client behave.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChatsSettings {
    /// For the account and its chats.
    pub account: AccountSettings,
    /// The clock that timers go by, in seconds since 1970. The system's.
    pub clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
    /// How long a delivered event may wait until that is durable, if nothing else is written. 200 ms: after a crash few
    /// events come a second time, and reading along costs no disk.
    pub confirm_after: Duration,
    /// How long nothing has to happen before what replaced keys left behind in the store is overwritten. 5 s: that may take
    /// long, and nobody waits for anything then.
    pub scrub_after: Duration,
    /// How many events may wait for the caller before no more updates are taken. 4096: some megabytes.
    pub waiting_events: usize,
}

impl Default for ChatsSettings {
    fn default() -> Self {
        Self {
            account: AccountSettings::default(),
            clock: Arc::new(system_time),
            confirm_after: Duration::from_millis(200),
            scrub_after: Duration::from_secs(5),
            waiting_events: 4096,
        }
    }
}

fn system_time() -> UnixTime {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX))
}

impl fmt::Debug for ChatsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, clock: _, confirm_after, scrub_after, waiting_events } = self;
        f.debug_struct("ChatsSettings")
            .field("account", account)
            .field("confirm_after", confirm_after)
            .field("scrub_after", scrub_after)
            .field("waiting_events", waiting_events)
            .finish_non_exhaustive()
    }
}
