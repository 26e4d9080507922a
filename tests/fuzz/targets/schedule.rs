//! Two sides, a server and disks, and everything that can happen to them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tl_tests::fuzz::schedule(data));
