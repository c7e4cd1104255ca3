//! A generated template in YAML and in JSON is judged alike.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gatelint_fuzz::alike(bytes, gatelint_fuzz::Twin::Json));
