//! The promises of `SECURITY.md` for projects of people one does not know, each held by a test that can fail.
//!
//! What the program asks of the system is seen with `strace`, on Linux; where that is missing the tests say so and hold nothing.

#![cfg(feature = "cli")]
#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::too_many_lines
)]

mod program;

#[cfg(unix)]
#[path = "promises/bounds.rs"]
mod bounds;
#[path = "promises/outputs.rs"]
mod outputs;
#[cfg(target_os = "linux")]
#[path = "promises/project.rs"]
mod project;
#[cfg(unix)]
#[path = "promises/silence.rs"]
mod silence;
#[cfg(target_os = "linux")]
#[path = "promises/system.rs"]
mod system;
#[cfg(target_os = "linux")]
#[path = "promises/trace.rs"]
mod trace;
#[cfg(target_os = "linux")]
#[path = "promises/writes.rs"]
mod writes;

/// The tests of a file, by name.
fn tests_of(text: &str) -> impl Iterator<Item = &str> {
    let named = text.split("#[test]").skip(1);
    named.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next())
}

#[test]
fn every_promise_names_tests_that_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    for folder in ["tests", "tests/promises"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_file() {
                all += &std::fs::read_to_string(path).expect("readable");
            }
        }
    }
    let exist: std::collections::BTreeSet<&str> = tests_of(&all).collect();
    let text = std::fs::read_to_string(root.join("SECURITY.md")).expect("readable");
    let (_, promises) = text.split_once("What holds then").expect("the list");
    let (promises, _) = promises.split_once("\n\nThe same input").expect("its end");
    let names = promises.split('`').skip(1).step_by(2).filter(|name| {
        name.matches('_').count() > 2 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    });
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        assert!(
            exist.contains(name),
            "SECURITY.md names a test that is not there: {name}"
        );
    }
    assert_eq!(promises.matches("Held by").count(), 8);
}
