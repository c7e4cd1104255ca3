//! Facts of the clients of Cognito user pools.

use crate::document::Node;
use crate::facts::fields::field;
use crate::facts::property::{self, Preset, at};
use crate::facts::{Fact, Field, Kind, Subject, Type, named_or_absent, row, text};
use crate::resolve::{Case, Part, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Resource, Stack};
use crate::trail::Step;

const PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cognito-userpoolclient.html";

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;

/// Facts of a client of a user pool.
pub(super) const FIELDS: &[Field] = &[
    field("name", Type::Text, "WebClient", "Logical id."),
    field(
        "user_pool",
        Type::Text,
        "Users",
        "Logical id of the pool, or what names one of another stack.",
    ),
    field(
        "has_secret",
        Type::Flag,
        "false",
        "Whether it is given a secret.",
    ),
    field(
        "auth_flows",
        Type::List,
        "[ALLOW_USER_SRP_AUTH]",
        "Ways of signing in that it allows (`ExplicitAuthFlows`), as written.",
    ),
    field(
        "password_flow",
        Type::Flag,
        "false",
        "Whether it lets a client send the password itself (`USER_PASSWORD_AUTH`).",
    ),
    field(
        "oauth_flows",
        Type::List,
        "[code]",
        "OAuth grants that it allows: `code`, `implicit`, `client_credentials`.",
    ),
    field(
        "redirects",
        Type::List,
        "[https://shop.example.com/]",
        "Addresses to which Cognito sends browsers after signing in or out.",
    ),
    field(
        "insecure_redirects",
        Type::List,
        "[http://shop.example.com/]",
        "Those of the `redirects` that are not encrypted and not this machine's own, have a wildcard, or name an IP address.",
    ),
    field(
        "access_token_seconds",
        Type::Number,
        "3600",
        "How long an access token is valid.",
    ),
    field(
        "id_token_seconds",
        Type::Number,
        "3600",
        "How long an ID token is valid.",
    ),
    field(
        "refresh_token_seconds",
        Type::Number,
        "2592000",
        "How long a refresh token is valid.",
    ),
    field(
        "hides_users",
        Type::Flag,
        "true",
        "Whether errors hide if a user exists (`PreventUserExistenceErrors`).",
    ),
    field(
        "revocation",
        Type::Flag,
        "true",
        "Whether refresh tokens can be revoked.",
    ),
];

/// Every client as a subject.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    stack
        .of_type("AWS::Cognito::UserPoolClient")
        .map(|client| subject(stack, client))
        .collect()
}

fn subject(stack: &Stack, client: &Resource) -> Subject {
    Subject {
        kind: Kind::UserPoolClient,
        label: format!("user pool client {}", client.id),
        identity: client.id.to_string(),
        span: client.span,
        world: client.world.clone(),
        facts: facts(stack, client),
    }
}

#[expect(clippy::too_many_lines, reason = "one line a row of the table")]
fn facts(stack: &Stack, client: &Resource) -> Vec<Resolved<Fact>> {
    let node = &client.properties;
    let texts = |name| at(stack, node, &[name], Scope::texts);
    let flag = |name, fact, what| {
        property::flag(
            stack.flag(client, name),
            &Preset::new(Fact::Flag(fact), what, PAGE),
        )
    };
    let flows = texts("ExplicitAuthFlows");
    let redirects = redirects(stack, node);
    let hides = Preset::new(
        Fact::Flag(false),
        "without `PreventUserExistenceErrors` errors tell whether a user exists",
        PAGE,
    );
    row(
        Kind::UserPoolClient,
        [
            ("name", text(client.id.clone(), Step::written(client.span))),
            (
                "user_pool",
                named_or_absent(&stack.text(client, "UserPoolId")),
            ),
            (
                "has_secret",
                flag(
                    "GenerateSecret",
                    false,
                    "no secret is made unless `GenerateSecret` says so",
                ),
            ),
            ("auth_flows", property::list(&flows)),
            (
                "password_flow",
                flows.map(|flows| Fact::Flag(sends_password(flows.as_deref()))),
            ),
            ("oauth_flows", property::list(&texts("AllowedOAuthFlows"))),
            ("redirects", property::list(&redirects)),
            (
                "insecure_redirects",
                redirects.map_case(|case| Case {
                    value: case.value.and_then(|all| insecure(all.as_deref())),
                    world: case.world,
                    trail: case.trail,
                }),
            ),
            (
                "access_token_seconds",
                validity(stack, node, ("AccessTokenValidity", "AccessToken"), HOUR),
            ),
            (
                "id_token_seconds",
                validity(stack, node, ("IdTokenValidity", "IdToken"), HOUR),
            ),
            (
                "refresh_token_seconds",
                validity(stack, node, ("RefreshTokenValidity", "RefreshToken"), DAY),
            ),
            (
                "hides_users",
                property::or(
                    stack.text(client, "PreventUserExistenceErrors"),
                    &hides,
                    |text| Some(Fact::Flag(text.known()?.eq_ignore_ascii_case("ENABLED"))),
                ),
            ),
            (
                "revocation",
                flag(
                    "EnableTokenRevocation",
                    true,
                    "refresh tokens of new clients can be revoked",
                ),
            ),
        ],
    )
}

/// With Cognito's own flows the password stays on the client; these two send it.
fn sends_password(flows: Option<&[Option<Text>]>) -> bool {
    let known = flows.unwrap_or_default().iter().flatten();
    known
        .filter_map(Text::known)
        .any(|flow| flow == "ALLOW_USER_PASSWORD_AUTH" || flow == "USER_PASSWORD_AUTH")
}

/// `CallbackURLs` and `LogoutURLs`, one list; its trail leads to the one that has something to be said.
fn redirects(stack: &Stack, node: &Node) -> Property<Vec<Option<Text>>> {
    let [callback, logout] =
        ["CallbackURLs", "LogoutURLs"].map(|name| at(stack, node, &[name], Scope::texts));
    callback.expand(|case| {
        let Some(first) = case.value.as_ref() else {
            return Resolved::unknown(case.trail.clone());
        };
        logout.clone().map_case(|more| {
            let trail = match &more.value {
                Some(more_urls) if interest(more_urls.as_deref()) > interest(first.as_deref()) => {
                    more.trail
                }
                Some(_) | None => case.trail.clone(),
            };
            let all = more.value.map(|more| {
                let both = first.clone().into_iter().chain(more);
                Some(both.flatten().collect())
            });
            Case {
                value: all,
                world: more.world,
                trail,
            }
        })
    })
}

/// How much there is to say of a list: nothing of one that is not there, most of one with an insecure address.
fn interest(urls: Option<&[Option<Text>]>) -> u8 {
    let Some(urls) = urls else { return 0 };
    1 + u8::from(urls.iter().flatten().any(is_insecure))
}

/// The insecure ones; unknown when none of those that are known is one and others are not known.
fn insecure(all: Option<&[Option<Text>]>) -> Option<Fact> {
    let all = all.unwrap_or_default();
    let known = all.iter().flatten();
    let found: Vec<Option<Str>> = known
        .filter(|url| is_insecure(url))
        .map(|url| Some(url.to_string().into()))
        .collect();
    let open = |url: &Option<Text>| {
        let first = url.as_ref().and_then(|url| url.parts().first());
        !matches!(first, Some(Part::Literal(_)))
    };
    (!found.is_empty() || !all.iter().any(open)).then_some(Fact::List(found))
}

/// Whether a redirect is open to others: what is known of its text decides.
fn is_insecure(url: &Text) -> bool {
    let shown = url.to_string();
    let Some((scheme, rest)) = shown.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    let own = matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "");
    let address = host.parse::<std::net::Ipv4Addr>().is_ok() || host.starts_with('[');
    let web = scheme == "http" || scheme == "https";
    (scheme == "http" && !own) || (web && !own && address) || (web && rest.contains('*'))
}

/// Seconds that a token is valid: a number in the unit that `TokenValidityUnits` gives, else in `unit`.
fn validity(
    stack: &Stack,
    node: &Node,
    (number, token): (&'static str, &str),
    unit: f64,
) -> Resolved<Fact> {
    let units = at(stack, node, &["TokenValidityUnits", token], Scope::text);
    let usual = if unit > HOUR {
        (30.0 * DAY, "a refresh token is valid for 30 days")
    } else {
        (HOUR, "access and ID tokens are valid for an hour")
    };
    at(stack, node, &[number], Scope::number).expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => {
            let step = Step::default(usual.1, PAGE);
            Resolved::known(Fact::Number(usual.0), case.trail.clone().and(step))
        }
        // Zero stands for the default.
        Some(Some(number)) if *number == 0.0 => {
            let step = Step::default(usual.1, PAGE);
            Resolved::known(Fact::Number(usual.0), case.trail.clone().and(step))
        }
        Some(Some(number)) => units.expand(|unit_case| {
            let factor = match &unit_case.value {
                Some(Some(text)) => text.known().as_ref().and_then(seconds),
                Some(None) => Some(unit),
                None => None,
            };
            match factor {
                Some(factor) => Resolved::known(Fact::Number(number * factor), case.trail.clone()),
                None => Resolved::unknown(unit_case.trail.clone()),
            }
        }),
    })
}

fn seconds(unit: &Str) -> Option<f64> {
    match unit.to_ascii_lowercase().as_str() {
        "seconds" => Some(1.0),
        "minutes" => Some(60.0),
        "hours" => Some(HOUR),
        "days" => Some(DAY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_judged_by_scheme_and_host() {
        let insecure = |url: &str| is_insecure(&Text::literal(url));
        assert!(insecure("http://shop.example.com/"));
        assert!(insecure("https://*.example.com/"));
        assert!(insecure("https://192.0.2.7/back"));
        assert!(!insecure("http://localhost:3000/"));
        assert!(!insecure("http://127.0.0.1/"));
        assert!(!insecure("https://shop.example.com/"));
        assert!(!insecure("shop://callback"));
    }
}
