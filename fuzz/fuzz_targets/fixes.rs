//! Any text whose findings have fixes: each does what it says, once.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::fixed(text));
