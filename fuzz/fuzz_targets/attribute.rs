#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| auth_macros_as_library::fuzz::attribute(input));
