//! The schema parser, on any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tl_tests::fuzz::parse(data));
