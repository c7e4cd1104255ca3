//! Whether API Gateway may invoke the function that an authorizer asks.

use crate::facts::{Fact, flag};
use crate::resolve::{Property, Resolved, Text, Truth};
use crate::source::{Span, Str};
use crate::stack::{Resource, Stack};
use crate::trail::{How, Step};

/// The function of this template that a URI leads to.
pub(super) fn function(stack: &Stack, uri: &Property<Text>) -> Option<Str> {
    let text = uri.cases().find_map(|case| case.value.as_ref()?.as_ref());
    stack.function(text?)
}

/// Whether API Gateway may invoke it: by a role of its own, or by a permission on the function.
pub(super) fn invokable(
    stack: &Stack,
    function: Option<&Str>,
    credentials: &Property<Text>,
    span: Span,
) -> Resolved<Fact> {
    let Some(function) = function else {
        return flag(true, Step::written(span));
    };
    let by_role = credentials
        .cases()
        .any(|case| !matches!(case.value, Some(None)));
    if by_role {
        return flag(true, credentials.trail().clone());
    }
    let mut doubtful = stack.exported.contains(function);
    for permission in stack.of_type("AWS::Lambda::Permission") {
        match permits(stack, permission, function) {
            Truth::Yes => return flag(true, Step::written(permission.span)),
            Truth::Unknown => doubtful = true,
            Truth::No => {}
        }
    }
    if doubtful {
        Resolved::unknown(Step::deferred(
            "a permission that cannot be seen into",
            span,
        ))
    } else {
        flag(
            false,
            Step::new(How::Absent(Str::from("AWS::Lambda::Permission")), span),
        )
    }
}

fn permits(stack: &Stack, permission: &Resource, function: &Str) -> Truth {
    let on = match stack.plain(permission, "FunctionName") {
        Some(name) => match stack.function(&name) {
            Some(id) => Truth::from(id == *function),
            None => Truth::Unknown,
        },
        None => Truth::Unknown,
    };
    let by = match stack.plain(permission, "Principal") {
        Some(principal) => {
            let shown = principal.to_string();
            let api_gateway = shown.starts_with("apigateway.") || shown == "*";
            match principal.known() {
                Some(_) => Truth::from(api_gateway),
                None if api_gateway => Truth::Yes,
                None => Truth::Unknown,
            }
        }
        None => Truth::Unknown,
    };
    on.and(by)
}
