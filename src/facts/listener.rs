//! Facts of load-balancer listeners and their rules: what stands before the targets that they forward to.
//!
//! They are no endpoints of the inventory. Each rule has its own actions: what the listener's default does protects
//! no rule of it.

mod guard;

use self::guard::Guarded;
use crate::document::Node;
use crate::facts::{Fact, Kind, Subject, absent, default, flag, row, text};
use crate::resolve::{Case, Property, Resolved, Scope, Text, Truth};
use crate::source::Str;
use crate::stack::{Resource, Stack};
use crate::trail::{Step, Trail};

const AUTH_PAGE: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html";
const MUTUAL_PAGE: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html";
const SCHEME_PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-elasticloadbalancingv2-loadbalancer.html";

const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

/// Every listener and every rule of one as a subject.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    let guarded = Guarded::of(stack);
    let listeners = stack
        .of_type("AWS::ElasticLoadBalancingV2::Listener")
        .map(|listener| {
            let bypasses = guarded.reached_by(stack, listener, Some(listener));
            subject(stack, (listener, Some(listener)), bypasses)
        });
    let rules = stack.of_type(RULE);
    let rules = rules.map(|rule| {
        let listener = listener_of(stack, rule);
        let bypasses = guarded.reached_by(stack, rule, listener);
        subject(stack, (rule, listener), bypasses)
    });
    listeners.chain(rules).collect()
}

fn listener_of<'a>(stack: &'a Stack, rule: &Resource) -> Option<&'a Resource> {
    let of = stack.plain(rule, "ListenerArn");
    of.and_then(|arn| stack.resource(arn.refers_to()?))
}

fn subject(
    stack: &Stack,
    (resource, listener): (&Resource, Option<&Resource>),
    bypasses: Resolved<Fact>,
) -> Subject {
    let here = || Step::written(resource.span);
    let what = if resource.kind == RULE {
        "listener rule"
    } else {
        "listener"
    };
    let actions = Actions::of(stack, resource);
    let unseen = || {
        Resolved::unknown(Step::deferred(
            "the listener is of another stack",
            resource.span,
        ))
    };
    let protocol = listener.map_or_else(unseen, |listener| {
        let protocol = stack.text(listener, "Protocol");
        protocol.map(|text| text.as_ref().map_or(Fact::Absent, default::shown))
    });
    let certificates = listener.map_or_else(unseen, |listener| mutual_tls(stack, listener));
    let facts = [
        ("name", text(resource.id.clone(), here())),
        ("protocol", protocol),
        ("exposure", exposure(stack, resource, listener)),
        ("forwards", actions.forwards()),
        ("authenticates", actions.authenticates(&stack.scope)),
        (
            "on_unauthenticated",
            actions.on_unauthenticated(&stack.scope),
        ),
        ("mutual_tls", certificates),
        ("bypasses", bypasses),
    ];
    Subject {
        kind: Kind::Listener,
        label: format!("{what} {}", resource.id),
        identity: resource.id.to_string(),
        span: resource.span,
        world: resource.world.clone(),
        facts: row(Kind::Listener, facts),
    }
}

/// The actions of a listener or rule, in the order in which they are taken.
struct Actions(Resolved<Vec<Action>>);

#[derive(Clone)]
struct Action {
    kind: Option<Str>,
    order: f64,
    node: Node,
}

impl Action {
    fn read(scope: &Scope, node: &Node) -> Self {
        let kind = scope.read(node, "Type", Scope::text);
        let order = scope.read(node, "Order", Scope::number);
        Self {
            // An action without a type does nothing that is known here.
            kind: kind
                .agreed()
                .cloned()
                .and_then(|kind| kind.map_or(Some(Str::new()), |kind| kind.known())),
            order: order.agreed().copied().flatten().unwrap_or(f64::MAX),
            node: node.clone(),
        }
    }

    /// Whether it asks who calls; unknown when its type is.
    fn asks(&self) -> Truth {
        match self.kind.as_deref() {
            Some("authenticate-cognito" | "authenticate-oidc" | "jwt-validation") => Truth::Yes,
            Some(_) => Truth::No,
            None => Truth::Unknown,
        }
    }

    /// What is done with a request of nobody in particular.
    fn on_unauthenticated(&self, scope: &Scope) -> Property<Text> {
        let section = match self.kind.as_deref() {
            Some("authenticate-cognito") => "AuthenticateCognitoConfig",
            Some("authenticate-oidc") => "AuthenticateOidcConfig",
            Some("jwt-validation") => {
                return Resolved::known(Some(Text::literal("deny")), self.node.trail());
            }
            Some(_) | None => return Resolved::known(None, self.node.trail()),
        };
        default::text_below(scope, &self.node, section, "OnUnauthenticatedRequest").map_case(
            |case| match case.value {
                Some(None) => Case {
                    value: Some(Some(Text::literal("authenticate"))),
                    world: case.world,
                    trail: case.trail.and(Step::default(
                        "who is not logged in is sent to log in unless `OnUnauthenticatedRequest` says otherwise",
                        AUTH_PAGE,
                    )),
                },
                value => Case {
                    value,
                    world: case.world,
                    trail: case.trail,
                },
            },
        )
    }
}

impl Actions {
    /// Those of a listener or of a rule.
    fn of(stack: &Stack, resource: &Resource) -> Self {
        let name = if resource.kind == RULE {
            "Actions"
        } else {
            "DefaultActions"
        };
        Self::read(&stack.scope, &resource.properties, name)
    }

    fn read(scope: &Scope, properties: &Node, name: &'static str) -> Self {
        let items = scope.read(properties, name, Scope::items);
        Self(items.map(|items| {
            let items = items.iter().flatten();
            let mut actions: Vec<Action> = items.map(|item| Action::read(scope, item)).collect();
            actions.sort_by(|a, b| a.order.total_cmp(&b.order));
            actions
        }))
    }

    /// Whether requests get through to a target; a redirect or a fixed response ends them.
    fn forwards(&self) -> Resolved<Fact> {
        self.0.expand(|case| {
            let forwards = case.value.as_ref().map(|actions| {
                Truth::any(actions.iter().map(|action| match action.kind.as_deref() {
                    Some("forward") => Truth::Yes,
                    Some(_) => Truth::No,
                    None => Truth::Unknown,
                }))
            });
            fact(forwards.unwrap_or(Truth::Unknown), &case.trail)
        })
    }

    /// The first action that asks who calls, in each case: `None` when there is none.
    fn asking(&self) -> Resolved<Option<Action>> {
        self.0.expand(|case| {
            let Some(actions) = &case.value else {
                return Resolved::unknown(case.trail.clone());
            };
            let first = actions.iter().find(|action| action.asks() != Truth::No);
            match first.map(|action| (action, action.asks())) {
                Some((action, Truth::Yes)) => {
                    Resolved::known(Some(action.clone()), action.node.trail())
                }
                Some((action, Truth::No | Truth::Unknown)) => {
                    Resolved::unknown(action.node.trail())
                }
                None => {
                    let what = "a listener asks nobody who they are unless an action does";
                    Resolved::known(None, case.trail.clone().and(Step::default(what, AUTH_PAGE)))
                }
            }
        })
    }

    /// Whether nobody gets through without saying who they are.
    fn authenticates(&self, scope: &Scope) -> Resolved<Fact> {
        self.asking().expand(|case| match &case.value {
            None => Resolved::unknown(case.trail.clone()),
            Some(None) => flag(false, case.trail.clone()),
            Some(Some(action)) => action.on_unauthenticated(scope).expand(|done| {
                let lets_through = match &done.value {
                    Some(Some(text)) => text.is("allow"),
                    Some(None) => Truth::No,
                    None => Truth::Unknown,
                };
                fact(lets_through.negate(), &done.trail)
            }),
        })
    }

    /// What is done with who has not said who they are; absent where nobody is asked.
    fn on_unauthenticated(&self, scope: &Scope) -> Resolved<Fact> {
        self.asking().expand(|case| match &case.value {
            None => Resolved::unknown(case.trail.clone()),
            Some(None) => absent(case.trail.clone()),
            Some(Some(action)) => action.on_unauthenticated(scope).map_case(|done| Case {
                value: done.value.and_then(|text| match text?.known()?.as_str() {
                    word @ ("allow" | "deny" | "authenticate") => Some(Fact::Text(Str::from(word))),
                    _ => None,
                }),
                world: done.world,
                trail: done.trail,
            }),
        })
    }
}

fn fact(truth: Truth, trail: &Trail) -> Resolved<Fact> {
    match truth {
        Truth::Yes => flag(true, trail.clone()),
        Truth::No => flag(false, trail.clone()),
        Truth::Unknown => Resolved::unknown(trail.clone()),
    }
}

/// Whether clients must show a certificate that the load balancer checks; `passthrough` checks nothing.
fn mutual_tls(stack: &Stack, listener: &Resource) -> Resolved<Fact> {
    let mode = default::text_below(
        &stack.scope,
        &listener.properties,
        "MutualAuthentication",
        "Mode",
    );
    mode.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(Some(mode)) => fact(mode.is("verify"), &case.trail),
        Some(None) => {
            let what =
                "a listener asks for no client certificate unless `MutualAuthentication` says so";
            flag(
                false,
                case.trail.clone().and(Step::default(what, MUTUAL_PAGE)),
            )
        }
    })
}

/// Whether the internet reaches the load balancer.
fn exposure(stack: &Stack, resource: &Resource, listener: Option<&Resource>) -> Resolved<Fact> {
    let balancer = listener
        .and_then(|listener| stack.plain(listener, "LoadBalancerArn"))
        .and_then(|arn| stack.resource(arn.refers_to()?));
    let Some(balancer) = balancer else {
        let why = "the load balancer is of another stack";
        return Resolved::unknown(Step::deferred(why, resource.span));
    };
    let word = |word: &'static str| Fact::Text(Str::from(word));
    stack
        .text(balancer, "Scheme")
        .map_case(|case| match &case.value {
            Some(None) => Case {
                value: Some(word("internet")),
                world: case.world,
                trail: case.trail.and(Step::default(
                    "a load balancer faces the internet unless `Scheme` says otherwise",
                    SCHEME_PAGE,
                )),
            },
            value => Case {
                value: match value
                    .as_ref()
                    .and_then(|scheme| Some(scheme.as_ref()?.is("internal")))
                {
                    Some(Truth::Yes) => Some(word("vpc")),
                    Some(Truth::No) => Some(word("internet")),
                    Some(Truth::Unknown) | None => None,
                },
                world: case.world,
                trail: case.trail,
            },
        })
}
