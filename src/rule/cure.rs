//! How what a rule reports is mended, as its page says.
//!
//! Says what is to be so, never how a file is to be edited: that is for [`crate::fix`], which knows the texts.

use std::collections::BTreeMap;

use super::message::Message;
use crate::source::{Span, Str};

/// `fix:` of a page.
#[derive(Clone, Debug)]
pub(super) struct Remedy {
    pub(super) title: Message,
    pub(super) safe: bool,
    pub(super) set: Vec<(Vec<Str>, Message)>,
    pub(super) write: Option<Message>,
    pub(super) rename: Option<Message>,
    pub(super) way: Option<Way>,
}

/// The same for one finding, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cure {
    /// What is done, as an order.
    pub title: String,
    /// Whether nothing else can change by it.
    pub safe: bool,
    /// Properties of the resource, each by its path, with the values that they get.
    pub set: Vec<(Vec<Str>, String)>,
    /// What is written in place of the value that the finding points at.
    pub write: Option<String>,
    /// The name that the key gets that the finding points at.
    pub rename: Option<String>,
    /// What takes more than that.
    pub way: Option<Way>,
    /// What is known of the subject, with its place.
    pub facts: BTreeMap<&'static str, (String, Span)>,
}

/// What needs work to be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The comment that the finding points at goes.
    Comment,
    /// Addresses of a client begin with `https`.
    Https,
    /// A usage plan gets limits, wherever it is declared.
    Limits,
    /// The caller's role gets leave to make the call.
    Grant,
    /// No key is asked for where something else is.
    Keyless,
    /// The endpoint gets the only authorizer there is.
    Authorizer,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 6] = [
        Self::Comment,
        Self::Https,
        Self::Limits,
        Self::Grant,
        Self::Keyless,
        Self::Authorizer,
    ];

    /// As written in a page's `way:`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Https => "https",
            Self::Limits => "limits",
            Self::Grant => "grant",
            Self::Keyless => "keyless",
            Self::Authorizer => "authorizer",
        }
    }

    /// What it does, for the generated table.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Comment => "removes the comment that the finding points at",
            Self::Https => {
                "writes `https` in the addresses of a client that say `http` and name a host"
            }
            Self::Limits => {
                "gives a usage plan a throttle and a quota, in the words of the file that declares it"
            }
            Self::Grant => {
                "corrects the part of the closest grant that differs, or adds a statement with the exact ARN"
            }
            Self::Keyless => {
                "writes `false` for a key that nobody meant, where the endpoint asks for more than that"
            }
            Self::Authorizer => "attaches the only authorizer that the API has",
        }
    }
}
