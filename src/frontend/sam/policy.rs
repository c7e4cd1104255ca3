//! `ResourcePolicy` of a REST API or of one event: the statements that SAM writes into the document.
//!
//! Writes what SAM writes, path by path; says nothing of what the policy allows.

use std::collections::HashSet;

use super::Lowering;
use super::api::Api;
use super::body::{self, ANY, arn_path};
use super::callers::{Grant, as_list, grants, hash};
use super::draft::Draft;
use super::globals::inherit_true;
use super::logical_id::json;
use super::place::Place;
use crate::document::Node;
use crate::source::Span;

/// The extension that holds the policy.
const POLICY: &str = "x-amazon-apigateway-policy";

/// The statements that a policy has so far, as JSON: SAM does not repeat one.
#[derive(Debug, Default)]
pub(super) struct Statements(Option<HashSet<String>>);

/// A document that can be given a policy.
#[derive(Debug)]
pub(super) struct Document {
    /// The document.
    pub(super) draft: Draft,
    /// Its policy's statements.
    pub(super) statements: Statements,
}

impl Document {
    /// Applies the policy of an API's `Auth` to every path.
    pub(super) fn apply_policy(&mut self, lowering: &mut Lowering<'_>, api: &Api, auth: &Node) {
        let Some(policy) = inherit_true(auth, "ResourcePolicy") else {
            return;
        };
        if policy.as_map().is_none() {
            let message = format!("`ResourcePolicy` of `{}` is not a mapping", api.id);
            lowering.unreadable(policy.span, message);
            return;
        }
        let stage = api.properties.get("StageName").cloned();
        let stage = stage.unwrap_or_else(|| Node::null(api.at));
        let grants = grants(lowering, &policy);
        for path in body::paths(&mut self.draft) {
            self.add_grants(&grants, policy.span, (&path, &stage));
        }
        self.add_custom(&policy);
    }

    /// Adds the statements of an event's policy, for its path.
    pub(super) fn add_policy(
        &mut self,
        lowering: &mut Lowering<'_>,
        policy: &Node,
        path: &str,
        stage: &Node,
    ) {
        let grants = grants(lowering, policy);
        self.add_grants(&grants, policy.span, (path, stage));
    }

    fn add_grants(&mut self, grants: &[Grant], at: Span, (path, stage): (&str, &Node)) {
        let resources = self.resources(at, path, stage);
        let key = json(&resources);
        for grant in grants {
            match grant {
                Grant::Accounts(effect, accounts) => {
                    self.add_accounts(effect, &resources, accounts);
                }
                Grant::Denial(operator, condition, hash) => {
                    let allow = (
                        format!("Allow {key}"),
                        statement("Allow", condition.span, &resources),
                    );
                    let denial = statement("Deny", condition.span, &resources).with(
                        "Condition",
                        Place(condition.span).one(*operator, condition.clone()),
                    );
                    let deny = (format!("Deny {operator} {hash} {key}"), denial);
                    self.add_pair(allow, deny);
                }
            }
        }
        self.policy(at);
    }

    /// Adds the statements that the author wrote out.
    pub(super) fn add_custom(&mut self, policy: &Node) {
        let Some(custom) = inherit_true(policy, "CustomStatements") else {
            return;
        };
        let first = !self.has_statements(custom.span);
        for statement in as_list(&custom).items() {
            if self.known().insert(key(statement)) && !first {
                self.push(statement.clone());
            }
        }
        if first {
            self.set_statements(custom);
        }
    }

    /// The ARNs of a path's methods.
    fn resources(&mut self, at: Span, path: &str, stage: &Node) -> Node {
        let place = Place(at);
        let methods = body::keys(&mut self.draft, path);
        let path = arn_path(path);
        let arn = |method: &crate::source::Str| {
            let lower = method.to_lowercase();
            let method = if lower == ANY || lower == "any" {
                "*".to_owned()
            } else {
                method.to_uppercase()
            };
            let text = format!("execute-api:/${{__Stage__}}/{method}{path}");
            place.sub_with(text, [("__Stage__", stage.clone())])
        };
        place.list(methods.iter().map(arn))
    }

    fn add_accounts(&mut self, effect: &str, resources: &Node, accounts: &Node) {
        let place = Place(accounts.span);
        let principal = place.one("AWS", accounts.clone());
        let statement = statement(effect, place.0, resources).with("Principal", principal);
        if self.has_statements(place.0) {
            self.push(statement);
        } else {
            self.set_statements(statement);
        }
    }

    /// Adds an allowance and a denial, each unless it is there; they come with what tells them apart.
    fn add_pair(&mut self, allow: (String, Node), deny: (String, Node)) {
        let at = allow.1.span;
        if !self.has_statements(at) {
            self.known().extend([allow.0, deny.0]);
            self.set_statements(Place(at).list([allow.1, deny.1]));
            return;
        }
        for (key, statement) in [allow, deny] {
            if self.known().insert(key) {
                self.push(statement);
            }
        }
    }

    /// The policy in the document, made when it is missing.
    fn policy(&mut self, at: Span) -> Option<&mut super::draft::Fields> {
        let fields = self.draft.fields()?;
        if fields.get(POLICY).is_none_or(|policy| !policy.truthy()) {
            fields.set(POLICY, at, Draft::empty(at));
        }
        fields.get_mut(POLICY)?.fields()
    }

    /// Whether the policy has any; gives it its version.
    fn has_statements(&mut self, at: Span) -> bool {
        let Some(policy) = self.policy(at) else {
            return false;
        };
        policy.set("Version", at, Place(at).text("2012-10-17"));
        policy
            .get("Statement")
            .is_some_and(|it| !matches!(it, Draft::Done(node) if node.is_null()))
    }

    fn set_statements(&mut self, statements: Node) {
        let at = statements.span;
        if let Some(policy) = self.policy(at) {
            policy.set("Statement", at, statements);
        }
    }

    fn push(&mut self, statement: Node) {
        let at = statement.span;
        let Some(policy) = self.policy(at) else {
            return;
        };
        let Some(statements) = policy.get_mut("Statement") else {
            return;
        };
        if let Some(items) = statements.items() {
            items.push(statement.into());
            return;
        }
        let first = statements.view();
        *statements = Draft::from(Node::list(first.span, vec![first, statement]));
    }

    /// The statements so far; those that the author wrote into the document are read the first time.
    fn known(&mut self) -> &mut HashSet<String> {
        let draft = &self.draft;
        self.statements.0.get_or_insert_with(|| {
            let written = draft
                .read(POLICY)
                .and_then(|policy| policy.get("Statement").cloned());
            let written = written.filter(|it| !it.is_null()).map(|it| as_list(&it));
            let items = written.as_ref().map(Node::items).unwrap_or_default();
            items.iter().map(key).collect()
        })
    }
}

/// A statement about everybody.
fn statement(effect: &str, at: Span, resources: &Node) -> Node {
    let place = Place(at);
    place.map([
        ("Effect", place.text(effect)),
        ("Action", place.text("execute-api:Invoke")),
        ("Resource", resources.clone()),
        ("Principal", place.text("*")),
    ])
}

/// What tells statements apart. Those like SAM's own are named as SAM's own are, others are their content.
fn key(written: &Node) -> String {
    let resources = written.get("Resource");
    let resources = resources
        .cloned()
        .unwrap_or_else(|| Node::null(written.span));
    let bare = written.without("Condition");
    let like = |effect: &str| bare.same(&statement(effect, written.span, &resources));
    match written.get("Condition").map(Node::entries) {
        None if like("Allow") => format!("Allow {}", json(&resources)),
        Some([one]) if like("Deny") => {
            format!("Deny {} {} {}", one.key, hash(&one.value), json(&resources))
        }
        _ => json(written),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn document() -> (Place, Document) {
        let place = Place(Span::top(SourceId(0)));
        let body = place.one(
            "paths",
            place.one("/a/{id}", place.one("get", place.map([]))),
        );
        let document = Document {
            draft: body.into(),
            statements: Statements::default(),
        };
        (place, document)
    }

    #[test]
    fn a_range_of_addresses_allows_all_and_denies_the_others() {
        let (place, mut document) = document();
        let condition = place.one("aws:SourceIp", place.texts(&["1.2.3.4"]));
        let grants = [Grant::Denial(
            "NotIpAddress",
            condition.clone(),
            hash(&condition),
        )];
        let stage = place.text("Prod");
        document.add_grants(&grants, place.0, ("/a/{id}", &stage));
        document.add_grants(&grants, place.0, ("/a/{id}", &stage));
        let body = document.draft.finish();
        let statements = body.at(&[POLICY, "Statement"]).unwrap().items();
        assert_eq!(statements.len(), 2);
        let resource = statements[0].get("Resource").unwrap().items()[0]
            .get("Fn::Sub")
            .unwrap();
        assert_eq!(
            resource.items()[0].as_text().unwrap(),
            "execute-api:/${__Stage__}/GET/a/*"
        );
    }

    #[test]
    fn one_list_of_accounts_is_a_statement_and_two_are_a_list() {
        let (place, mut document) = document();
        let resources = place.list([]);
        document.add_accounts("Allow", &resources, &place.texts(&["1"]));
        assert!(
            document
                .draft
                .read(POLICY)
                .unwrap()
                .get("Statement")
                .unwrap()
                .as_map()
                .is_some()
        );
        document.add_accounts("Deny", &resources, &place.texts(&["2"]));
        assert_eq!(
            document
                .draft
                .read(POLICY)
                .unwrap()
                .get("Statement")
                .unwrap()
                .items()
                .len(),
            2
        );
    }
}
