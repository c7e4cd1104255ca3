//! SAM templates: what the `AWS::Serverless-2016-10-31` transform makes of them.
//!
//! Gives the template that would be deployed; every node points at what the author wrote, and its trail says how it
//! came about. Never refuses: where SAM would, the part in question is a problem or unknown, and the rest is lowered.
//! Decides no auth: it writes down what SAM writes down. The behaviour is that of the translator AWS publishes, 1.115.

mod api;
mod assemble;
mod authorizer;
mod body;
mod callers;
mod connector;
mod cors;
mod data_source;
mod default_auth;
mod domain;
mod draft;
mod event;
mod execution_role;
mod extras;
mod function;
mod function_url;
mod globals;
mod graphql;
mod http;
mod http_auth;
mod http_event;
mod implicit;
mod keys;
mod logical_id;
mod made;
mod other;
mod parameters;
mod place;
mod policies;
mod policy;
mod policy_templates;
mod records;
mod references;
mod remarks;
mod request;
mod rest;
mod rest_event;
mod role;
mod stage;
mod state_machine;
mod target;
mod truthy;
mod websocket;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use self::api::{Api, ApiKind, Apis};
use self::body::Word;
use self::draft::Draft;
use self::globals::Globals;
use self::implicit::{ApiEvent, Owner};
use self::made::Made;
use self::parameters::Parameters;
use self::place::Place;
use self::truthy::true_at;
use crate::document::{Entry, Node, Problem, ProblemKind};
use crate::frontend::{Env, Lowered, for_each, include};
use crate::resolve::{Given, Resolved, Text};
use crate::source::{SourceId, Span, Str};
use crate::trail::Step;

/// The transform's name.
const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// How the types of SAM's resources begin.
const PREFIX: &str = "AWS::Serverless::";

/// Whether this is a template for the transform: it says so, or holds a resource that only the transform knows.
pub fn is_sam(root: &Node) -> bool {
    let named = |node: &Node| node.as_text().is_some_and(|text| text == TRANSFORM);
    let transform = root.get("Transform");
    let says_so = transform.is_some_and(|node| named(node) || node.items().iter().any(named));
    let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
    says_so
        || resources
            .iter()
            .any(|entry| section(&entry.value).is_some())
}

/// Lowers a SAM template to the template that would be deployed.
pub fn lower(root: &Node, source: SourceId, env: &Env<'_>) -> Lowered {
    let given = env.options.params.iter().map(|(name, value)| {
        let text = Some(Text::literal(value.as_str()));
        let at = Step::written(Span::top(source));
        (Str::from(name.as_str()), Resolved::known(text, at))
    });
    lower_given(root, source, env, &given.collect())
}

/// The same for a template whose parameters are given these values: a nested stack.
pub fn lower_given(root: &Node, source: SourceId, env: &Env<'_>, given: &Given) -> Lowered {
    let mut problems = Vec::new();
    let included = include::expand(root, source, env, &mut problems);
    let (unrolled, refused) = for_each::unroll(&included, given);
    problems.extend(refused);
    let root = unrolled.unwrap_or(included);
    let globals = Globals::of(&root, &mut problems);
    let mut lowering = Lowering {
        env,
        source,
        declared: declared(&root),
        parameters: Parameters::of(&root, given),
        globals,
        problems,
        conditions: Vec::new(),
        apis: Apis::default(),
        implicit: BTreeSet::new(),
        position: 0,
        made: BTreeMap::new(),
        derived: HashMap::new(),
        shared_keys: keys::Shared::default(),
        record_sets: records::RecordSets::default(),
    };
    lowering.run(&root);
    lowering.finish(&root)
}

/// The part of a SAM resource's type after the prefix.
fn section(resource: &Node) -> Option<&str> {
    resource.get("Type")?.as_text()?.strip_prefix(PREFIX)
}

fn declared(root: &Node) -> HashSet<Str> {
    let resources = root.get("Resources").map(Node::entries);
    let entries = resources.unwrap_or_default().iter();
    entries.map(|entry| entry.key.clone()).collect()
}

/// A SAM resource, with what it inherits.
#[derive(Debug)]
struct Declared<'n> {
    /// Its logical id.
    id: &'n Str,
    /// Where it is declared.
    at: Span,
    /// The resource as written.
    resource: &'n Node,
    /// Its properties, with those of `Globals`.
    properties: Node,
}

impl Declared<'_> {
    /// Its `Condition`.
    fn condition(&self) -> Option<&Str> {
        self.resource.get("Condition")?.as_text()
    }

    /// Where nodes made for it stand.
    fn place(&self) -> Place {
        Place(self.at)
    }
}

/// One run over one template.
struct Lowering<'a> {
    env: &'a Env<'a>,
    source: SourceId,
    /// Logical ids that the author declares.
    declared: HashSet<Str>,
    parameters: Parameters,
    globals: Globals,
    problems: Vec<Problem>,
    /// Conditions that SAM adds.
    conditions: Vec<Entry>,
    apis: Apis,
    /// Ids of the implicit APIs that events need.
    implicit: BTreeSet<&'static str>,
    /// Place in `Resources` of what is being lowered.
    position: usize,
    /// What came out, by the position of what it was made from.
    made: BTreeMap<usize, Vec<Entry>>,
    /// What `Id.Property` stands for: `Api.Stage`, `Function.Alias`.
    derived: HashMap<Str, HashMap<&'static str, Str>>,
    shared_keys: keys::Shared,
    record_sets: records::RecordSets,
}

impl Lowering<'_> {
    fn run(&mut self, root: &Node) {
        let Some(resources) = root.get("Resources") else {
            return;
        };
        if resources.as_map().is_none() {
            self.unreadable(resources.span, "`Resources` is not a mapping".to_owned());
            return;
        }
        let entries = resources.entries();
        self.find_apis(entries);
        let owners: Vec<Owner<'_>> = entries.iter().filter_map(owner).collect();
        let mut events = implicit::register(self, ApiKind::Rest, &owners);
        for (id, more) in sorted(implicit::register(self, ApiKind::Http, &owners)) {
            events.entry(id).or_default().extend(more);
        }
        self.inherit_globals();
        self.lower_each(entries, "Function", &mut |lowering, it| {
            function::lower(lowering, it, &events);
        });
        self.lower_each(entries, "StateMachine", &mut |lowering, it| {
            state_machine::lower(lowering, it, &events);
        });
        self.lower_apis(entries);
        for (section, lower) in OTHERS {
            self.lower_each(entries, section, &mut |lowering, it| lower(lowering, it));
        }
        self.position = entries.len();
        keys::finish(self);
        records::finish(self);
        self.pass_rest(entries);
        connector::lower(self, entries);
    }

    /// The author's APIs with their documents. SAM begins one where there is none.
    fn find_apis(&mut self, entries: &[Entry]) {
        for entry in entries {
            let kind = match section(&entry.value) {
                Some("Api") => ApiKind::Rest,
                Some("HttpApi") => ApiKind::Http,
                _ => continue,
            };
            let empty = Place(entry.span).map([]);
            let properties = entry.value.get("Properties").unwrap_or(&empty);
            let written = true_at(properties, "DefinitionBody").cloned();
            let managed = written.is_none() && true_at(properties, "DefinitionUri").is_none();
            let body = match (written, managed, kind) {
                (Some(written), ..) => Some(Draft::from(written)),
                (None, true, ApiKind::Rest) => Some(body::swagger_skeleton(entry.span)),
                (None, true, ApiKind::Http) => Some(body::openapi_skeleton(entry.span)),
                (None, false, _) => None,
            };
            self.apis.put(Api {
                id: entry.key.clone(),
                at: entry.span,
                kind,
                resource: entry.value.clone(),
                properties: properties.clone(),
                body,
                statements: policy::Statements::default(),
                managed,
                condition: None,
                conditions: HashMap::new(),
                policies: Vec::new(),
                routes: Vec::new(),
            });
        }
    }

    /// Gives every API what it inherits, and resolves what SAM reads of it.
    fn inherit_globals(&mut self) {
        for api in self.apis.iter_mut() {
            let resource = with_routes(api);
            let mut properties = self.globals.merge(api.kind.section(), &resource, api.at);
            let read: &[&str] = match api.kind {
                ApiKind::Rest => &["Auth", "Domain", "BinaryMediaTypes"],
                ApiKind::Http => &["Domain", "CorsConfiguration"],
            };
            for name in read {
                if let Some(value) = properties.get(name) {
                    let value = self.parameters.resolve(value);
                    properties = properties.with(*name, value);
                }
            }
            api.properties = properties;
            if api.managed && api.kind == ApiKind::Rest {
                rest::use_openapi_version(api);
            }
        }
    }

    /// Lowers each resource of one SAM type.
    fn lower_each(
        &mut self,
        entries: &[Entry],
        kind: &str,
        lower: &mut dyn FnMut(&mut Self, &Declared<'_>),
    ) {
        for (position, entry) in entries.iter().enumerate() {
            if section(&entry.value) != Some(kind) || self.implicit.contains(entry.key.as_str()) {
                continue;
            }
            self.position = position;
            let declared = Declared {
                id: &entry.key,
                at: entry.span,
                resource: &entry.value,
                properties: self.globals.merge(kind, &entry.value, entry.span),
            };
            lower(self, &declared);
        }
    }

    fn lower_apis(&mut self, entries: &[Entry]) {
        for (position, entry) in entries.iter().enumerate() {
            if self.implicit.contains(entry.key.as_str()) {
                continue;
            }
            if let Some(api) = self.apis.take(&entry.key) {
                self.position = position;
                self.lower_api(api);
            }
        }
        for kind in [ApiKind::Rest, ApiKind::Http] {
            if let Some(api) = self.apis.take(kind.implicit_id()) {
                self.position = entries.len();
                self.lower_api(api);
            }
        }
    }

    fn lower_api(&mut self, api: Api) {
        match api.kind {
            ApiKind::Rest => rest::lower(self, api),
            ApiKind::Http => http::lower(self, api),
        }
    }

    /// Puts a resource into the template that comes out.
    fn emit(&mut self, made: Made) {
        self.made
            .entry(self.position)
            .or_default()
            .push(made.finish());
    }

    /// Notes what `Id.Property` stands for.
    fn derive(&mut self, id: &Str, property: &'static str, stands_for: impl Into<Str>) {
        let properties = self.derived.entry(id.clone()).or_default();
        properties.insert(property, stands_for.into());
    }

    /// Whether the author, or SAM for the author's events, declares a resource with this id.
    fn is_declared(&self, id: &str) -> bool {
        self.declared.contains(id) || self.apis.get(id).is_some()
    }

    /// Text, also through a parameter.
    fn word(&self, node: &Node) -> Option<Word> {
        let text = match node.as_text() {
            Some(text) => text.clone(),
            None => self.parameters.resolve(node).as_text()?.clone(),
        };
        Some(Word {
            text,
            at: node.span,
        })
    }

    /// Adds a condition that holds when one of these does; at most ten go into one `Fn::Or`.
    fn add_any_of(&mut self, at: Span, name: &str, mut names: Vec<Str>) {
        const MOST: usize = 10;
        let mut extra = names.len().saturating_sub(2) / (MOST - 1);
        let place = Place(at);
        while names.len() > 1 {
            let new: Str = match extra {
                0 => name.into(),
                extra => format!("{name}{extra}").into(),
            };
            extra = extra.saturating_sub(1);
            let rest = names.split_off(names.len().min(MOST));
            let each = names
                .into_iter()
                .map(|it| place.one("Condition", place.text(it)));
            let value = place.one("Fn::Or", place.list(each));
            names = rest;
            names.push(new.clone());
            self.conditions.push(Entry {
                span: at,
                key: new,
                value,
            });
        }
    }

    fn unreadable(&mut self, at: Span, message: String) {
        let problem = Problem::new(ProblemKind::UnreadableInput, at, message);
        self.problems.push(problem);
    }

    fn unresolved(&mut self, at: Span, message: String) {
        let problem = Problem::new(ProblemKind::UnresolvedReference, at, message);
        self.problems.push(problem);
    }

    fn notice(&mut self, at: Span, message: String) {
        self.problems
            .push(Problem::new(ProblemKind::Notice, at, message));
    }
}

/// How one resource is lowered.
type Lower = fn(&mut Lowering<'_>, &Declared<'_>);

/// What is lowered after functions, state machines and APIs.
const OTHERS: &[(&str, Lower)] = &[
    ("WebSocketApi", websocket::lower),
    ("GraphQLApi", graphql::lower),
    ("Application", other::application),
    ("SimpleTable", other::simple_table),
    ("LayerVersion", other::layer_version),
    ("CapacityProvider", other::capacity_provider),
    ("NetworkConnector", other::network_connector),
    ("MicrovmImage", other::microvm_image),
];

fn owner(entry: &Entry) -> Option<Owner<'_>> {
    matches!(section(&entry.value)?, "Function" | "StateMachine").then_some(Owner {
        id: &entry.key,
        resource: &entry.value,
    })
}

fn sorted(events: HashMap<Str, Vec<ApiEvent>>) -> BTreeMap<Str, Vec<ApiEvent>> {
    events.into_iter().collect()
}

/// The API's resource with the settings that events give for their routes.
fn with_routes(api: &mut Api) -> Node {
    if api.routes.is_empty() {
        return api.resource.clone();
    }
    let properties = api.resource.get("Properties").cloned();
    let properties = properties.unwrap_or_else(|| Place(api.at).map([]));
    let known = properties.get("RouteSettings").cloned();
    let mut settings = Draft::from(known.unwrap_or_else(|| Place(api.at).map([])));
    if let Some(fields) = settings.fields() {
        for route in std::mem::take(&mut api.routes) {
            let empty = || Draft::empty(route.span);
            let slot = fields.or_insert(route.key.clone(), route.span, empty);
            if let Some(slot) = slot.and_then(Draft::fields) {
                for entry in route.value.entries() {
                    slot.set(entry.key.clone(), entry.span, entry.value.clone());
                }
            }
        }
    }
    let properties = properties.with("RouteSettings", settings.finish());
    api.resource.with("Properties", properties)
}

#[cfg(test)]
mod sample {
    //! Templates as tests write them.

    use crate::document::{self, Dialect, Node};
    use crate::frontend::{Env, Lowered, MapReader, Options};
    use crate::source::Sources;
    use crate::trail::How;

    /// What becomes of a template.
    pub(super) fn lowered(template: &str) -> Lowered {
        let sources = Sources::default();
        let source = sources.add("template.yaml", template);
        let (reader, options) = (MapReader::default(), Options::default());
        let env = Env {
            sources: &sources,
            reader: &reader,
            options: &options,
        };
        let root = document::parse(&sources, source, Dialect::CloudFormation).root;
        super::lower(&root, source, &env)
    }

    /// A resource's property.
    pub(super) fn property(lowered: &Lowered, id: &str, path: &[&str]) -> Node {
        let resource = lowered.template.at(&["Resources", id, "Properties"]);
        let resource = resource.unwrap_or_else(|| panic!("{id} is made"));
        let found = resource.at(path);
        found.unwrap_or_else(|| panic!("{id} has {path:?}")).clone()
    }

    /// What a method asks for: the names in its `security`.
    pub(super) fn asked(lowered: &Lowered, api: &str, route: &[&str]) -> Vec<String> {
        let path = [&["Body", "paths"], route, &["security"]].concat();
        let security = property(lowered, api, &path);
        let names = security.items().iter().flat_map(Node::entries);
        names.map(|entry| entry.key.to_string()).collect()
    }

    /// How a node came about, nearest step first.
    pub(super) fn hows(node: &Node) -> Vec<How> {
        node.trail().steps().map(|step| step.how.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::sample::lowered;
    use super::*;
    use crate::document::Value;

    #[test]
    fn a_template_is_sams_by_its_transform_or_its_resources() {
        let at = Span::top(SourceId(0));
        let place = Place(at);
        let text = place.one("Transform", place.text(TRANSFORM));
        let list = place.one("Transform", place.texts(&["Other", TRANSFORM]));
        let kind = place.one("Type", place.text("AWS::Serverless::Function"));
        let resource = place.one("Resources", place.one("Fn", kind));
        assert!(is_sam(&text) && is_sam(&list) && is_sam(&resource));
        assert!(!is_sam(&place.one("Transform", place.text("Other"))));
        assert!(!is_sam(&Node::new(at, Value::Null)));
    }

    #[test]
    fn other_resources_pass_through_untouched() {
        let out = lowered(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  T: {Type: AWS::SNS::Topic, Properties: {A: 1}}\n",
        );
        let topic = out.template.at(&["Resources", "T"]).unwrap();
        assert_eq!(
            topic.at(&["Properties", "A"]).unwrap().scalar().unwrap(),
            "1"
        );
        assert!(topic.via.is_none() && out.template.get("Transform").is_none());
    }

    #[test]
    fn a_type_that_is_not_known_passes_through_with_a_word() {
        let out = lowered("Resources:\n  X: {Type: AWS::Serverless::Future, Properties: {A: 1}}\n");
        assert!(
            out.template
                .at(&["Resources", "X", "Properties", "A"])
                .is_some()
        );
        assert_eq!(out.problems.len(), 1);
        assert_eq!(out.problems[0].kind, ProblemKind::Notice);
    }

    #[test]
    fn resources_that_are_no_mapping_are_unreadable() {
        let out = lowered("Transform: AWS::Serverless-2016-10-31\nResources: [a]\n");
        assert_eq!(out.problems[0].kind, ProblemKind::UnreadableInput);
    }

    #[test]
    fn more_than_ten_conditions_are_joined_in_steps() {
        let mut template = "Resources:\n".to_owned();
        for nth in 0..12 {
            let event = format!("{{Type: Api, Properties: {{Path: /{nth}, Method: get}}}}");
            let function = format!(
                "  F{nth}: {{Type: AWS::Serverless::Function, Condition: C{nth:02}, Properties: {{Events: {{E: {event}}}}}}}\n"
            );
            template.push_str(&function);
        }
        let out = lowered(&template);
        let any = |name: &str| {
            let condition = out.template.at(&["Conditions", name, "Fn::Or"]);
            condition.unwrap().items().len()
        };
        assert_eq!(any("ServerlessRestApiCondition1"), 10);
        assert_eq!(any("ServerlessRestApiCondition"), 3);
        let api = out
            .template
            .at(&["Resources", "ServerlessRestApi", "Condition"]);
        assert_eq!(
            api.unwrap().as_text().unwrap(),
            "ServerlessRestApiCondition"
        );
    }
}
