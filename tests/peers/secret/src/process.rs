//! What Linux tells of this process; where there is no `/proc`, nothing.

use std::fs;
use std::time::Duration;

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

/// The time that all threads of this process have spent on processors so far.
#[must_use]
pub fn cpu_time() -> Duration {
    processor_time("self")
}

/// The same of another process.
#[must_use]
pub fn cpu_time_of(process: u32) -> Duration {
    processor_time(&process.to_string())
}

fn processor_time(process: &str) -> Duration {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Behind the name, which may have spaces and ends with a parenthesis: the 12th and 13th, in hundredths of a second.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}
