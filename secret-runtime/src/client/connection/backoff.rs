//! How long to wait before the next attempt to connect.

use std::time::Duration;

use rand_core::CryptoRng;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that double, from a tenth of a second to half a minute, each shortened at random by up to a half, so that many
/// clients do not come back at the same moment.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure.
    pub(super) fn next(&mut self, rng: &mut dyn CryptoRng) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        longest.mul_f64(0.5 + f64::from(rng.next_u32()) / f64::from(u32::MAX) / 2.0)
    }

    /// How many attempts have failed one after the other.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// An attempt was good: the server has said something that only it can say.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute_and_begin_anew_after_success() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut backoff = Backoff::default();
        for doubled in [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000] {
            let wait = backoff.next(&mut rng).as_millis();
            assert!((doubled / 2..=doubled).contains(&wait), "{wait} ms, not about {doubled}");
        }
        assert_eq!(backoff.failures(), 11);
        backoff.reset();
        assert!(backoff.next(&mut rng) <= FIRST);
    }
}
