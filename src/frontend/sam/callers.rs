//! Whom a `ResourcePolicy` lets in and keeps out, before it is written out for each path.

use super::Lowering;
use super::logical_id::{hashed, json};
use super::place::Place;
use super::truthy::truthy;
use crate::document::{Entry, Node};

/// What one list of callers makes on every path.
#[derive(Debug)]
pub(super) enum Grant {
    /// One statement with this effect for these accounts.
    Accounts(&'static str, Node),
    /// Everybody is let in, and denied where this operator holds for the condition. The last is the condition's hash.
    Denial(&'static str, Node, String),
}

/// The lists of accounts and the effects that they have.
const ACCOUNTS: &[(&str, &str)] = &[
    ("AwsAccountWhitelist", "Allow"),
    ("AwsAccountBlacklist", "Deny"),
];

/// The lists of addresses and the operators of their denials.
const ADDRESSES: &[(&str, &str)] = &[
    ("IpRangeWhitelist", "NotIpAddress"),
    ("IpRangeBlacklist", "IpAddress"),
];

/// The lists of networks and the operators of their denials.
const NETWORKS: &[(&str, &str)] = &[
    ("Blacklist", "StringEquals"),
    ("Whitelist", "StringNotEquals"),
];

/// What a policy's lists make, in SAM's order.
pub(super) fn grants(lowering: &mut Lowering<'_>, policy: &Node) -> Vec<Grant> {
    let list = |name: &str| policy.get(name).filter(|it| truthy(it)).map(as_list);
    let accounts = ACCOUNTS
        .iter()
        .filter_map(|(name, effect)| Some(Grant::Accounts(effect, list(name)?)));
    let addresses = ADDRESSES.iter().filter_map(|(name, operator)| {
        let ranges = list(name)?;
        Some(denial(
            operator,
            Place(ranges.span).one("aws:SourceIp", ranges),
        ))
    });
    let mut all: Vec<Grant> = accounts.chain(addresses).collect();
    for (kind, operator) in NETWORKS {
        all.extend(networks(lowering, policy, kind).map(|condition| denial(operator, condition)));
    }
    all
}

fn denial(operator: &'static str, condition: Node) -> Grant {
    let hash = hash(&condition);
    Grant::Denial(operator, condition, hash)
}

/// A short name for a condition's content.
pub(super) fn hash(condition: &Node) -> String {
    hashed("", &json(condition))
}

/// The condition on networks that the lists of this kind make.
fn networks(lowering: &mut Lowering<'_>, policy: &Node, kind: &str) -> Option<Node> {
    let named = policy
        .get(&format!("SourceVpc{kind}"))
        .filter(|it| !it.is_null());
    let named = named.filter(|it| {
        let text = |item: &Node| item.as_text().is_some();
        let texts = it.as_list().is_some_and(|items| items.iter().all(text));
        if !texts {
            let message = format!(
                "`SourceVpc{kind}` is not a list of text; the resource policy is incomplete"
            );
            lowering.unreadable(it.span, message);
        }
        texts
    });
    let list = |name: String| policy.get(&name).map(Node::items).unwrap_or_default();
    let vpcs = list(format!("IntrinsicVpc{kind}"));
    let endpoints = list(format!("IntrinsicVpce{kind}"));
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

/// A list, or the one thing in a list.
pub(super) fn as_list(node: &Node) -> Node {
    match node.as_list() {
        Some(_) => node.clone(),
        None => Node::list(node.span, vec![node.clone()]),
    }
}
