//! The server's clock.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::{Duration, Instant};

use crate::mtproto::session::UnixMillis;

/// Milliseconds since 1970. It never goes back while the server runs, or between a stop and the start after it: message
/// ids are made of it, and each may be used once.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// The time when the server started.
    base: i64,
    /// The latest time that was told.
    latest: i64,
    /// The last id of an unencrypted message.
    plain_id: i64,
}

impl Clock {
    /// A clock that is `offset` seconds ahead, and later than `floor`.
    pub(super) fn new(offset: i64, floor: UnixMillis) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX).saturating_add(offset.saturating_mul(1000));
        let base = now.max(floor.0.saturating_add(1));
        Self { started: Instant::now(), state: Mutex::new(State { base, latest: base, plain_id: 0 }) }
    }

    pub(super) fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let Ok(mut state) = self.state.lock() else { return UnixMillis(elapsed) };
        state.latest = state.latest.max(state.base.saturating_add(elapsed));
        UnixMillis(state.latest)
    }

    /// Puts the clock forward, or back by negative seconds. Sessions and salts are told the new time.
    pub(super) fn shift(&self, seconds: i64) {
        if let Ok(mut state) = self.state.lock() {
            state.base = state.base.saturating_add(seconds.saturating_mul(1000));
            state.latest = state.latest.saturating_add(seconds.saturating_mul(1000));
        }
    }

    /// When the clock will show `time`.
    pub(super) fn instant(&self, time: UnixMillis) -> Instant {
        let wait = u64::try_from(time.0.saturating_sub(self.now().0)).unwrap_or_default();
        Instant::now() + Duration::from_millis(wait)
    }

    /// A new id for an unencrypted message of the server.
    pub(super) fn plain_message_id(&self) -> i64 {
        let UnixMillis(now) = self.now();
        let id = (now.div_euclid(1000) << 32) | ((now.rem_euclid(1000) << 32) / 1000) & !3 | 1;
        let Ok(mut state) = self.state.lock() else { return id };
        state.plain_id = id.max(state.plain_id.saturating_add(4));
        state.plain_id
    }
}

/// Whole seconds, as dates count them.
pub(super) fn seconds(time: UnixMillis) -> i32 {
    i32::try_from(time.0.div_euclid(1000)).unwrap_or(i32::MAX)
}
