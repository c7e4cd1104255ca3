//! Settings about access that come to something else than they look like: the framework ignores them, or another takes
//! their place. Only serverless.yml shows them; the template that is deployed has no trace of them.
//!
//! Judges nothing and changes nothing: the resolved service is read once more, and what is odd is noted with its place.

mod near;

use std::collections::HashMap;

use self::near::is_near;
use super::coerce;
use super::service::{Function, Output, Service};
use super::tree;
use super::variables::Generation;
use crate::document::Node;
use crate::source::{Span, Str};
use crate::stack::{Oddity, Setting};
use crate::trail::Trail;

/// Events that a client can call.
const EVENTS: [&str; 3] = ["http", "httpApi", "websocket"];

/// Settings of an event that say who may call.
const ACCESS: [&str; 2] = ["authorizer", "private"];

/// Other words that people write for `authorizer`.
const AUTHORIZER_TOO: [&str; 6] = [
    "auth",
    "authorization",
    "authorisation",
    "authentication",
    "authorizers",
    "authorize",
];

/// Notes everything that is odd about the service, after its events have been compiled.
pub(super) fn note(service: &Service, out: &mut Output) {
    let mut found = Vec::new();
    for function in &service.functions {
        of_function(function, &mut found);
        for event in &function.events {
            of_event(event, &mut found);
        }
    }
    of_provider(service, &mut found);
    let stands = successors(out);
    for odd in &mut found {
        odd.declared = odd
            .declared
            .map(|place| *stands.get(&place).unwrap_or(&place));
    }
    for replaced in out.resources.replaced() {
        found.extend(overridden(replaced.what, replaced.before, replaced.after));
    }
    out.settings = found;
}

/// Of every place whose entry was replaced, the one whose entry is there in the end.
fn successors(out: &Output) -> HashMap<Span, Span> {
    let replaced: Vec<_> = out.resources.replaced().collect();
    let mut stands = HashMap::with_capacity(replaced.len());
    // From the last on: what came after is then known.
    for one in replaced.iter().rev() {
        let after = one.after.span;
        let last = *stands.get(&after).unwrap_or(&after);
        stands.insert(one.before.span, last);
    }
    stands
}

fn setting(oddity: Oddity, (span, name, value): (Span, &str, &Node), about: &str) -> Setting {
    Setting {
        oddity,
        name: name.into(),
        value: value.as_text().filter(|_| is_written(value)).cloned(),
        meant: None,
        about: about.into(),
        declared: None,
        span,
        beside: None,
    }
}

/// Whether it stands in this file. What a variable brought may be a secret.
fn is_written(value: &Node) -> bool {
    let mut way = value.via.iter().flat_map(Trail::steps);
    way.all(|step| step.how.is_alias())
}

fn of_function(function: &Function, found: &mut Vec<Setting>) {
    let callable = |event: &Node| EVENTS.iter().any(|kind| tree::child(event, kind).is_some());
    let url = tree::child(&function.config, "url").filter(tree::is_truthy);
    let is_called = url.is_some() || function.events.iter().any(callable);
    for (span, key, value) in tree::entries(&function.config) {
        if is_called && ACCESS.contains(&key.as_str()) && counts(&value) {
            let meant = match &url {
                Some(_) => "under `url:`",
                None => "into the event, beside its `path` and `method`",
            };
            let odd = setting(Oddity::Misplaced, (span, &key, &value), &function.key);
            found.push(Setting {
                meant: Some(meant.into()),
                ..odd
            });
        }
    }
    found.extend(url.and_then(|url| url_auth(&url, function)));
}

/// A function URL is protected by exactly `aws_iam`.
fn url_auth(url: &Node, function: &Function) -> Option<Setting> {
    let entry = url
        .entries()
        .iter()
        .find(|entry| entry.key == "authorizer")?;
    let value = tree::child(url, "authorizer")?;
    let text = value.as_text().map(|text| text.to_ascii_lowercase());
    let means_none = matches!(text.as_deref(), Some("none" | "" | "false"));
    let works = value.as_text().is_some_and(|text| text == "aws_iam");
    if works || means_none || tree::unknown(&value).is_some() || !tree::is_truthy(&value) {
        return None;
    }
    let about = format!("the function URL of {}", function.key);
    let odd = setting(
        Oddity::UrlAuthIgnored,
        (entry.span, "authorizer", &value),
        &about,
    );
    Some(Setting {
        meant: Some("aws_iam".into()),
        span: value.span,
        ..odd
    })
}

fn of_event(event: &Node, found: &mut Vec<Setting>) {
    for kind in EVENTS {
        let Some(config) = tree::child(event, kind).filter(tree::is_truthy) else {
            continue;
        };
        if tree::unknown(&config).is_some() {
            continue;
        }
        let about = about(kind, &config);
        let first = found.len();
        beside(event, (kind, &config), &about, found);
        for (span, key, value) in tree::entries(&config) {
            inside((kind, &config), (span, &key, &value), &about, found);
        }
        for odd in found.iter_mut().skip(first) {
            odd.declared = Some(config.span);
        }
    }
}

/// Keys beside `http:` instead of under it.
fn beside(event: &Node, (kind, config): (&str, &Node), about: &str, found: &mut Vec<Setting>) {
    for (span, key, value) in tree::entries(event) {
        let meant = ACCESS
            .iter()
            .find(|word| key == **word || is_near(&key, word));
        let Some(meant) = meant.filter(|word| counts(&value) && config.get(word).is_none()) else {
            continue;
        };
        let place = format!("under `{kind}:`, beside `path` and `method`, as `{meant}`");
        let odd = setting(Oddity::Misplaced, (span, &key, &value), about);
        found.push(Setting {
            meant: Some(place.into()),
            ..odd
        });
    }
}

/// Keys of an event's own settings.
fn inside(
    (kind, config): (&str, &Node),
    (span, key, value): (Span, &Str, &Node),
    about: &str,
    found: &mut Vec<Setting>,
) {
    let odd = |oddity| setting(oddity, (span, key, value), about);
    match key.as_str() {
        "private" if kind != "http" && counts(value) => {
            let meant =
                "nowhere: only `http` events can ask for an API key, so use an `authorizer`";
            found.push(Setting {
                meant: Some(meant.into()),
                ..odd(Oddity::Misplaced)
            });
        }
        "private" => {
            let text = value
                .as_text()
                .filter(|_| kind == "http" && looks_like_no(value));
            if text.is_some() {
                let meant = Some("false".into());
                found.push(Setting {
                    meant,
                    span: value.span,
                    ..odd(Oddity::NotBoolean)
                });
            }
        }
        "authorizer" => {
            for (span, key, value) in tree::entries(value) {
                if is_near(&key, "scopes") && counts(&value) {
                    let odd = setting(Oddity::Misspelt, (span, &key, &value), about);
                    found.push(Setting {
                        meant: Some("scopes".into()),
                        ..odd
                    });
                }
            }
        }
        word => {
            let synonym = AUTHORIZER_TOO.contains(&word.to_ascii_lowercase().as_str());
            let near = ACCESS.iter().find(|known| is_near(word, known));
            let near = near.or(synonym.then_some(&"authorizer"));
            if let Some(near) = near.filter(|near| counts(value) && config.get(near).is_none()) {
                found.push(Setting {
                    meant: Some(Str::from(*near)),
                    ..odd(Oddity::Misspelt)
                });
            }
        }
    }
}

/// Whether a value asks for something.
fn counts(value: &Node) -> bool {
    tree::is_truthy(&coerce::boolean(value, "private"))
}

/// A text that the framework takes for yes, and a reader for no.
fn looks_like_no(value: &Node) -> bool {
    let text = value.as_text().map(|text| text.to_ascii_lowercase());
    let no = ["no", "off", "n", "none", "never", "0", "disabled"];
    text.is_some_and(|text| no.contains(&text.as_str())) && counts(value)
}

/// `POST /orders`, as it is written: for an event that makes no endpoint.
fn about(kind: &str, config: &Node) -> Str {
    let word = |node: Option<Node>| {
        let text = node.and_then(|node| node.scalar());
        text.unwrap_or(arcstr::literal_substr!("unknown"))
    };
    if config.as_map().is_none() {
        return word(Some(config.clone()));
    }
    if kind == "websocket" {
        return word(tree::child(config, "route"));
    }
    let method = word(tree::child(config, "method")).to_uppercase();
    let path = word(tree::child(config, "path"));
    format!("{method} {path}").into()
}

fn of_provider(service: &Service, found: &mut Vec<Setting>) {
    if service.generation != Generation::Old {
        for key in ["apiKeys", "usagePlan", "resourcePolicy"] {
            let entry = service
                .provider
                .entries()
                .iter()
                .find(|entry| entry.key == key);
            let value = tree::child(&service.provider, key).filter(tree::is_truthy);
            let moved = service.api_gateway(key).is_none();
            if let (Some(entry), Some(value), true) = (entry, value, moved) {
                let meant = Some(format!("provider.apiGateway.{key}").into());
                let odd = setting(Oddity::Legacy, (entry.span, key, &value), "provider");
                found.push(Setting { meant, ..odd });
            }
        }
    }
    let sections: [(&str, &[&str]); 2] = [
        ("apiGateway", &["resourcePolicy", "apiKeys", "usagePlan"]),
        ("httpApi", &["authorizers"]),
    ];
    for (section, known) in sections {
        let Some(node) = service.setting(&[section]) else {
            continue;
        };
        for (span, key, value) in tree::entries(&node) {
            let near = known.iter().find(|known| is_near(&key, known));
            if let Some(near) = near.filter(|near| counts(&value) && node.get(near).is_none()) {
                let about = format!("provider.{section}");
                let odd = setting(Oddity::Misspelt, (span, &key, &value), &about);
                found.push(Setting {
                    meant: Some(Str::from(*near)),
                    ..odd
                });
            }
        }
    }
}

/// A route that took the place of one that asked for more.
fn overridden(what: &Str, before: &Node, after: &Node) -> Option<Setting> {
    let kind = after.get("Type")?.as_text()?;
    let is_route = kind == "AWS::ApiGateway::Method" || kind == "AWS::ApiGatewayV2::Route";
    if !is_route || rank(after)? >= rank(before)? {
        return None;
    }
    Some(Setting {
        oddity: Oddity::Overridden,
        name: what.clone(),
        value: None,
        meant: None,
        about: what.clone(),
        declared: None,
        span: after.span,
        beside: Some(before.span),
    })
}

/// How much a route asks for: nothing, a key, a caller.
fn rank(route: &Node) -> Option<u8> {
    let kind = route.at(&["Properties", "AuthorizationType"]);
    let keyed = route.at(&["Properties", "ApiKeyRequired"]);
    let keyed = keyed.is_some_and(|node| matches!(node.value, crate::document::Value::Bool(true)));
    match kind.map_or(Some("NONE"), |kind| kind.as_text().map(Str::as_str))? {
        "NONE" => Some(u8::from(keyed)),
        _ => Some(2),
    }
}
