//! An event of type `Api`: a method of a REST API that calls a function.
//!
//! Adds to documents that SAM manages, or that are to be merged with; any other document must hold the method itself,
//! and the event only permits the call.

use super::Lowering;
use super::api::Api;
use super::body::{self, INTEGRATION, arn_path};
use super::draft::{Draft, Fields};
use super::event::{self, Site};
use super::implicit::ApiEvent;
use super::logical_id::{hashed, is_alphanumeric};
use super::place::{Place, is, present};
use super::policy::{Document, Statements};
use super::rest::permission;
use super::truthy::{true_at, truthy};
use crate::document::{Entry, Node};
use crate::source::Str;

/// What an event calls.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The function.
    pub(super) id: Str,
    /// The alias that SAM publishes, which is then called in its place.
    pub(super) alias: Option<Str>,
    /// The condition under which it exists.
    pub(super) condition: Option<Str>,
    /// Attributes of what is made for it.
    pub(super) attributes: Vec<Entry>,
}

impl Target {
    /// How a permission names it.
    pub(super) fn name(&self, place: Place) -> Node {
        place.reference(self.alias.as_ref().unwrap_or(&self.id).clone())
    }

    /// Its ARN.
    pub(super) fn arn(&self, place: Place) -> Node {
        match &self.alias {
            Some(alias) => place.reference(alias.clone()),
            None => place.attribute(self.id.clone(), "Arn"),
        }
    }

    /// The URI of an integration that calls it.
    pub(super) fn uri(&self, place: Place, partition: &str, streamed: bool) -> Node {
        let function = match &self.alias {
            Some(alias) => format!("${{{alias}}}"),
            None => format!("${{{}.Arn}}", self.id),
        };
        let (version, call) = if streamed {
            ("2021-11-15", "response-streaming-invocations")
        } else {
            ("2015-03-31", "invocations")
        };
        let uri = place.sub(format!(
            "arn:{partition}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/{function}/{call}"
        ));
        match &self.condition {
            Some(condition) => place.when(condition, uri),
            None => uri,
        }
    }
}

/// Lowers an event of a function.
pub(super) fn lower(lowering: &mut Lowering<'_>, event: &ApiEvent, target: &Target) {
    let stage = stage_name(lowering.apis.get(&event.api));
    permit(lowering, event, target, &stage);
    let Some(mut api) = lowering.apis.take(&event.api) else {
        return;
    };
    let merged = api.properties.get("MergeDefinitions").is_some_and(truthy);
    let stage = Place(event.at).text(stage);
    if api.managed && !merged {
        with_document(&mut api, &mut |api, document| {
            integrate(lowering, api, document, (event, target, &stage));
        });
    } else if merged {
        merge(lowering, &mut api, (event, target, &stage));
    }
    let overrides = event
        .properties
        .get("Auth")
        .and_then(|auth| true_at(auth, "OverrideApiAuth"));
    if overrides.is_some() && api.body.is_some() {
        with_document(&mut api, &mut |api, document| {
            event::apply(lowering, &site(api, event, &stage), document);
        });
    }
    lowering.apis.put(api);
}

/// The end of the permission's id, and the stage that an event's resource policy names.
fn stage_name(api: Option<&Api>) -> Str {
    let name = api.and_then(|api| api.properties.get("StageName"));
    let name = name.and_then(Node::as_text).filter(|name| !name.is_empty());
    name.cloned().unwrap_or_else(|| "Stage".into())
}

fn site<'e>(api: &'e Api, event: &'e ApiEvent, stage: &Node) -> Site<'e> {
    Site {
        event,
        api_auth: api.properties.get("Auth"),
        stage: stage.clone(),
    }
}

/// Works on an API's document while the API can be read.
pub(super) fn with_document(api: &mut Api, work: &mut dyn FnMut(&Api, &mut Document)) {
    let Some(draft) = api.body.take() else {
        return;
    };
    let mut document = Document {
        draft,
        statements: std::mem::take(&mut api.statements),
    };
    work(api, &mut document);
    api.body = Some(document.draft);
    api.statements = document.statements;
}

fn permit(lowering: &mut Lowering<'_>, event: &ApiEvent, target: &Target, stage: &str) {
    let place = Place(event.at);
    let text = event.path.text.as_str();
    let path = match text.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => bare,
        _ => text,
    };
    let upper = event.method.text.to_uppercase();
    let method = if upper == "ANY" { "*" } else { upper.as_str() };
    let arn = format!(
        "arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{method}{}",
        arn_path(path)
    );
    let source = place.sub_with(
        arn,
        [
            ("__ApiId__", event.reference.clone()),
            ("__Stage__", place.text("*")),
        ],
    );
    let prefix = format!("{}{}Permission", target.id, event.id);
    let id = if is_alphanumeric(stage) {
        format!("{prefix}{stage}")
    } else {
        hashed(&prefix, stage)
    };
    let made = permission(id, place, target.name(place), Some(source));
    lowering.emit(made.with(target.attributes.clone()));
}

/// Adds the event's method to a document.
fn integrate(
    lowering: &mut Lowering<'_>,
    api: &Api,
    document: &mut Document,
    with: (&ApiEvent, &Target, &Node),
) {
    let (event, target, stage) = with;
    let (path, method) = (&event.path, &event.method);
    if !body::is_swagger(&document.draft) {
        let message = format!(
            "the document of `{}` is not one that SAM can add event `{}` to",
            api.id, event.id
        );
        lowering.unreadable(event.at, message);
        return;
    }
    if body::has_integration(&mut document.draft, &path.text, &method.text) {
        let message = format!(
            "event `{}` adds `{} {}` a second time; SAM refuses the template",
            event.id, method.text, path.text
        );
        lowering.notice(event.at, message);
        return;
    }
    if !body::add_path(&mut document.draft, path, method) {
        let message = format!(
            "`{}` in the document of `{}` is not a mapping",
            path.text, api.id
        );
        lowering.unreadable(event.at, message);
        return;
    }
    let integration = integration(api, event, target);
    body::each_raw(&mut document.draft, &path.text, &method.text, &mut |raw| {
        fill(raw, event, &integration);
        if let Some(condition) = &target.condition {
            raw.make_conditional(condition);
        }
    });
    event::apply(lowering, &site(api, event, stage), document);
    requests(document, event);
}

fn fill(raw: &mut Draft, event: &ApiEvent, integration: &Node) {
    if !raw.is_map() {
        *raw = Draft::empty(event.at);
    }
    if let Some(definition) = raw.fields() {
        definition.set(INTEGRATION, event.at, integration.clone());
        definition.or_insert("responses", event.at, || Draft::empty(event.at));
    }
}

fn integration(api: &Api, event: &ApiEvent, target: &Target) -> Node {
    let place = Place(event.at);
    let streamed = is(
        event.properties.get("ResponseTransferMode"),
        "RESPONSE_STREAM",
    );
    let mut integration = place.map([
        ("type", place.text("aws_proxy")),
        ("httpMethod", place.text("POST")),
        ("uri", target.uri(place, "aws", streamed)),
    ]);
    if streamed {
        integration = integration.with("responseTransferMode", place.text("STREAM"));
    }
    if let Some(credentials) = credentials(api, event) {
        integration = integration.with("credentials", credentials);
    }
    integration
}

/// Whose rights a method that asks for signed requests is called with: the caller's, unless a role is named.
fn credentials(api: &Api, event: &ApiEvent) -> Option<Node> {
    let auth = true_at(&event.properties, "Auth");
    let api_auth = api.properties.get("Auth");
    let default = is(
        api_auth.and_then(|it| it.get("DefaultAuthorizer")),
        "AWS_IAM",
    );
    let signed = is(auth.and_then(|it| it.get("Authorizer")), "AWS_IAM");
    if !signed && !(default && auth.is_none()) {
        return None;
    }
    let place = Place(event.at);
    let role = |auth: Option<&Node>| {
        let written = auth?.get("InvokeRole")?;
        Some(if truthy(written) {
            written.clone()
        } else {
            place.text("NONE")
        })
    };
    let role = role(auth).or_else(|| role(api_auth));
    match role {
        Some(role) if is(Some(&role), "NONE") => None,
        Some(role) if !is(Some(&role), "CALLER_CREDENTIALS") => Some(role),
        _ => Some(place.text("arn:aws:iam::*:user/*")),
    }
}

/// Timeout, model and parameters of the event's request.
fn requests(document: &mut Document, event: &ApiEvent) {
    let (path, method) = (&event.path.text, &event.method.text);
    let swagger = document
        .draft
        .read("swagger")
        .is_some_and(|it| !it.is_null());
    let model = event.properties.get("RequestModel").filter(|it| truthy(it));
    let name = model
        .and_then(|it| it.get("Model")?.as_text())
        .map(|it| it.to_lowercase());
    let validator = model.filter(|_| name.is_some()).and_then(validator);
    body::each_definition(&mut document.draft, path, method, &mut |definition| {
        if let Some(timeout) = true_at(&event.properties, "TimeoutInMillis") {
            if let Some(integration) = definition.get_mut(INTEGRATION).and_then(Draft::fields) {
                integration.set("timeoutInMillis", timeout.span, timeout.clone());
            }
        }
        if let (Some(name), Some(model)) = (&name, model) {
            set_model(definition, name, (model, swagger));
        }
        if let Some((name, at, _)) = &validator {
            let name = Place(*at).text(*name);
            definition.set("x-amazon-apigateway-request-validator", *at, name);
        }
        for parameter in event
            .properties
            .get("RequestParameters")
            .map(Node::items)
            .unwrap_or_default()
        {
            add_parameter(definition, parameter);
        }
    });
    if let Some((name, at, validator)) = validator {
        let validators = document.draft.fields().and_then(|fields| {
            let slot = fields.or_insert("x-amazon-apigateway-request-validators", at, || {
                Draft::empty(at)
            });
            slot?.fields()
        });
        if let Some(validators) = validators {
            validators.or_insert(name, at, || validator.into());
        }
    }
}

fn validator(model: &Node) -> Option<(&'static str, crate::source::Span, Node)> {
    let (body, parameters) = (
        present(model, "ValidateBody"),
        present(model, "ValidateParameters"),
    );
    let at = body.or(parameters)?.span;
    let (body, parameters) = (body.is_some_and(truthy), parameters.is_some_and(truthy));
    let name = match (body, parameters) {
        (true, true) => "body-and-params",
        (true, false) => "body-only",
        (false, true) => "params-only",
        (false, false) => "no-validation",
    };
    let place = Place(at);
    let value = place.map([
        ("validateRequestBody", place.flag(body)),
        ("validateRequestParameters", place.flag(parameters)),
    ]);
    Some((name, at, value))
}

fn set_model(definition: &mut Fields, name: &str, (model, swagger): (&Node, bool)) {
    let place = Place(model.span);
    let required = present(model, "Required").cloned();
    let with_required = |node: Node| match required {
        Some(required) => node.with("required", required),
        None => node,
    };
    let reference = |folder: &str| place.one("$ref", place.text(format!("#/{folder}/{name}")));
    if swagger {
        let parameter = with_required(place.map([
            ("in", place.text("body")),
            ("name", place.text(name)),
            ("schema", reference("definitions")),
        ]));
        body::append(definition, "parameters", parameter);
        return;
    }
    let schema = place.one("schema", reference("components/schemas"));
    let content = place.one("application/json", schema);
    definition.set(
        "requestBody",
        place.0,
        with_required(place.one("content", content)),
    );
}

/// A parameter: its name alone, or with `Required` and `Caching`.
fn add_parameter(definition: &mut Fields, written: &Node) {
    let place = Place(written.span);
    let (full, settings) = match written.entries() {
        [entry, ..] => (entry.key.clone(), Some(&entry.value)),
        [] => (written.as_text().cloned().unwrap_or_default(), None),
    };
    let Some((location, name)) = full.trim_start_matches("method.request.").split_once('.') else {
        return;
    };
    let location = if location == "querystring" {
        "query"
    } else {
        location
    };
    let setting = |key: &str| settings.and_then(|it| it.get(key)).cloned();
    let parameter = place.map([
        ("in", place.text(location)),
        ("name", place.text(name)),
        (
            "required",
            setting("Required").unwrap_or_else(|| place.flag(false)),
        ),
        ("type", place.text("string")),
    ]);
    body::append(definition, "parameters", parameter);
    if setting("Caching").is_some_and(|it| truthy(&it)) {
        if let Some(integration) = definition.get_mut(INTEGRATION).and_then(Draft::fields) {
            body::append(integration, "cacheKeyParameters", place.text(full.clone()));
        }
    }
}

/// Merges the event's method into a document of the author's: what SAM generates wins, key by key.
fn merge(lowering: &mut Lowering<'_>, api: &mut Api, with: (&ApiEvent, &Target, &Node)) {
    let (event, target, stage) = with;
    let mut generated = Document {
        draft: body::swagger_skeleton(event.at),
        statements: Statements::default(),
    };
    integrate(lowering, api, &mut generated, (event, target, stage));
    let method = event.method.method();
    let item = generated
        .draft
        .read("paths")
        .and_then(|paths| paths.get(&event.path.text).cloned());
    let Some(made) = item.and_then(|item| item.get(&method.text).cloned()) else {
        return;
    };
    // SAM keeps the method as the event writes it, in lower case: `any` stays `any`.
    let key = event.method.text.to_lowercase();
    let paths = api.body.as_mut().and_then(|body| body.under("paths"));
    let item = paths.and_then(|paths| {
        paths.or_insert(event.path.text.clone(), event.path.at, || {
            Draft::empty(event.path.at)
        })
    });
    let Some(item) = item.and_then(Draft::fields) else {
        let message = format!(
            "event `{}` cannot be merged: the document has no mapping for `{}`",
            event.id, event.path.text
        );
        lowering.unreadable(event.at, message);
        return;
    };
    let slot = item.or_insert(key, method.at, || Draft::empty(event.at));
    if let Some(slot) = slot {
        if !slot.is_map() {
            *slot = Draft::empty(event.at);
        }
        if let Some(slot) = slot.fields() {
            for entry in made.entries() {
                slot.set(entry.key.clone(), entry.span, entry.value.clone());
            }
        }
    }
}
