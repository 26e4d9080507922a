//! What Linux tells of this process; where there is no `/proc`, nothing.

use std::fs;

/// Bytes of memory that the process has now.
#[must_use]
pub fn resident() -> u64 {
    status("VmRSS:")
}

/// Bytes of memory that the process had at most.
#[must_use]
pub fn peak_resident() -> u64 {
    status("VmHWM:")
}

fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}
