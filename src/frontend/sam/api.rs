//! The APIs that events attach to, while their documents are being filled.
//!
//! Knows every resource that an event may name, SAM's own APIs with their documents, anything else without.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::draft::Draft;
use super::policy::Statements;
use crate::document::{Entry, Node};
use crate::source::{Span, Str};

/// What kind of API a resource is to SAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApiKind {
    /// `AWS::Serverless::Api`.
    Rest,
    /// `AWS::Serverless::HttpApi`.
    Http,
}

impl ApiKind {
    /// The id of the API that events without one attach to.
    pub(super) fn implicit_id(self) -> &'static str {
        match self {
            Self::Rest => "ServerlessRestApi",
            Self::Http => "ServerlessHttpApi",
        }
    }

    /// The section of `Globals`, and the end of the type's name.
    pub(super) fn section(self) -> &'static str {
        match self {
            Self::Rest => "Api",
            Self::Http => "HttpApi",
        }
    }

    /// The type of event that adds to it.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Rest => "Api",
            Self::Http => "HttpApi",
        }
    }

    /// The property by which an event names its API.
    pub(super) fn reference(self) -> &'static str {
        match self {
            Self::Rest => "RestApiId",
            Self::Http => "ApiId",
        }
    }
}

/// An API of the template.
#[derive(Debug)]
pub(super) struct Api {
    /// Its logical id.
    pub(super) id: Str,
    /// Where it is declared; for an implicit one, the first event that needs it.
    pub(super) at: Span,
    /// Which kind.
    pub(super) kind: ApiKind,
    /// The resource as written.
    pub(super) resource: Node,
    /// Its properties, with what they inherit.
    pub(super) properties: Node,
    /// The document, when it is in the template.
    pub(super) body: Option<Draft>,
    /// The statements of the document's resource policy so far.
    pub(super) statements: Statements,
    /// SAM wrote the document itself and events add to it.
    pub(super) managed: bool,
    /// The condition under which it exists, when events decide it.
    pub(super) condition: Option<Str>,
    /// Under which condition each method of each path exists; the method as the event writes it.
    pub(super) conditions: HashMap<Str, BTreeMap<Str, Option<Str>>>,
    /// What happens to it when it is deleted or replaced, when events decide it.
    pub(super) policies: Vec<Entry>,
    /// Settings that events give for their routes.
    pub(super) routes: Vec<Entry>,
}

impl Api {
    /// Whether the API exists only if one of some conditions holds, and which: all of its methods must have one.
    pub(super) fn own_conditions(&self) -> Option<BTreeSet<Str>> {
        let mut all = BTreeSet::new();
        // Order does not matter: the conditions end up in a sorted set.
        #[allow(clippy::iter_over_hash_type)]
        for methods in self.conditions.values() {
            for condition in methods.values() {
                all.insert(condition.clone()?);
            }
        }
        (!all.is_empty()).then_some(all)
    }

    /// The conditions of a path, when every method of it has one.
    pub(super) fn path_conditions(&self, path: &str) -> Option<BTreeSet<Str>> {
        let methods = self.conditions.get(path)?;
        let all: Option<BTreeSet<Str>> = methods.values().cloned().collect();
        all.filter(|all| !all.is_empty())
    }
}

/// The APIs by logical id.
#[derive(Debug, Default)]
pub(super) struct Apis {
    list: Vec<Option<Api>>,
    index: HashMap<Str, usize>,
}

impl Apis {
    /// Adds an API, or puts it back; one with the same id is replaced and given back.
    pub(super) fn put(&mut self, api: Api) -> Option<Api> {
        if let Some(slot) = self
            .index
            .get(&api.id)
            .and_then(|at| self.list.get_mut(*at))
        {
            return slot.replace(api);
        }
        self.index.insert(api.id.clone(), self.list.len());
        self.list.push(Some(api));
        None
    }

    /// The API with this id.
    pub(super) fn get(&self, id: &str) -> Option<&Api> {
        self.list.get(*self.index.get(id)?)?.as_ref()
    }

    /// The API with this id, to be filled.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Api> {
        self.list.get_mut(*self.index.get(id)?)?.as_mut()
    }

    /// Takes one out, to work on it or for good.
    pub(super) fn take(&mut self, id: &str) -> Option<Api> {
        self.list.get_mut(*self.index.get(id)?)?.take()
    }

    /// Every API in order.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Api> {
        self.list.iter_mut().flatten()
    }
}
