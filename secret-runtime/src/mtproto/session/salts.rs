//! Salts: which is valid when, on either side (<https://core.telegram.org/mtproto/service_messages#request-for-several-future-salts>).

use std::collections::VecDeque;
use std::fmt;

use sha2::{Digest, Sha256};
use tl_types::mtproto::constructors::FutureSalt;
use zeroize::Zeroizing;

use super::UnixMillis;

/// How many salts a client asks for, and how many a server gives at most.
pub(super) const FUTURE: usize = 64;
/// How long a client waits before it asks again, in milliseconds.
const ASK_INTERVAL: u32 = 600_000;

/// The salts that a client knows.
#[derive(Debug)]
pub(super) struct Salts {
    current: i64,
    future: VecDeque<FutureSalt>,
    ask_at: Option<UnixMillis>,
}

impl Salts {
    pub(super) fn new(current: i64) -> Self {
        Self { current, future: VecDeque::new(), ask_at: None }
    }

    /// The salt that is valid at this time by the server's clock; the second part tells whether it changed.
    pub(super) fn at(&mut self, server_time: UnixMillis) -> (i64, bool) {
        let before = self.current;
        while let Some(next) = self.future.front().filter(|next| next.valid_since <= server_time.seconds()) {
            self.current = next.salt;
            self.future.pop_front();
        }
        (self.current, self.current != before)
    }

    /// The server says which is valid now.
    pub(super) fn replace(&mut self, salt: i64) -> bool {
        let is_new = self.current != salt;
        self.current = salt;
        is_new
    }

    /// Takes what the server answered.
    pub(super) fn learn(&mut self, mut salts: Vec<FutureSalt>, server_time: UnixMillis) {
        salts.sort_by_key(|salt| salt.valid_since);
        salts.retain(|salt| salt.valid_until > server_time.seconds());
        salts.truncate(FUTURE);
        self.future = salts.into();
    }

    /// Whether to ask for more now; if so, it is not so again for a while.
    pub(super) fn are_wanted(&mut self, now: UnixMillis) -> bool {
        let wanted = self.future.is_empty() && self.ask_at.is_none_or(|at| at <= now);
        if wanted {
            self.ask_at = Some(now.after(ASK_INTERVAL));
        }
        wanted
    }

    /// The last question was lost.
    pub(super) fn ask_again(&mut self) {
        self.ask_at = None;
    }
}

/// The salts that a server gives to one authorization key: another one each period, each valid for two.
///
/// They follow from a secret, so that nothing has to be kept and a restart changes nothing.
#[derive(Clone)]
pub struct ServerSalts {
    secret: Zeroizing<[u8; 32]>,
    initial: i64,
    created: UnixMillis,
    period: u32,
}

impl ServerSalts {
    /// `initial` is the salt of the key exchange, valid for two periods from `created`; a period is in seconds, at least
    /// one.
    #[must_use]
    pub fn new(secret: [u8; 32], initial: i64, created: UnixMillis, period: u32) -> Self {
        Self { secret: Zeroizing::new(secret), initial, created, period: period.max(1) }
    }

    /// The salt to use at this time.
    #[must_use]
    pub fn at(&self, now: UnixMillis) -> i64 {
        self.of_period(self.period_at(now))
    }

    /// Whether a message with this salt is accepted at this time.
    #[must_use]
    pub fn accepts(&self, salt: i64, now: UnixMillis) -> bool {
        let period = self.period_at(now);
        let age = now.0.saturating_sub(self.created.0);
        salt == self.of_period(period)
            || salt == self.of_period(period - 1)
            || salt == self.initial && age < 2000 * i64::from(self.period)
    }

    /// This salt and those after it, at most 64.
    pub(super) fn future(&self, now: UnixMillis, count: i32) -> Vec<FutureSalt> {
        let count = usize::try_from(count).unwrap_or_default().clamp(1, FUTURE) as i64;
        let first = self.period_at(now);
        let seconds = |period: i64| i32::try_from(period * i64::from(self.period)).unwrap_or(i32::MAX);
        (first..first + count).map(|n| FutureSalt::new(seconds(n), seconds(n + 2), self.of_period(n))).collect()
    }

    fn period_at(&self, now: UnixMillis) -> i64 {
        now.0.div_euclid(1000 * i64::from(self.period))
    }

    fn of_period(&self, period: i64) -> i64 {
        let mut hash = Sha256::new_with_prefix(self.secret.as_slice());
        hash.update(period.to_le_bytes());
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
        i64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Debug for ServerSalts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret: _, initial: _, created, period } = self;
        f.debug_struct("ServerSalts").field("created", created).field("period", period).finish_non_exhaustive()
    }
}
