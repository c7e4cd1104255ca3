//! serverless-dotenv-plugin: the variables of `.env` files become `provider.environment`.

use crate::document::Node;
use crate::frontend::serverless::service::Service;
use crate::frontend::serverless::template::{At, Section};
use crate::frontend::serverless::tree;
use crate::frontend::serverless::variables::Variables;
use crate::source::Str;
use crate::trail::{How, Step};

/// Lays the variables over `provider.environment`.
pub(super) fn prepare(service: &mut Service, variables: &Variables<'_>) {
    let settings = tree::child(&service.custom, "dotenv");
    let words = |key: &str| -> Option<Vec<Str>> {
        let list = tree::child(settings.as_ref()?, key)?;
        Some(list.items().iter().filter_map(Node::scalar).collect())
    };
    let (include, exclude) = (words("include"), words("exclude").unwrap_or_default());
    let is_wanted = |key: &Str| match &include {
        Some(include) => include.contains(key),
        None => !exclude.contains(key),
    };
    let environment = service.setting(&["environment"]);
    if environment
        .as_ref()
        .is_some_and(|node| tree::unknown(node).is_some())
    {
        return;
    }
    let at = environment
        .as_ref()
        .map_or_else(|| service.at.clone(), At::of);
    let mut section = Section::default();
    for (_, key, value) in environment.iter().flat_map(tree::entries) {
        section.set(key, value);
    }
    let found = variables.plugin_environment().into_iter();
    for (key, value) in found.filter(|(key, _)| is_wanted(key)) {
        let step = Step::new(How::File(Str::from(".env")), value.span);
        section.replace(key, value.via(step), "provider.environment");
    }
    service.provider = service
        .provider
        .with("environment", section.into_node(at.span));
}
