//! Randomness from a seed, of which a test may choose a number.

use std::convert::Infallible;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{SeedableRng, TryCryptoRng, TryRng};

pub(crate) struct Random {
    seeded: ChaCha20Rng,
    /// The next 64-bit number.
    pub(crate) next: Option<u64>,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seeded: ChaCha20Rng::seed_from_u64(seed), next: None }
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.seeded.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.next.take().map_or_else(|| self.seeded.try_next_u64(), Ok)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.seeded.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Random {}
