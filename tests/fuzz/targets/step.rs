//! A peer that knows the key of a chat and sends any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tl_tests::fuzz::step(data));
