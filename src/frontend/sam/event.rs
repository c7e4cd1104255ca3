//! What a REST event's own `Auth` says about its method.
//!
//! Runs before the API's `Auth`: what is written here is what that leaves alone.

use super::Lowering;
use super::authorizer::key_scheme;
use super::body;
use super::default_auth::{define, define_iam, key_requirement, over_default};
use super::draft::Draft;
use super::implicit::ApiEvent;
use super::place::Place;
use super::policy::Document;
use super::remarks;
use super::truthy::{true_at, truthy};
use crate::document::Node;
use crate::trail::{How, Step};

/// An event at its API.
#[derive(Debug)]
pub(super) struct Site<'e> {
    /// The event.
    pub(super) event: &'e ApiEvent,
    /// The API's `Auth`.
    pub(super) api_auth: Option<&'e Node>,
    /// The stage that the event's resource policy names.
    pub(super) stage: Node,
}

/// Applies the `Auth` of an event to its method in this document.
pub(super) fn apply(lowering: &mut Lowering<'_>, site: &Site<'_>, target: &mut Document) {
    let (event, api_auth) = (site.event, site.api_auth);
    let Some(auth) = true_at(&event.properties, "Auth") else {
        return;
    };
    let document = &mut target.draft;
    if remarks::note_ignored(lowering, event, auth) {
        return;
    }
    remarks::note_shapes(lowering, event, auth);
    if let Some(written) = true_at(auth, "Authorizer") {
        match requirement(lowering, api_auth, auth, written) {
            Ok(requirement) => {
                let default = api_auth.and_then(|it| true_at(it, "DefaultAuthorizer"));
                remarks::note_none(lowering, event, default, &requirement);
                ask(document, event, &requirement);
            }
            Err(reason) => {
                let reason = format!("{reason} for event `{}`", event.id);
                lowering.unresolved(written.span, reason.clone());
                set_security(document, event, &Place(written.span).unknown(reason));
            }
        }
    }
    remarks::note_scopes(lowering, event, auth);
    if let Some(required) = auth.get("ApiKeyRequired").filter(|it| !it.is_null()) {
        let place = Place(required.span);
        if truthy(required) {
            define(document, "api_key", required.span, key_scheme(place));
            ask(document, event, &key_requirement(required));
        } else {
            if api_auth
                .and_then(|it| true_at(it, "ApiKeyRequired"))
                .is_none()
            {
                let message = format!(
                    "event `{}` asks for no key, and its API asks for none either; SAM refuses the template",
                    event.id
                );
                lowering.notice(required.span, message);
            }
            let entry = place.one("api_key_false", place.list([]));
            ask(document, event, &entry);
        }
    }
    if let Some(policy) = true_at(auth, "ResourcePolicy") {
        target.add_policy(lowering, policy, &event.path.text, &site.stage);
        target.add_custom(policy);
    }
}

/// The entry of `security` for an event's authorizer, or why there is none.
fn requirement(
    lowering: &Lowering<'_>,
    api_auth: Option<&Node>,
    auth: &Node,
    written: &Node,
) -> Result<Node, String> {
    let Some(name) = lowering.word(written) else {
        return Err("the authorizer cannot be known".to_owned());
    };
    let place = Place(written.span);
    let authorizer = api_auth.and_then(|it| it.at(&["Authorizers", &name.text]));
    let builtin = name.text == "AWS_IAM" || name.text == "NONE";
    if !builtin && authorizer.is_none_or(|it| !truthy(it)) {
        return Err(format!(
            "authorizer `{}` is not defined in the API's `Authorizers`",
            name.text
        ));
    }
    let own = auth.get("AuthorizationScopes").filter(|it| !it.is_null());
    let theirs = authorizer.and_then(|it| it.get("AuthorizationScopes"));
    let scopes = authorizer.and(own.or(theirs).filter(|it| !it.is_null()));
    let scopes = scopes.filter(|_| name.text != "NONE").cloned();
    let entry = place.one(name.text, scopes.unwrap_or_else(|| place.list([])));
    let entry = entry.along(written.via.as_ref());
    Ok(match over_default(api_auth) {
        Some(step) => entry.via(step),
        None => entry,
    })
}

/// Appends a requirement to the event's method.
fn ask(document: &mut Draft, event: &ApiEvent, requirement: &Node) {
    let mut signed = None;
    body::each_definition(
        document,
        &event.path.text,
        &event.method.text,
        &mut |definition| {
            let known = definition.get_mut("security");
            if known.is_some_and(|known| known.items().is_none()) {
                return;
            }
            let existing = definition.read("security");
            let mut items = existing
                .as_ref()
                .map(Node::items)
                .unwrap_or_default()
                .to_vec();
            items.push(requirement.clone());
            let first = items.first();
            if first.is_some_and(|first| first.get("AWS_IAM").is_some()) {
                signed = Some(requirement.span);
            }
            let first = existing.filter(|it| !it.items().is_empty());
            let stands = first.as_ref().unwrap_or(requirement);
            let list = Node::list(stands.span, items).along(stands.via.as_ref());
            definition.set("security", stands.span, list);
        },
    );
    if let Some(at) = signed {
        define_iam(document, at);
    }
}

fn set_security(document: &mut Draft, event: &ApiEvent, security: &Node) {
    body::each_definition(
        document,
        &event.path.text,
        &event.method.text,
        &mut |definition| {
            definition.set("security", security.span, security.clone());
        },
    );
}

/// The step of a value that was set over this one.
pub(super) fn overriding(over: Option<&Node>, name: &'static str) -> Option<Step> {
    let over = over.filter(|it| truthy(it))?;
    Some(Step::new(How::Overrides(name.into()), over.span))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{asked, lowered, property};
    use crate::document::{Problem, ProblemKind};

    fn template(auth: &str) -> String {
        let event =
            format!("{{Type: Api, Properties: {{Path: /a, Method: get, Auth: {{{auth}}}}}}}");
        format!(
            "Resources: {{F: {{Type: AWS::Serverless::Function, Properties: {{Events: {{E: {event}}}}}}}}}"
        )
    }

    #[test]
    fn what_sam_refuses_is_lowered_and_said() {
        for (auth, expected) in [
            ("Authorizer: NONE", "NONE"),
            ("ApiKeyRequired: false", "api_key_false"),
        ] {
            let out = lowered(&template(auth));
            assert_eq!(asked(&out, "ServerlessRestApi", &["/a", "get"]), [expected]);
            assert_eq!(out.problems.len(), 1);
            assert_eq!(out.problems[0].kind, ProblemKind::Notice);
        }
    }

    #[test]
    fn what_sam_refuses_of_auth_is_said() {
        for (auth, refused) in [
            ("AuthorizationScopes: [a]", true),
            ("AuthorizationScopes: []", false),
            ("AuthorizationScopes: [a], Authorizer: AWS_IAM", false),
            ("AuthorizationScopes: a, Authorizer: AWS_IAM", true),
            ("Authorizer: {Ref: P}", true),
            ("OverrideApiAuth: true", true),
            ("OverrideApiAuth: false", false),
            ("OverrideApiAuth: true, ApiKeyRequired: true", false),
        ] {
            let out = lowered(&template(auth));
            let said = |problem: &Problem| problem.message.contains("SAM refuses");
            assert_eq!(out.problems.iter().any(said), refused, "{auth}");
        }
    }

    #[test]
    fn a_function_is_ignored_and_that_is_said() {
        let auth = "Fn::If: [C, {Authorizer: AWS_IAM}, {Authorizer: NONE}]";
        let out = lowered(&template(auth));
        let method = property(&out, "ServerlessRestApi", &["Body", "paths", "/a", "get"]);
        assert!(method.get("security").is_none());
        assert_eq!(out.problems.len(), 1);
        assert!(out.problems[0].message.contains("ignores `Auth`"));
    }

    #[test]
    fn an_event_may_ask_for_signed_requests_and_a_key() {
        let out = lowered(&template("Authorizer: AWS_IAM, ApiKeyRequired: true"));
        let asked = asked(&out, "ServerlessRestApi", &["/a", "get"]);
        assert_eq!(asked, ["AWS_IAM", "api_key"]);
        let schemes = out.template.at(&[
            "Resources",
            "ServerlessRestApi",
            "Properties",
            "Body",
            "securityDefinitions",
        ]);
        assert_eq!(schemes.unwrap().entries().len(), 2);
        assert!(out.problems.is_empty());
    }

    #[test]
    fn an_authorizer_that_is_not_defined_is_unknown() {
        let out = lowered(&template("Authorizer: Missing"));
        assert!(asked(&out, "ServerlessRestApi", &["/a", "get"]).is_empty());
        assert_eq!(out.problems[0].kind, ProblemKind::UnresolvedReference);
    }
}
