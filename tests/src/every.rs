//! One check for many cases, on all processors, with all failures in one report.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::seed;
use crate::universe::Case;

/// How many failures a report spells out.
const REPORTED: usize = 12;

/// Runs `check` on every case, and panics with what failed.
///
/// # Panics
/// If any check fails or panics.
pub fn check_every(cases: &[Case], check: impl Fn(&Case) -> Result<(), String> + Sync) {
    assert!(!cases.is_empty(), "nothing to check");
    let failures = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((position, case)) = take(cases, &next) {
            if let Err(failure) = check(case) {
                let line = &case.combinator().line;
                failures.lock().unwrap().push((position, format!("{}: {failure}\n    {line}", case.row.rust)));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    if failures.is_empty() {
        return;
    }
    let shown: Vec<&str> = failures.iter().take(REPORTED).map(|(_, failure)| failure.as_str()).collect();
    panic!("{} of {} cases fail, with {}:\n{}", failures.len(), cases.len(), seed::replay(), shown.join("\n"));
}

fn take<'c>(cases: &'c [Case], next: &AtomicUsize) -> Option<(usize, &'c Case)> {
    let position = next.fetch_add(1, Ordering::Relaxed);
    Some((position, cases.get(position)?))
}
