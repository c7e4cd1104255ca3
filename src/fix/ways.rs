//! What pages ask for by name, and where that is written.

use std::collections::BTreeMap;

use super::Edit;
use super::edit::{self, Draft};
use super::site::{Site, Turn};
use crate::document::Node;
use crate::facts::Kind;
use crate::finding::Finding;
use crate::rule::Cure;
use crate::source::{Span, Str};

/// Limits of a usage plan that had none; the page of the rule names them.
const LIMITS: [(&str, &str, &str); 4] = [
    ("throttle", "rateLimit", "100"),
    ("throttle", "burstLimit", "200"),
    ("quota", "limit", "1000000"),
    ("quota", "period", "DAY"),
];

/// Properties of the resource that the finding is about.
pub(super) fn properties(
    site: &Site,
    finding: &Finding,
    values: &[(Vec<Str>, String)],
) -> Option<Vec<Edit>> {
    let resource = site.resource(finding.about, type_of(finding.kind)?)?;
    let inside = |(path, value): &(Vec<Str>, String)| {
        let path = std::iter::once(Str::from("Properties")).chain(path.iter().cloned());
        (path.collect(), Draft::plain(value))
    };
    edit::set(site, &resource.value, values.iter().map(inside).collect())
}

/// The type of the resources of which properties can be set.
fn type_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::UserPool => Some("AWS::Cognito::UserPool"),
        Kind::UserPoolClient => Some("AWS::Cognito::UserPoolClient"),
        Kind::IdentityPool => Some("AWS::Cognito::IdentityPool"),
        Kind::UsagePlan => Some("AWS::ApiGateway::UsagePlan"),
        Kind::ApiKey => Some("AWS::ApiGateway::ApiKey"),
        Kind::Endpoint
        | Kind::Function
        | Kind::Call
        | Kind::Authorizer
        | Kind::Permission
        | Kind::Statement
        | Kind::Secret
        | Kind::Setting
        | Kind::Api
        | Kind::Stage
        | Kind::Domain
        | Kind::Listener
        | Kind::Input => None,
    }
}

/// A comment goes, with its line when it has one of its own. One that names several rules stays.
pub(super) fn comment(site: &Site, at: Span) -> Option<Vec<Edit>> {
    let found = site.comments().iter().find(|span| **span == at)?;
    if site.file.slice(*found).contains(',') && !is_about_one(site.file.slice(*found)) {
        return None;
    }
    let line = site.line_start(found.start);
    let before = site.between(line, found.start);
    let end = site.line_end(found.end);
    let (start, end) = if before.trim().is_empty() {
        let rest = site.file.text.get(end as usize..).unwrap_or_default();
        let broken = if rest.starts_with("\r\n") {
            2
        } else {
            u32::from(rest.starts_with('\n'))
        };
        (line, end + broken)
    } else {
        let kept = u32::try_from(before.trim_end().len()).ok()?;
        (line + kept, found.end)
    };
    let span = Span {
        start,
        end,
        ..*found
    };
    let text = String::new();
    Some(vec![Edit { span, text }])
}

/// Whether a suppression names one rule at most, and perhaps a day.
fn is_about_one(comment: &str) -> bool {
    let list = comment
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    let items = list.map_or("", |(list, _)| list).split(',').map(str::trim);
    items
        .filter(|item| !item.is_empty() && !item.starts_with("expires"))
        .count()
        <= 1
}

/// Addresses of a client that say `http`, all of them or none.
pub(super) fn https(site: &Site, finding: &Finding, cure: &Cure) -> Option<Vec<Edit>> {
    let resource = site.resource(finding.about, type_of(finding.kind)?)?;
    let properties = resource.value.get("Properties")?;
    let lists = ["CallbackURLs", "LogoutURLs"].iter();
    let listed = lists.filter_map(|key| properties.as_map()?.entry(key));
    let listed = listed
        .filter(|entry| !site.is_repeated(entry))
        .flat_map(|entry| entry.value.items());
    let one = properties.get("DefaultRedirectURI").into_iter();
    let (insecure, _) = cure.facts.get("insecure_redirects")?;
    // One by one: an address can be there twice, once as what a parameter brings.
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for url in insecure.split(", ") {
        *left.entry(url).or_default() += 1;
    }
    let mut edits = Vec::new();
    for node in listed.chain(one) {
        if let Some(edit) = secured(site, node) {
            edits.push(edit);
            if let Some(count) = left.get_mut(node.as_text()?.as_str()) {
                *count = count.saturating_sub(1);
            }
        }
    }
    left.values().all(|count| *count == 0).then_some(edits)
}

fn secured(site: &Site, node: &Node) -> Option<Edit> {
    let text = node.as_text()?;
    let rest = text.strip_prefix("http://")?;
    let host = rest.split(['/', ':', '?', '#']).next()?;
    let is_name = host.chars().any(|c| c.is_ascii_alphabetic()) && !host.starts_with('[');
    // A wildcard would still be wrong behind `https`, wherever it stands.
    let is_full = !rest.contains('*') && !rest.contains("://") && host != "localhost";
    // A port says where plain HTTP is spoken.
    let ported = rest
        .get(host.len()..)
        .is_some_and(|after| after.starts_with(':'));
    if !is_name || !is_full || ported || node.via.is_some() {
        return None;
    }
    edit::replaced(site, node, &format!("https://{rest}"))
}

/// Limits for a usage plan: of a resource, or of the service that generates it.
pub(super) fn limits(site: &Site, finding: &Finding) -> Option<Vec<Edit>> {
    let values = |above: &[&str], name: fn(&str) -> String| {
        let one = |(section, key, value): &(&str, &str, &str)| {
            let path = above.iter().copied().map(Str::from);
            let path = path.chain([name(section).into(), name(key).into()]);
            (path.collect::<Vec<Str>>(), Draft::plain(*value))
        };
        LIMITS.iter().map(one).collect::<Vec<_>>()
    };
    if let Some(plan) = site.resource(finding.about, "AWS::ApiGateway::UsagePlan") {
        return edit::set(site, &plan.value, values(&["Properties"], capital));
    }
    let way = site.find(finding.about)?;
    let keys = keys(&way);
    let above = match keys.as_slice() {
        ["provider", "apiGateway", "apiKeys" | "usagePlan", ..] => {
            ["provider", "apiGateway"].as_slice()
        }
        ["provider", "apiKeys" | "usagePlan", ..] => &["provider"],
        ["Resources", api, "Properties", "Auth", "UsagePlan", ..] => {
            let path = ["Resources", api, "Properties", "Auth", "UsagePlan"];
            let plan = site.root().at(&path)?;
            // In a plan that several APIs share, each of them could have a say.
            let kind = plan.get("CreateUsagePlan")?.as_text()?;
            return edit::set(site, plan, values(&[], capital)).filter(|_| kind == "PER_API");
        }
        _ => return None,
    };
    let map = site.root().at(above)?;
    edit::set(site, map, values(&["usagePlan"], str::to_owned))
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The keys on a way.
pub(super) fn keys<'n>(way: &[Turn<'n>]) -> Vec<&'n str> {
    way.iter()
        .filter_map(|turn| Some(turn.entry?.key.as_str()))
        .collect()
}
