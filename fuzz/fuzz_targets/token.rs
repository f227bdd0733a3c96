#![no_main]

#[path = "../src/runtime.rs"]
mod runtime;

libfuzzer_sys::fuzz_target!(|input: &[u8]| runtime::token(input));
