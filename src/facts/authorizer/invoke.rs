//! Whether API Gateway may invoke the function that an authorizer asks.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

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

/// What the permissions of a stack allow API Gateway to invoke, looked up when somebody asks.
pub(super) struct Permitted<'a> {
    stack: &'a Stack,
    found: OnceCell<Found>,
}

/// The permissions by the function that they are on.
#[derive(Default)]
struct Found {
    /// Where each function that may be invoked has its first permission.
    allowed: HashMap<Str, Span>,
    /// Functions with one that may or may not be for API Gateway.
    doubtful: HashSet<Str>,
    /// Whether there is one that may be on any function.
    anywhere: bool,
}

impl<'a> Permitted<'a> {
    pub(super) fn of(stack: &'a Stack) -> Self {
        Self {
            stack,
            found: OnceCell::new(),
        }
    }

    /// Whether API Gateway may invoke it: by a role of its own, or by a permission on the function.
    pub(super) fn invokable(
        &self,
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
        let found = self.found.get_or_init(|| Found::of(self.stack));
        if let Some(place) = found.allowed.get(function) {
            return flag(true, Step::written(*place));
        }
        let exported = self.stack.exported.contains(function);
        if exported || found.anywhere || found.doubtful.contains(function) {
            return Resolved::unknown(Step::deferred(
                "a permission that cannot be seen into",
                span,
            ));
        }
        flag(
            false,
            Step::new(How::Absent(Str::from("AWS::Lambda::Permission")), span),
        )
    }
}

impl Found {
    fn of(stack: &Stack) -> Self {
        let mut found = Self::default();
        for permission in stack.of_type("AWS::Lambda::Permission") {
            let on = stack
                .plain(permission, "FunctionName")
                .and_then(|name| stack.function(&name));
            match (on, is_for_api_gateway(stack, permission)) {
                (_, Truth::No) => {}
                (None, Truth::Yes | Truth::Unknown) => found.anywhere = true,
                (Some(function), Truth::Yes) => {
                    found.allowed.entry(function).or_insert(permission.span);
                }
                (Some(function), Truth::Unknown) => {
                    found.doubtful.insert(function);
                }
            }
        }
        found
    }
}

fn is_for_api_gateway(stack: &Stack, permission: &Resource) -> Truth {
    let Some(principal) = stack.plain(permission, "Principal") else {
        return Truth::Unknown;
    };
    let shown = principal.to_string();
    let api_gateway = shown.starts_with("apigateway.") || shown == "*";
    match principal.known() {
        Some(_) => Truth::from(api_gateway),
        None if api_gateway => Truth::Yes,
        None => Truth::Unknown,
    }
}
