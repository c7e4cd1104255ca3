//! What a file says, without its form: the tree that is generated, changed and written down in several looks.

use gatelint::document::{self, Dialect, Node, Value};
use gatelint::source::Sources;

use super::choices::Choices;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Nothing.
    Null,
    /// A boolean.
    Flag(bool),
    /// A number, as JSON writes it.
    Number(String),
    /// Text.
    Text(String),
    /// Items in order.
    List(Vec<Self>),
    /// Entries in order; keys are distinct.
    Map(Vec<(String, Self)>),
}

impl Tree {
    /// The tree of a text, which is only material: what it is read as may be anything.
    pub fn read(text: &str, dialect: Dialect) -> Self {
        let sources = Sources::default();
        let source = sources.add("seed", text);
        Self::of(&document::parse(&sources, source, dialect).root)
    }

    fn of(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Flag(*value),
            Value::Number(text) if is_plain_number(text) => Self::Number(text.to_string()),
            Value::Number(text) | Value::Text(text) => Self::Text(text.to_string()),
            Value::List(list) => Self::List(list.items.iter().map(Self::of).collect()),
            Value::Map(map) => {
                let entry =
                    |entry: &document::Entry| (entry.key.to_string(), Self::of(&entry.value));
                Self::Map(map.entries.iter().map(entry).collect())
            }
        }
    }

    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A mapping with one entry, as functions are written.
    pub fn function(name: &str, argument: Self) -> Self {
        Self::Map(vec![(name.to_owned(), argument)])
    }

    /// How many values it has, itself included.
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Flag(_) | Self::Number(_) | Self::Text(_) => 1,
            Self::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Self::Map(entries) => 1 + entries.iter().map(|(_, it)| it.size()).sum::<usize>(),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries.iter().find(|(it, _)| it == key).map(|(_, it)| it)
    }

    /// The value of a key, made when it is not there; nothing where this is no mapping.
    pub fn entry(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        if !entries.iter().any(|(it, _)| it == key) {
            entries.push((key.to_owned(), Self::Map(Vec::new())));
        }
        entries
            .iter_mut()
            .find(|(it, _)| it == key)
            .map(|(_, it)| it)
    }

    /// Sets a key of a mapping.
    pub fn set(&mut self, key: &str, value: Self) {
        if let Some(place) = self.entry(key) {
            *place = value;
        }
    }

    /// Takes in what another mapping has and this one has not, down to lists, whose items join.
    pub fn join(&mut self, other: Self) {
        match (self, other) {
            (Self::Map(own), Self::Map(others)) => {
                for (key, value) in others {
                    match own.iter_mut().find(|(it, _)| *it == key) {
                        Some((_, known)) => known.join(value),
                        None => own.push((key, value)),
                    }
                }
            }
            (Self::List(own), Self::List(others)) => own.extend(others),
            _ => {}
        }
    }

    /// The same with the entries of every mapping in another order; but for `functions` (and `custom.given`, where they may
    /// stand), of which the framework deploys the last one when two have the same route or the same logical id.
    pub fn shuffled(&self, choices: &mut Choices<'_>) -> Self {
        match self {
            Self::Map(entries) => {
                let mut left: Vec<&(String, Self)> = entries.iter().rev().collect();
                let mut shuffled = Vec::with_capacity(left.len());
                while !left.is_empty() {
                    let (key, value) = left.swap_remove(choices.below(left.len()));
                    let value = match key.as_str() {
                        "functions" | "given" => value.shuffled_but_for_names(choices),
                        _ => value.shuffled(choices),
                    };
                    shuffled.push((key.clone(), value));
                }
                Self::Map(shuffled)
            }
            Self::List(items) => Self::List(items.iter().map(|it| it.shuffled(choices)).collect()),
            other => other.clone(),
        }
    }

    /// Functions, in one mapping or a list of them: what is inside each is shuffled.
    fn shuffled_but_for_names(&self, choices: &mut Choices<'_>) -> Self {
        match self {
            Self::Map(functions) => Self::Map(
                functions
                    .iter()
                    .map(|(name, it)| (name.clone(), it.shuffled(choices)))
                    .collect(),
            ),
            Self::List(parts) => Self::List(
                parts
                    .iter()
                    .map(|part| part.shuffled_but_for_names(choices))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    /// The tree as a value of JSON, keys in alphabetical order.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Flag(value) => (*value).into(),
            Self::Number(text) => serde_json::from_str(text).expect("a plain number"),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, it)| (key.clone(), it.json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }
}

/// Numbers that every look writes alike.
fn is_plain_number(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (1..10).contains(&text.len()) && (text == "0" || !text.starts_with('0'))
}
