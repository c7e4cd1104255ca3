//! Any text as a gatelint.toml.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::configured(text));
