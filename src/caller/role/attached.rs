//! Policies that are resources of their own, and attach themselves to roles by naming them.

use std::collections::HashMap;

use crate::resolve::{Scope, Text};
use crate::source::Str;
use crate::stack::{Resource, Stack};

/// What attaches itself, in the order in which it is told.
const KINDS: [&str; 3] = [
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::RolePolicy",
];

/// The policies of a stack by the roles that they name.
pub(super) struct Attached<'a> {
    policies: Vec<&'a Resource>,
    by_reference: HashMap<Str, Vec<usize>>,
    by_name: HashMap<Text, Vec<usize>>,
}

impl<'a> Attached<'a> {
    pub(super) fn of(stack: &'a Stack) -> Self {
        let all = KINDS.iter().flat_map(|kind| stack.of_type(kind));
        let mut attached = Self {
            policies: all.collect(),
            by_reference: HashMap::new(),
            by_name: HashMap::new(),
        };
        for at in 0..attached.policies.len() {
            attached.index(stack, at);
        }
        attached
    }

    fn index(&mut self, stack: &Stack, at: usize) {
        let Some(policy) = self.policies.get(at) else {
            return;
        };
        let roles = stack.scope.read(&policy.properties, "Roles", Scope::texts);
        let listed = roles
            .cases()
            .flat_map(|case| case.value.iter().flatten().flatten().flatten());
        let only = stack.plain(policy, "RoleName");
        for role in listed.chain(&only) {
            if let Some(id) = role.refers_to() {
                self.by_reference.entry(id.clone()).or_default().push(at);
            }
            self.by_name.entry(role.clone()).or_default().push(at);
        }
    }

    /// Those of one role, named by its logical id or by the name that it gives itself.
    pub(super) fn to(&self, stack: &Stack, role: &Resource) -> Vec<&'a Resource> {
        let name = stack.plain(role, "RoleName");
        let by_name = name.and_then(|name| self.by_name.get(&name));
        let by_reference = self.by_reference.get(&role.id);
        let both = by_reference.into_iter().chain(by_name).flatten();
        let mut found: Vec<usize> = both.copied().collect();
        found.sort_unstable();
        found.dedup();
        let policy = |at: usize| self.policies.get(at).copied();
        found.into_iter().filter_map(policy).collect()
    }
}
