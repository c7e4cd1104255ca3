//! A generated template with its keys in another order is judged alike.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gatelint_fuzz::alike(bytes, gatelint_fuzz::Twin::Order));
