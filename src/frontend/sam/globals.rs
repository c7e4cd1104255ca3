//! `Globals`: what a template says once for all resources of a type.
//!
//! Mappings are merged key by key, lists one after the other, and of anything else the resource's own value stays;
//! an intrinsic function counts as a single value. Never drops a value that the author wrote on the resource.

use std::collections::HashSet;

use super::place::Place;
use super::truthy::{is_intrinsic, truthy};
use crate::document::{Entry, Node, Problem, ProblemKind};
use crate::source::{Span, Str};
use crate::trail::{How, Step};

/// What may stand in a section, by the section's name; names are parted by blanks.
const SECTIONS: &[(&str, &str)] = &[
    ("Function", FUNCTION),
    ("Api", API),
    ("HttpApi", HTTP_API),
    ("WebSocketApi", WEB_SOCKET_API),
    ("SimpleTable", "SSESpecification"),
    ("StateMachine", "PropagateTags"),
    ("LayerVersion", "PublishLambdaVersion"),
    ("CapacityProvider", CAPACITY_PROVIDER),
    ("MicrovmImage", MICROVM_IMAGE),
    ("NetworkConnector", "OperatorRole Tags PropagateTags"),
];

const FUNCTION: &str = "Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig Environment Tags \
    PropagateTags Tracing KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers \
    DeploymentPreference RolePath PermissionsBoundary ReservedConcurrentExecutions \
    ProvisionedConcurrencyConfig AssumeRolePolicyDocument EventInvokeConfig FileSystemConfigs \
    CodeSigningConfigArn Architectures SnapStart EphemeralStorage FunctionUrlConfig RuntimeManagementConfig \
    LoggingConfig RecursiveLoop SourceKMSKeyArn TenancyConfig DurableConfig CapacityProviderConfig \
    FunctionScalingConfig PublishToLatestPublished VersionDeletionPolicy";

const API: &str = "Auth Name DefinitionUri CacheClusterEnabled CacheClusterSize MergeDefinitions Variables \
    EndpointConfiguration MethodSettings BinaryMediaTypes MinimumCompressionSize Cors GatewayResponses \
    AccessLogSetting CanarySetting TracingEnabled OpenApiVersion Domain AlwaysDeploy PropagateTags \
    SecurityPolicy EndpointAccessMode";

const HTTP_API: &str = "Auth AccessLogSettings StageVariables Tags CorsConfiguration DefaultRouteSettings Domain RouteSettings \
    FailOnWarnings PropagateTags";

const WEB_SOCKET_API: &str = "AccessLogSettings ApiKeySelectionExpression DefaultRouteSettings DisableExecuteApiEndpoint \
    DisableSchemaValidation Domain FailOnWarnings IpAddressType PropagateTags RouteSelectionExpression \
    RouteSettings StageVariables Tags";

const CAPACITY_PROVIDER: &str = "VpcConfig OperatorRole Tags InstanceRequirements ScalingConfig KmsKeyArn PropagateTags LoggingConfig \
    ManagedResourceTags";

const MICROVM_IMAGE: &str = "BuildRoleArn BaseImageArn BaseImageVersion Logging EgressNetworkConnectors CpuConfigurations Resources \
    AdditionalOsCapabilities Hooks EnvironmentVariables Tags PropagateTags";

/// The `Globals` section.
#[derive(Debug)]
pub(super) struct Globals {
    section: Node,
}

impl Globals {
    /// The section of this template; what SAM does not support in it is said and left out.
    pub(super) fn of(root: &Node, problems: &mut Vec<Problem>) -> Self {
        let Some(section) = root.get("Globals") else {
            return Self {
                section: Node::null(root.span),
            };
        };
        if section.as_map().is_none() {
            problems.push(refused(section.span, "`Globals` is not a mapping"));
        }
        let kept = section
            .entries()
            .iter()
            .filter_map(|entry| supported(entry, problems));
        Self {
            section: Node::map(section.span, kept.collect()),
        }
    }

    /// The properties of a resource of `AWS::Serverless::<section>` with what it inherits.
    pub(super) fn merge(&self, section: &str, resource: &Node, at: Span) -> Node {
        let own = resource
            .get("Properties")
            .cloned()
            .unwrap_or_else(|| Place(resource.span).map([]));
        let Some(globals) = self.section.get(section) else {
            return own;
        };
        let ignored = resource.get("IgnoreGlobals");
        if ignored.and_then(Node::as_text).is_some_and(|it| it == "*") || own.as_map().is_none() {
            return own;
        }
        let dropped: HashSet<&Str> = ignored
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_text)
            .collect();
        let kept = globals
            .entries()
            .iter()
            .filter(|entry| !dropped.contains(&entry.key));
        let inherited = kept.map(|entry| {
            let from = format!("Globals.{section}.{}", entry.key);
            let merge = Merge {
                from: from.into(),
                at,
                replace: section == "Function" && entry.key == "Architectures",
            };
            merge.entry(entry, entry_of(&own, &entry.key))
        });
        let rest = own.entries().iter();
        let rest =
            rest.filter(|entry| dropped.contains(&entry.key) || globals.get(&entry.key).is_none());
        let entries = inherited.chain(rest.cloned()).collect();
        Node {
            via: own.via.clone(),
            ..Node::map(own.span, entries)
        }
    }
}

fn supported(entry: &Entry, problems: &mut Vec<Problem>) -> Option<Entry> {
    let section = &entry.key;
    let Some((_, names)) = SECTIONS.iter().find(|(name, _)| section == name) else {
        let message = format!("`Globals.{section}` is no section that SAM knows");
        problems.push(refused(entry.span, &message));
        return None;
    };
    let (known, unknown): (Vec<&Entry>, Vec<&Entry>) = entry
        .value
        .entries()
        .iter()
        .partition(|property| names.split(' ').any(|name| property.key == name));
    for property in unknown {
        let message = format!(
            "`{}` is not a property that `Globals.{section}` supports",
            property.key
        );
        problems.push(refused(property.span, &message));
    }
    Some(Entry {
        value: Node::map(entry.value.span, known.into_iter().cloned().collect()),
        ..entry.clone()
    })
}

fn refused(at: Span, message: &str) -> Problem {
    Problem::new(
        ProblemKind::Notice,
        at,
        format!("{message}; SAM refuses the template"),
    )
}

/// The merging of one global property into one resource.
struct Merge {
    from: Str,
    at: Span,
    /// A list that the resource writes replaces the global one.
    replace: bool,
}

impl Merge {
    fn inherited(&self, node: &Node) -> Node {
        let how = How::Inherited(self.from.clone());
        node.clone().via(Step::new(how, self.at))
    }

    fn entry(&self, global: &Entry, own: Option<&Entry>) -> Entry {
        match own {
            Some(own) => Entry {
                value: self.value(&global.value, &own.value),
                ..own.clone()
            },
            None => Entry {
                value: self.inherited(&global.value),
                ..global.clone()
            },
        }
    }

    fn value(&self, global: &Node, own: &Node) -> Node {
        if let (Some(theirs), Some(ours)) = (global.as_list(), own.as_list()) {
            if self.replace {
                return own.clone();
            }
            let items = theirs.iter().map(|item| self.inherited(item));
            return Node::list(own.span, items.chain(ours.iter().cloned()).collect());
        }
        let single = |node: &Node| node.as_map().is_none() || is_intrinsic(node);
        if single(global) || single(own) {
            return own.clone();
        }
        let merged = global.entries().iter();
        let merged = merged.map(|entry| self.entry(entry, entry_of(own, &entry.key)));
        let rest = own
            .entries()
            .iter()
            .filter(|entry| global.get(&entry.key).is_none());
        let entries = merged.chain(rest.cloned()).collect();
        Node {
            via: own.via.clone(),
            ..Node::map(own.span, entries)
        }
    }
}

fn entry_of<'a>(node: &'a Node, key: &str) -> Option<&'a Entry> {
    node.as_map()?.entry(key)
}

/// What is under `key`, having come along with the mapping that it stands in.
pub(super) fn inherit(from: &Node, key: &str) -> Option<Node> {
    Some(from.get(key)?.clone().along(from.via.as_ref()))
}

/// The same, when it is true for Python.
pub(super) fn inherit_true(from: &Node, key: &str) -> Option<Node> {
    inherit(from, key).filter(truthy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn place() -> Place {
        Place(Span::top(SourceId(0)))
    }

    fn merged(global: Node, own: Node) -> Node {
        let place = place();
        let root = place.one("Globals", place.one("Api", global));
        let globals = Globals::of(&root, &mut Vec::new());
        globals.merge("Api", &place.one("Properties", own), place.0)
    }

    #[test]
    fn mappings_merge_key_by_key_and_say_where_from() {
        let place = place();
        let global = place.one(
            "Auth",
            place.map([
                ("DefaultAuthorizer", place.text("A")),
                ("ApiKeyRequired", place.flag(true)),
            ]),
        );
        let own = place.one("Auth", place.map([("DefaultAuthorizer", place.text("B"))]));
        let result = merged(global, own);
        let default = result.at(&["Auth", "DefaultAuthorizer"]).unwrap();
        assert_eq!(default.as_text().unwrap(), "B");
        assert!(default.via.is_none());
        let key = result.at(&["Auth", "ApiKeyRequired"]).unwrap();
        let last = key.trail();
        let last = last.steps().last().unwrap();
        assert_eq!(last.how, How::Inherited("Globals.Api.Auth".into()));
    }

    #[test]
    fn an_intrinsic_function_is_one_value() {
        let place = place();
        let global = place.one("Auth", place.map([("DefaultAuthorizer", place.text("A"))]));
        let own = place.one("Auth", place.when(&"C".into(), place.map([])));
        assert!(
            merged(global, own)
                .at(&["Auth", "DefaultAuthorizer"])
                .is_none()
        );
    }

    #[test]
    fn lists_follow_each_other() {
        let place = place();
        let global = place.one("BinaryMediaTypes", place.texts(&["a"]));
        let own = place.one("BinaryMediaTypes", place.texts(&["b"]));
        assert_eq!(
            merged(global, own)
                .get("BinaryMediaTypes")
                .unwrap()
                .items()
                .len(),
            2
        );
    }

    #[test]
    fn a_resource_may_ignore_some_globals() {
        let place = place();
        let root = place.one(
            "Globals",
            place.one(
                "Function",
                place.map([("Timeout", place.text("1")), ("Runtime", place.text("r"))]),
            ),
        );
        let globals = Globals::of(&root, &mut Vec::new());
        let resource = place.map([
            ("IgnoreGlobals", place.texts(&["Timeout"])),
            ("Properties", place.map([])),
        ]);
        let result = globals.merge("Function", &resource, place.0);
        assert!(result.get("Timeout").is_none());
        assert!(result.get("Runtime").is_some());
    }

    #[test]
    fn a_property_that_is_not_supported_is_said() {
        let place = place();
        let root = place.one(
            "Globals",
            place.one("Function", place.one("Role", place.text("x"))),
        );
        let mut problems = Vec::new();
        let globals = Globals::of(&root, &mut problems);
        assert_eq!(problems.len(), 1);
        assert!(
            globals
                .merge("Function", &place.map([]), place.0)
                .get("Role")
                .is_none()
        );
    }
}
