//! What the process takes.

use std::fmt;
use std::fs;

/// The memory after the warm-up and at the end, server included; 0 where there is no `/proc`.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    warm: Option<u64>,
    end: u64,
}

impl Memory {
    /// The warm-up is over; only the first call counts.
    pub(crate) fn warm(&mut self) {
        self.warm.get_or_insert_with(resident);
    }

    pub(crate) fn end(&mut self) {
        self.end = resident();
    }

    pub(crate) fn growth(&self) -> u64 {
        self.end.saturating_sub(self.warm.unwrap_or(self.end))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory: {} KiB warm, {} KiB at the end", self.warm.unwrap_or_default() >> 10, self.end >> 10)
    }
}

fn resident() -> u64 {
    // The second number: pages in memory. The kernel's pages have 4 KiB on all that this runs on.
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4096
}
