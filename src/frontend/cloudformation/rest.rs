//! REST APIs: methods on a tree of resources, or an OpenAPI body.

use std::collections::{BTreeMap, HashMap};

use crate::document::{Node, Problem, ProblemKind};
use crate::frontend::cloudformation::integration;
use crate::frontend::{Note, openapi};
use crate::resolve::{Part, Property, Resolved, Scope, Text};
use crate::source::Str;
use crate::stack::{Api, Protection, Protocol, Resource, Route, Stack, Typed};

/// The text for a path, or a part of one, that cannot be known.
pub(super) const UNKNOWN: &str = "unknown";

/// Adds every REST API and method; what is wrong with the tree of resources comes back.
pub fn read(stack: &mut Stack, notes: &BTreeMap<Str, Note>) -> Vec<Problem> {
    let mut routes = Vec::new();
    let mut apis = Vec::new();
    for resource in stack.of_type("AWS::ApiGateway::RestApi") {
        let body = stack.property(resource, "Body");
        let mut api = Api {
            id: Text::literal(resource.id.clone()),
            protocol: Protocol::Rest,
            body: body.agreed_node(),
            schemes: Vec::new(),
            properties: resource.properties.clone(),
            span: resource.span,
            world: resource.world.clone(),
        };
        routes.extend(openapi::read(stack, &mut api, &body));
        apis.push(api);
    }
    let mut paths = Paths {
        stack,
        notes,
        known: HashMap::new(),
        problems: Vec::new(),
    };
    for resource in stack.of_type("AWS::ApiGateway::Method") {
        routes.push(method(stack, resource, &mut paths));
    }
    let problems = paths.problems;
    stack.apis.extend(apis);
    stack.routes.extend(routes);
    problems
}

/// A method resource.
fn method(stack: &Stack, resource: &Resource, paths: &mut Paths<'_>) -> Route {
    let properties = &resource.properties;
    let scope = &stack.scope;
    let integration = match properties.get("Integration").map(|node| scope.settle(node)) {
        Some(settled) => match settled
            .cases()
            .find_map(|case| case.value.clone().flatten())
        {
            Some(node) => integration::from(stack, &node, &integration::OF_METHOD),
            None => integration::none(resource.span),
        },
        None => integration::none(resource.span),
    };
    Route {
        api: stack.text(resource, "RestApiId"),
        protocol: Protocol::Rest,
        method: stack
            .text(resource, "HttpMethod")
            .map(|text| Some(verb(text.as_ref()))),
        path: paths.of_method(resource),
        protection: Protection::Typed(typed(scope, properties)),
        integration,
        world: resource.world.clone(),
        span: resource.span,
        id: Some(resource.id.clone()),
    }
}

/// An HTTP method in upper case; `unknown` when it cannot be known or is not written.
fn verb(text: Option<&Text>) -> Str {
    text.and_then(Text::known)
        .map_or(Str::from(UNKNOWN), |verb| verb.to_ascii_uppercase().into())
}

/// `AuthorizationType` and its companions, as REST methods and v2 routes both have them.
pub(super) fn typed(scope: &Scope, properties: &Node) -> Typed {
    Typed {
        authorization_type: scope.read(properties, "AuthorizationType", Scope::text),
        authorizer: scope.read(properties, "AuthorizerId", Scope::text),
        scopes: scope.read(properties, "AuthorizationScopes", Scope::texts),
        api_key_required: scope.read(properties, "ApiKeyRequired", Scope::flag),
    }
}

/// The paths of `AWS::ApiGateway::Resource`s, each worked out once.
struct Paths<'a> {
    stack: &'a Stack,
    notes: &'a BTreeMap<Str, Note>,
    known: HashMap<Str, Str>,
    problems: Vec<Problem>,
}

impl Paths<'_> {
    fn of_method(&mut self, method: &Resource) -> Resolved<Str> {
        if let Some(path) = self
            .notes
            .get(&method.id)
            .and_then(|note| note.path.clone())
        {
            return Resolved::known(path, crate::trail::Step::written(method.span));
        }
        let parent = self.stack.text(method, "ResourceId");
        // A path that differs from case to case is not told apart: that would make one method several endpoints.
        let trail = parent.trail().clone();
        let path = parent.agreed().map(|parent| self.below(parent.as_ref()));
        Resolved::known(
            path.map_or(Str::from(UNKNOWN), |path| {
                if path.is_empty() { "/".into() } else { path }
            }),
            trail,
        )
    }

    /// Path of what a parent refers to, empty for the root.
    fn below(&mut self, parent: Option<&Text>) -> Str {
        match parent.and_then(Text::target) {
            Some(Part::Attribute(id, attribute))
                if attribute == "RootResourceId" && self.is_api(id) =>
            {
                Str::new()
            }
            Some(Part::Ref(id)) if self.stack.resource(id).is_some() => {
                self.of_resource(&id.clone())
            }
            _ => self.outside(),
        }
    }

    /// The path of a parent that another stack owns. The Serverless Framework hangs methods of an external API on that API's
    /// root unless it is told otherwise, which its template no longer says.
    fn outside(&self) -> Str {
        let compiled = self.stack.resource("ServerlessDeploymentBucket").is_some();
        if compiled {
            Str::new()
        } else {
            Str::from(UNKNOWN)
        }
    }

    fn is_api(&self, id: &str) -> bool {
        self.stack
            .resource(id)
            .is_some_and(|resource| resource.kind == "AWS::ApiGateway::RestApi")
    }

    /// Walks up to the root, or to a path known already, then down again.
    fn of_resource(&mut self, id: &Str) -> Str {
        let mut chain: Vec<Str> = Vec::new();
        let mut next = id.clone();
        let mut path = loop {
            if let Some(path) = self.known.get(&next) {
                break path.clone();
            }
            if let Some(path) = self.notes.get(&next).and_then(|note| note.path.clone()) {
                break path;
            }
            let resource = self
                .stack
                .resource(&next)
                .filter(|r| r.kind == "AWS::ApiGateway::Resource");
            if let Some(resource) = resource.filter(|_| chain.contains(&next)) {
                let message = format!("`{next}` is below itself: its path cannot be known");
                let kind = ProblemKind::UnresolvedReference;
                self.problems
                    .push(Problem::new(kind, resource.span, message));
                break Str::from(UNKNOWN);
            }
            let Some(resource) = resource.filter(|_| chain.len() < 256) else {
                break Str::from(UNKNOWN);
            };
            chain.push(next.clone());
            let parent = self.stack.plain(resource, "ParentId");
            match parent.as_ref().and_then(Text::target) {
                Some(Part::Ref(parent)) if self.stack.resource(parent).is_some() => {
                    next = parent.clone();
                }
                _ => break self.below(parent.as_ref()),
            }
        };
        for id in chain.into_iter().rev() {
            let segment = self
                .stack
                .resource(&id)
                .map_or(Str::from(UNKNOWN), |resource| segment(self.stack, resource));
            path = format!("{path}/{segment}").into();
            self.known.insert(id, path.clone());
        }
        path
    }
}

fn segment(stack: &Stack, resource: &Resource) -> Str {
    let part: Property<Text> = stack.text(resource, "PathPart");
    let known = part.agreed().and_then(|part| part.as_ref()?.known());
    known.unwrap_or_else(|| Str::from(UNKNOWN))
}
