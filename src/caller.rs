//! Facts about calls: which function calls which endpoint, and whether its role lets it.
//!
//! A call is seen where a function's environment holds the URL of an endpoint of the same stack, or the name of a parameter
//! that does, where its code has the URL written out, where a state machine or an API destination names it, or ([`across`])
//! where an output of another stack leads there. Which method the code then uses is not seen, so that a call is refused only
//! when every endpoint that the URL could mean refuses it.

pub mod across;
mod code;
mod destination;
mod index;
mod parameter;
mod role;
mod state_machine;
mod target;
mod verdict;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use self::index::Index;
use self::parameter::Parameters;
use self::role::Role;
pub(crate) use self::role::policies;
use self::target::Target;
use self::verdict::{Asked, Judged, Verdict, allowed, verdicts};
use crate::document::{Entry, Node};
use crate::endpoint::{Authorization, Endpoint};
use crate::iam::{Caller, ExecuteApi, Identity, NearMiss, Policy, Request};
use crate::resolve::{Case, Part, Property, Resolved, Scope, Text, World};
use crate::source::{Span, Str};
use crate::stack::{Code, Protocol, Resource, Stack};
use crate::trail::{How, Step, Trail};

/// One function calling one endpoint.
#[derive(Clone, Debug)]
pub struct Call {
    /// Logical id of what calls: a function, a state machine, an API destination.
    pub function: Str,
    /// The name that its author gave it.
    pub caller: Str,
    /// What holds the URL: an environment variable, a state, a file of the code.
    pub variable: Str,
    /// What is to be said of that: "`STORES` holds the URL".
    pub says: Str,
    /// The endpoint called; of several that the URL could mean, the one that comes closest to being allowed.
    pub endpoint: Endpoint,
    /// Whether IAM lets the caller through.
    pub allowed: Resolved<bool>,
    /// The statement that comes closest to granting it, and what is wrong with it.
    pub near_miss: Option<NearMiss>,
    /// What the role must allow: the action, and the ARN in the notation of `Fn::Sub`; absent where it cannot be told, or where
    /// something would refuse the call all the same.
    pub needed: Option<(Str, Text)>,
    /// Logical id or ARN of the caller's role.
    pub role: Option<Text>,
    /// Whether the request is signed; absent where that cannot be told.
    pub signed: Property<bool>,
    /// Where the URL is written.
    pub span: Span,
    /// The deployments in which it happens.
    pub world: World,
}

/// Every call of an IAM-protected endpoint in a stack, in order of the functions.
pub fn calls(stack: &Stack, endpoints: &[Endpoint]) -> Vec<Call> {
    if !endpoints.iter().any(asks_iam) {
        return Vec::new();
    }
    let index = Index::of(stack, endpoints);
    let distinct: BTreeSet<Str> = stack.apis.iter().filter_map(|api| api.id.known()).collect();
    let survey = Survey {
        stack,
        caller: stack,
        index: &index,
        distinct: Arc::new(distinct),
        policies: &policies_of_apis(stack),
        parameters: &Parameters::of(stack),
    };
    let mut calls: Vec<Call> = stack
        .of_type("AWS::Lambda::Function")
        .flat_map(|function| survey.of_function(function))
        .collect();
    for machine in stack.of_type(state_machine::TYPE) {
        let leads = state_machine::leads(stack, machine);
        calls.extend(survey.of_leads(machine, &leads, "RoleArn"));
    }
    for destination in stack.of_type(destination::TYPE) {
        let leads = destination::leads(stack, destination);
        calls.extend(survey.of_leads(destination, &leads, ""));
    }
    calls
}

/// Something that says which endpoint is called.
struct Lead {
    /// What it is called: an environment variable, a state, a file.
    name: Str,
    /// What is to be said of it, such as "`STORES` holds the URL".
    says: Str,
    span: Span,
    target: Target,
    /// The method, where it is said.
    method: Option<Str>,
    /// Whether the request is signed; absent where that cannot be told.
    signed: Property<bool>,
}

impl Lead {
    fn step(&self) -> Step {
        Step::new(How::Note(self.says.clone()), self.span)
    }
}

fn asks_iam(endpoint: &Endpoint) -> bool {
    endpoint.auth.cases().any(|case| {
        case.value
            .as_ref()
            .is_some_and(|auth| auth.kind == Authorization::Iam)
    })
}

/// Of several endpoints that are as near, the one that is named, whatever their order: under the first path one that asks for no
/// signature, as a refusal would be a guess, and that is there in more deployments.
fn preference(endpoint: &Endpoint) -> impl Ord {
    let agreed = endpoint.auth.agreed().map(|auth| auth.kind);
    let signature = match agreed {
        Some(Authorization::Iam) => 3,
        Some(_) => 0,
        None if asks_iam(endpoint) => 2,
        None => 1,
    };
    let method = endpoint.method.agreed().cloned().flatten();
    let path = endpoint.path.agreed().cloned();
    let world = (!endpoint.world.is_any(), endpoint.world.to_string());
    (path, signature, method, world, agreed)
}

/// The endpoints that calls are looked up in.
struct Survey<'a> {
    /// The stack that is called.
    stack: &'a Stack,
    /// The stack whose functions call.
    caller: &'a Stack,
    index: &'a Index<'a>,
    /// The APIs of the stack: references to two of them are never the same.
    distinct: Arc<BTreeSet<Str>>,
    /// The resource policies of the APIs, by name.
    policies: &'a HashMap<Str, Property<Policy>>,
    /// What the parameters of this stack hold.
    parameters: &'a Parameters,
}

/// The resource policies of a stack's APIs, by name.
fn policies_of_apis(stack: &Stack) -> HashMap<Str, Property<Policy>> {
    let apis = stack.apis.iter();
    let policy = |api| role::of_api(stack, api);
    apis.map(|api| (crate::facts::name_of(&api.id), policy(api)))
        .collect()
}

impl Survey<'_> {
    fn of_function(&self, function: &Resource) -> Vec<Call> {
        let mut leads = Vec::new();
        let environment = self.stack.property(function, "Environment").agreed_node();
        let variables = environment
            .and_then(|node| self.stack.scope.property(&node, "Variables").agreed_node());
        let code = self.stack.code.get(&function.id);
        for entry in variables.iter().flat_map(Node::entries) {
            leads.extend(self.in_variable(entry, code));
        }
        leads.extend(code.into_iter().flat_map(code::leads));
        self.of_leads(function, &leads, "Role")
    }

    /// The endpoint that a variable names: by its URL, or by a parameter that holds the URL.
    fn in_variable(&self, entry: &Entry, code: Option<&Code>) -> Option<Lead> {
        let urls = self.stack.scope.text(&entry.value);
        let direct = urls
            .cases()
            .find_map(|case| target::of(case.value.as_ref()?.as_ref()?));
        let (target, says) = if let Some(target) = direct {
            (target, format!("`{}` holds the URL", entry.key))
        } else {
            let target = self.parameters.named_by(&self.stack.scope, &entry.value)?;
            let says = format!("`{}` names a parameter that holds the URL", entry.key);
            (target, says)
        };
        Some(Lead {
            name: entry.key.clone(),
            says: says.into(),
            span: entry.value.span,
            target,
            method: None,
            signed: code::signed(code, &entry.key, entry.value.span),
        })
    }

    fn of_leads(&self, caller: &Resource, leads: &[Lead], role: &str) -> Vec<Call> {
        if leads.is_empty() {
            return Vec::new();
        }
        let role = if role.is_empty() {
            Role::none(caller.span)
        } else {
            Role::of(self.stack, caller, role)
        };
        let call = |lead| self.call(caller, lead, &role);
        leads.iter().filter_map(call).collect()
    }

    fn call(&self, caller: &Resource, lead: &Lead, role: &Role) -> Option<Call> {
        let meant = self.meant(lead);
        if !meant.iter().any(|endpoint| asks_iam(endpoint)) {
            return None;
        }
        let asked: Vec<Asked<'_>> = meant
            .iter()
            .map(|endpoint| Asked {
                endpoint,
                request: self.request(endpoint, &lead.target, role),
            })
            .collect();
        let judged = |policies: Judged<'_>| verdicts(&asked, role.boundary.as_ref(), policies);
        let of_api = self.policies.get(&self.owner(&lead.target)).cloned();
        let of_api = of_api.unwrap_or_else(|| Resolved::known(None, Step::written(caller.span)));
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
        let (verdict, Asked { endpoint, request }) = nearest
            .min_by_key(|(verdict, asked)| (verdict.distance(), preference(asked.endpoint)))?;
        let name = self.caller.names.get(&caller.id).unwrap_or(&caller.id);
        Some(Call {
            function: caller.id.clone(),
            caller: name.clone(),
            variable: lead.name.clone(),
            says: lead.says.clone(),
            endpoint: (*endpoint).clone(),
            allowed: outcomes
                .clone()
                .and_then(|verdicts| allowed(&verdicts, Trail::from(lead.step()))),
            near_miss: verdict.near_miss.clone(),
            needed: request
                .as_ref()
                .filter(|_| verdict.wants_leave())
                .and_then(|request| self.needed(request)),
            role: role.name.clone(),
            signed: lead.signed.clone(),
            span: lead.span,
            world: caller.world.and(&endpoint.world).unwrap_or_default(),
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

    /// The endpoints that a URL could mean: of its API, with a path that fits.
    fn meant(&self, lead: &Lead) -> Vec<&Endpoint> {
        let target = &lead.target;
        let owner = self.owner(target);
        let path = self.path(target);
        let fits = |endpoint: &&Endpoint| {
            (endpoint.protocol == Protocol::FunctionUrl) == target.function_url
                && !(endpoint.protocol == Protocol::WebSocket && target.http)
                && endpoint.cors_preflight.agreed() != Some(&true)
                && lead
                    .method
                    .as_ref()
                    .is_none_or(|method| takes(endpoint, method))
                && path
                    .as_ref()
                    .is_none_or(|path| endpoint.path.agreed().is_none_or(|own| covers(own, path)))
        };
        let near = self.index.near(&owner, path.as_ref());
        near.into_iter().filter(fits).collect()
    }

    /// The API, or for a function URL the function, that endpoints are listed under.
    fn owner(&self, target: &Target) -> Str {
        let url = self
            .stack
            .resource(&target.api)
            .filter(|_| target.function_url);
        let function = url.and_then(|url| self.stack.plain(url, "TargetFunctionArn"));
        function
            .and_then(|text| self.stack.function(&text))
            .unwrap_or_else(|| target.api.clone())
    }

    /// The path that is called; `None` when the URL ends before it.
    fn path(&self, target: &Target) -> Option<Text> {
        if self.staged(target) {
            target.stage_and_path().1
        } else {
            target.rest.clone()
        }
    }

    /// Whether the first part behind the host is a stage: always for REST, never for the `$default` stage of an HTTP API.
    fn staged(&self, target: &Target) -> bool {
        let api = self.stack.resource(&target.api);
        let rest = api.is_none_or(|api| api.kind == "AWS::ApiGateway::RestApi");
        rest || self.index.is_staged(target)
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

/// Whether an endpoint answers requests of this method.
fn takes(endpoint: &Endpoint, method: &str) -> bool {
    let own = endpoint.method.agreed().cloned().flatten();
    own.is_none_or(|own| own == method || matches!(own.as_str(), "ANY" | "*" | "unknown"))
}

/// Whether a path template takes a called path; a part that cannot be known could be anything.
fn covers(template: &str, called: &Text) -> bool {
    if template == "$default" {
        return true;
    }
    let mut wanted = template.trim_matches('/').split('/');
    let called = called.split('/');
    let mut given = called.iter().filter(|piece| !piece.parts().is_empty());
    loop {
        match (
            wanted.next().filter(|segment| !segment.is_empty()),
            given.next(),
        ) {
            (None, None) => return true,
            (Some(segment), _) if segment.ends_with("+}") => return true,
            (Some(segment), Some(piece)) => {
                let literal = piece.known().map(|known| {
                    known
                        .split(['?', '#'])
                        .next()
                        .unwrap_or_default()
                        .to_owned()
                });
                let free = segment.starts_with('{') || segment == "unknown";
                if !free && literal.is_some_and(|literal| literal != segment) {
                    return false;
                }
            }
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

/// Reads a property of a mapping that is there in some deployment.
fn read(scope: &Scope, node: &Node, name: &str) -> Option<Node> {
    scope.property(node, name).agreed_node()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_greedy_paths_cover() {
        let called = |text: &str| Text::literal(text);
        assert!(covers("/stores/{id}", &called("stores/1")));
        assert!(covers("/{proxy+}", &called("a/b/c")));
        assert!(covers("/stores", &called("stores?all=1")));
        assert!(!covers("/stores", &called("stores/1")));
        assert!(!covers("/stores", &called("shops")));
    }
}
