//! What pages ask for by name, and where that is written.

use std::collections::BTreeSet;

use super::Edit;
use super::edit::{self, Draft};
use super::site::{Only, Site, Turn};
use crate::document::{Entry, Node, Value};
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
    let mut left: BTreeSet<&str> = insecure.split(", ").collect();
    let mut edits = Vec::new();
    for node in listed.chain(one) {
        if let Some(edit) = secured(site, node) {
            edits.push(edit);
            left.remove(node.as_text()?.as_str());
        }
    }
    left.is_empty().then_some(edits)
}

fn secured(site: &Site, node: &Node) -> Option<Edit> {
    let text = node.as_text()?;
    let rest = text.strip_prefix("http://")?;
    let host = rest.split(['/', ':', '?', '#']).next()?;
    let is_name = host.chars().any(|c| c.is_ascii_alphabetic()) && !host.starts_with('[');
    let is_full = !host.contains('*') && !rest.contains("://") && host != "localhost";
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

fn keys<'n>(way: &[Turn<'n>]) -> Vec<&'n str> {
    way.iter()
        .filter_map(|turn| Some(turn.entry?.key.as_str()))
        .collect()
}

/// The only authorizer that there is for the endpoint's API.
pub(super) fn authorizer(site: &Site, finding: &Finding) -> Option<Vec<Edit>> {
    let way = site.find(finding.about)?;
    let keys = keys(&way);
    let (event, path, name): (&Node, &[&str], String) = match keys.as_slice() {
        ["functions", _, "events", kind @ ("http" | "httpApi")] => (
            way.last()?.node,
            &["authorizer"],
            only(site, kind)?.name.clone(),
        ),
        ["Resources", function, "Properties", "Events", event, ..] => {
            let path = ["Resources", function, "Properties", "Events", event];
            let node = site.root().at(&path)?;
            let name = only_of_api(site, node)?;
            (node, &["Properties", "Auth", "Authorizer"], name)
        }
        _ => return None,
    };
    let path = path.iter().copied().map(Str::from).collect();
    edit::set(site, event, vec![(path, Draft::plain(name))])
}

/// The one authorizer that an event of a kind could have.
fn only<'s>(site: &'s Site, kind: &str) -> Option<&'s Only> {
    let all = site.authorizers.get_or_init(|| {
        let service = ["http", "httpApi"].map(|kind| Some((kind, only_of_service(site, kind)?)));
        let apis = [
            ("Api", "AWS::Serverless::Api"),
            ("HttpApi", "AWS::Serverless::HttpApi"),
        ];
        let apis = apis.map(|(event, kind)| Some((event, only_of_apis(site, kind)?)));
        service.into_iter().chain(apis).flatten().collect()
    });
    all.get(kind)
}

/// The one authorizer of the one API of an event's kind, when the event says that it is of that API: without a word it is
/// of the implicit one.
fn only_of_api(site: &Site, event: &Node) -> Option<String> {
    let kind = event.get("Type")?.as_text()?.as_str();
    let id = if kind == "Api" { "RestApiId" } else { "ApiId" };
    let id = event.at(&["Properties", id])?;
    let named = id.get("Ref").unwrap_or(id).as_text()?;
    let only = only(site, kind)?;
    (only.api.as_ref() == Some(named)).then(|| only.name.clone())
}

/// The one authorizer that a service declares for its HTTP API, or that all of its REST events name.
fn only_of_service(site: &Site, kind: &str) -> Option<Only> {
    let of_service = |name: String| Only { api: None, name };
    if kind == "httpApi" {
        let declared = site.root().at(&["provider", "httpApi", "authorizers"])?;
        return declared
            .single()
            .map(|entry| of_service(entry.key.to_string()));
    }
    let functions = site.root().get("functions")?.entries().iter();
    let events =
        functions.flat_map(|function| function.value.get("events").map_or(&[][..], Node::items));
    let named = events.filter_map(|event| event.get("http")?.get("authorizer"));
    let mut names: Vec<String> = Vec::new();
    for node in named {
        let name = match &node.value {
            // A word for nobody is no authorizer.
            Value::Text(name) if name.eq_ignore_ascii_case("none") => return None,
            Value::Text(name) if super::site::is_literal(node) => name.to_string(),
            Value::Text(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Map(_) => {
                return None;
            }
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let [name] = <[String; 1]>::try_from(names).ok()?;
    // A word that is neither is the name of a function, and one that is not here guards nothing.
    let is_somewhere = name.eq_ignore_ascii_case("aws_iam") || name.starts_with("arn:");
    let is_here = || site.root().at(&["functions", &name]).is_some();
    (is_somewhere || is_here()).then(|| of_service(name))
}

/// The one authorizer of the one API of a type.
fn only_of_apis(site: &Site, kind: &str) -> Option<Only> {
    let resources = site.root().get("Resources")?.entries().iter();
    let of_kind = |entry: &&Entry| {
        let own = entry.value.get("Type").and_then(Node::as_text);
        own.is_some_and(|own| own == kind)
    };
    let mut apis = resources.filter(of_kind);
    let api = apis.next().filter(|_| apis.next().is_none())?;
    let declared = api.value.at(&["Properties", "Auth", "Authorizers"])?;
    Some(Only {
        api: Some(api.key.clone()),
        name: declared.single()?.key.to_string(),
    })
}
