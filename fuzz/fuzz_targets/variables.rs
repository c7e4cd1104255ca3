//! Any lines as the values of a service's variables and of what it includes.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::varied(text));
