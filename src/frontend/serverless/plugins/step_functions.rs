//! serverless-step-functions: state machines with `http` events are methods of the REST API, without a function behind them.

use crate::document::Node;
use crate::frontend::serverless::keys;
use crate::frontend::serverless::rest::{self, HttpEvent, Rules, Target};
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;

/// Compiles the events of all state machines.
pub(super) fn events(service: &Service, out: &mut Output) {
    let machines = service.step_functions.as_ref();
    let Some(machines) = machines.and_then(|node| tree::child(node, "stateMachines")) else {
        return;
    };
    let mut events = Vec::new();
    let known = machines.clone();
    if let Some(reason) = tree::unknown(&machines) {
        out.lost(
            machines.span,
            format!("state machines are not known, because {reason} is not"),
        );
        return;
    }
    for (_, name, machine) in tree::entries(&known) {
        let listed = tree::child(&machine, "events");
        let reason = tree::unknown(&machine).or_else(|| tree::unknown(listed.as_ref()?));
        if let Some(reason) = reason {
            let message = format!(
                "the endpoints of state machine `{name}` are not known, because {reason} is not"
            );
            out.lost(machine.span, message);
            continue;
        }
        for event in listed.iter().flat_map(tree::items) {
            events
                .extend(tree::child(&event, "http").and_then(|http| event_of(&http, service, out)));
        }
    }
    let Some(first) = events.first() else {
        return;
    };
    rest::compile(&events, service, out);
    let is_first = out.resources.get("ApiGatewayDeployment").is_none();
    rest::deployment(&first.at, service, out);
    if is_first {
        keys::lower(&first.at, service, out);
    }
}

fn event_of(http: &Node, service: &Service, out: &mut Output) -> Option<HttpEvent> {
    let at = At::of(http);
    let action = tree::child(http, "action").and_then(|action| action.scalar());
    let action = action.unwrap_or_else(|| "StartExecution".into());
    let uri = at.join(vec![
        at.text("arn:"),
        at.refer("AWS::Partition"),
        at.text(":apigateway:"),
        at.refer("AWS::Region"),
        at.text(format!(":states:action/{action}")),
    ]);
    let mut event = rest::read(
        http,
        (Target::Service(uri), Rules::StepFunctions),
        service,
        out,
    )?;
    event.integration = at.text("AWS");
    Some(event)
}
