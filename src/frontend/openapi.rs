//! OpenAPI 2 and 3 bodies: each operation is a route.
//!
//! Reads security requirements and schemes as they are written. Which of them API Gateway enforces is not decided here.

use std::collections::HashMap;

use crate::document::{Entry, Node};
use crate::frontend::cloudformation::integration;
use crate::resolve::{Property, Resolved, Scope, Text, World};
use crate::source::{Span, Str};
use crate::stack::{
    Api, Protection, Protocol, Requirement, Route, Scheme, Security, SecurityLevel, Stack,
};
use crate::trail::{How, Step};

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// The routes of an API's body, in each of the deployments that its conditions tell apart. Notes its schemes on the way.
pub fn read(stack: &Stack, api: &mut Api, body: &Property<Node>) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut schemes: Vec<(Str, Scheme)> = Vec::new();
    for case in body.cases() {
        let (Some(Some(root)), Some(world)) = (&case.value, case.world.and(&api.world)) else {
            continue;
        };
        if root.as_map().is_some() {
            let body = Body::new(stack, api, root);
            routes.extend(body.routes(&world));
            schemes.extend(body.schemes);
        }
    }
    schemes.sort_by_key(|(_, scheme)| scheme.span);
    schemes.dedup_by(|a, b| a.0 == b.0);
    api.schemes = schemes;
    routes
}

/// A path whose segments may be open: those become `unknown`.
pub fn path_text(path: &Text) -> Str {
    let segment = |text: Text| text.known().unwrap_or_else(|| Str::from("unknown"));
    let segments: Vec<Str> = path.split('/').into_iter().map(segment).collect();
    segments.join("/").into()
}

/// A body being read.
struct Body<'a> {
    stack: &'a Stack,
    scope: &'a Scope,
    api: &'a Api,
    root: &'a Node,
    swagger2: bool,
    schemes: HashMap<Str, Scheme>,
    base: Base,
}

/// What becomes of the base path of a body.
enum Base {
    Ignored,
    Prepended(Str),
    Split(Str),
}

impl<'a> Body<'a> {
    fn new(stack: &'a Stack, api: &'a Api, root: &'a Node) -> Self {
        let mut body = Self {
            stack,
            scope: &stack.scope,
            api,
            root,
            swagger2: root.get("swagger").is_some(),
            schemes: HashMap::new(),
            base: Base::Ignored,
        };
        body.base = body.base();
        body.schemes = body.schemes();
        body
    }

    fn schemes(&self) -> HashMap<Str, Scheme> {
        let place: &[&str] = if self.swagger2 {
            &["securityDefinitions"]
        } else {
            &["components", "securitySchemes"]
        };
        let found = place.iter().try_fold(self.root.clone(), |node, key| {
            self.scope.property(&node, key).agreed_node()
        });
        let entries = found.as_ref().map_or(&[][..], Node::entries);
        entries
            .iter()
            .filter_map(|entry| Some((entry.key.clone(), self.scheme(entry)?)))
            .collect()
    }

    fn scheme(&self, entry: &Entry) -> Option<Scheme> {
        let node = self.scope.settle(&entry.value).agreed_node()?;
        let text = |key| self.text(&node, key);
        let authorizer = self
            .scope
            .property(&node, "x-amazon-apigateway-authorizer")
            .agreed_node();
        Some(Scheme {
            kind: text("type"),
            authorizer_type: authorizer
                .as_ref()
                .and_then(|authorizer| self.text(authorizer, "type")),
            has_authorizer: authorizer.is_some(),
            auth_type: text("x-amazon-apigateway-authtype"),
            place: text("in"),
            header: text("name"),
            span: entry.span,
        })
    }

    /// The text of a key when it is there: an open one when its cases differ.
    fn text(&self, node: &Node, key: &str) -> Option<Text> {
        let value = self.scope.read(node, key, Scope::text);
        match value.agreed() {
            Some(text) => text.clone(),
            None => Some(Text::part(crate::resolve::Part::Unknown(key.into()))),
        }
    }

    /// `basepath: prepend` or `split` puts the body's base path into the paths; otherwise it is ignored.
    fn base(&self) -> Base {
        let mode = match self.api.protocol {
            Protocol::Rest => {
                let parameters = self
                    .scope
                    .property(&self.api.properties, "Parameters")
                    .agreed_node();
                parameters.and_then(|parameters| self.text(&parameters, "basepath"))
            }
            Protocol::Http | Protocol::WebSocket | Protocol::FunctionUrl | Protocol::GraphQl => {
                self.text(&self.api.properties, "BasePath")
            }
        };
        let path = self.base_path().trim_matches('/').to_owned();
        match mode
            .and_then(|mode| mode.known())
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("prepend") if !path.is_empty() => Base::Prepended(path.into()),
            Some("split") if !path.is_empty() => Base::Split(
                path.split_once('/')
                    .map_or(Str::new(), |(_, rest)| rest.into()),
            ),
            _ => Base::Ignored,
        }
    }

    fn base_path(&self) -> Str {
        if let Some(base) = self.root.get("basePath").and_then(Node::as_text) {
            return base.clone();
        }
        let server = self
            .root
            .get("servers")
            .and_then(|servers| servers.items().first());
        let url = server
            .and_then(|server| server.get("url"))
            .and_then(Node::as_text);
        let url = url.map_or("", |url| url.as_str());
        let after_host = url.split_once("://").map_or(url, |(_, rest)| {
            rest.split_once('/').map_or("", |(_, path)| path)
        });
        let default = |server: &Node| server.at(&["variables", "basePath", "default"])?.scalar();
        match server.and_then(default) {
            Some(value) => after_host
                .replace("{basePath}", value.trim_matches('/'))
                .into(),
            None => after_host.into(),
        }
    }

    fn routes(&self, world: &World) -> Vec<Route> {
        let mut routes = Vec::new();
        for case in self.scope.property(self.root, "paths").into_cases() {
            let Some(world) = case.world.and(world) else {
                continue;
            };
            for entry in case.value.flatten().as_ref().map_or(&[][..], Node::entries) {
                self.path(entry, &world, &mut routes);
            }
        }
        routes
    }

    fn path(&self, entry: &Entry, world: &World, routes: &mut Vec<Route>) {
        for case in self.scope.settle(&entry.value).into_cases() {
            let (Some(Some(item)), Some(world)) = (case.value, case.world.and(world)) else {
                continue;
            };
            let item = self.referenced(&item).unwrap_or(item);
            for operation in item.entries() {
                let verb = operation.key.to_ascii_lowercase();
                let method = match verb.as_str() {
                    ANY_METHOD => Str::from("ANY"),
                    verb if METHODS.contains(&verb) => verb.to_ascii_uppercase().into(),
                    _ => continue,
                };
                self.operation(&entry.key, &method, operation, &world, routes);
            }
        }
    }

    /// What a local `$ref` points at.
    fn referenced(&self, node: &Node) -> Option<Node> {
        let pointer = node.get("$ref")?.as_text()?.strip_prefix("#/")?;
        let step = |node: &Node, part: &str| {
            let part = part.replace("~1", "/").replace("~0", "~");
            node.get(&part).cloned()
        };
        pointer
            .split('/')
            .try_fold(self.root.clone(), |node, part| step(&node, part))
    }

    fn operation(
        &self,
        path: &Str,
        method: &Str,
        entry: &Entry,
        world: &World,
        routes: &mut Vec<Route>,
    ) {
        for case in self.scope.settle(&entry.value).into_cases() {
            let (Some(Some(operation)), Some(world)) = (case.value, case.world.and(world)) else {
                continue;
            };
            let (method, path) = self.deployed(path, method);
            let written = || Step::written(entry.span);
            routes.push(Route {
                api: Resolved::known(Some(self.api.id.clone()), written()),
                protocol: self.api.protocol,
                method: Resolved::known(Some(method), written()),
                path: Resolved::known(path, written()),
                protection: Protection::OpenApi(Box::new(self.security(&operation, entry.span))),
                integration: self.integration(&operation, entry.span),
                world,
                span: entry.span,
                id: None,
            });
        }
    }

    /// Method and path as API Gateway makes them of the body's.
    fn deployed(&self, path: &Str, method: &Str) -> (Str, Str) {
        if self.api.protocol == Protocol::Http && path.trim_start_matches('/') == "$default" {
            return (Str::from("*"), Str::from("$default"));
        }
        let trimmed = match self.api.protocol {
            Protocol::Rest => path.trim_end_matches('/'),
            Protocol::Http | Protocol::WebSocket | Protocol::FunctionUrl | Protocol::GraphQl => {
                path.as_str()
            }
        };
        let based = match &self.base {
            Base::Ignored => trimmed.to_owned(),
            Base::Prepended(base) => format!("/{base}/{}", trimmed.trim_start_matches('/')),
            Base::Split(rest) if rest.is_empty() => trimmed.to_owned(),
            Base::Split(rest) => format!("/{rest}/{}", trimmed.trim_start_matches('/')),
        };
        let based = if self.api.protocol == Protocol::Rest {
            based.trim_end_matches('/')
        } else {
            &based
        };
        (
            method.clone(),
            if based.is_empty() {
                Str::from("/")
            } else {
                Str::from(based)
            },
        )
    }

    fn integration(&self, operation: &Node, span: Span) -> crate::stack::Integration {
        let node = self
            .scope
            .property(operation, "x-amazon-apigateway-integration")
            .agreed_node();
        match node.map(|node| self.referenced(&node).unwrap_or(node)) {
            Some(node) => integration::from(self.stack, &node, &integration::OF_OPERATION),
            None => integration::none(span),
        }
    }

    fn security(&self, operation: &Node, span: Span) -> Security {
        let auth = self
            .scope
            .property(operation, "x-amazon-apigateway-auth")
            .agreed_node();
        let auth = match &auth {
            Some(auth) => self.scope.read(auth, "type", Scope::text),
            None => Resolved::known(
                None,
                Step::new(How::Absent("x-amazon-apigateway-auth".into()), span),
            ),
        };
        let own = operation.get("security");
        let (node, level) = match (own, self.root.get("security"), self.swagger2) {
            (Some(own), _, _) => (Some(own), SecurityLevel::Operation),
            (None, Some(root), true) => (Some(root), SecurityLevel::RootSwagger2),
            (None, Some(root), false) => (Some(root), SecurityLevel::RootOpenApi3),
            (None, None, _) => (None, SecurityLevel::Operation),
        };
        let requirements = match node {
            Some(node) => self.requirements(node),
            None => Resolved::known(None, Step::new(How::Absent("security".into()), span)),
        };
        Security {
            requirements,
            level,
            auth,
        }
    }

    /// Every scheme that is named, whether in one requirement or in several: API Gateway asks for all of them.
    fn requirements(&self, node: &Node) -> Property<Vec<Requirement>> {
        self.scope.items(node).map(|items| {
            let items = items.as_ref()?;
            let named = items
                .iter()
                .flat_map(Node::entries)
                .map(|entry| self.requirement(entry));
            Some(named.collect())
        })
    }

    fn requirement(&self, entry: &Entry) -> Requirement {
        let scopes = self.scope.texts(&entry.value);
        Requirement {
            name: entry.key.clone(),
            scopes: scopes.agreed().cloned().flatten().unwrap_or_default(),
            scheme: self.schemes.get(&entry.key).cloned(),
            span: entry.span,
        }
    }
}
