//! Any lines as suppressions, in comments and in metadata.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::suppressed(text));
