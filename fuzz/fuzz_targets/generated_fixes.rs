//! Generated templates whose findings have fixes, in YAML with anchors.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gatelint_fuzz::fixed_as_generated(bytes));
