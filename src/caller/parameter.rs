//! Parameters of the Systems Manager that this stack sets, and that hold URLs of its endpoints.

use std::collections::HashMap;

use crate::caller::target::{self, Target};
use crate::document::Node;
use crate::resolve::{Part, Scope, Text};
use crate::source::Str;
use crate::stack::Stack;

/// Targets by the names under which parameters are read, and by their logical ids.
#[derive(Default)]
pub(super) struct Parameters {
    names: HashMap<Str, Target>,
    ids: HashMap<Str, Target>,
}

impl Parameters {
    /// The parameters of a stack whose value is the URL of an endpoint.
    pub fn of(stack: &Stack) -> Self {
        let mut found = Self {
            names: HashMap::new(),
            ids: HashMap::new(),
        };
        for parameter in stack.of_type("AWS::SSM::Parameter") {
            let value = stack.plain(parameter, "Value");
            let Some(target) = value.as_ref().and_then(target::of) else {
                continue;
            };
            let name = stack.plain(parameter, "Name");
            if let Some(name) = name.and_then(|name| name.known()) {
                found.names.insert(name, target.clone());
            }
            found.ids.insert(parameter.id.clone(), target);
        }
        found
    }

    /// The target of the parameter that a value names, refers to or resolves.
    pub fn named_by(&self, scope: &Scope, value: &Node) -> Option<Target> {
        if self.ids.is_empty() {
            return None;
        }
        if let Some(name) = value.as_text().and_then(|text| resolved(text)) {
            return self.names.get(name).cloned();
        }
        let text: Text = scope.text(value).agreed().cloned().flatten()?;
        if let Some(name) = text.known() {
            return self.names.get(&name).cloned();
        }
        match text.target()? {
            Part::Ref(id) => self.ids.get(id).cloned(),
            Part::Attribute(id, attribute) if attribute == "Value" => self.ids.get(id).cloned(),
            Part::Attribute(..) | Part::Literal(_) | Part::Import(_) | Part::Unknown(_) => None,
        }
    }
}

/// The name in `{{resolve:ssm:name}}` or `{{resolve:ssm:name:version}}`, and in `${ssm:name}`.
fn resolved(text: &str) -> Option<&str> {
    let text = text.trim();
    let dynamic = text
        .strip_prefix("{{resolve:ssm:")
        .and_then(|rest| rest.strip_suffix("}}"));
    let variable = || text.strip_prefix("${ssm:")?.strip_suffix('}');
    let inner = dynamic.or_else(variable)?;
    inner.split([':', ',']).next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_a_parameter_with_or_without_its_version() {
        assert_eq!(resolved("{{resolve:ssm:/shop/url}}"), Some("/shop/url"));
        assert_eq!(resolved("{{resolve:ssm:/shop/url:3}}"), Some("/shop/url"));
        assert_eq!(resolved("${ssm:/shop/url}"), Some("/shop/url"));
        assert_eq!(resolved("{{resolve:ssm-secure:/shop/url}}"), None);
        assert_eq!(resolved("/shop/url"), None);
    }
}
