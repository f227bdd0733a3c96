#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| auth_tests::fuzz::revocation_entry(input));
