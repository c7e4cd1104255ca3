//! Facts of what lets others invoke a function: `AWS::Lambda::Permission`.

use crate::facts::fields::field;
use crate::facts::property::at;
use crate::facts::{Fact, Field, Kind, Subject, Type, flag, named_or_absent, row, text};
use crate::resolve::{Resolved, Scope, Text, Truth};
use crate::source::Str;
use crate::stack::{Resource, Stack};
use crate::trail::Step;

/// Facts of a permission.
pub(super) const FIELDS: &[Field] = &[
    field(
        "name",
        Type::Text,
        "CreateLambdaPermissionApiGateway",
        "Logical id.",
    ),
    field(
        "function",
        Type::Text,
        "CreateLambdaFunction",
        "Logical id of the function, or what names one of another stack.",
    ),
    field(
        "action",
        Type::Text,
        "lambda:InvokeFunction",
        "What is permitted.",
    ),
    field(
        "principal",
        Type::Text,
        "apigateway.amazonaws.com",
        "Who may: a service, an account, an ARN, `*`.",
    ),
    field(
        "anyone",
        Type::Flag,
        "false",
        "Whether the principal is `*`.",
    ),
    field(
        "service",
        Type::Flag,
        "true",
        "Whether the principal is an AWS service.",
    ),
    field(
        "source",
        Type::Text,
        "arn:aws:s3:::uploads",
        "The `SourceArn`; absent when none is asked for.",
    ),
    field(
        "limited",
        Type::Flag,
        "true",
        "Whether a `SourceArn`, `SourceAccount`, `PrincipalOrgID` or `EventSourceToken` narrows down on whose behalf; one of nothing but `*` does not.",
    ),
    field(
        "any_api",
        Type::Flag,
        "false",
        "Whether the `SourceArn` stands for every API of the account instead of one.",
    ),
    field(
        "function_url",
        Type::Flag,
        "false",
        "Whether it is about calls through the function's own URL.",
    ),
    field(
        "url_authorization",
        Type::Word(&["none", "iam"]),
        "none",
        "`FunctionUrlAuthType`: of what kind of function URL it is; absent when it does not say.",
    ),
    field(
        "generated",
        Type::Flag,
        "false",
        "Whether a framework made it, so that nobody wrote its properties.",
    ),
    field(
        "beside_endpoints",
        Type::Flag,
        "true",
        "Whether its template has an endpoint that clients can call.",
    ),
];

/// Every permission as a subject.
pub(super) fn subjects(stack: &Stack) -> impl Iterator<Item = Subject> {
    let permissions = stack.of_type("AWS::Lambda::Permission");
    permissions.map(|permission| subject(stack, permission))
}

fn subject(stack: &Stack, permission: &Resource) -> Subject {
    let function = stack.plain(permission, "FunctionName");
    let function = function.map(|text| {
        let id = stack
            .function(&text)
            .unwrap_or_else(|| crate::facts::name_of(&text));
        stack.names.get(&id).cloned().unwrap_or(id)
    });
    let label = match &function {
        Some(function) => format!("permission to invoke {function}"),
        None => format!("permission {}", permission.id),
    };
    Subject {
        kind: Kind::Permission,
        label,
        identity: permission.id.to_string(),
        span: permission.span,
        world: permission.world.clone(),
        facts: facts(stack, permission, function),
    }
}

#[expect(clippy::too_many_lines, reason = "one line a row of the table")]
fn facts(stack: &Stack, permission: &Resource, function: Option<Str>) -> Vec<Resolved<Fact>> {
    let here = || Step::written(permission.span);
    let principal = stack.text(permission, "Principal");
    let source = stack.text(permission, "SourceArn");
    let of_url = stack
        .text(permission, "Action")
        .zip(&stack.flag(permission, "InvokedViaFunctionUrl"));
    let words = [("NONE", "none"), ("AWS_IAM", "iam")];
    // What a framework makes stands, with all its parts, at the place that made it come about.
    let written = permission.properties.get("Principal");
    let generated = written.is_some_and(|node| node.span == permission.span);
    let url_authorization = stack.text(permission, "FunctionUrlAuthType");
    row(
        Kind::Permission,
        [
            ("name", text(permission.id.clone(), here())),
            (
                "function",
                function.map_or_else(|| crate::facts::absent(here()), |name| text(name, here())),
            ),
            ("action", named_or_absent(&stack.text(permission, "Action"))),
            ("principal", named_or_absent(&principal)),
            ("anyone", truth(&principal, |text| text.is("*"))),
            ("service", truth(&principal, is_service)),
            ("source", named_or_absent(&source)),
            ("limited", limited(stack, permission, &source)),
            (
                "any_api",
                truth(&source, |text| Truth::from(is_any_api(text))),
            ),
            (
                "function_url",
                of_url.map(|(action, via)| {
                    let action = action.as_ref().and_then(Text::known);
                    let url = action.is_some_and(|action| {
                        action.eq_ignore_ascii_case("lambda:InvokeFunctionUrl")
                    });
                    Fact::Flag(url || *via == Some(true))
                }),
            ),
            (
                "url_authorization",
                url_authorization.map_case(|case| crate::resolve::Case {
                    value: match &case.value {
                        Some(None) => Some(Fact::Absent),
                        Some(Some(text)) => {
                            let known = text.known();
                            let found = words
                                .iter()
                                .find(|(word, _)| known.as_deref() == Some(*word));
                            found.map(|(_, word)| Fact::Text(Str::from(*word)))
                        }
                        None => None,
                    },
                    world: case.world,
                    trail: case.trail,
                }),
            ),
            ("generated", flag(generated, here())),
            ("beside_endpoints", flag(!stack.routes.is_empty(), here())),
        ],
    )
}

/// What is so of a text that may be absent: then it is not so.
fn truth(property: &crate::resolve::Property<Text>, is: impl Fn(&Text) -> Truth) -> Resolved<Fact> {
    property.clone().map_case(|case| crate::resolve::Case {
        value: match case
            .value
            .as_ref()
            .map(|text| text.as_ref().map_or(Truth::No, &is))
        {
            Some(Truth::Yes) => Some(Fact::Flag(true)),
            Some(Truth::No) => Some(Fact::Flag(false)),
            Some(Truth::Unknown) | None => None,
        },
        world: case.world,
        trail: case.trail,
    })
}

fn is_service(principal: &Text) -> Truth {
    let shown = principal.to_string();
    let service = [".amazonaws.com", ".amazonaws.com.cn", ".${AWS::URLSuffix}"];
    if service.iter().any(|end| shown.ends_with(end)) {
        return Truth::Yes;
    }
    match principal.known() {
        Some(_) => Truth::No,
        None => Truth::Unknown,
    }
}

/// Whether anything narrows down on whose behalf the principal acts.
fn limited(
    stack: &Stack,
    permission: &Resource,
    source: &crate::resolve::Property<Text>,
) -> Resolved<Fact> {
    let names = [
        "SourceArn",
        "SourceAccount",
        "PrincipalOrgID",
        "EventSourceToken",
    ];
    let none = Resolved::known(false, Step::written(permission.span));
    let all = names.iter().fold(none, |so_far, name| {
        so_far.expand(|case| {
            let own = match *name {
                "SourceArn" => source.clone(),
                name => at(stack, &permission.properties, &[name], Scope::text),
            };
            match case.value {
                Some(true) => Resolved::case(case.clone()),
                Some(false) | None => own.map_case(|own| {
                    // Whatever it comes to, it is written.
                    let narrows = match &own.value {
                        Some(Some(text)) => !is_everything(text),
                        Some(None) => false,
                        None => true,
                    };
                    crate::resolve::Case {
                        value: if narrows { Some(true) } else { case.value },
                        world: own.world,
                        trail: if narrows {
                            own.trail
                        } else {
                            case.trail.clone()
                        },
                    }
                }),
            }
        })
    });
    all.map(|limited| Fact::Flag(*limited))
}

/// `*`, `arn:aws:execute-api:*` and the like: nothing but wildcards behind the service.
fn is_everything(source: &Text) -> bool {
    let shown = source.to_string();
    let mut pieces = shown.split(':');
    match pieces.next() {
        Some("*") => true,
        Some("arn") => pieces
            .skip(2)
            .all(|piece| piece.chars().all(|one| matches!(one, '*' | '/'))),
        Some(_) | None => false,
    }
}

/// An ARN of API Gateway whose API is a wildcard.
fn is_any_api(source: &Text) -> bool {
    let pieces = source.split(':');
    let service = pieces.get(2).and_then(Text::known);
    let Some(resource) = pieces.get(5) else {
        let whole = pieces.iter().skip(3).next_back().and_then(Text::known);
        return service.as_deref() == Some("execute-api") && whole.as_deref() == Some("*");
    };
    let api = resource.split('/').into_iter().next();
    service.as_deref() == Some("execute-api")
        && api.and_then(|api| api.known()).as_deref() == Some("*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_of_wildcards_narrows_nothing() {
        assert!(is_everything(&"*".into()));
        assert!(is_everything(&"arn:aws:execute-api:*:*:*".into()));
        assert!(!is_everything(&"arn:aws:s3:::uploads".into()));
        assert!(!is_everything(
            &"arn:aws:execute-api:eu-west-1:111122223333:*".into()
        ));
    }

    #[test]
    fn an_api_can_be_left_open() {
        assert!(is_any_api(
            &"arn:aws:execute-api:eu-west-1:111122223333:*".into()
        ));
        assert!(is_any_api(
            &"arn:aws:execute-api:eu-west-1:111122223333:*/*/GET/orders".into()
        ));
        assert!(!is_any_api(
            &"arn:aws:execute-api:eu-west-1:111122223333:abc/*/*".into()
        ));
        assert!(!is_any_api(&"arn:aws:s3:::*".into()));
    }
}
