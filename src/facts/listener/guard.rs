//! Targets that are reached past a listener which asks who calls.
//!
//! Within one listener the more specific rule takes the request, so that open paths beside protected ones are no way
//! past them; another listener, or another load balancer, that forwards everything to the same target is one.

use std::collections::{BTreeSet, HashMap};

use super::{Actions, RULE, listener_of};
use crate::facts::{Fact, absent, name_of, text};
use crate::resolve::{Resolved, Scope, Text};
use crate::source::{Span, Str};
use crate::stack::{Resource, Stack};
use crate::trail::{How, Step};

/// The listeners and rules that ask who calls, by the target that they then forward to.
pub(super) struct Guarded(HashMap<Str, Vec<Asking>>);

/// One of them.
struct Asking {
    /// Its logical id.
    id: Str,
    /// The listener that it is, or belongs to.
    listener: Option<Str>,
    span: Span,
}

impl Guarded {
    pub fn of(stack: &Stack) -> Self {
        let mut found = HashMap::new();
        let listeners = stack.of_type("AWS::ElasticLoadBalancingV2::Listener");
        for resource in listeners.chain(stack.of_type(RULE)) {
            let actions = Actions::of(stack, resource);
            if actions.authenticates(&stack.scope).agreed() != Some(&Fact::Flag(true)) {
                continue;
            }
            for target in targets(&stack.scope, &actions) {
                let asking: &mut Vec<Asking> = found.entry(target).or_default();
                asking.push(Asking {
                    id: resource.id.clone(),
                    listener: own_listener(stack, resource),
                    span: resource.span,
                });
            }
        }
        Self(found)
    }

    /// One of another listener whose target this reaches too, for any path and without a question: of several the first
    /// by its name, wherever it stands in the file.
    pub fn reached_by(
        &self,
        stack: &Stack,
        resource: &Resource,
        listener: Option<&Resource>,
    ) -> Resolved<Fact> {
        let nothing = || absent(Step::written(resource.span));
        if self.0.is_empty() || (resource.kind == RULE && is_limited(stack, resource)) {
            return nothing();
        }
        let actions = Actions::of(stack, resource);
        if actions.authenticates(&stack.scope).agreed() != Some(&Fact::Flag(false)) {
            return nothing();
        }
        let own = listener.map(|listener| &listener.id);
        let targets = targets(&stack.scope, &actions);
        let guarded = targets.iter().filter_map(|target| self.0.get(target));
        let others = guarded
            .flatten()
            .filter(|asking| asking.listener.as_ref() != own);
        match others.min_by(|a, b| a.id.cmp(&b.id)) {
            Some(asking) => {
                let how = How::Note("this one asks who calls".into());
                text(asking.id.clone(), Step::new(how, asking.span))
            }
            None => nothing(),
        }
    }
}

fn own_listener(stack: &Stack, resource: &Resource) -> Option<Str> {
    if resource.kind == RULE {
        listener_of(stack, resource).map(|listener| listener.id.clone())
    } else {
        Some(resource.id.clone())
    }
}

/// Whether a rule is for some requests only, other than by host: some paths, some headers, some addresses.
fn is_limited(stack: &Stack, rule: &Resource) -> bool {
    let conditions = stack
        .scope
        .read(&rule.properties, "Conditions", Scope::items);
    conditions.cases().any(|case| {
        let all = case.value.iter().flatten().flatten();
        all.into_iter().any(|condition| {
            let field = stack.scope.read(condition, "Field", Scope::text);
            let known = field
                .agreed()
                .cloned()
                .flatten()
                .and_then(|text| text.known());
            known.as_deref() != Some("host-header") && !is_every_path(stack, condition)
        })
    })
}

/// Whether a condition is for every path.
fn is_every_path(stack: &Stack, condition: &crate::document::Node) -> bool {
    let config = condition.get("PathPatternConfig").unwrap_or(condition);
    let values = stack.scope.read(config, "Values", Scope::texts);
    values.agreed().is_some_and(|values| {
        let mut values = values.iter().flatten().flatten();
        values.any(|value| matches!(value.known().as_deref(), Some("*" | "/*")))
    })
}

/// The target groups that actions forward to.
fn targets(scope: &Scope, actions: &Actions) -> BTreeSet<Str> {
    let all = actions
        .0
        .cases()
        .flat_map(|case| case.value.iter().flatten());
    let forwards = all.filter(|action| action.kind.as_deref() == Some("forward"));
    let mut found = BTreeSet::new();
    for action in forwards {
        let named = |node| {
            let arn = scope.read(node, "TargetGroupArn", Scope::text);
            let arn = arn.agreed().cloned().flatten();
            arn.filter(|arn: &Text| arn.refers_to().is_some() || arn.known().is_some())
        };
        found.extend(named(&action.node).map(|arn| name_of(&arn)));
        let config = scope.property(&action.node, "ForwardConfig").agreed_node();
        let groups = config.map(|node| scope.read(&node, "TargetGroups", Scope::items));
        for case in groups.iter().flat_map(Resolved::cases) {
            let groups = case.value.iter().flatten().flatten();
            found.extend(groups.filter_map(named).map(|arn| name_of(&arn)));
        }
    }
    found
}
