//! The typed stack, in CloudFormation's words: resources, APIs and routes as they are declared.
//!
//! Holds no defaults: what is not written stays absent, and layer 5 alone says what AWS makes of that. What comes from a
//! resource, an OpenAPI body or a quick create is one [`Route`] here, with its protection as its source words it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::document::Node;
use crate::resolve::{Part, Property, Resolved, Scope, Text, World};
use crate::source::{SourceId, Span, Str};

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// API Gateway REST API (v1).
    Rest,
    /// API Gateway HTTP API (v2).
    Http,
    /// API Gateway WebSocket API.
    WebSocket,
    /// Lambda function URL.
    FunctionUrl,
    /// AppSync GraphQL API.
    GraphQl,
}

impl Protocol {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Http => "http",
            Self::WebSocket => "websocket",
            Self::FunctionUrl => "function-url",
            Self::GraphQl => "graphql",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Everything that one template deploys.
#[derive(Debug)]
pub struct Stack {
    /// The file that describes it.
    pub source: SourceId,
    /// What its names come to.
    pub scope: Arc<Scope>,
    /// Every resource that exists in some deployment, in order of writing.
    pub resources: Vec<Resource>,
    /// Every API, with or without routes.
    pub apis: Vec<Api>,
    /// Every route, method, function URL and GraphQL API.
    pub routes: Vec<Route>,
    /// The name that it is deployed under, when its source says it.
    pub name: Option<Str>,
    /// Its `Outputs`, or null.
    pub outputs: Node,
    /// Logical ids that the outputs hand on to other stacks.
    pub exported: HashSet<Str>,
    /// Names that the author gave to resources whose logical id was generated.
    pub names: BTreeMap<Str, Str>,
    /// Settings that come to something else than they look like; a template cannot say this.
    pub settings: Vec<Setting>,
    /// What the source code of functions says, by their logical ids.
    pub code: BTreeMap<Str, Code>,
    by_id: HashMap<Str, usize>,
    by_type: HashMap<Str, Vec<usize>>,
    /// Functions by their names, once somebody asks.
    by_name: OnceLock<HashMap<Str, Option<Str>>>,
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Logical id.
    pub id: Str,
    /// `AWS::ApiGateway::Method` …; empty when it says none.
    pub kind: Str,
    /// Its `Properties`, or null.
    pub properties: Node,
    /// Its `Metadata`, or null.
    pub metadata: Node,
    /// Where its logical id is written.
    pub span: Span,
    /// The deployments in which it exists.
    pub world: World,
}

/// What the source code of a function says, read as text. It is never run, and its secrets are never kept.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Its path relative to the project root.
    pub file: Str,
    /// Invoke URLs written out in it.
    pub urls: Vec<(Str, Span)>,
    /// API keys written out in it.
    pub keys: Vec<Span>,
    /// Names of the environment variables that it reads.
    pub variables: BTreeSet<Str>,
    /// Whether it signs requests; `None` where what it imports could.
    pub signs: Option<bool>,
    /// Where it says that: the import, or the whole file.
    pub span: Option<Span>,
}

/// A setting of the source that a framework ignores, or reads as something else than it looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// In which way it is odd.
    pub oddity: Oddity,
    /// The key, as written.
    pub name: Str,
    /// The value as written, when it is a short text; never one that a variable brought.
    pub value: Option<Str>,
    /// What was probably meant: a key, a place, a value.
    pub meant: Option<Str>,
    /// What it was meant for: `POST /orders`, a function's name. An endpoint that is declared there is named as it is listed.
    pub about: Str,
    /// Where the endpoint that it was meant for is declared.
    pub declared: Option<Span>,
    /// Where it is written.
    pub span: Span,
    /// Another place that belongs to it: what it was set over.
    pub beside: Option<Span>,
}

/// The ways in which a setting can be odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// It stands where nobody reads it.
    Misplaced,
    /// Nobody knows it, and it differs from one that is known by little.
    Misspelt,
    /// The value of a function URL's `authorizer` that is not the one word that counts.
    UrlAuthIgnored,
    /// It looks like no, and counts as yes.
    NotBoolean,
    /// It was moved in a later version of the framework.
    Legacy,
    /// Another route took its place, and asks for less.
    Overridden,
}

impl Oddity {
    /// The word for it in rules.
    pub fn word(self) -> &'static str {
        match self {
            Self::Misplaced => "misplaced",
            Self::Misspelt => "misspelt",
            Self::UrlAuthIgnored => "url-auth-ignored",
            Self::NotBoolean => "not-boolean",
            Self::Legacy => "legacy",
            Self::Overridden => "overridden",
        }
    }
}

/// An API as declared.
#[derive(Clone, Debug)]
pub struct Api {
    /// Logical id, or what names an API of another stack.
    pub id: Text,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its OpenAPI body, settled at the top.
    pub body: Option<Node>,
    /// The security schemes of that body, by name, in order of writing.
    pub schemes: Vec<(Str, Scheme)>,
    /// Its properties; null for an API of another stack.
    pub properties: Node,
    /// Where it is declared.
    pub span: Span,
    /// The deployments in which it exists.
    pub world: World,
}

/// Something that can be called, as declared.
#[derive(Clone, Debug)]
pub struct Route {
    /// The API that it belongs to: logical id or external name; the function, for a function URL.
    pub api: Property<Text>,
    /// What it speaks.
    pub protocol: Protocol,
    /// `GET` …, `ANY`, `*`; absent for WebSocket, function URL and GraphQL.
    pub method: Property<Str>,
    /// Path, route key, `/` or `/graphql`. A segment that cannot be known is `unknown`.
    pub path: Resolved<Str>,
    /// How it is protected, in its source's own words.
    pub protection: Protection,
    /// What it leads to.
    pub integration: Integration,
    /// The deployments in which it exists.
    pub world: World,
    /// Where it is declared.
    pub span: Span,
    /// Its logical id, when it is a resource of its own.
    pub id: Option<Str>,
}

/// What a route leads to.
#[derive(Clone, Debug)]
pub struct Integration {
    /// `AWS_PROXY`, `MOCK` …
    pub kind: Property<Text>,
    /// Logical id of the Lambda function behind it.
    pub function: Property<Str>,
    /// The address that it leads to, for the types that lead to one.
    pub uri: Property<Text>,
    /// Whether a TLS configuration is written beside that address.
    pub tls: bool,
    /// `VPC_LINK`, `INTERNET`.
    pub connection: Property<Text>,
    /// `CacheKeyParameters`; one that cannot be known is `None`.
    pub cache_keys: Property<Vec<Option<Text>>>,
}

/// How a route says who may call it.
#[derive(Clone, Debug)]
pub enum Protection {
    /// A REST method or HTTP or WebSocket route.
    Typed(Typed),
    /// An operation of an OpenAPI body.
    OpenApi(Box<Security>),
    /// `AuthType` of a function URL.
    Url(Property<Text>),
    /// A GraphQL API's default authentication.
    GraphQl {
        /// `AuthenticationType`.
        kind: Property<Text>,
        /// The pool, function or issuer that it names.
        authorizer: Property<Text>,
    },
}

/// `AuthorizationType` and what belongs to it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// `NONE`, `AWS_IAM`, `COGNITO_USER_POOLS`, `CUSTOM`, `JWT`.
    pub authorization_type: Property<Text>,
    /// `AuthorizerId`.
    pub authorizer: Property<Text>,
    /// `AuthorizationScopes`; a scope that cannot be known is `None`.
    pub scopes: Property<Vec<Option<Text>>>,
    /// `ApiKeyRequired`.
    pub api_key_required: Property<bool>,
}

/// What an OpenAPI body says about one operation.
#[derive(Clone, Debug)]
pub struct Security {
    /// The requirements that apply.
    pub requirements: Property<Vec<Requirement>>,
    /// Where they are written.
    pub level: SecurityLevel,
    /// `x-amazon-apigateway-auth`.
    pub auth: Property<Text>,
}

/// Where security requirements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityLevel {
    /// On the operation itself.
    Operation,
    /// At the root of an OpenAPI 3 document.
    RootOpenApi3,
    /// At the root of a Swagger 2 document.
    RootSwagger2,
}

/// One named security requirement.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// The scheme's name.
    pub name: Str,
    /// Scopes asked for; one that cannot be known is `None`.
    pub scopes: Vec<Option<Text>>,
    /// The scheme of this name, when the body defines it.
    pub scheme: Option<Scheme>,
    /// Where the requirement is written.
    pub span: Span,
}

/// A security scheme: only what API Gateway looks at. `None` stands for absent, an open text for unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheme {
    /// `type`: `apiKey`, `oauth2`, `http` …
    pub kind: Option<Text>,
    /// `x-amazon-apigateway-authorizer.type`: `token`, `request`, `cognito_user_pools`, `jwt`.
    pub authorizer_type: Option<Text>,
    /// Whether it has an `x-amazon-apigateway-authorizer` at all.
    pub has_authorizer: bool,
    /// `x-amazon-apigateway-authtype`.
    pub auth_type: Option<Text>,
    /// `in` of an `apiKey` scheme.
    pub place: Option<Text>,
    /// `name` of an `apiKey` scheme.
    pub header: Option<Text>,
    /// Where it is defined.
    pub span: Span,
}

impl Stack {
    /// A stack of these resources, without routes yet.
    pub fn new(source: SourceId, scope: Arc<Scope>, resources: Vec<Resource>) -> Self {
        let mut by_id = HashMap::with_capacity(resources.len());
        let mut by_type: HashMap<Str, Vec<usize>> = HashMap::new();
        for (at, resource) in resources.iter().enumerate() {
            by_id.insert(resource.id.clone(), at);
            by_type.entry(resource.kind.clone()).or_default().push(at);
        }
        Self {
            source,
            scope,
            resources,
            apis: Vec::new(),
            routes: Vec::new(),
            name: None,
            outputs: Node::null(Span::top(source)),
            exported: HashSet::new(),
            names: BTreeMap::new(),
            settings: Vec::new(),
            code: BTreeMap::new(),
            by_id,
            by_type,
            by_name: OnceLock::new(),
        }
    }

    /// The resource with this logical id.
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(*self.by_id.get(id)?)
    }

    /// Every resource of a type, in order of writing.
    pub fn of_type<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let indices = self.by_type.get(kind).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|at| self.resources.get(*at))
    }

    /// A property of a resource, settled at the top.
    pub fn property(&self, resource: &Resource, name: &str) -> Property<Node> {
        self.scope.property(&resource.properties, name)
    }

    /// A property of a resource as text.
    pub fn text(&self, resource: &Resource, name: &str) -> Property<Text> {
        self.scope.read(&resource.properties, name, Scope::text)
    }

    /// A property of a resource as yes or no.
    pub fn flag(&self, resource: &Resource, name: &str) -> Property<bool> {
        self.scope.read(&resource.properties, name, Scope::flag)
    }

    /// The one text that a property has in every deployment; `None` when it is absent, unknown or conditional.
    pub fn plain(&self, resource: &Resource, name: &str) -> Option<Text> {
        self.text(resource, name).agreed().cloned().flatten()
    }

    /// The function that a text leads to: a reference to it, to its alias or version, its ARN or its name.
    pub fn function(&self, text: &Text) -> Option<Str> {
        if let Some(id) = text.refers_to() {
            return self.function_behind(id, 0);
        }
        let parts = text.parts();
        for (at, part) in parts.iter().enumerate() {
            let (Part::Ref(id) | Part::Attribute(id, _)) = part else {
                continue;
            };
            // A name that goes on behind the reference is another name.
            let whole = match parts.get(at + 1) {
                Some(Part::Literal(next)) => next.starts_with(['/', ':']),
                Some(Part::Ref(_) | Part::Attribute(..) | Part::Import(_) | Part::Unknown(_)) => {
                    false
                }
                None => true,
            };
            if let Some(id) = self.function_behind(id, 0).filter(|_| whole) {
                return Some(id);
            }
        }
        self.function_named(text)
    }

    fn function_behind(&self, id: &str, depth: u32) -> Option<Str> {
        let resource = self.resource(id).filter(|_| depth < 3)?;
        match resource.kind.as_str() {
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => Some(resource.id.clone()),
            "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
                let name = self.plain(resource, "FunctionName")?;
                match name.refers_to() {
                    Some(id) => self.function_behind(id, depth + 1),
                    None => self.function_named(&name),
                }
            }
            _ => None,
        }
    }

    /// The only function with this literal name, given alone or at the end of an ARN.
    fn function_named(&self, text: &Text) -> Option<Str> {
        let pieces = text.split(':');
        let after = pieces
            .iter()
            .position(|piece| piece.known().as_deref() == Some("function"));
        let name = match after {
            Some(at) => pieces.get(at + 1)?.split('/').first()?.known()?,
            None => text.known()?,
        };
        let by_name = self.by_name.get_or_init(|| self.functions_by_name());
        by_name.get(&name).cloned().flatten()
    }

    /// The functions with literal names; none for a name that several have.
    fn functions_by_name(&self) -> HashMap<Str, Option<Str>> {
        let mut by_name = HashMap::new();
        for function in self.of_type("AWS::Lambda::Function") {
            let name = self.plain(function, "FunctionName");
            if let Some(name) = name.and_then(|own| own.known()) {
                let only = Some(function.id.clone());
                by_name
                    .entry(name)
                    .and_modify(|only| *only = None)
                    .or_insert(only);
            }
        }
        by_name
    }
}
