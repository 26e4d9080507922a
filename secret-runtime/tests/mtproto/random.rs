//! Randomness from a seed, of which a test may choose the first pieces.

use std::collections::VecDeque;
use std::convert::Infallible;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{SeedableRng, TryCryptoRng, TryRng};

pub(crate) struct Random {
    seeded: ChaCha20Rng,
    /// Each is given to the first who asks for so many bytes, in order.
    chosen: VecDeque<Vec<u8>>,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_chosen(seed, [])
    }

    pub(crate) fn with_chosen(seed: u64, chosen: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { seeded: ChaCha20Rng::seed_from_u64(seed), chosen: chosen.into_iter().collect() }
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.seeded.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.seeded.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match self.chosen.front() {
            Some(chosen) if chosen.len() == bytes.len() => {
                bytes.copy_from_slice(chosen);
                self.chosen.pop_front();
            }
            _ => self.seeded.try_fill_bytes(bytes)?,
        }
        Ok(())
    }
}

impl TryCryptoRng for Random {}

pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits = digits.bytes().filter(|digit| !digit.is_ascii_whitespace()).collect::<Vec<_>>();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
