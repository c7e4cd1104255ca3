//! Whether the authorizer that an endpoint names can do the work.

use std::collections::HashMap;

use crate::endpoint::{Authorization, Endpoint};
use crate::facts::{Fact, absent, name_of, text};
use crate::resolve::{Case, Part, Resolved, Text};
use crate::source::{Span, Str};
use crate::stack::{Protocol, Stack};
use crate::trail::{How, Step, Trail};

/// The authorizers of a stack that endpoints can name.
pub(super) struct Fit(HashMap<Str, Declared>);

struct Declared {
    api: Option<Text>,
    kind: Option<Str>,
    span: Span,
}

impl Fit {
    pub fn of(stack: &Stack) -> Self {
        let words = [
            ("AWS::ApiGateway::Authorizer", "RestApiId", "Type"),
            ("AWS::ApiGatewayV2::Authorizer", "ApiId", "AuthorizerType"),
        ];
        let mut found = HashMap::new();
        for (resource_type, api, kind) in words {
            for resource in stack.of_type(resource_type) {
                let declared = Declared {
                    api: stack.plain(resource, api),
                    kind: stack.plain(resource, kind).and_then(|kind| kind.known()),
                    span: resource.span,
                };
                found.insert(resource.id.clone(), declared);
            }
        }
        Self(found)
    }

    /// What is to be said of an endpoint's authorizer.
    pub fn judge(&self, stack: &Stack, endpoint: &Endpoint) -> Resolved<Fact> {
        endpoint.auth.expand(|case| match &case.value {
            None => Resolved::unknown(case.trail.clone()),
            Some(auth) => match auth.authorizer.as_ref().and_then(reference) {
                Some(id) => self.of_id(stack, endpoint, (id, auth.kind), case),
                None => absent(case.trail.clone()),
            },
        })
    }

    fn of_id(
        &self,
        stack: &Stack,
        endpoint: &Endpoint,
        (id, kind): (&Str, Authorization),
        case: &Case<crate::endpoint::Auth>,
    ) -> Resolved<Fact> {
        let trail = case.trail.clone();
        let Some(declared) = self.0.get(id) else {
            let parameter = stack.scope.parameters().get(id).is_some() || id.starts_with("AWS::");
            return match (parameter, stack.resource(id)) {
                // A user pool as an AppSync API names it, or a custom resource that makes the authorizer.
                (_, Some(_)) => absent(trail),
                (true, None) => Resolved::unknown(trail),
                (false, None) if endpoint.protocol == Protocol::GraphQl => absent(trail),
                (false, None) => text("missing", trail),
            };
        };
        let step = Step::new(How::Reference(id.clone()), declared.span);
        let trail: Trail = trail.and(step);
        let (Some(own), Some(theirs)) = (&endpoint.api, &declared.api) else {
            return Resolved::unknown(trail);
        };
        if differs(stack, own, theirs) {
            return text("other-api", trail);
        }
        match fits(kind, declared.kind.as_deref()) {
            Some(true) => text("fits", trail),
            Some(false) => text("other-type", trail),
            None => Resolved::unknown(trail),
        }
    }
}

/// The logical id that an authorizer is named by.
fn reference(authorizer: &Text) -> Option<&Str> {
    match authorizer.target()? {
        Part::Ref(id) | Part::Attribute(id, _) => Some(id),
        Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => None,
    }
}

/// Whether two texts certainly name different APIs: two resources of this stack.
fn differs(stack: &Stack, one: &Text, other: &Text) -> bool {
    let own = |text: &Text| Some(name_of(text)).filter(|id| stack.resource(id).is_some());
    match (own(one), own(other)) {
        (Some(one), Some(other)) => one != other,
        (None, _) | (_, None) => false,
    }
}

/// Whether an authorizer of this type answers for this authorization.
fn fits(kind: Authorization, declared: Option<&str>) -> Option<bool> {
    let declared = declared?.to_ascii_uppercase();
    Some(match kind {
        Authorization::Cognito => declared == "COGNITO_USER_POOLS",
        Authorization::Jwt => declared == "JWT",
        Authorization::Lambda => matches!(declared.as_str(), "TOKEN" | "REQUEST"),
        Authorization::None | Authorization::Iam | Authorization::ApiKey | Authorization::Oidc => {
            true
        }
    })
}
