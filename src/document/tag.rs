//! YAML tags: `CloudFormation`'s short forms of functions, and the standard ones that force a type.

use granit_parser::Tag;

use crate::source::Str;

/// What a tag asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// `!Sub`: a mapping with this one key.
    Function {
        /// `Fn::Sub`.
        key: Str,
        /// Whether `CloudFormation` has such a function.
        is_known: bool,
    },
    /// `!!str` or `!`.
    Text,
    /// `!!int` or `!!float`.
    Number,
    /// `!!bool`.
    Bool,
    /// `!!null`.
    Null,
    /// `!!map` or `!!seq`.
    Collection,
    /// Anything else.
    Unknown,
}

/// Reads a tag.
pub(super) fn read(tag: &Tag) -> Meaning {
    match (tag.handle(), tag.suffix()) {
        ("!", name) => match known(name) {
            Some(key) => Meaning::Function {
                key,
                is_known: true,
            },
            None => Meaning::Function {
                key: Str::from(format!("Fn::{name}")),
                is_known: false,
            },
        },
        ("", "!") => Meaning::Text,
        (handle, suffix) => match standard(handle, suffix) {
            Some("str") => Meaning::Text,
            Some("int" | "float") => Meaning::Number,
            Some("bool") => Meaning::Bool,
            Some("null") => Meaning::Null,
            Some("map" | "seq") => Meaning::Collection,
            _ => Meaning::Unknown,
        },
    }
}

fn standard<'a>(handle: &str, suffix: &'a str) -> Option<&'a str> {
    match handle {
        "tag:yaml.org,2002:" => Some(suffix),
        "" => suffix.strip_prefix("tag:yaml.org,2002:"),
        _ => None,
    }
}

/// The functions that have a short form.
fn known(name: &str) -> Option<Str> {
    macro_rules! functions {
        ($($name:literal)*) => {
            match name {
                "Ref" => Some(arcstr::literal_substr!("Ref")),
                "Condition" => Some(arcstr::literal_substr!("Condition")),
                $($name => Some(arcstr::literal_substr!(concat!("Fn::", $name))),)*
                _ => None,
            }
        };
    }
    functions!(
        "And" "Base64" "Cidr" "Contains" "EachMemberEquals" "EachMemberIn" "Equals" "FindInMap" "ForEach" "GetAZs"
        "GetAtt" "GetStackOutput" "If" "ImportValue" "Join" "Length" "Not" "Or" "RefAll" "Select" "Split" "Sub" "ToJsonString"
        "Transform" "ValueOf" "ValueOfAll"
    )
}
