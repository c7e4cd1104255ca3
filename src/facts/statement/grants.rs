//! Which APIs and function URLs the policies of a template let someone call.

use std::collections::HashSet;

use super::{Written, api_reach, is_of_one};
use crate::document::Node;
use crate::endpoint::{Endpoint, reach};
use crate::facts::{Fact, flag, name_of};
use crate::iam::{Effect, Element, Statement};
use crate::resolve::{Resolved, Text};
use crate::source::Str;
use crate::stack::{Protocol, Stack};
use crate::trail::{How, Step};

/// AWS's own policies that allow calls of every API.
const MANAGED: [&str; 4] = [
    "AmazonAPIGatewayInvokeFullAccess",
    "AdministratorAccess",
    "PowerUserAccess",
    "AWSLambda_FullAccess",
];

/// What is granted, by the names of APIs and functions.
pub(in crate::facts) struct Grants {
    /// Some statement is for every API.
    any: bool,
    /// Some statement is for an API that cannot be seen.
    unclear: bool,
    /// What statements name.
    named: HashSet<Str>,
}

impl Grants {
    pub fn of(stack: &Stack, policies: &[Written<'_>]) -> Self {
        let mut grants = Self {
            any: false,
            unclear: false,
            named: HashSet::new(),
        };
        for (_, policy) in policies {
            let cases = policy.cases().flat_map(|case| &case.value);
            for statement in cases.flat_map(|policy| &policy.statements) {
                grants.add(stack, statement);
            }
        }
        for kind in ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"] {
            for owner in stack.of_type(kind) {
                let attached = owner.properties.get("ManagedPolicyArns");
                grants.any |= attached.is_some_and(|list| is_managed(stack, list));
            }
        }
        // Who may call stands in the policy of the API itself, too.
        for api in &stack.apis {
            let policy = reach::policy(stack, api);
            if policy.cases().any(|case| !matches!(case.value, Some(None))) {
                grants.named.insert(name_of(&api.id));
            }
        }
        for permission in stack.of_type("AWS::Lambda::Permission") {
            let on = stack.plain(permission, "FunctionName");
            let url = stack.plain(permission, "Action").is_some_and(|action| {
                action.known().as_deref() == Some("lambda:InvokeFunctionUrl")
            });
            let function = on.filter(|_| url).and_then(|on| stack.function(&on));
            grants.named.extend(function);
        }
        grants
    }

    fn add(&mut self, stack: &Stack, statement: &Statement) {
        let Element::Only(actions) = &statement.actions else {
            self.any |= statement.effect == Effect::Allow;
            return;
        };
        let calls = actions.iter().any(|action| {
            let text = action.text.known().map(|text| text.to_ascii_lowercase());
            text.is_none_or(|text| {
                text == "*" || text.starts_with("execute-api:") || text.starts_with("lambda:")
            })
        });
        if statement.effect == Effect::Deny || !calls {
            return;
        }
        let Element::Only(resources) = &statement.resources else {
            self.any = true;
            return;
        };
        for resource in resources {
            self.resource(stack, &resource.text);
        }
    }

    fn resource(&mut self, stack: &Stack, resource: &Text) {
        if let Some(function) = stack.function(resource) {
            self.named.insert(function);
            return;
        }
        if is_of_one(resource) || resource.known().is_none() && resource.target().is_some() {
            self.unclear = true;
        }
        match api_reach(resource) {
            Some("any") => self.any = true,
            Some(_) => {
                let pieces = resource.split(':');
                let api = pieces
                    .get(5)
                    .and_then(|piece| piece.split('/').first().cloned());
                self.named.extend(api.map(|api| name_of(&api)));
            }
            None => {}
        }
    }

    /// Whether someone may call the API of this endpoint.
    pub fn of_endpoint(&self, endpoint: &Endpoint) -> Resolved<Fact> {
        let name = match endpoint.protocol {
            Protocol::FunctionUrl => endpoint.function.agreed().cloned().flatten(),
            Protocol::Rest | Protocol::Http | Protocol::WebSocket | Protocol::GraphQl => {
                endpoint.api.as_ref().map(name_of)
            }
        };
        let here = Step::written(endpoint.span);
        if self.any || name.is_some_and(|name| self.named.contains(&name)) {
            return flag(true, here);
        }
        if self.unclear {
            let why = "a policy of this template names something that cannot be seen";
            return Resolved::unknown(Step::deferred(why, endpoint.span));
        }
        let how = How::Note("no policy of this template lets anyone call it".into());
        flag(false, Step::new(how, endpoint.span))
    }
}

/// Whether one of these policies of AWS allows calls of every API.
fn is_managed(stack: &Stack, list: &Node) -> bool {
    let arns = stack.scope.texts(list);
    let mut all = arns.cases().flat_map(|case| case.value.iter().flatten());
    all.any(|arns| {
        let mut arns = arns.iter().flatten().map(Text::to_string);
        arns.any(|arn| MANAGED.iter().any(|name| arn.ends_with(name)))
    })
}
