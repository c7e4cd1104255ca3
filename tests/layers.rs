//! The table in `src/lib.rs` is the architecture: a module imports only from the rows above its own, and from its own row.

mod code;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Row of every module that the table names.
fn rows() -> BTreeMap<String, usize> {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(lib).expect("src/lib.rs is readable");
    let mut rows = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("//! |")) {
        let mut cells = line.split('|').map(str::trim);
        let Some(row) = cells.next().and_then(|cell| cell.parse::<usize>().ok()) else {
            continue;
        };
        let modules = cells.next().expect("a row has a second column");
        for name in modules.split('`').skip(1).step_by(2) {
            let module = name.trim_start_matches("mod@");
            let before = rows.insert(module.to_owned(), row);
            assert_eq!(before, None, "`{module}` stands in two rows of the table");
        }
    }
    assert!(rows.len() > 8, "the table was not found in src/lib.rs");
    rows
}

#[test]
fn every_module_has_its_row() {
    let rows = rows();
    let missing: BTreeSet<String> = code::files()
        .into_iter()
        .map(|file| file.module)
        .filter(|module| module != "lib" && !rows.contains_key(module))
        .collect();
    assert!(
        missing.is_empty(),
        "the table in src/lib.rs does not name {missing:?}"
    );
}

#[test]
fn modules_import_only_rows_above_and_their_own() {
    let rows = rows();
    let mut broken = BTreeSet::new();
    for file in code::files() {
        let Some(&own) = rows.get(&file.module) else {
            continue;
        };
        for import in file.imports() {
            let allowed = match rows.get(&import) {
                Some(&row) => row <= own,
                // What stands in `lib.rs` itself puts all layers together; only the outermost may use it.
                None => Some(&own) == rows.values().max(),
            };
            if !allowed {
                broken.insert(format!("{}: `{import}`", file.path.display()));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "imports that the table in src/lib.rs does not allow: {broken:#?}"
    );
}
