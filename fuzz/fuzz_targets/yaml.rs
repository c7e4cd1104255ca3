//! Any text as YAML, in both dialects.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::parsed(text));
