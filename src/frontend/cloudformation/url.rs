//! Function URLs.

use crate::frontend::cloudformation::integration;
use crate::resolve::Resolved;
use crate::resolve::Text;
use crate::source::Str;
use crate::stack::{Protection, Protocol, Resource, Route, Stack};
use crate::trail::Step;

/// Adds every function URL.
pub fn read(stack: &mut Stack) {
    let routes: Vec<Route> = stack
        .of_type("AWS::Lambda::Url")
        .map(|resource| route(stack, resource))
        .collect();
    stack.routes.extend(routes);
}

fn route(stack: &Stack, resource: &Resource) -> Route {
    let target = stack.text(resource, "TargetFunctionArn");
    let function = target.map(|text| stack.function(text.as_ref()?));
    let api = target.map(|text| {
        let text = text.as_ref()?;
        Some(
            stack
                .function(text)
                .map_or_else(|| text.clone(), Text::literal),
        )
    });
    Route {
        api,
        protocol: Protocol::FunctionUrl,
        method: Resolved::known(None, Step::written(resource.span)),
        path: Resolved::known(Str::from("/"), Step::written(resource.span)),
        protection: Protection::Url(stack.text(resource, "AuthType")),
        integration: {
            let here = || Step::written(resource.span);
            let kind = Resolved::known(Some(Text::literal("AWS_PROXY")), here());
            integration::of_function((kind, target), function)
        },
        world: resource.world.clone(),
        span: resource.span,
        id: Some(resource.id.clone()),
    }
}
