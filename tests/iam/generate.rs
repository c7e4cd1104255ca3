//! Random patterns, texts, policies and requests: the same ones in every run.

use std::collections::BTreeMap;

use gatelint::iam::{Caller, Identity, Request};
use gatelint::resolve::{Part, Text};
use serde_json::{Value, json};

/// A small generator (xorshift64*), so that failures repeat.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).expect("31 bits") % bound
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn string(&mut self, alphabet: &str, from: usize, to: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let length = from + self.below(to - from + 1);
        (0..length).map(|_| *self.pick(&letters)).collect()
    }
}

/// Text of literals and unknown parts.
fn text(random: &mut Random, alphabet: &str, most: usize) -> Text {
    let mut text = Text::default();
    for _ in 0..=random.below(most) {
        text.push(match random.below(8) {
            0 | 1 => Part::Ref((*random.pick(&["X", "Y"])).into()),
            2 => Part::Unknown("anything".into()),
            _ => Part::Literal(random.string(alphabet, 1, 2).into()),
        });
    }
    text
}

/// A pattern and a text to compare it with.
pub fn pattern_and_text(random: &mut Random) -> (Text, Text) {
    (text(random, "ab/*?", 5), text(random, "ab/", 4))
}

/// The ARN of a request and a pattern for it, with unknown parts in any field.
pub fn arns(random: &mut Random) -> (Text, Text) {
    let (mut pattern, mut arn) = (head(random), head(random));
    if random.below(4) == 0 {
        let broad = [
            "arn:a:execute-api:*",
            "arn:*:execute-api:b*:?",
            "arn:a:execute-api:*:1",
        ];
        pattern = Text::literal(*random.pick(&broad));
    }
    let api = [refer("X"), refer("Y"), literal("abc")];
    push(&mut arn, ":", random.pick(&api));
    for _ in 0..2 {
        let field = [unknown("field"), literal("a"), literal("b")];
        push(&mut arn, "/", random.pick(&field));
    }
    for _ in 0..random.below(4) {
        let segment = [
            unknown("{id}"),
            unknown("{proxy+}"),
            literal("a"),
            literal("b:c"),
        ];
        push(&mut arn, "/", random.pick(&segment));
    }
    for nth in 0..random.below(6) {
        let wanted = [
            [literal("*"), literal("a?"), literal("*")],
            [refer("X"), refer("Y"), unknown("anything")],
            [literal("a"), literal("abc"), literal("b:c")],
        ];
        let separator = if nth == 0 { ":" } else { "/" };
        let kind = random.pick(&wanted).clone();
        let piece = random.pick(&kind).clone();
        push(&mut pattern, separator, &piece);
    }
    (pattern, arn)
}

/// `arn:a:execute-api:b:1`, of which some may be unknown.
fn head(random: &mut Random) -> Text {
    let mut head = Text::literal("arn");
    let mut field = |head: &mut Text, known: &str, name: &str| {
        let part = if random.below(3) == 0 {
            literal(known)
        } else {
            refer(name)
        };
        push(head, ":", &part);
    };
    field(&mut head, "a", "AWS::Partition");
    push(&mut head, ":", &literal("execute-api"));
    field(&mut head, "b", "AWS::Region");
    field(&mut head, "1", "AWS::AccountId");
    head
}

fn push(text: &mut Text, separator: &str, part: &Part) {
    text.push(literal(separator));
    text.push(part.clone());
}

fn literal(text: &str) -> Part {
    Part::Literal(text.into())
}

fn refer(name: &str) -> Part {
    Part::Ref(name.into())
}

fn unknown(name: &str) -> Part {
    Part::Unknown(name.into())
}

/// What deployment may make of unknown parts: a value for each name, and a new one for each nameless part.
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Any values at all.
    pub fn any(random: &mut Random) -> Self {
        let names = ["X", "Y"].map(|name| (name.to_owned(), random.string("ab/*?", 0, 4)));
        Self(names.into())
    }

    /// Ids for `X` and `Y` that differ, and plain names for the pseudo parameters.
    pub fn ids(random: &mut Random) -> Self {
        let (one, other) = *random.pick(&[("abc", "bbb"), ("aaa", "abc"), ("bab", "aba")]);
        let mut named = BTreeMap::from([
            ("X".to_owned(), one.to_owned()),
            ("Y".to_owned(), other.to_owned()),
        ]);
        for (name, value) in [
            ("AWS::Partition", "a"),
            ("AWS::Region", "b"),
            ("AWS::AccountId", "1"),
        ] {
            let value = if random.below(2) == 0 {
                value.to_owned()
            } else {
                random.string("ab1", 1, 2)
            };
            named.insert(name.to_owned(), value);
        }
        Self(named)
    }

    /// The text once deployed.
    pub fn in_text(&self, random: &mut Random, text: &Text) -> Text {
        let mut deployed = Text::default();
        for part in text.parts() {
            deployed.push(match part {
                Part::Ref(name) => Part::Literal(self.0[name.as_str()].as_str().into()),
                Part::Unknown(name) => Part::Literal(match name.as_str() {
                    "field" => random.string("ab", 0, 2).into(),
                    "{id}" => random.string("ab:c", 1, 3).into(),
                    "{proxy+}" => random.string("ab/:", 1, 4).into(),
                    _ => random.string("ab/*?", 0, 4).into(),
                }),
                Part::Literal(_) | Part::Attribute(..) | Part::Import(_) => part.clone(),
            });
        }
        deployed
    }
}

const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:execute-api:*:*:*",
    "arn:aws:execute-api:eu-west-1:1:api/*",
    "arn:aws:execute-api:eu-west-1:1:api/*/GET/*",
    "arn:aws:execute-api:eu-west-1:1:api/dev/GET/a",
    "arn:aws:execute-api:eu-west-1:1:other/*",
];

/// A statement.
pub fn statement(random: &mut Random, effect: &str) -> Value {
    let actions = [
        "*",
        "execute-api:*",
        "execute-api:Invoke",
        "execute-api:Manage*",
        "lambda:*",
    ];
    let action = ["Action", "Action", "NotAction"][random.below(3)];
    let resource = ["Resource", "Resource", "NotResource"][random.below(3)];
    let mut statement = json!({"Effect": effect, "Principal": *random.pick(&["*", "1", "2"])});
    statement[action] = json!(*random.pick(&actions));
    statement[resource] = match random.below(5) {
        0 => json!({"Ref": "X"}),
        1 => json!([random.pick(&RESOURCES), {"Ref": "Y"}]),
        _ => json!(random.pick(&RESOURCES)),
    };
    if random.below(3) == 0 {
        statement["Condition"] = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
    }
    statement
}

/// A policy of some statements.
pub fn policy(random: &mut Random) -> Vec<Value> {
    (0..random.below(4))
        .map(|_| {
            let effect = *random.pick(&["Allow", "Allow", "Deny"]);
            statement(random, effect)
        })
        .collect()
}

/// A call of an endpoint.
pub fn request(random: &mut Random) -> Request {
    let mut resource = Text::literal("arn:aws:execute-api:eu-west-1:1:");
    resource.push(
        random
            .pick(&[Part::Literal("api".into()), Part::Ref("Api".into())])
            .clone(),
    );
    resource.push(Part::Literal("/dev/".into()));
    resource.push(
        random
            .pick(&[
                Part::Literal("GET".into()),
                Part::Unknown("any method".into()),
            ])
            .clone(),
    );
    resource.push(Part::Literal("/a".into()));
    let identity = Identity {
        arn: "arn:aws:iam::1:role/r".into(),
        account: (*random.pick(&["1", "2"])).into(),
    };
    Request {
        action: "execute-api:Invoke".into(),
        resource,
        caller: random
            .pick(&[
                Caller::Anonymous,
                Caller::Role(identity.clone()),
                Caller::User(identity),
            ])
            .clone(),
        context: gatelint::iam::Context::new(),
        distinct: std::sync::Arc::default(),
    }
}
