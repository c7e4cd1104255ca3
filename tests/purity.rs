//! Only the outermost layer opens files, starts threads and asks for the time: hosts without an operating system can use the rest.
//!
//! The check that the library builds for `wasm32-unknown-unknown` does not see this: there `std::fs` compiles and fails at run time.

mod code;

use std::collections::BTreeSet;

/// The outermost layer.
const MAY: [&str; 3] = ["cli", "lsp", "main"];

/// What else would reach outside; each as the beginning of a path below `std`.
const OUTSIDE: [&[&str]; 14] = [
    &["env"],
    &["fs"],
    &["io", "stderr"],
    &["io", "stdin"],
    &["io", "stdout"],
    &["net", "TcpListener"],
    &["net", "TcpStream"],
    &["net", "ToSocketAddrs"],
    &["net", "UdpSocket"],
    &["os"],
    &["process"],
    &["thread"],
    &["time", "Instant"],
    &["time", "SystemTime"],
];

/// Crates of the features `cli` and `lsp` that read files or start threads.
const CRATES: [&str; 6] = ["clap", "gix", "ignore", "indicatif", "lsp_server", "rayon"];

#[test]
fn inner_layers_touch_nothing_outside() {
    let mut broken = BTreeSet::new();
    for file in code::files() {
        if MAY.contains(&file.module.as_str()) {
            continue;
        }
        let imported = ["io", "net", "time"].into_iter().flat_map(|module| {
            let below = file.paths(module).into_iter();
            below.map(move |path| [vec![module.to_owned()], path].concat())
        });
        for path in file.paths("std").into_iter().chain(imported) {
            let reaches = |start: &&[&str]| {
                start.len() <= path.len() && start.iter().zip(&path).all(|(a, b)| a == b)
            };
            if OUTSIDE.iter().any(reaches) {
                broken.insert(format!("{}: std::{}", file.path.display(), path.join("::")));
            }
        }
        for outer in CRATES {
            if file.module != "lib" && !file.paths(outer).is_empty() {
                broken.insert(format!("{}: {outer}", file.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these reach outside: {broken:#?}");
}
