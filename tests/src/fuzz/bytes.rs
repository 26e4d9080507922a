//! Reading choices from the bytes of an input.

/// What is left of an input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// The next two bytes, as a number.
    pub(super) fn pair(&mut self) -> Option<u16> {
        let (pair, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_le_bytes(*pair))
    }

    /// A length in two bytes, and so many bytes; fewer, if there are no more.
    pub(super) fn run(&mut self) -> &'a [u8] {
        let length = usize::from(self.pair().unwrap_or_default()).min(self.0.len());
        let (run, rest) = self.0.split_at(length);
        self.0 = rest;
        run
    }
}
