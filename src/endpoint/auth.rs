//! Effective authorization: what AWS makes of what a route says. Every default is here, with its page.

use crate::endpoint::security;
use crate::endpoint::{Auth, Authorization};
use crate::resolve::{Case, Property, Resolved, Text};
use crate::stack::{Protection, Protocol, Route, Typed};
use crate::trail::Step;

const METHOD_PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-method.html";
const ROUTE_PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-route.html";

/// Whom the route asks for what.
pub fn effective(route: &Route) -> Resolved<Auth> {
    match &route.protection {
        Protection::Typed(typed) => of_typed(typed, route.protocol),
        Protection::OpenApi(security) => security::effective(security, route.protocol),
        Protection::Url(kind) => of_url(kind),
        Protection::GraphQl { kind, authorizer } => of_graphql(kind, authorizer),
    }
}

/// Whether the route asks for a usage-plan key.
pub fn key_required(route: &Route) -> Resolved<bool> {
    match &route.protection {
        Protection::Typed(typed) if route.protocol != Protocol::Http => {
            let default = Step::default(
                "no API key is asked for unless `ApiKeyRequired` says so",
                METHOD_PAGE,
            );
            or_default(&typed.api_key_required, false, &default)
        }
        Protection::OpenApi(security) if route.protocol == Protocol::Rest => {
            security::key_required(security)
        }
        Protection::Typed(_)
        | Protection::OpenApi(_)
        | Protection::Url(_)
        | Protection::GraphQl { .. } => {
            let what = "API keys of usage plans exist for REST and WebSocket APIs only";
            let step = Step {
                how: crate::trail::How::Note(what.into()),
                at: Some(route.span),
            };
            Resolved::known(false, step)
        }
    }
}

/// The value, or AWS's default where it is absent.
fn or_default<T: Clone>(property: &Property<T>, default: T, step: &Step) -> Resolved<T> {
    property.clone().map_case(|case| match &case.value {
        Some(Some(value)) => Case {
            value: Some(value.clone()),
            world: case.world.clone(),
            trail: case.trail.clone(),
        },
        Some(None) => Case {
            value: Some(default.clone()),
            world: case.world.clone(),
            trail: case.trail.clone().and(step.clone()),
        },
        None => Case {
            value: None,
            world: case.world.clone(),
            trail: case.trail.clone(),
        },
    })
}

fn of_typed(typed: &Typed, protocol: Protocol) -> Resolved<Auth> {
    let page = if protocol == Protocol::Rest {
        METHOD_PAGE
    } else {
        ROUTE_PAGE
    };
    let default = Step::default("without `AuthorizationType` nobody is asked anything", page);
    let kind = typed.authorization_type.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        // AWS does not say what an authorizer without a type does.
        Some(None) if protocol == Protocol::Rest && written(&typed.authorizer) => {
            let why = Step {
                how: crate::trail::How::Deferred(
                    "an `AuthorizerId` without `AuthorizationType`".into(),
                ),
                at: typed.authorizer.trail().place(),
            };
            Resolved::unknown(case.trail.clone().and(why))
        }
        Some(None) => Resolved::known(Authorization::None, case.trail.clone().and(default.clone())),
        Some(Some(text)) => named(text, case),
    });
    kind.expand(|case| match case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(kind @ (Authorization::None | Authorization::Iam)) => {
            Resolved::known(Auth::plain(kind), case.trail.clone())
        }
        Some(kind) => {
            let scoped = kind != Authorization::Lambda || protocol == Protocol::Http;
            with_authorizer(
                kind,
                &typed.authorizer,
                scoped.then_some(&typed.scopes),
                case,
            )
        }
    })
}

fn written(property: &Property<Text>) -> bool {
    property
        .cases()
        .any(|case| !matches!(case.value, Some(None)))
}

/// `AuthorizationType` as a kind. Upper and lower case are the same to CloudFormation's reader of it.
fn named(text: &Text, case: &Case<Option<Text>>) -> Resolved<Authorization> {
    let trail = case.trail.clone();
    let kind = match text
        .known()
        .map(|known| known.to_ascii_uppercase())
        .as_deref()
    {
        Some("NONE") => Authorization::None,
        Some("AWS_IAM") => Authorization::Iam,
        Some("COGNITO_USER_POOLS") => Authorization::Cognito,
        Some("CUSTOM") => Authorization::Lambda,
        Some("JWT") => Authorization::Jwt,
        Some(_) | None => {
            let at = trail.place();
            let why = format!("`AuthorizationType` is `{text}`");
            return Resolved::unknown(trail.and(Step {
                how: crate::trail::How::Deferred(why.into()),
                at,
            }));
        }
    };
    Resolved::known(kind, trail)
}

/// A kind that asks an authorizer, which may itself be unknown; the kind is known all the same.
fn with_authorizer(
    kind: Authorization,
    authorizer: &Property<Text>,
    scopes: Option<&Property<Vec<Option<Text>>>>,
    case: &Case<Authorization>,
) -> Resolved<Auth> {
    authorizer.expand(|asked| {
        let trail = case.trail.clone().followed_by(&asked.trail);
        let auth = Auth {
            kind,
            authorizer: asked.value.clone().flatten(),
            scopes: Vec::new(),
        };
        let Some(scopes) = scopes else {
            return Resolved::known(auth, trail);
        };
        scopes.expand(|scopes| {
            let known = scopes.value.clone().flatten().unwrap_or_default();
            let scopes = known
                .into_iter()
                .map(|scope| scope.unwrap_or_else(|| Text::literal("unknown")))
                .collect();
            Resolved::known(
                Auth {
                    scopes,
                    ..auth.clone()
                },
                trail.clone(),
            )
        })
    })
}

fn of_url(kind: &Property<Text>) -> Resolved<Auth> {
    kind.expand(|case| {
        let trail = case.trail.clone();
        match case
            .value
            .as_ref()
            .and_then(|text| text.as_ref()?.known())
            .as_deref()
        {
            Some("NONE") => Resolved::known(Auth::plain(Authorization::None), trail),
            Some("AWS_IAM") => Resolved::known(Auth::plain(Authorization::Iam), trail),
            Some(_) | None => Resolved::unknown(trail),
        }
    })
}

fn of_graphql(kind: &Property<Text>, authorizer: &Property<Text>) -> Resolved<Auth> {
    kind.expand(|case| {
        let kind = match case
            .value
            .as_ref()
            .and_then(|text| text.as_ref()?.known())
            .as_deref()
        {
            Some("API_KEY") => Authorization::ApiKey,
            Some("AWS_IAM") => Authorization::Iam,
            Some("AMAZON_COGNITO_USER_POOLS") => Authorization::Cognito,
            Some("OPENID_CONNECT") => Authorization::Oidc,
            Some("AWS_LAMBDA") => Authorization::Lambda,
            Some(_) | None => return Resolved::unknown(case.trail.clone()),
        };
        match kind {
            Authorization::ApiKey | Authorization::Iam | Authorization::None => {
                Resolved::known(Auth::plain(kind), case.trail.clone())
            }
            Authorization::Cognito
            | Authorization::Oidc
            | Authorization::Lambda
            | Authorization::Jwt => {
                let case = Case {
                    value: Some(kind),
                    world: case.world.clone(),
                    trail: case.trail.clone(),
                };
                with_authorizer(kind, authorizer, None, &case)
            }
        }
    })
}
