//! A generated template with anchors is judged as without.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gatelint_fuzz::alike(
    bytes,
    gatelint_fuzz::Twin::Anchors
));
