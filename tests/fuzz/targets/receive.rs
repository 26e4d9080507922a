//! A network, and somebody on it who has the key of a session and sends any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tl_tests::fuzz::receive(data));
