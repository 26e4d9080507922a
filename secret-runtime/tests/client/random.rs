//! Randomness from a seed.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;

pub(crate) fn random(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}
