//! What a SARIF log has against the standard's own schema, as it comes with the crate that writes the types.

#![allow(clippy::print_stderr)]

use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;

/// The mistakes of a log. None, and a word about it, where the crate's sources are not at hand.
pub fn sarif_errors(log: &Value) -> Vec<String> {
    let Some(schema) = sarif_schema() else {
        eprintln!("skipped: the sources of serde-sarif are not here");
        return Vec::new();
    };
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    let errors = validator.iter_errors(log);
    errors
        .map(|e| format!("{}: {e}", e.instance_path))
        .collect()
}

fn sarif_schema() -> Option<Value> {
    let home = env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    let registries = fs::read_dir(home.join("registry/src")).ok()?;
    let schemas = registries.filter_map(|registry| {
        fs::read_to_string(
            registry
                .ok()?
                .path()
                .join("serde-sarif-0.8.0/src/schema.json"),
        )
        .ok()
    });
    let mut schema: Value = serde_json::from_str(&schemas.last()?).ok()?;
    // The pattern of `language` is not one that a validator compiles.
    let language = schema.pointer_mut("/definitions/toolComponent/properties/language")?;
    language.as_object_mut()?.remove("pattern");
    Some(schema)
}
