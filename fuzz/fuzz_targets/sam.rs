//! Any text as a SAM template, judged and printed.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::judged("template.yaml", text));
