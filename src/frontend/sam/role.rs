//! Roles that SAM makes.

use super::made::Made;
use super::place::Place;
use super::policies::Grants;
use crate::document::Node;
use crate::source::{Span, Str};

/// A role that a service may take on.
pub(super) fn role(id: impl Into<Str>, at: Span, service: &str) -> Made {
    Made::new(id, "AWS::IAM::Role", at).set("AssumeRolePolicyDocument", trust(Place(at), service))
}

/// A role with a trust policy of the author's.
pub(super) fn role_trusting(id: impl Into<Str>, at: Span, trust: Node) -> Made {
    Made::new(id, "AWS::IAM::Role", at).set("AssumeRolePolicyDocument", trust)
}

impl Made {
    /// With these policies.
    pub(super) fn grant(self, grants: Grants, at: Span) -> Self {
        let place = Place(at);
        let inline = (!grants.inline.is_empty()).then(|| place.list(grants.inline));
        let managed = (!grants.managed.is_empty()).then(|| place.list(grants.managed));
        self.maybe("ManagedPolicyArns", managed)
            .maybe("Policies", inline)
    }
}

/// The trust policy that lets a service take on a role.
pub(super) fn trust(place: Place, service: &str) -> Node {
    let statement = place.map([
        ("Action", place.texts(&["sts:AssumeRole"])),
        ("Effect", place.text("Allow")),
        ("Principal", place.one("Service", place.texts(&[service]))),
    ]);
    place.map([
        ("Version", place.text("2012-10-17")),
        ("Statement", place.list([statement])),
    ])
}

/// A policy document with one statement that allows one action.
pub(super) fn allowing(place: Place, action: &str, resource: Node) -> Node {
    let statement = place.map([
        ("Action", place.text(action)),
        ("Effect", place.text("Allow")),
        ("Resource", resource),
    ]);
    place.one("Statement", place.list([statement]))
}
