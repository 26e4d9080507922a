//! The decoders of some types, on any bytes; the first chooses the type.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tl_tests::fuzz::decode(data));
