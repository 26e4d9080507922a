//! Randomness that depends on nothing but its place: whose message, which number, which draw.
//!
//! Two ways to the same situation then come to the same numbers, and the checker sees one state where there would be many.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// The randomness of one step.
pub(crate) struct Dice {
    side: u64,
    /// The counter of the message that comes next; every message takes its random bytes once.
    counter: u64,
    draw: u64,
    /// What the first draw gives: the exchange id of a request.
    first: Option<u64>,
}

impl Dice {
    pub(crate) fn new(side: usize, counter: u32, first: Option<i64>) -> Self {
        Self { side: u64::from(side == 1), counter: u64::from(counter), draw: 0, first: first.map(i64::cast_unsigned) }
    }
}

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.try_next_u64()? >> 32).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        self.draw += 1;
        // SplitMix64: one to one, so that different places give different numbers.
        let mut value = (self.counter << 16 | self.draw << 1 | self.side).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(value ^ value >> 31)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        self.counter += 1;
        self.draw = 0;
        Ok(())
    }
}

impl TryCryptoRng for Dice {}
