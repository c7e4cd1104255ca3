//! Embeds every page of `rules/`, so that adding a rule is adding a file.

use std::{env, fmt::Write, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=rules");
    let root = env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let mut pages: Vec<_> = fs::read_dir(Path::new(&root).join("rules"))
        .expect("rules/ is readable")
        .map(|entry| entry.expect("rules/ is readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"))
        .collect();
    pages.sort();
    let mut list = String::from("&[\n");
    for page in pages {
        let id = page.file_stem().expect("has a stem").to_string_lossy();
        let page = page.to_string_lossy();
        writeln!(list, "    ({id:?}, include_str!({page:?})),").expect("writing to a string");
    }
    list.push(']');
    let out = env::var("OUT_DIR").expect("set by cargo");
    fs::write(Path::new(&out).join("pages.rs"), list).expect("OUT_DIR is writable");
}
