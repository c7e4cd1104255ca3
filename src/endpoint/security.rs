//! What API Gateway makes of the security requirements of an OpenAPI body.
//!
//! It enforces its own extensions and its own API keys; every other scheme is documentation, and leaves the method open.

use crate::endpoint::{Auth, Authorization};
use crate::resolve::{Case, Resolved, Text};
use crate::stack::{Protocol, Requirement, Scheme, Security, SecurityLevel};
use crate::trail::{How, Step, Trail};

const NO_SECURITY: &str = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-to-api.html";

/// What one requirement comes to.
enum Asked {
    Authorizer(Auth),
    Key,
    /// Not enforced; says why.
    Ignored(String),
    /// Not to be told; says why.
    Unclear(String),
}

/// The effective authorization of an operation.
pub fn effective(security: &Security, protocol: Protocol) -> Resolved<Auth> {
    let by_requirements = security.requirements.expand(|case| {
        let Some(requirements) = &case.value else {
            return Resolved::unknown(case.trail.clone());
        };
        match requirements {
            None => {
                let step = Step::default(
                    "an operation without `security` asks for nothing",
                    NO_SECURITY,
                );
                Resolved::known(
                    Auth::plain(Authorization::None),
                    case.trail.clone().and(step),
                )
            }
            Some(requirements) => {
                of_requirements(requirements, security.level, protocol, &case.trail)
            }
        }
    });
    by_requirements.expand(|case| extended(security, case))
}

/// Whether an operation asks for a usage-plan key.
pub fn key_required(security: &Security) -> Resolved<bool> {
    security.requirements.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(requirements) if security.level != SecurityLevel::RootSwagger2 => {
            let keyed = requirements
                .iter()
                .flatten()
                .find(|one| matches!(asked(one), Asked::Key));
            let trail = keyed.map_or_else(
                || case.trail.clone(),
                |one| Trail::from(Step::written(one.span)),
            );
            Resolved::known(keyed.is_some(), trail)
        }
        Some(_) => Resolved::known(false, case.trail.clone()),
    })
}

fn of_requirements(
    requirements: &[Requirement],
    level: SecurityLevel,
    protocol: Protocol,
    trail: &Trail,
) -> Resolved<Auth> {
    let at = trail.place();
    let noted = |trail: Trail, what: &str| {
        trail.and(Step {
            how: How::Note(what.into()),
            at,
        })
    };
    let deferred = |what: &str| {
        trail.clone().and(Step {
            how: How::Deferred(what.into()),
            at,
        })
    };
    let trail = match (level, protocol) {
        (SecurityLevel::Operation, _) => trail.clone(),
        (SecurityLevel::RootSwagger2, _) => {
            let trail = noted(
                trail.clone(),
                "API Gateway does not use `security` at the root of a Swagger 2 document",
            );
            return Resolved::known(Auth::plain(Authorization::None), trail);
        }
        (SecurityLevel::RootOpenApi3, Protocol::Rest) => noted(
            trail.clone(),
            "REST imports apply `security` at the root of an OpenAPI 3 document, although AWS documents otherwise",
        ),
        (SecurityLevel::RootOpenApi3, _) => {
            return Resolved::unknown(deferred(
                "AWS does not say whether an HTTP API uses `security` at the root",
            ));
        }
    };
    combined(requirements, &trail)
}

/// Several requirements hold together, but there can be only one authorizer.
fn combined(requirements: &[Requirement], trail: &Trail) -> Resolved<Auth> {
    let mut trail = trail.clone();
    let mut found: Option<Auth> = None;
    for requirement in requirements {
        match asked(requirement) {
            Asked::Key => {}
            Asked::Ignored(why) => {
                trail = trail.and(Step::new(How::Note(why.into()), requirement.span));
            }
            Asked::Unclear(why) => {
                return Resolved::unknown(trail.and(Step::deferred(why, requirement.span)));
            }
            Asked::Authorizer(auth) => {
                trail = trail.and(Step::written(requirement.span));
                if found.as_ref().is_some_and(|other| *other != auth) {
                    return Resolved::unknown(trail.and(Step::deferred(
                        "two authorizers on one method",
                        requirement.span,
                    )));
                }
                found = Some(auth);
            }
        }
    }
    Resolved::known(
        found.unwrap_or_else(|| Auth::plain(Authorization::None)),
        trail,
    )
}

/// What API Gateway enforces of a scheme.
fn asked(requirement: &Requirement) -> Asked {
    let Some(scheme) = &requirement.scheme else {
        return match requirement.name.as_str() {
            "NONE" => Asked::Ignored("`NONE` is no scheme: nothing is asked for".to_owned()),
            name => Asked::Unclear(format!(
                "the security scheme `{name}` is not defined in the body"
            )),
        };
    };
    let word = |text: &Option<Text>| {
        text.as_ref()
            .map(|text| text.known().map(|known| known.to_ascii_lowercase()))
    };
    if scheme.has_authorizer {
        let kind = match word(&scheme.authorizer_type).flatten().as_deref() {
            Some("token" | "request") => Authorization::Lambda,
            Some("cognito_user_pools") => Authorization::Cognito,
            Some("jwt") => Authorization::Jwt,
            Some(_) | None => {
                return Asked::Unclear(format!("the authorizer type of `{}`", requirement.name));
            }
        };
        return Asked::Authorizer(authorizer(kind, requirement));
    }
    match word(&scheme.auth_type) {
        Some(Some(kind)) if kind == "awssigv4" => {
            return Asked::Authorizer(Auth::plain(Authorization::Iam));
        }
        Some(None) => {
            return Asked::Unclear(format!(
                "the `x-amazon-apigateway-authtype` of `{}`",
                requirement.name
            ));
        }
        Some(Some(_)) | None => {}
    }
    if is_key(scheme) {
        return Asked::Key;
    }
    Asked::Ignored(format!(
        "API Gateway does not enforce the scheme `{}`: it has no `x-amazon-apigateway-authorizer`",
        requirement.name
    ))
}

fn authorizer(kind: Authorization, requirement: &Requirement) -> Auth {
    let takes_scopes = kind != Authorization::Lambda;
    let scopes = requirement.scopes.iter().filter(|_| takes_scopes);
    Auth {
        kind,
        authorizer: Some(Text::literal(requirement.name.clone())),
        scopes: scopes
            .map(|scope| scope.clone().unwrap_or_else(|| Text::literal("unknown")))
            .collect(),
    }
}

/// Whether API Gateway does anything about a scheme: ask an authorizer, check a signature, or ask for its own key.
/// What depends on a value that cannot be seen counts as enforced.
pub(crate) fn is_enforced(scheme: &Scheme) -> bool {
    scheme.has_authorizer || scheme.auth_type.is_some() || is_key(scheme)
}

/// API Gateway's own key: in the header `x-api-key`.
fn is_key(scheme: &Scheme) -> bool {
    let is = |text: &Option<Text>, wanted: &str| {
        text.as_ref()
            .and_then(Text::known)
            .is_some_and(|known| known.eq_ignore_ascii_case(wanted))
    };
    is(&scheme.kind, "apiKey") && is(&scheme.place, "header") && is(&scheme.header, "x-api-key")
}

/// `x-amazon-apigateway-auth` on the operation decides when it does not contradict the requirements.
fn extended(security: &Security, case: &Case<Auth>) -> Resolved<Auth> {
    security.auth.expand(|auth| {
        let wanted = match &auth.value {
            Some(None) => return Resolved::case(case.clone()),
            Some(Some(text)) => text.known().map(|known| known.to_ascii_uppercase()),
            None => None,
        };
        let wanted = match wanted.as_deref() {
            Some("AWS_IAM") => Authorization::Iam,
            Some("NONE") => Authorization::None,
            Some(_) | None => return Resolved::unknown(auth.trail.clone()),
        };
        match &case.value {
            Some(by_requirements)
                if by_requirements.kind == wanted
                    || by_requirements.kind == Authorization::None =>
            {
                Resolved::known(Auth::plain(wanted), auth.trail.clone())
            }
            Some(_) | None => {
                let why = How::Deferred("`x-amazon-apigateway-auth` contradicts `security`".into());
                Resolved::unknown(auth.trail.clone().and(Step {
                    how: why,
                    at: auth.trail.place(),
                }))
            }
        }
    })
}
