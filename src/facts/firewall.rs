//! Web application firewalls: to what this stack attaches them. A firewall authenticates nobody.

use std::collections::HashSet;

use crate::facts::stage::nothing_here;
use crate::facts::{Fact, flag, name_of};
use crate::resolve::{Resolved, Text};
use crate::source::{Span, Str};
use crate::stack::Stack;
use crate::trail::Step;

/// What the associations of a stack name.
pub(super) struct Firewalls {
    /// REST API and stage, by name.
    stages: HashSet<(Str, Str)>,
    /// Those APIs.
    apis: HashSet<Str>,
    /// Whatever else is named by one reference.
    others: HashSet<Str>,
    /// Whether some association names something that cannot be seen.
    unclear: bool,
}

impl Firewalls {
    /// The associations of a stack.
    pub fn of(stack: &Stack) -> Self {
        let mut firewalls = Self {
            stages: HashSet::new(),
            apis: HashSet::new(),
            others: HashSet::new(),
            unclear: false,
        };
        let kinds = [
            "AWS::WAFv2::WebACLAssociation",
            "AWS::WAFRegional::WebACLAssociation",
        ];
        for association in kinds.iter().flat_map(|kind| stack.of_type(kind)) {
            match stack.plain(association, "ResourceArn") {
                Some(arn) => firewalls.add(&arn),
                None => firewalls.unclear = true,
            }
        }
        firewalls
    }

    fn add(&mut self, arn: &Text) {
        if let Some(id) = arn.refers_to() {
            self.others.insert(id.clone());
            return;
        }
        let pieces = arn.split('/');
        let after = |word: &str| {
            let at = pieces
                .iter()
                .position(|piece| piece.to_string().ends_with(word))?;
            pieces.get(at + 1).map(name_of)
        };
        match (after("restapis"), after("stages")) {
            (Some(api), Some(stage)) => {
                self.apis.insert(api.clone());
                self.stages.insert((api, stage));
            }
            (None, _) | (_, None) => self.unclear = true,
        }
    }

    /// Whether one stands before this stage, which has a logical id and a name.
    pub fn stage(
        &self,
        api: Option<&Str>,
        id: &Str,
        name: Option<&Str>,
        span: Span,
    ) -> Resolved<Fact> {
        let names = [Some(id), name];
        let found = api.is_some_and(|api| {
            let mut names = names.into_iter().flatten();
            names.any(|name| self.stages.contains(&(api.clone(), name.clone())))
        });
        self.fact(found, span)
    }

    /// Whether one stands before some stage of this REST API.
    pub fn api(&self, api: &Str, span: Span) -> Resolved<Fact> {
        self.fact(self.apis.contains(api), span)
    }

    /// Whether one stands before what has this logical id.
    pub fn resource(&self, id: &str, span: Span) -> Resolved<Fact> {
        self.fact(self.others.contains(id), span)
    }

    fn fact(&self, found: bool, span: Span) -> Resolved<Fact> {
        match (found, self.unclear) {
            (true, _) => flag(true, Step::written(span)),
            (false, false) => flag(false, nothing_here("WebACLAssociation", span)),
            (false, true) => {
                let why = "a `WebACLAssociation` whose resource cannot be seen";
                Resolved::unknown(Step::deferred(why, span))
            }
        }
    }
}
