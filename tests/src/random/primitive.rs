//! Random values of the types that TL builds in.

use fastrand::Rng;

use super::{Mode, Writing};

/// Lengths at which the encoding of strings changes: the padding, and the form of the length itself.
const BORDERS: [usize; 8] = [0, 1, 3, 252, 253, 254, 255, 256];

impl Writing<'_, '_> {
    /// Random bytes, or zeros in the minimal value.
    pub(super) fn fill<const N: usize>(&mut self) {
        let mut content = [0; N];
        if self.of.mode != Mode::Minimal {
            self.rng.fill(&mut content);
        }
        self.put(&content);
    }

    /// Any bits; one in eight is a NaN with a payload.
    pub(super) fn double(&mut self) {
        let bits = match self.of.mode {
            Mode::Minimal => 0,
            _ if self.rng.u8(..8) == 0 => 0x7ff0_0000_0000_0001 | self.rng.u64(..),
            _ => self.rng.u64(..),
        };
        self.sample.has_nan |= f64::from_bits(bits).is_nan();
        self.put(&bits.to_le_bytes());
    }

    pub(super) fn length_of_string(&mut self) -> usize {
        if self.is_exhausted() {
            return 0;
        }
        match self.rng.u16(..4096) {
            0 => 65_536,
            1..=512 => BORDERS[self.rng.usize(..BORDERS.len())],
            _ => self.rng.usize(..12),
        }
    }

    /// The short form of the length up to 253 bytes, the long one from there on, and zeros up to a multiple of four.
    pub(super) fn string(&mut self, content: &[u8]) {
        let start = self.sample.bytes.len();
        let [low, middle, high, ..] = content.len().to_le_bytes();
        if content.len() < 254 {
            self.put(&[low]);
        } else {
            self.put(&[254, low, middle, high]);
        }
        self.put(content);
        let padded = (self.sample.bytes.len() - start).next_multiple_of(4);
        self.sample.bytes.resize(start + padded, 0);
    }
}

/// Text of exactly `len` bytes, with characters of one to four bytes.
pub fn text(len: usize, rng: &mut Rng) -> String {
    let mut text = String::with_capacity(len);
    while text.len() < len {
        let character = if rng.bool() { rng.char(..) } else { rng.alphanumeric() };
        if text.len() + character.len_utf8() <= len {
            text.push(character);
        }
    }
    text
}
