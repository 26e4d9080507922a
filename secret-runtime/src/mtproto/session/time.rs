use std::fmt;

/// Milliseconds since 1970 by the local clock.
///
/// Sessions have no clock: every call is told the time. A clock that jumps, or is off by days, is made up for once the
/// server has said what time it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// So many milliseconds later.
    #[must_use]
    pub fn after(self, millis: u32) -> Self {
        Self(self.0.saturating_add(i64::from(millis)))
    }

    /// The time by another clock, which is `offset` ahead of this one.
    pub(super) fn by(self, offset: ClockOffset) -> Self {
        Self(self.0.saturating_add(offset.0))
    }

    /// The lowest message id of this time: seconds, and 2³² parts of a second.
    pub(super) fn message_id(self) -> i64 {
        let (seconds, millis) = (self.0.div_euclid(1000), self.0.rem_euclid(1000));
        (seconds << 32) | ((millis << 32) / 1000) & !3
    }

    /// The time that a message id tells.
    pub(super) fn of_message_id(id: i64) -> Self {
        Self((id >> 32).saturating_mul(1000).saturating_add(((id & 0xffff_ffff) * 1000) >> 32))
    }

    /// Whole seconds, as TL's dates count them.
    pub(super) fn seconds(self) -> i32 {
        i32::try_from(self.0.div_euclid(1000)).unwrap_or(i32::MAX)
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0.div_euclid(1000), self.0.rem_euclid(1000))
    }
}

/// By how many milliseconds the server's clock is ahead of ours; negative if ours is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockOffset(pub i64);
