//! What a configuration says of one rule: `"off"`, `"low"`, or a table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rule::Severity;

/// What a configuration says of one rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Level {
    severity: Option<Word>,
    enabled: Option<bool>,
    settings: BTreeMap<String, f64>,
}

/// `"off"`, or a severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Off,
    Of(Severity),
}

const WORDS: [&str; 5] = ["high", "medium", "low", "info", "off"];

impl Level {
    /// The word for the severity, when there is one.
    pub(super) fn word(&self) -> Option<Word> {
        self.severity
    }

    /// Whether the rule is switched on or off, when that is said beside the severity.
    pub(super) fn enabled(&self) -> Option<bool> {
        self.enabled
    }

    /// Other values for the rule's own settings.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, f64)> {
        let settings = self.settings.iter();
        settings.map(|(name, value)| (name.as_str(), *value))
    }

    fn named(word: &str) -> Option<Self> {
        let severity = Severity::ALL.into_iter().find(|it| it.word() == word);
        let word = match severity {
            Some(severity) => Word::Of(severity),
            None if word == "off" => Word::Off,
            None => return None,
        };
        Some(Self {
            severity: Some(word),
            ..Self::default()
        })
    }
}

impl Word {
    /// The severity; `None` for off.
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Of(severity) => Some(severity),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Of(severity) => severity.word(),
        }
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Level;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a severity, `\"off\"`, or a table such as `{ severity = \"low\" }`")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Level, E> {
        Level::named(word).ok_or_else(|| E::unknown_variant(word, &WORDS))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Level, A::Error> {
        let mut level = Level::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "severity" => {
                    let word: String = map.next_value()?;
                    let named = Level::named(&word);
                    let named = named.ok_or_else(|| de::Error::unknown_variant(&word, &WORDS))?;
                    level.severity = named.severity;
                }
                "enabled" => level.enabled = Some(map.next_value()?),
                _ => {
                    level.settings.insert(key, map.next_value()?);
                }
            }
        }
        Ok(level)
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let severity = self.severity.map(Word::text);
        if let (Some(word), None, true) = (severity, self.enabled, self.settings.is_empty()) {
            return serializer.serialize_str(word);
        }
        let severity = severity.map(|word| ("severity", toml::Value::from(word)));
        let enabled = self
            .enabled
            .map(|flag| ("enabled", toml::Value::from(flag)));
        let settings = self.settings();
        let settings = settings.map(|(name, value)| (name, number(value)));
        serializer.collect_map(severity.into_iter().chain(enabled).chain(settings))
    }
}

/// A whole number without a fraction.
fn number(value: f64) -> toml::Value {
    // Whole numbers of this size are exact in both.
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return toml::Value::from(value as i64);
    }
    toml::Value::from(value)
}

impl JsonSchema for Level {
    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A severity, \"off\", or a table with the severity and the rule's own settings.",
            "anyOf": [
                { "enum": WORDS },
                {
                    "type": "object",
                    "properties": {
                        "severity": { "enum": WORDS },
                        "enabled": { "type": "boolean" }
                    },
                    "additionalProperties": { "type": "number" }
                }
            ]
        })
    }
}
