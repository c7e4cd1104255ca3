//! The JSON schema of `gatelint.toml`, for editors.

use serde_json::{Map, Value, json};

use super::File;
use crate::rule::{Rule, RuleSet};

/// The schema, with every rule that is known by name.
pub fn schema(rules: &RuleSet) -> Value {
    let mut schema = schemars::schema_for!(File).to_value();
    let known: Map<String, Value> = rules.iter().map(of_rule).collect();
    let of_rules = schema.pointer_mut("/properties/rules");
    if let Some(of_rules) = of_rules.and_then(Value::as_object_mut) {
        of_rules.insert("properties".to_owned(), Value::Object(known));
    }
    schema
}

fn of_rule(rule: &Rule) -> (String, Value) {
    let settings = rule.settings.iter();
    let settings: Vec<String> = settings
        .map(|setting| format!("{} (default {})", setting.name, setting.value))
        .collect();
    let severity = if rule.enabled {
        rule.severity.word()
    } else {
        "off"
    };
    let settings = match settings.as_slice() {
        [] => String::new(),
        settings => format!(" Settings: {}.", settings.join(", ")),
    };
    let text = format!("{} Default: {severity}.{settings}", sentence(&rule.title));
    let value = json!({ "description": text, "allOf": [{ "$ref": "#/$defs/Level" }] });
    (rule.id.to_string(), value)
}

fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
