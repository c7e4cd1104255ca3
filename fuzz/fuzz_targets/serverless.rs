//! Any text as a serverless.yml, judged and printed.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::judged("serverless.yml", text));
