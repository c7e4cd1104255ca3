//! The endpoints of one stack, called from one stack: who is let in, asked once of each role and URL.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::index::Index;
use super::role::{self, Role};
use super::target::Target;
use super::verdict::{Asked, Judged, Outcome, Verdict, verdicts};
use super::{Call, Lead, asks_iam};
use crate::endpoint::Endpoint;
use crate::iam::{Caller, ExecuteApi, Identity, NearMiss, Policy, Request};
use crate::resolve::{Case, Part, Property, Resolved, Text};
use crate::source::Str;
use crate::stack::{Protocol, Resource, Stack};
use crate::trail::{Step, Trail};

/// The endpoints that calls are looked up in.
pub(super) struct Survey<'a> {
    /// The stack that is called.
    pub(super) stack: &'a Stack,
    /// The stack whose functions call.
    caller: &'a Stack,
    pub(super) index: Index<'a>,
    /// The APIs of the stack: references to two of them are never the same.
    distinct: Arc<BTreeSet<Str>>,
    /// The resource policies of the APIs, by name.
    policies: HashMap<Str, Property<Policy>>,
    judged: RefCell<HashMap<Asking, Option<Rc<Judgement<'a>>>>>,
}

/// All that a judgement hangs on: the role by its name, which no two roles of a template share, the URL, and the method.
type Asking = (Option<Text>, Target, Option<Str>);

/// What comes of a call under one role.
struct Judgement<'a> {
    /// Of several endpoints that the URL could mean, the one that comes closest to being allowed.
    endpoint: &'a Endpoint,
    outcome: Resolved<Outcome>,
    near_miss: Option<NearMiss>,
    needed: Option<(Str, Text)>,
}

/// The resource policies of a stack's APIs, by name.
fn policies_of_apis(stack: &Stack) -> HashMap<Str, Property<Policy>> {
    let apis = stack.apis.iter();
    let policy = |api| role::of_api(stack, api);
    apis.map(|api| (crate::facts::name_of(&api.id), policy(api)))
        .collect()
}

impl<'a> Survey<'a> {
    /// The endpoints of `stack`, as `caller` calls them.
    pub(super) fn of(
        (stack, endpoints): (&'a Stack, &'a [Endpoint]),
        caller: &'a Stack,
        distinct: BTreeSet<Str>,
    ) -> Self {
        Self {
            stack,
            caller,
            index: Index::of(stack, endpoints),
            distinct: Arc::new(distinct),
            policies: policies_of_apis(stack),
            judged: RefCell::default(),
        }
    }

    /// The call of an endpoint that asks for a signature; `None` when the lead leads to none.
    pub(super) fn call(&self, caller: &Resource, lead: &Lead, role: &Role) -> Option<Call> {
        let judgement = self.judgement(lead, role)?;
        let name = self.caller.names.get(&caller.id).unwrap_or(&caller.id);
        let endpoint = judgement.endpoint;
        Some(Call {
            function: caller.id.clone(),
            caller: name.clone(),
            variable: lead.name.clone(),
            says: lead.says.clone(),
            endpoint: endpoint.clone(),
            allowed: judgement.outcome.expand(|case| match &case.value {
                None => Resolved::unknown(case.trail.clone()),
                Some(outcome) => outcome.told(Trail::from(lead.step())),
            }),
            near_miss: judgement.near_miss.clone(),
            needed: judgement.needed.clone(),
            role: role.name.clone(),
            signed: lead.signed.clone(),
            span: lead.span,
            world: caller.world.and(&endpoint.world).unwrap_or_default(),
        })
    }

    fn judgement(&self, lead: &Lead, role: &Role) -> Option<Rc<Judgement<'a>>> {
        let asking = (role.name.clone(), lead.target.clone(), lead.method.clone());
        if let Some(known) = self.judged.borrow().get(&asking) {
            return known.clone();
        }
        let judgement = self.judge(lead, role).map(Rc::new);
        self.judged.borrow_mut().insert(asking, judgement.clone());
        judgement
    }

    fn judge(&self, lead: &Lead, role: &Role) -> Option<Judgement<'a>> {
        let meant = self.meant(lead);
        if !meant.iter().any(|endpoint| asks_iam(endpoint)) {
            return None;
        }
        let request = |endpoint: &Endpoint| self.request(endpoint, &lead.target, role);
        let asked = meant
            .into_iter()
            .map(|endpoint| Asked::of(endpoint, &request));
        let asked: Vec<Asked<'a, '_>> = asked.collect();
        let judged = |policies: Judged<'_>| verdicts(&asked, role.boundary.as_ref(), policies);
        let of_api = self.policies.get(&self.owner(&lead.target)).cloned();
        let of_api = of_api.unwrap_or_else(|| Resolved::known(None, Step::written(lead.span)));
        // What the role allows in each case, with what the API's policy says in each.
        let outcomes = role.policies.expand(|own| {
            of_api.clone().map_case(|api| Case {
                value: Some(judged((own.value.as_deref(), api.value.as_ref()))),
                world: api.world,
                trail: own.trail.clone(),
            })
        });
        // In the world in which it goes worst.
        let worst = outcomes.cases().filter_map(|case| case.value.as_ref());
        let worst = worst.max_by_key(|verdicts| verdicts.iter().map(Verdict::distance).min())?;
        let nearest = worst.iter().zip(&asked);
        // Of several that are as near, the first.
        let (verdict, asked) = nearest.min_by_key(|(verdict, _)| verdict.distance())?;
        let request = asked.request().filter(|_| verdict.wants_leave());
        Some(Judgement {
            endpoint: asked.endpoint,
            outcome: outcomes.map(|verdicts| Outcome::of(verdicts)),
            near_miss: verdict.near_miss.clone(),
            needed: request.and_then(|request| self.needed(request)),
        })
    }

    /// What a statement of this stack must allow for the call.
    fn needed(&self, request: &Request) -> Option<(Str, Text)> {
        let plain = |part: &Part| !matches!(part, Part::Unknown(_) | Part::Import(_));
        let is_plain = request.resource.parts().iter().all(plain);
        // Of another stack, references would lead nowhere.
        let is_here = std::ptr::eq(self.stack, self.caller);
        (is_plain && is_here).then(|| (request.action.clone(), request.resource.clone()))
    }

    fn request(&self, endpoint: &Endpoint, target: &Target, role: &Role) -> Option<Request> {
        let arn = role.name.clone()?;
        let account = Text::part(Part::Ref("AWS::AccountId".into()));
        let caller = Caller::Role(Identity { arn, account });
        if endpoint.protocol == Protocol::FunctionUrl {
            let function = endpoint.function.agreed().cloned().flatten()?;
            let resource = Text::part(Part::Attribute(function, "Arn".into()));
            let context = crate::iam::Context::new();
            let action = Str::from("lambda:InvokeFunctionUrl");
            return Some(Request {
                action,
                resource,
                caller,
                context,
                distinct: self.distinct.clone(),
            });
        }
        let stage = if self.staged(target) {
            target.stage_and_path().0
        } else {
            Some(Text::literal("$default"))
        };
        let stage = stage.unwrap_or_else(|| Text::part(Part::Unknown("stage".into())));
        let api = Text::part(Part::Ref(target.api.clone()));
        let method = endpoint.method.agreed().cloned().flatten()?;
        let path = endpoint.path.agreed()?;
        let endpoint = ExecuteApi {
            partition: Text::literal("aws"),
            ..ExecuteApi::of_endpoint(&api, &stage, &method, path)
        };
        Some(Request {
            distinct: self.distinct.clone(),
            ..Request::invoke(&endpoint, caller)
        })
    }
}
