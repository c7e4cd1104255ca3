//! `authorizer:` of an `http` event: who is asked for, and by which authorizer.
//!
//! The order of the questions is the framework's (`getAuthorizer` and `getMethodAuthorization`); it decides what a
//! contradictory setting means.

mod compile;

pub(in crate::frontend::serverless) use self::compile::{compile, permit};
use crate::document::Node;
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::rest::event::Rules;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;
use crate::trail::{How, Step};

/// Where the framework documents authorizers.
const DOCS: &str = "https://www.serverless.com/framework/docs/providers/aws/events/apigateway#http-endpoints-with-custom-authorizers";

/// What a method asks for: its properties, and the authorizer that goes with it.
pub(in crate::frontend::serverless) struct Asked {
    /// `AuthorizationType`.
    pub(in crate::frontend::serverless) kind: Node,
    /// `AuthorizerId`.
    pub(in crate::frontend::serverless) authorizer: Option<Node>,
    /// `AuthorizationScopes`.
    pub(in crate::frontend::serverless) scopes: Option<Node>,
    /// The authorizer of this service that it names.
    own: Option<Own>,
}

/// An authorizer that the service makes.
struct Own {
    at: At,
    id: Str,
    name: Node,
    /// A function's ARN in parts, or a user pool's ARN.
    target: Vec<Node>,
    is_cognito: bool,
    kind: Option<Node>,
    /// The function that API Gateway must be let invoke: its name, and what it is.
    invoked: Option<(Str, Node)>,
    config: Option<Node>,
}

impl Asked {
    /// What is written in `CloudFormation`'s own words.
    pub(in crate::frontend::serverless) fn given(
        kind: Node,
        authorizer: Option<Node>,
        scopes: Option<Node>,
    ) -> Self {
        Self {
            kind,
            authorizer,
            scopes,
            own: None,
        }
    }

    fn plain(kind: Node) -> Self {
        Self {
            kind,
            authorizer: None,
            scopes: None,
            own: None,
        }
    }

    /// Nobody can know.
    fn unknown(at: &At, reason: &Str) -> Self {
        Self {
            authorizer: Some(at.unknown(reason.clone())),
            ..Self::plain(at.unknown(reason.clone()))
        }
    }
}

/// An authorizer as configured, while the questions are asked.
struct Reader<'a> {
    node: Node,
    rules: Rules,
    service: &'a Service,
}

/// Reads the authorizer of an event.
pub(in crate::frontend::serverless) fn read(
    (event, rules): (&Node, Rules),
    integration: &Node,
    service: &Service,
    out: &mut Output,
) -> Asked {
    let Some(written) = tree::child(event, "authorizer") else {
        let what = "an event without `authorizer` asks for none";
        let at = At::of(event).via(Step::default(what, DOCS));
        return Asked::plain(at.text("NONE"));
    };
    let node = coerce::text(&written, "authorizer");
    let at = At::of(&node);
    if let Some(reason) = tree::unknown(&node) {
        return Asked::unknown(&at, reason);
    }
    if !tree::is_truthy(&node) {
        let step = How::Note(Str::from("an empty `authorizer` asks for none"));
        return Asked::plain(at.via(Step::new(step, node.span)).text("NONE"));
    }
    claims(&node, integration, out);
    let reader = Reader {
        node,
        rules,
        service,
    };
    let asked = match tree::sketch(&reader.node) {
        Some(text) => reader.short(&text, out),
        None => reader.long(out),
    };
    asked.unwrap_or_else(|(at, why)| {
        out.fatal(at.span, why.clone());
        Asked::unknown(&at, &Str::from(why))
    })
}

/// Why an authorizer is refused, and where.
type Refused = (At, String);

impl Reader<'_> {
    /// `authorizer: x`.
    fn short(&self, text: &Str, out: &mut Output) -> Result<Asked, Refused> {
        let at = At::of(&self.node);
        if text.to_uppercase() == "AWS_IAM" {
            return Ok(Asked::plain(at.text("AWS_IAM")));
        }
        if text.contains(':') {
            let name = at.text(name_of_arn(text));
            return Ok(self.by_arn(&self.node, name, out));
        }
        self.by_function(&self.node)
    }

    /// `authorizer: {…}`.
    fn long(&self, out: &mut Output) -> Result<Asked, Refused> {
        let at = At::of(&self.node);
        let kind = self.setting("type");
        let id = self.raw("authorizerId");
        if let (Some(kind), Some(id)) = (&kind, id) {
            return Ok(self.by_id(kind, id));
        }
        if let Some(kind) = kind.as_ref().filter(|kind| is(kind, "AWS_IAM")) {
            return Ok(Asked::plain(At::of(kind).text("AWS_IAM")));
        }
        if let Some(arn) = self.raw("arn") {
            let name = self.name(&arn)?;
            return Ok(self.by_arn(&arn, name, out));
        }
        match self.setting("name") {
            Some(name) => self.by_function(&name),
            None => Err((at, "an authorizer needs a `name` or an `arn`".into())),
        }
    }

    fn raw(&self, key: &str) -> Option<Node> {
        tree::child(&self.node, key).filter(tree::is_truthy)
    }

    /// A setting that is read as text.
    fn setting(&self, key: &str) -> Option<Node> {
        Some(coerce::text(&self.raw(key)?, key))
    }

    /// Scopes, unless there are none.
    fn scopes(&self) -> Option<Node> {
        let scopes = coerce::list(&self.raw("scopes")?, "scopes");
        let is_empty = scopes.as_list().is_some_and(<[Node]>::is_empty);
        (!is_empty).then_some(scopes)
    }

    /// `type` and `authorizerId`: an authorizer that is made elsewhere.
    fn by_id(&self, kind: &Node, id: Node) -> Asked {
        let at = At::of(kind);
        if self.rules == Rules::StepFunctions {
            return Asked::given(kind.clone(), Some(id), self.scopes());
        }
        let deployed = match kind.as_text() {
            Some(text) if is(kind, "TOKEN") || is(kind, "REQUEST") => {
                let note = format!("`type: {text}` of an external authorizer is CUSTOM");
                at.via(Step::new(How::Note(note.into()), kind.span))
                    .text("CUSTOM")
            }
            _ => kind.clone(),
        };
        if is(kind, "AWS_IAM") && deployed.as_text().is_some_and(|text| text == "AWS_IAM") {
            return Asked::plain(deployed);
        }
        Asked {
            scopes: self.scopes().filter(|_| is(kind, "COGNITO_USER_POOLS")),
            kind: deployed,
            authorizer: Some(id),
            own: None,
        }
    }

    /// The name of an authorizer that has an ARN.
    fn name(&self, arn: &Node) -> Result<Node, Refused> {
        let named = self.setting("name").filter(|name| name.as_map().is_none());
        if let Some(name) = named {
            return Ok(name);
        }
        let at = At::of(arn);
        if let Some(text) = tree::sketch(arn) {
            return Ok(at.text(name_of_arn(&text)));
        }
        let message = "an authorizer whose `arn` is no text needs a `name`";
        Err((at, message.into()))
    }

    fn by_arn(&self, arn: &Node, name: Node, out: &mut Output) -> Asked {
        let kind = self.setting("type");
        let text = tree::sketch(arn);
        let is_pool = text.as_deref().is_some_and(is_cognito_arn);
        let is_cognito = is_pool
            || kind
                .as_ref()
                .is_some_and(|kind| is(kind, "COGNITO_USER_POOLS"));
        let is_managed = self
            .raw("managedExternally")
            .map(|node| coerce::boolean(&node, "managedExternally"))
            .is_some_and(|node| tree::is_truthy(&node));
        let invoked = (!is_cognito && !is_managed)
            .then(|| Some((tree::sketch(&name)?, arn.clone())))
            .flatten();
        if let Some(reason) = kind.as_ref().and_then(tree::unknown) {
            out.notice(self.node.span, format!("the authorizer's type is {reason}"));
        }
        self.own(Own {
            at: At::of(&self.node),
            id: naming::rest_authorizer(&tree::sketch(&name).unwrap_or_default()),
            name,
            target: vec![arn.clone()],
            is_cognito,
            kind,
            invoked,
            config: Some(self.node.clone()),
        })
    }

    fn by_function(&self, name: &Node) -> Result<Asked, Refused> {
        let at = At::of(name);
        let key = name.scalar().unwrap_or_default();
        let Some(function) = self.service.function(&key) else {
            if let Some(reason) = tree::unknown(name) {
                return Ok(Asked::unknown(&at, reason));
            }
            let message = format!("there is no function `{key}` for this authorizer");
            return Err((at, message));
        };
        let kind = self.setting("type");
        let target = function.target(&at);
        let invoked = match function.alias() {
            Some((_, id)) => at.refer(id),
            None => target.clone(),
        };
        Ok(self.own(Own {
            at: At::of(&self.node),
            id: naming::rest_authorizer(&key),
            name: name.clone(),
            is_cognito: kind
                .as_ref()
                .is_some_and(|kind| is(kind, "COGNITO_USER_POOLS")),
            target: vec![target],
            kind,
            invoked: Some((key, invoked)),
            config: Some(self.node.clone()),
        }))
    }

    fn own(&self, own: Own) -> Asked {
        let at = own.kind.as_ref().map_or_else(|| own.at.clone(), At::of);
        let is_text = own
            .target
            .first()
            .is_some_and(|arn| tree::sketch(arn).is_some());
        let is_overlooked = self.rules == Rules::StepFunctions && !is_text;
        let kind = match (&own.kind, own.is_cognito && !is_overlooked) {
            (Some(kind), _) if tree::unknown(kind).is_some() => kind.clone(),
            (_, true) => at.text("COGNITO_USER_POOLS"),
            (None, false) => custom(&own, &at),
            (Some(_), false) => at.text("CUSTOM"),
        };
        Asked {
            kind,
            authorizer: Some(own.at.refer(own.id.clone())),
            scopes: self.scopes().filter(|_| own.is_cognito),
            own: Some(own),
        }
    }
}

/// A Lambda authorizer; an ARN that nobody knows is taken for a function's, as the framework takes any text that is no
/// user pool's.
fn custom(own: &Own, at: &At) -> Node {
    let reason = own.target.first().and_then(tree::unknown);
    match reason {
        None => at.text("CUSTOM"),
        Some(reason) => {
            let note = format!("a Lambda authorizer, unless {reason} is the ARN of a user pool");
            at.via(Step::new(How::Note(note.into()), at.span))
                .text("CUSTOM")
        }
    }
}

/// Claims of a user pool cannot be filtered by the proxy integration.
fn claims(authorizer: &Node, integration: &Node, out: &mut Output) {
    let is_proxy = integration
        .as_text()
        .is_some_and(|text| text == "AWS_PROXY");
    let claims = tree::child(authorizer, "claims");
    let arn = tree::child(authorizer, "arn").and_then(|arn| tree::sketch(&arn));
    let is_pool = arn.is_some_and(|arn| is_cognito_arn(&arn));
    if let Some(claims) = claims.filter(|claims| is_proxy && is_pool && !claims.items().is_empty())
    {
        let message = "`claims` need `integration: lambda`";
        out.fatal(claims.span, message);
    }
}

/// Whether a text is this word, whatever the case.
fn is(node: &Node, word: &str) -> bool {
    node.as_text()
        .is_some_and(|text| text.to_uppercase() == word)
}

/// `arn:aws:cognito-idp…`, in any partition.
fn is_cognito_arn(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("arn:") else {
        return false;
    };
    let partition = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '-');
    partition.starts_with(":cognito-idp")
}

/// The last word of an ARN: `…:function:shop-dev-auth` names `auth`.
fn name_of_arn(arn: &str) -> String {
    let last = arn.rsplit(':').next().unwrap_or_default();
    last.rsplit('-').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_last_words_of_arns() {
        assert_eq!(
            name_of_arn("arn:aws:lambda:eu-west-1:1:function:shop-dev-auth"),
            "auth"
        );
        assert_eq!(
            name_of_arn("arn:aws:cognito-idp:x:1:userpool/us-east-1_Ab"),
            "1_Ab"
        );
    }

    #[test]
    fn pools_are_known_by_their_arn_in_every_partition() {
        assert!(is_cognito_arn("arn:aws-cn:cognito-idp:x"));
        assert!(!is_cognito_arn("arn:aws:lambda:x"));
    }
}
