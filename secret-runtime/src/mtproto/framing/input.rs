//! Bytes that came in and were not read yet.

/// Read bytes are dropped when there are so many, so that not every packet moves those behind it.
const DROP_AT: usize = 64 << 10;

#[derive(Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    read: usize,
}

impl Input {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.read == self.bytes.len() || self.read >= DROP_AT {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }

    /// The last `length` bytes, or all that are unread.
    pub(super) fn last_mut(&mut self, length: usize) -> &mut [u8] {
        let start = self.bytes.len().saturating_sub(length).max(self.read);
        self.bytes.get_mut(start..).unwrap_or_default()
    }

    pub(super) fn consume(&mut self, length: usize) {
        self.read = self.bytes.len().min(self.read + length);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
