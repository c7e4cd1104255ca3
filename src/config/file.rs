//! The shape of `gatelint.toml`. The comments here are the descriptions in its JSON schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::Datetime;

use super::level::Level;
use crate::rule::Severity;

/// Settings of gatelint for a project. Paths are relative to the folder of this file.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[schemars(title = "gatelint.toml")]
pub struct File {
    /// Findings at least this severe make `gatelint check` fail. Default: medium.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<FailOn>,
    /// Findings less severe than this are not shown. Default: info.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_severity: Option<Least>,
    /// Whether findings that only deployment can decide count too. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Whether every suppression must say why. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_reasons: Option<bool>,
    /// Files and folders that are not analysed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
    /// Stages for which services are judged. Default: the stage of each service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// Findings that are known, written by `gatelint baseline write`. Default: `.gatelint/baseline.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// Paths of endpoints that are meant for few, besides those with words such as `admin`: `/billing/**`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub sensitive_paths: Vec<Spanned<String>>,
    /// Severities and settings of rules, by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, Level>")]
    pub rules: BTreeMap<Spanned<String>, Spanned<Level>>,
    /// Endpoints that are public by design.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Declared>")]
    pub public: Vec<Spanned<Declared>>,
    /// Findings that do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Ignored>")]
    pub ignore: Vec<Spanned<Ignored>>,
    /// Other severities in some files; the last that fits decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Overridden>,
}

/// Which findings make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// An open door.
    High,
    /// What weakens the door, and worse.
    Medium,
    /// Hardening, and worse.
    Low,
    /// Everything.
    Info,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The least severity that fails; `None` for never.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

/// Which findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Least {
    /// An open door.
    High,
    /// What weakens the door, and worse.
    Medium,
    /// Hardening, and worse.
    Low,
    /// Everything.
    Info,
}

impl From<Least> for Severity {
    fn from(least: Least) -> Self {
        match least {
            Least::High => Self::High,
            Least::Medium => Self::Medium,
            Least::Low => Self::Low,
            Least::Info => Self::Info,
        }
    }
}

/// Endpoints that are public by design.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The endpoint, or several: `GET /health`, `/public/**`, the name of a function with a URL.
    pub endpoint: OneOrMany,
    /// Files in which it is meant; everywhere, when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<OneOrMany>,
    /// Why it is public.
    pub reason: String,
    /// The last day on which it may be: `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Datetime>,
}

/// Findings that do not count.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ignored {
    /// The rule, or several.
    pub rule: OneOrMany,
    /// Files in which it is meant; everywhere, when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<OneOrMany>,
    /// What the findings are about: `POST /orders`, or the name of anything else; everything, when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<OneOrMany>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The last day on which they do not count: `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Datetime>,
}

/// Other severities in some files.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overridden {
    /// Which files.
    #[schemars(with = "Vec<String>")]
    pub files: Vec<Spanned<String>>,
    /// Severities by rule.
    #[schemars(with = "BTreeMap<String, Level>")]
    pub rules: BTreeMap<Spanned<String>, Spanned<Level>>,
}

/// A text, or several.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}
