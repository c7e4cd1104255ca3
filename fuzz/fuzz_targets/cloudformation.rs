//! Any text as a CloudFormation template in JSON or YAML, judged and printed.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gatelint_fuzz::judged("stack.template", text));
