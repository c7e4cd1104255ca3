//! The names of one template, and what the values that use them come to.
//!
//! Reads `CloudFormation`'s language: intrinsic functions, parameters, mappings, conditions. Whatever only deployment
//! settles stays a part of a [`Text`] or becomes unknown, with its reason in the trail.

use std::collections::HashMap;

use crate::document::Node;
use crate::resolve::condition::Conditions;
use crate::resolve::{Case, Property, Resolved, Text, Truth, World, function};
use crate::source::Str;
use crate::trail::{How, Step};

/// Values of parameters that are given from outside: on the command line, or by the parent of a nested stack.
pub type Given = HashMap<Str, Property<Text>>;

/// A template's parameters, mappings and conditions.
#[derive(Debug)]
pub struct Scope {
    given: Given,
    parameters: Node,
    pub(super) mappings: Node,
    conditions: Conditions,
}

/// What a parameter is before deployment.
pub(super) enum Parameter<'a> {
    /// There is none of this name.
    Undeclared,
    /// Given from outside.
    Given(&'a Property<Text>),
    /// Its default.
    Default(&'a Node),
    /// Only deployment tells.
    Open,
}

impl Scope {
    /// The scope of a template as it is deployed.
    pub fn new(template: &Node, given: Given) -> Self {
        let section = |name| {
            template
                .get(name)
                .cloned()
                .unwrap_or_else(|| Node::null(template.span))
        };
        let mut scope = Self {
            given,
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            conditions: Conditions::default(),
        };
        scope.conditions = Conditions::read(&section("Conditions"), &scope);
        scope
    }

    /// The template's `Parameters`, or null.
    pub fn parameters(&self) -> &Node {
        &self.parameters
    }

    /// Whether this condition holds under the parameters' defaults.
    pub fn condition(&self, name: &str) -> Truth {
        self.conditions.truth(name)
    }

    /// The world in which an undecided condition has this value; `None` when it cannot have it.
    pub fn assume(&self, name: &Str, holds: bool) -> Option<World> {
        match (self.conditions.truth(name), holds) {
            (Truth::Yes, true) | (Truth::No, false) => Some(World::default()),
            (Truth::Yes, false) | (Truth::No, true) => None,
            (Truth::Unknown, _) => self.conditions.assume(name, holds),
        }
    }

    /// The world in which a resource with this `Condition:` exists; `None` when it never does.
    pub fn presence(&self, condition: Option<&Node>) -> Option<World> {
        match condition.and_then(Node::as_text) {
            Some(name) => self.assume(name, true),
            None => Some(World::default()),
        }
    }

    /// The values that a parameter is limited to, when it says so.
    pub(super) fn allowed(&self, name: &str) -> Option<&[Node]> {
        self.parameters.at(&[name, "AllowedValues"])?.as_list()
    }

    /// What is known of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Parameter<'_> {
        if let Some(given) = self.given.get(name) {
            return Parameter::Given(given);
        }
        let Some(declared) = self.parameters.get(name) else {
            return Parameter::Undeclared;
        };
        // The default of an SSM-typed parameter is the name of a key, not the value.
        let kind = declared.get("Type").and_then(Node::as_text);
        if kind.is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::Value")) {
            return Parameter::Open;
        }
        let default = declared.get("Default").filter(|it| is_literal(it));
        default.map_or(Parameter::Open, Parameter::Default)
    }

    /// Takes the functions off the top of a node that choose between nodes: `Fn::If`, `Fn::FindInMap`, `Fn::Select`, a `Ref`
    /// to a parameter with a default. Absent for null and `AWS::NoValue`. Functions that make text stay as they are.
    pub fn settle(&self, node: &Node) -> Property<Node> {
        if node.is_null() {
            return Resolved::known(None, node.trail());
        }
        match function::of(node) {
            None => Resolved::known(Some(node.clone()), node.trail()),
            Some((name, argument)) => function::settle(self, node, name, argument),
        }
    }

    /// The node as text. A mapping or list that is no function is unknown.
    pub fn text(&self, node: &Node) -> Property<Text> {
        // Most texts are written out, and nothing can change them.
        if let Some(scalar) = node.scalar() {
            return Resolved::known(Some(function::dynamic(&scalar)), node.trail());
        }
        self.settle(node).and_then(|settled| match settled {
            None => Resolved::known(None, node.trail()),
            Some(node) => self.settled_text(&node).map_some(),
        })
    }

    fn settled_text(&self, node: &Node) -> Resolved<Text> {
        if let Some(scalar) = node.scalar() {
            return Resolved::known(function::dynamic(&scalar), node.trail());
        }
        match function::of(node) {
            Some((name, argument)) => function::text(self, node, name, argument),
            None => Resolved::unknown(node.trail().and(Step::deferred("not a text", node.span))),
        }
    }

    /// The node as yes or no; `"true"` and `"false"` count, as they do for `CloudFormation`.
    pub fn flag(&self, node: &Node) -> Property<bool> {
        self.text(node).and_then(|text| {
            let trail = node.trail();
            let Some(text) = text else {
                return Resolved::known(None, trail);
            };
            match text
                .known()
                .as_deref()
                .map(str::to_ascii_lowercase)
                .as_deref()
            {
                Some("true") => Resolved::known(Some(true), trail),
                Some("false") => Resolved::known(Some(false), trail),
                _ => Resolved::unknown(trail.and(deferred(&text, node))),
            }
        })
    }

    /// The node as a number.
    pub fn number(&self, node: &Node) -> Property<f64> {
        self.text(node).and_then(|text| {
            let trail = node.trail();
            let Some(text) = text else {
                return Resolved::known(None, trail);
            };
            match text
                .known()
                .and_then(|known| known.trim().parse::<f64>().ok())
            {
                Some(number) if number.is_finite() => Resolved::known(Some(number), trail),
                _ => Resolved::unknown(trail.and(deferred(&text, node))),
            }
        })
    }

    /// The node as a list of nodes, each settled; absent items are left out. A single value is a list of one.
    /// An item that cannot be known stays as the node it is.
    pub fn items(&self, node: &Node) -> Property<Vec<Node>> {
        self.settle(node).and_then(|settled| {
            let Some(settled) = settled else {
                return Resolved::known(None, node.trail());
            };
            let Some(items) = settled.as_list() else {
                return function::list(self, &settled).map(|items| Some(items.clone()));
            };
            if let Some(all) = self.unconditional(items) {
                return Resolved::known(Some(all), settled.trail());
            }
            let empty = Resolved::known(Vec::new(), settled.trail());
            let all = items.iter().fold(empty, |so_far, item| {
                so_far.plus(&self.item(item, &settled), |all, one| {
                    all.extend(one.clone());
                })
            });
            all.map_some()
        })
    }

    /// The items of a list in which nothing hangs on a condition, which is nearly every list.
    fn unconditional(&self, items: &[Node]) -> Option<Vec<Node>> {
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            let mut cases = self.settle(item).into_cases();
            let only = cases.next().filter(|case| case.world.is_any())?;
            if cases.next().is_some() {
                return None;
            }
            all.extend(only.value.unwrap_or_else(|| Some(item.clone())));
        }
        Some(all)
    }

    fn item(&self, item: &Node, list: &Node) -> Property<Node> {
        self.settle(item).map_case(|case| Case {
            value: Some(case.value.unwrap_or_else(|| Some(item.clone()))),
            world: case.world,
            trail: list.trail(),
        })
    }

    /// The node as a list of texts; an item that cannot be known is `None`.
    pub fn texts(&self, node: &Node) -> Property<Vec<Option<Text>>> {
        self.items(node).and_then(|items| {
            let Some(items) = items else {
                return Resolved::known(None, node.trail());
            };
            let text = |item: &Node| self.text(item).agreed().cloned().flatten();
            Resolved::known(Some(items.iter().map(text).collect()), node.trail())
        })
    }

    /// Property `name` of a mapping of properties, read by `as_what`.
    pub fn read<T>(
        &self,
        properties: &Node,
        name: &str,
        as_what: fn(&Self, &Node) -> Property<T>,
    ) -> Property<T> {
        match properties.get(name) {
            Some(value) => as_what(self, value),
            None => absent(properties, name),
        }
    }

    /// Property `name` of a mapping of properties: absent, with the mapping's place, when it is not written.
    pub fn property(&self, properties: &Node, name: &str) -> Property<Node> {
        match properties.get(name) {
            Some(value) => self.settle(value),
            None => absent(properties, name),
        }
    }
}

/// Whether it is what a default or the value of a mapping can be: a text or a list of texts. A function is refused there, and could
/// lead back to itself. What a front end could not know is none.
pub(super) fn is_literal(node: &Node) -> bool {
    let plain = |node: &Node| {
        let is_unknown = |name: &Str| name == function::UNKNOWN;
        node.is_null()
            || node.scalar().is_some()
            || node.single().is_some_and(|it| is_unknown(&it.key))
    };
    if plain(node) {
        return true;
    }
    let items = match node.single().filter(|call| call.key == "Fn::Join") {
        Some(call) => match call.value.items() {
            [separator, parts] if plain(separator) => parts.as_list(),
            _ => None,
        },
        None => node.as_list(),
    };
    items.is_some_and(|items| items.iter().all(plain))
}

/// A property that is not written: absent, unless what a macro or a snippet adds here could be it.
fn absent<T>(properties: &Node, name: &str) -> Property<T> {
    match properties.get("Fn::Transform") {
        Some(call) => {
            let why = format!("`{name}` could come from `Fn::Transform`");
            Resolved::unknown(Step::deferred(why, call.span))
        }
        None => Resolved::known(
            None,
            Step::new(How::Absent(Str::from(name)), properties.span),
        ),
    }
}

/// Why a text is not what is asked for.
fn deferred(text: &Text, node: &Node) -> Step {
    Step::deferred(format!("`{text}`"), node.span)
}

impl<T> Resolved<T> {
    /// The same, as a property that is there.
    pub fn map_some(self) -> Property<T> {
        self.map_case(|case| crate::resolve::Case {
            value: case.value.map(Some),
            world: case.world,
            trail: case.trail,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Dialect, parse};
    use crate::source::Sources;

    const TEMPLATE: &str = "
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Path: {Type: String, Default: orders}
  Hidden: {Type: AWS::SSM::Parameter::Value<String>, Default: /key}
  Circle: {Type: String, Default: !Sub '${Circle}'}
Mappings:
  Circle: {a: {b: !FindInMap [Circle, a, b]}}
  Auth: {dev: {type: NONE, same: x}, prod: {type: AWS_IAM, same: x}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  IsTest: !Equals [!Ref Stage, test]
  IsOrders: !Equals [!Ref Path, orders]
  Loop: !Condition Loop
Value:
  literal: abc
  parameter: !Ref Path
  sub: !Sub 'arn:${AWS::Region}:${Path}:${Fn.Arn}:${!x}'
  named: !Sub ['${own}/${Path}/${Stage}', {own: !FindInMap [Auth, prod, type]}]
  join: !Join ['/', [a, !Ref Path, !Ref Thing]]
  mapped: !FindInMap [Auth, prod, type]
  agreed: !FindInMap [Auth, !Ref Stage, same]
  open: !FindInMap [Auth, !Ref Stage, type]
  either: !If [IsProd, AWS_IAM, NONE]
  nested: !If [IsProd, !If [IsDev, never, prod], dev]
  orders: !If [IsOrders, yes-orders, never]
  impossible: !If [IsTest, never, b]
  circle: !Ref Circle
  circular: !Sub 'a${Circle}'
  mapped_circle: !FindInMap [Circle, a, b, {DefaultValue: x}]
  nothing: !Ref AWS::NoValue
  secret: 'a{{resolve:secretsmanager:my/secret}}b'
  hidden: !Ref Hidden
  undefined: !If [Nowhere, a, b]
  loop: !If [Loop, a, b]
  picked: !Select [1, !Split [',', 'a,b,c']]
  include: {Fn::Transform: {Name: AWS::Include}}
  zones: !GetAZs ''
  blocks: !Cidr [10.0.0.0/16, 2, 8]
  split: !Split [',', 'a,b,c']
";

    fn cases(name: &str) -> Vec<(String, String)> {
        let sources = Sources::default();
        let source = sources.add("t.yaml", TEMPLATE);
        let document = parse(&sources, source, Dialect::CloudFormation);
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let scope = Scope::new(&document.root, Given::new());
        let node = document
            .root
            .at(&["Value", name])
            .expect("the value is in the template");
        let shown = |value: &Option<Option<Text>>| match value {
            None => "?".to_owned(),
            Some(None) => "absent".to_owned(),
            Some(Some(text)) => text.to_string(),
        };
        let resolved = scope.text(node);
        resolved
            .cases()
            .map(|case| (shown(&case.value), case.world.to_string()))
            .collect()
    }

    fn only(name: &str) -> String {
        let found = cases(name);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].0.clone()
    }

    #[test]
    fn text_keeps_what_only_deployment_settles() {
        assert_eq!(only("literal"), "abc");
        assert_eq!(only("parameter"), "orders");
        assert_eq!(only("sub"), "arn:${AWS::Region}:orders:${Fn.Arn}:${x}");
        assert_eq!(only("named"), "AWS_IAM/orders/${Stage}");
        assert_eq!(only("join"), "a/orders/${Thing}");
        assert_eq!(only("picked"), "b");
        assert_eq!(only("nothing"), "absent");
        assert_eq!(only("hidden"), "${Hidden}");
    }

    #[test]
    fn mappings_are_looked_up_and_agree_or_stay_open() {
        assert_eq!(only("mapped"), "AWS_IAM");
        assert_eq!(only("agreed"), "x");
        assert_eq!(only("open"), "?");
    }

    #[test]
    fn a_function_is_no_default_and_no_value_of_a_mapping() {
        assert_eq!(only("circle"), "${Circle}");
        assert_eq!(only("circular"), "a${Circle}");
        assert_eq!(only("mapped_circle"), "?");
    }

    #[test]
    fn conditions_split_worlds_and_contradictions_are_dropped() {
        let pair = |value: &str, world: &str| (value.to_owned(), world.to_owned());
        assert_eq!(
            cases("either"),
            [pair("AWS_IAM", "IsProd"), pair("NONE", "not IsProd")]
        );
        assert_eq!(
            cases("nested"),
            [
                pair("prod", "not IsDev and IsProd"),
                pair("dev", "not IsProd")
            ]
        );
        assert_eq!(only("orders"), "yes-orders");
    }

    #[test]
    fn lists_that_aws_makes_are_unknown() {
        let sources = Sources::default();
        let source = sources.add("t.yaml", TEMPLATE);
        let document = parse(&sources, source, Dialect::CloudFormation);
        let scope = Scope::new(&document.root, Given::new());
        let length = |name: &str| {
            let node = document.root.at(&["Value", name]).expect("is there");
            let items = scope.items(node);
            items.settled()?.as_ref().map(Vec::len)
        };
        assert_eq!(length("zones"), None);
        assert_eq!(length("blocks"), None);
        assert_eq!(length("split"), Some(3));
        assert_eq!(length("literal"), Some(1));
    }

    #[test]
    fn a_value_that_a_parameter_cannot_have_decides() {
        assert_eq!(only("impossible"), "b");
    }

    #[test]
    fn dynamic_references_are_never_shown() {
        assert_eq!(only("secret"), "a${resolve:secretsmanager}b");
    }

    #[test]
    fn what_is_undefined_or_circular_is_unknown() {
        assert_eq!(cases("undefined").len(), 2);
        assert_eq!(cases("loop").len(), 2);
        assert_eq!(only("include"), "?");
    }
}
