//! `ResourcePolicy` of a REST API or of one event: the statements that SAM writes into the document.
//!
//! Writes what SAM writes, path by path; says nothing of what the policy allows.

use std::collections::HashSet;

use super::Lowering;
use super::api::Api;
use super::body::{self, ANY, arn_path};
use super::draft::Draft;
use super::globals::inherit_true;
use super::logical_id::json;
use super::place::Place;
use super::truthy::truthy;
use crate::document::{Entry, Node};
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

/// How a list of callers becomes statements.
struct Rule {
    /// The property of `ResourcePolicy`.
    name: &'static str,
    /// What it makes.
    makes: Makes,
}

enum Makes {
    /// One statement with this effect for these accounts.
    Accounts(&'static str),
    /// Everybody, and a denial with this operator on the address.
    Addresses(&'static str),
}

const RULES: &[Rule] = &[
    Rule {
        name: "AwsAccountWhitelist",
        makes: Makes::Accounts("Allow"),
    },
    Rule {
        name: "AwsAccountBlacklist",
        makes: Makes::Accounts("Deny"),
    },
    Rule {
        name: "IpRangeWhitelist",
        makes: Makes::Addresses("NotIpAddress"),
    },
    Rule {
        name: "IpRangeBlacklist",
        makes: Makes::Addresses("IpAddress"),
    },
];

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
        for path in body::paths(&mut self.draft) {
            self.add_policy(lowering, &policy, &path, &stage);
        }
        self.add_custom(&policy);
    }

    /// Adds the statements of a policy for one path.
    pub(super) fn add_policy(
        &mut self,
        lowering: &mut Lowering<'_>,
        policy: &Node,
        path: &str,
        stage: &Node,
    ) {
        let resources = self.resources(policy.span, path, stage);
        for rule in RULES {
            let callers = policy.get(rule.name).filter(|it| truthy(it));
            let Some(callers) = callers.map(as_list) else {
                continue;
            };
            match rule.makes {
                Makes::Accounts(effect) => self.add_accounts(effect, &resources, callers),
                Makes::Addresses(operator) => {
                    let condition = Place(callers.span).one("aws:SourceIp", callers);
                    self.add_denial(operator, &resources, condition);
                }
            }
        }
        for (kind, operator) in [
            ("Blacklist", "StringEquals"),
            ("Whitelist", "StringNotEquals"),
        ] {
            if let Some(condition) = networks(lowering, policy, kind) {
                self.add_denial(operator, &resources, condition);
            }
        }
        self.policy(policy.span);
    }

    /// Adds the statements that the author wrote out.
    pub(super) fn add_custom(&mut self, policy: &Node) {
        let Some(custom) = inherit_true(policy, "CustomStatements") else {
            return;
        };
        if !self.has_statements(custom.span) {
            for statement in as_list(&custom).items() {
                self.known().insert(json(statement));
            }
            self.set_statements(custom);
            return;
        }
        for statement in as_list(&custom).items() {
            if self.known().insert(json(statement)) {
                self.push(statement.clone());
            }
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

    fn add_accounts(&mut self, effect: &str, resources: &Node, accounts: Node) {
        let place = Place(accounts.span);
        let statement = place.map([
            ("Effect", place.text(effect)),
            ("Action", place.text("execute-api:Invoke")),
            ("Resource", resources.clone()),
            ("Principal", place.one("AWS", accounts)),
        ]);
        self.known().insert(json(&statement));
        if self.has_statements(place.0) {
            self.push(statement);
        } else {
            self.set_statements(statement);
        }
    }

    /// Lets everybody in, and denies those that the condition holds for.
    fn add_denial(&mut self, operator: &str, resources: &Node, condition: Node) {
        let place = Place(condition.span);
        let statement = |effect: &str| {
            place.map([
                ("Effect", place.text(effect)),
                ("Action", place.text("execute-api:Invoke")),
                ("Resource", resources.clone()),
                ("Principal", place.text("*")),
            ])
        };
        let denial = statement("Deny").with("Condition", place.one(operator, condition));
        let pair = [statement("Allow"), denial];
        if !self.has_statements(place.0) {
            for statement in &pair {
                self.known().insert(json(statement));
            }
            self.set_statements(place.list(pair));
            return;
        }
        for statement in pair {
            if self.known().insert(json(&statement)) {
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
            items.iter().map(json).collect()
        })
    }
}

/// The condition on networks that the lists of this kind make.
fn networks(lowering: &mut Lowering<'_>, policy: &Node, kind: &str) -> Option<Node> {
    let named = policy
        .get(&format!("SourceVpc{kind}"))
        .filter(|it| !it.is_null());
    let named = named.filter(|it| {
        let texts = it
            .as_list()
            .is_some_and(|items| items.iter().all(|item| item.as_text().is_some()));
        if !texts {
            let message = format!(
                "`SourceVpc{kind}` is not a list of text; the resource policy is incomplete"
            );
            lowering.unreadable(it.span, message);
        }
        texts
    });
    let list = |name: String| policy.get(&name).map(Node::items).unwrap_or_default();
    let (vpcs, endpoints) = (
        list(format!("IntrinsicVpc{kind}")),
        list(format!("IntrinsicVpce{kind}")),
    );
    let begins = |prefix: &'static str| {
        let items = named.map(Node::items).unwrap_or_default().iter();
        items.filter(move |item| item.as_text().is_some_and(|text| text.starts_with(prefix)))
    };
    let entry = |key: &str, items: Vec<Node>| {
        let at = items.first()?.span;
        let value = Node::list(at, items);
        Some(Entry {
            span: at,
            key: key.into(),
            value,
        })
    };
    let entries = [
        entry(
            "aws:SourceVpc",
            begins("vpc-").chain(vpcs).cloned().collect(),
        ),
        entry(
            "aws:SourceVpce",
            begins("vpce-").chain(endpoints).cloned().collect(),
        ),
    ];
    let entries: Vec<Entry> = entries.into_iter().flatten().collect();
    let at = entries.first()?.span;
    Some(Node::map(at, entries))
}

fn as_list(node: &Node) -> Node {
    match node.as_list() {
        Some(_) => node.clone(),
        None => Node::list(node.span, vec![node.clone()]),
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
        let resources = document.resources(place.0, "/a/{id}", &place.text("Prod"));
        let condition = place.one("aws:SourceIp", place.texts(&["1.2.3.4"]));
        document.add_denial("NotIpAddress", &resources, condition.clone());
        document.add_denial("NotIpAddress", &resources, condition);
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
        document.add_accounts("Allow", &resources, place.texts(&["1"]));
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
        document.add_accounts("Deny", &resources, place.texts(&["2"]));
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
