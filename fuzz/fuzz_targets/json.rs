//! Any text as JSON; what others read is read as the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::parsed_as_json(text));
