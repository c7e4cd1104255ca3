//! What the tests of this module share: policies from YAML, and a request.

use std::sync::Arc;

use super::{Attached, Caller, ExecuteApi, Identity, Policy, Request, decide};
use crate::document::{Dialect, Node, parse};
use crate::resolve::{Given, Part, Resolved, Scope, Text, Truth};
use crate::source::{SourceId, Sources, Span};

/// A place.
pub(super) fn span() -> Span {
    Span::top(SourceId(0))
}

/// A reference.
pub(super) fn refer(id: &str) -> Text {
    Text::part(Part::Ref(id.into()))
}

fn tree(yaml: &str) -> Node {
    let sources = Sources::default();
    let source = sources.add("policy.yml", yaml);
    parse(&sources, source, Dialect::CloudFormation).root
}

/// The policy under `Policy` of a template.
pub(super) fn cases(template: &str) -> Resolved<Policy> {
    let template = tree(template);
    let scope = Scope::new(&template, Given::default());
    Policy::read(template.get("Policy").expect("a policy"), &scope)
}

/// A list of statements.
pub(super) fn policy(statements: &str) -> Policy {
    let scope = Scope::new(&tree("{}"), Given::default());
    let policy = Policy::read(&tree(statements), &scope);
    policy.settled().cloned().expect("one case")
}

/// A role of the template.
pub(super) fn role() -> Caller {
    Caller::Role(Identity {
        arn: Text::part(Part::Attribute("Role".into(), "Arn".into())),
        account: refer("AWS::AccountId"),
    })
}

/// A role calling `GET /stores/{id}` of the stage `dev` of the API `Api`; there is another, `Other`.
pub(super) fn request() -> Request {
    let endpoint = ExecuteApi::of_endpoint(&refer("Api"), &"dev".into(), "GET", "/stores/{id}");
    let mut request = Request::invoke(&endpoint, role());
    request.distinct = Arc::new(["Api", "Other"].map(Into::into).into());
    request
}

/// Whether this policy of the role lets it make [`request`].
pub(super) fn allowed_by(policy: &Policy) -> Truth {
    let attached = Attached {
        identity: &[policy],
        ..Attached::default()
    };
    decide(&attached, &request()).allowed
}
