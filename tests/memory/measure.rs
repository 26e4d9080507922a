//! Counting what decoding takes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;
use tl_tests::hex::hex;
use tl_tests::registry::Row;
use tl_tests::universe::Universe;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

static TURNS: Mutex<()> = Mutex::new(());

/// What decoding may take whatever the length of the input: an error, and the first items of a few vectors.
pub(crate) const CONSTANT: usize = 4_096;

/// The right to measure; nobody else does meanwhile.
pub(crate) struct Turn(#[allow(dead_code, reason = "held, not used")] MutexGuard<'static, ()>);

impl Turn {
    /// Waits for it.
    pub(crate) fn wait() -> Self {
        let turn = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        for universe in Universe::all() {
            // The first error in a process reads the text of the schema; that is no memory of the value's.
            universe.table.declarations();
        }
        Self(turn)
    }

    /// The bytes that were allocated at once while `run` ran, above those that were before.
    pub(crate) fn peak<T>(&self, run: impl FnOnce() -> T) -> usize {
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let result = run();
        let peak = ALLOCATOR.peak_usage();
        drop(result);
        peak.saturating_sub(before)
    }
}

/// The worst of what was measured.
#[derive(Debug, Default)]
pub(crate) struct Worst {
    ratio: f64,
    what: String,
}

impl Worst {
    /// Notes what decoding some bytes took.
    pub(crate) fn note(&mut self, peak: usize, bytes: &[u8], row: &Row) {
        let ratio = peak.saturating_sub(CONSTANT) as f64 / bytes.len() as f64;
        if ratio > self.ratio {
            *self = Self { ratio, what: format!("{}: {}", row.rust, hex(bytes)) };
        }
    }

    /// Prints the worst, and checks that it is within the bound.
    pub(crate) fn check(&self, name: &str, factor: usize) {
        println!("{name}: {:.1} bytes of memory for a byte of input, of {factor}: {}", self.ratio, self.what);
        assert!(self.ratio <= factor as f64, "{name}: {:.1} for {}", self.ratio, self.what);
    }
}
