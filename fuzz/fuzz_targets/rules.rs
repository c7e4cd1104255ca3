//! Any text as the page of a team's own rule.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::ruled(text));
