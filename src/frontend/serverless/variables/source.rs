//! The sources that variables name: what each knows without asking anybody.

use super::compose::printed;
use super::syntax::{Call, Literal, Source};
use super::{Answer, Asked, Generation, Place, Site, Variables, limits};
use crate::document::{Node, Value};
use crate::frontend::serverless::tree;
use crate::resolve::function;
use crate::resolve::output::{Output, Owner};
use crate::source::Str;
use crate::trail::{How, Step};

/// Where the framework documents its variables.
const DOCS: &str = "https://www.serverless.com/framework/docs/guides/variables";

/// Sources that are asked over the network when deploying.
const REMOTE: [&str; 8] = [
    "ssm",
    "s3",
    "output",
    "vault",
    "terraform",
    "doppler",
    "git",
    "secretsmanager",
];

impl Variables<'_> {
    /// Asks one source.
    pub(super) fn ask(&mut self, source: &Source, site: Site<'_>) -> Asked {
        match source {
            Source::Literal(literal) => Asked::Found(Answer::here(value(literal, site))),
            Source::Nested(variable) => {
                if self.generation == Generation::Three {
                    let message = format!(
                        "`{}` is no fallback that version 3 reads: write it without `${{` and `}}`",
                        variable.written
                    );
                    self.problem(site.span, message);
                }
                Asked::Found(self.variable(variable, site.span))
            }
            Source::Call(call) => self.call(call, site),
        }
    }

    fn call(&mut self, call: &Call, site: Site<'_>) -> Asked {
        let address = match &call.address {
            None => None,
            Some(template) => match self.filled(template, site) {
                Ok(text) => Some(text),
                Err(unknown) => return Asked::Found(unknown),
            },
        };
        let address = address.as_ref();
        match call.kind.as_str() {
            "self" => self.own(address, site),
            "file" => self.file(call, address, site),
            "opt" => self.option(address, site),
            "param" => self.param(address, site),
            "env" => self.env_variable(address, site),
            "sls" => self.sls(address, site),
            "aws" => self.aws(address, site),
            "strToBool" => self.str_to_bool(call, site),
            "cf" => Asked::Found(cf_output(address, site)),
            remote if REMOTE.contains(&remote) => Asked::Found(site.unknown()),
            other => self.foreign(other, site),
        }
    }

    /// A source that only a plugin can know.
    fn foreign(&mut self, kind: &str, site: Site<'_>) -> Asked {
        let has_plugins = self.root.get("plugins").is_some_and(tree::is_truthy);
        if !has_plugins && self.generation == Generation::Three {
            let message = format!("`{}` names an unknown source `{kind}`", site.written);
            self.problem(site.span, message);
        }
        Asked::Found(site.unknown())
    }

    /// `self:a.b.0`.
    fn own(&mut self, address: Option<&Str>, site: Site<'_>) -> Asked {
        let root = self.root.clone();
        let Some(address) = address.filter(|text| !text.is_empty()) else {
            return Asked::Found(Answer::there(root));
        };
        match self.follow(Answer::there(root), address) {
            Some(answer) => Asked::Found(answer),
            None => self.default_of(address, site),
        }
    }

    /// What the configuration does not say but some versions of the framework fill in.
    fn default_of(&mut self, address: &Str, site: Site<'_>) -> Asked {
        let missing = Asked::Missing(format!("there is no `{address}` in this file"));
        let text = match (address.as_str(), self.generation) {
            ("provider.stage", Generation::Old | Generation::Four) => "dev",
            ("provider.region", Generation::Old | Generation::Four) => "us-east-1",
            ("service.name", _) => {
                let service = self.root.get("service").cloned();
                return match service.filter(|service| service.as_map().is_none()) {
                    Some(service) => Asked::Found(Answer::there(service)),
                    None => missing,
                };
            }
            _ => return missing,
        };
        let what = "the framework fills in stage `dev` and region `us-east-1`";
        Asked::Found(default(text, what, site))
    }

    /// Steps into a value, through the variables on the way. `None` where nothing is.
    pub(super) fn follow(&mut self, start: Answer, address: &Str) -> Option<Answer> {
        let mut answer = start;
        for key in address.split('.') {
            answer = self.opened(answer);
            if tree::unknown(&answer.node).is_some() {
                return Some(answer);
            }
            let found = match &answer.node.value {
                Value::Map(map) => map.get(key),
                Value::List(list) => key.parse().ok().and_then(|nth: usize| list.items.get(nth)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
            };
            let found = found.filter(|found| !found.is_null())?.clone();
            answer.node = found.along(answer.node.via.as_ref());
        }
        let answer = self.opened(answer);
        (!answer.node.is_null()).then_some(answer)
    }

    /// The value itself, when the answer so far is a text with variables.
    fn opened(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..limits::STEPS {
            let Some(text) = answer.node.as_text().filter(|text| text.contains("${")) else {
                return answer;
            };
            if !answer.is_raw {
                return answer;
            }
            let (text, site) = (text.clone(), answer.node.clone());
            let next = self.shallow(&text, site.span);
            // What an escape left is read again when it is referred to.
            let is_other = next.node.as_text().is_some_and(|next| *next != text);
            let step = Step::new(How::Variable(text), site.span);
            answer = Answer {
                node: next.node.via(step).along(site.via.as_ref()),
                is_raw: next.is_raw || is_other,
                place: Place::There,
            };
        }
        let why = "variables are nested too deep";
        Answer::here(self.refused(answer.node.span, why))
    }

    /// `opt:stage`. An option that is not given now may be given when deploying.
    fn option(&mut self, address: Option<&Str>, site: Site<'_>) -> Asked {
        let given = address.and_then(|name| self.given(name));
        match given {
            Some(text) => Asked::Found(given_here(&text, site)),
            None => Asked::Open,
        }
    }

    /// An option of the command line, `--stage` among them.
    pub(super) fn given(&self, name: &str) -> Option<Str> {
        let options = &self.env.options.opts;
        let short = match name {
            "stage" => Some("s"),
            "region" => Some("r"),
            _ => None,
        };
        let stage = self.stage.as_ref().filter(|_| name == "stage");
        let written = || options.get(name).or_else(|| options.get(short?));
        stage
            .cloned()
            .or_else(|| written().map(|text| Str::from(text.as_str())))
    }

    /// `param:x`: `--param`, then the stage's, then the default ones.
    fn param(&mut self, address: Option<&Str>, site: Site<'_>) -> Asked {
        let Some(name) = address else {
            return Asked::Missing("no parameter is named".into());
        };
        if let Some(value) = self.env.options.params.get(name.as_str()) {
            return Asked::Found(given_here(value, site));
        }
        if let Some(value) = self.passed.get(name) {
            return Asked::Found(settled(value.clone()));
        }
        let stage = self.stage_name(site);
        let Some(stage) = printed(&stage) else {
            return Asked::Found(site.unknown());
        };
        let places: [&[&str]; 4] = [
            &["stages", &stage, "params"],
            &["params", &stage],
            &["stages", "default", "params"],
            &["params", "default"],
        ];
        for place in places {
            let address = Str::from(format!("{}.{name}", place.join(".")));
            let root = Answer::there(self.root.clone());
            if let Some(answer) = self.follow(root, &address) {
                return Asked::Found(answer);
            }
        }
        Asked::Open
    }

    /// The stage that is deployed: `--stage`, `provider.stage`, `dev`.
    pub(super) fn stage_name(&mut self, site: Site<'_>) -> Node {
        let named = self.given("stage");
        self.named(named, ("provider.stage", "dev"), site)
    }

    /// The region that is deployed to.
    pub(super) fn region_name(&mut self, site: Site<'_>) -> Node {
        let named = self.given("region");
        self.named(named, ("provider.region", "us-east-1"), site)
    }

    fn named(&mut self, given: Option<Str>, or: (&str, &'static str), site: Site<'_>) -> Node {
        let (address, otherwise) = or;
        if let Some(text) = given {
            return given_here(&text, site).node;
        }
        let root = Answer::there(self.root.clone());
        if let Some(answer) = self.follow(root, &Str::from(address)) {
            return self.resolve(&answer.node);
        }
        let what = "stage `dev` and region `us-east-1` are used when none is given";
        default(otherwise, what, site).node
    }

    fn env_variable(&mut self, address: Option<&Str>, site: Site<'_>) -> Asked {
        let Some(name) = address else {
            return Asked::Missing("no variable of the environment is named".into());
        };
        if let Some(value) = self.env.options.env.get(name.as_str()) {
            return Asked::Found(given_here(value, site));
        }
        match self.dotenv(name, site) {
            Some(value) => Asked::Found(Answer::there(value)),
            None => Asked::Open,
        }
    }

    fn sls(&mut self, address: Option<&Str>, site: Site<'_>) -> Asked {
        match address.map(Str::as_str) {
            Some("stage") => Asked::Found(settled(self.stage_name(site))),
            Some("instanceId") => Asked::Found(site.unknown()),
            _ => Asked::Missing("`sls` knows `stage` and `instanceId`".into()),
        }
    }

    fn aws(&mut self, address: Option<&Str>, site: Site<'_>) -> Asked {
        match address.map(Str::as_str) {
            Some("region") => Asked::Found(settled(self.region_name(site))),
            Some("accountId") => Asked::Found(site.unknown()),
            _ => Asked::Missing("`aws` knows `region` and `accountId`".into()),
        }
    }

    /// `strToBool(x)`. An unquoted `false` or `0` counts as no input at all.
    fn str_to_bool(&mut self, call: &Call, site: Site<'_>) -> Asked {
        let missing = || Asked::Missing("`strToBool` has no input".into());
        let Some(param) = call.params.first() else {
            return missing();
        };
        let input = match param.template.0.as_slice() {
            [super::syntax::Part::Variable(variable)] => Some(self.value(variable, site.span)),
            _ => None,
        };
        let text = match &input {
            Some(node) => printed(node).ok_or_else(|| site.unknown()),
            None => self.filled(&param.template, site),
        };
        let text = match text {
            Ok(text) => text,
            Err(unknown) => return Asked::Found(unknown),
        };
        let is_plain = matches!(
            param.template.0.as_slice(),
            [] | [super::syntax::Part::Text(_)]
        );
        if is_plain && !param.is_quoted && matches!(text.as_str(), "" | "false" | "0" | "null") {
            return missing();
        }
        let value = match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => {
                let why = format!("`{}` is neither `true` nor `false`", site.written);
                self.problem(site.span, why);
                return Asked::Found(site.unknown());
            }
        };
        let Some(input) = input else {
            return Asked::Found(Answer::here(Node::bool(site.span, value)));
        };
        let read = How::Coerced(format!("`strToBool` reads it as {value}").into());
        let (span, value) = (input.span, Value::Bool(value));
        let node = Node { value, ..input };
        Asked::Found(settled(node.via(Step::new(read, span))))
    }
}

/// A value that is resolved already and has its own place.
fn settled(node: Node) -> Answer {
    Answer {
        node,
        is_raw: false,
        place: Place::There,
    }
}

/// `cf:stack.Output`: another stack of the run may have that name.
fn cf_output(address: Option<&Str>, site: Site<'_>) -> Answer {
    let is_name = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !text.is_empty() && text.chars().all(is_part)
    };
    match address.and_then(|address| address.split_once('.')) {
        Some((stack, name)) if is_name(stack) && is_name(name) => {
            let (of, name) = (Owner::Stack(stack.into()), name.into());
            let output = Output { of, name };
            Answer::here(function::unknown(site.span, output.to_string()))
        }
        Some(_) | None => site.unknown(),
    }
}

/// A value that whoever runs us has given.
fn given_here(text: &str, site: Site<'_>) -> Answer {
    Answer {
        node: Node::text(site.span, text),
        is_raw: true,
        place: Place::Here,
    }
}

/// A value that the framework fills in.
fn default(text: &'static str, what: &'static str, site: Site<'_>) -> Answer {
    Answer::here(Node::text(site.span, text).via(Step::default(what, DOCS)))
}

fn value(literal: &Literal, site: Site<'_>) -> Node {
    let value = match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Number(text) => Value::Number(text.clone()),
        Literal::Text(text) => Value::Text(text.clone()),
    };
    Node::new(site.span, value)
}

impl Variables<'_> {
    /// The stage that is deployed, for generated names.
    pub(in crate::frontend::serverless) fn stage(&mut self, span: crate::source::Span) -> Node {
        let written = arcstr::literal_substr!("${sls:stage}");
        self.stage_name(Site {
            span,
            written: &written,
        })
    }

    /// The region that is deployed to.
    pub(in crate::frontend::serverless) fn region(&mut self, span: crate::source::Span) -> Node {
        let written = arcstr::literal_substr!("${aws:region}");
        self.region_name(Site {
            span,
            written: &written,
        })
    }
}
