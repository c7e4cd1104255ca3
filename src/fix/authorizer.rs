//! An endpoint gets the only authorizer that there is for its API: in a service, in SAM, in plain CloudFormation.

mod plain;

use super::edit::{self, Draft};
use super::site::{Only, Site, is_literal};
use super::{Edit, ways};
use crate::document::{Entry, Node, Value};
use crate::source::{Span, Str};

/// The only authorizer that there is for the endpoint's API, wherever the endpoint is declared and asks for nothing.
pub(super) fn edits(site: &Site, about: Span, arms: &[Span]) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for place in std::iter::once(&about).chain(arms) {
        edits.extend(declared(site, *place)?);
    }
    Some(edits)
}

/// The edits of one declaration: none where it asks for something already.
fn declared(site: &Site, place: Span) -> Option<Vec<Edit>> {
    let way = site.find(place)?;
    let keys = ways::keys(&way);
    let (declaration, path): (&Node, &[&str]) = match keys.as_slice() {
        ["functions", _, "events", "http" | "httpApi"] => (way.last()?.node, &["authorizer"]),
        ["Resources", function, "Properties", "Events", event, ..] => {
            let path = ["Resources", function, "Properties", "Events", event];
            let path_of_authorizer = &["Properties", "Auth", "Authorizer"];
            (site.root().at(&path)?, path_of_authorizer)
        }
        ["Resources", id] => {
            let resource = site.root().at(&["Resources", id])?;
            (resource, &["Properties", "AuthorizationType"])
        }
        _ => return None,
    };
    if asks(declaration.at(path))? {
        return Some(Vec::new());
    }
    let name = match keys.as_slice() {
        ["functions", _, "events", kind] => only(site, kind)?.name.clone(),
        ["Resources", _] => return plain::edits(site, declaration),
        _ => only_of_api(site, declaration)?,
    };
    let path = path.iter().copied().map(Str::from).collect();
    edit::set(site, declaration, vec![(path, Draft::plain(name))])
}

/// Whether what stands in the authorizer's place asks for something; `None` where that is not written out.
fn asks(written: Option<&Node>) -> Option<bool> {
    let Some(written) = written.filter(|written| !written.is_null()) else {
        return Some(false);
    };
    let text = written.as_text().filter(|_| is_literal(written))?;
    Some(!text.eq_ignore_ascii_case("none"))
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
            Value::Text(name) if is_literal(node) => name.to_string(),
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
