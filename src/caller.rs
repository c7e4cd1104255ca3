//! Facts about calls: which function calls which endpoint, and whether its role lets it.
//!
//! A call is seen where a function's environment holds the URL of an endpoint of the same stack, or the name of a parameter
//! that does, where its code has the URL written out, where a state machine or an API destination names it, or ([`across`])
//! where an output of another stack leads there. Which method the code then uses is not seen, so that a call is refused only
//! when every endpoint that the URL could mean refuses it.

pub mod across;
mod code;
mod destination;
mod environment;
mod index;
mod meant;
mod parameter;
mod role;
mod state_machine;
mod survey;
mod target;
mod verdict;

use std::rc::Rc;

use self::parameter::Parameters;
use self::role::Role;
pub(crate) use self::role::Roles;
use self::survey::Survey;
use self::target::Target;
use crate::document::Node;
use crate::endpoint::{Authorization, Endpoint};
use crate::iam::NearMiss;
use crate::resolve::{Property, Resolved, Scope, Text, World};
use crate::source::{Span, Str};
use crate::stack::{Resource, Stack};
use crate::trail::{How, Step};

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
    let distinct = stack.apis.iter().filter_map(|api| api.id.known());
    let survey = Survey::of((stack, endpoints), stack, distinct.collect());
    let roles = Roles::of(stack);
    let parameters = Parameters::of(stack);
    let mut calls = Vec::new();
    let mut follow = |caller: &Resource, leads: Vec<Lead>, role: &str| {
        let role = match role {
            _ if leads.is_empty() => return,
            "" => Rc::new(Role::unseen(None, "it has no role", caller.span)),
            property => roles.under(caller, property),
        };
        calls.extend(
            leads
                .iter()
                .filter_map(|lead| survey.call(caller, lead, &role)),
        );
    };
    for function in stack.of_type("AWS::Lambda::Function") {
        let leads = environment::leads(stack, &parameters, function);
        follow(function, leads, "Role");
    }
    for machine in stack.of_type(state_machine::TYPE) {
        follow(machine, state_machine::leads(stack, machine), "RoleArn");
    }
    for destination in stack.of_type(destination::TYPE) {
        follow(destination, destination::leads(stack, destination), "");
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

/// Reads a property of a mapping that is there in some deployment.
fn read(scope: &Scope, node: &Node, name: &str) -> Option<Node> {
    scope.property(node, name).agreed_node()
}
