//! Conditions of statements, three-valued.
//!
//! A key of which the request says nothing leaves its condition unknown; a key known to be absent decides as AWS does
//! (IAM User Guide, "IAM JSON policy elements: Condition operators"): negated operators, `…IfExists` and
//! `ForAllValues:` hold, all others do not.

mod address;

use std::collections::BTreeMap;

use self::address::Range;
use super::matching::{Reading, Subject};
use super::statement::Pattern;
use crate::resolve::{Part, Text, Truth};
use crate::source::{Span, Str};

/// What is known of a request beyond who, what and on what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<Text>>);

impl Context {
    /// Nothing is known, of any key.
    pub fn new() -> Self {
        Self::default()
    }

    /// A request over the internet that is not signed: from some public address, through no VPC endpoint, by nobody.
    pub fn internet() -> Self {
        let address = Text::part(Part::Unknown(INTERNET.into()));
        let absent = [
            "aws:SourceVpc",
            "aws:SourceVpce",
            "aws:SourceVpcArn",
            "aws:VpcSourceIp",
            "aws:PrincipalArn",
            "aws:PrincipalAccount",
            "aws:PrincipalOrgID",
            "aws:PrincipalOrgPaths",
            "aws:userid",
            "aws:username",
            "aws:SourceArn",
            "aws:SourceAccount",
            "aws:SourceOrgID",
        ];
        let all = absent.into_iter().fold(Self::new(), Self::without);
        all.with("aws:SourceIp", [address])
            .with("aws:SecureTransport", ["true".into()])
            .with("aws:PrincipalType", ["Anonymous".into()])
    }

    /// The same, with this key having these values; none at all is the same as being absent.
    #[must_use]
    pub fn with(mut self, key: &str, values: impl IntoIterator<Item = Text>) -> Self {
        let values = values.into_iter().collect();
        self.0.insert(key.to_ascii_lowercase(), values);
        self
    }

    /// The same, with this key certainly absent.
    #[must_use]
    pub fn without(self, key: &str) -> Self {
        self.with(key, [])
    }

    /// The values of a key: empty when it is absent, `None` when that is not known.
    pub fn values(&self, key: &str) -> Option<&[Text]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }
}

/// Name of the unknown part that stands for the IPv4 address of someone on the internet.
const INTERNET: &str = "an address on the internet";

/// One key of a `Condition` under one operator.
#[derive(Clone, Debug)]
pub struct Condition {
    /// How it compares; `None` when that cannot be read.
    operator: Option<Operator>,
    /// The key as written: `aws:SourceIp`. For a condition that cannot be read, why.
    pub key: Str,
    /// The values of the policy: one of them must match, or none for a negated operator.
    pub values: Vec<Pattern>,
    /// Where the key is written.
    pub span: Span,
}

/// An operator in its parts: `ForAllValues:StringNotLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Operator {
    over: Over,
    test: Test,
    negated: bool,
    if_exists: bool,
}

/// How a key with several values is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// It has one.
    One,
    /// Every value must do.
    All,
    /// Some value must do.
    Any,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Text(Reading),
    Bool,
    Number(Order),
    Address,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// A condition as written: operator and key, values, and where the key stands.
    pub fn new((operator, key): (&str, &str), values: Vec<Pattern>, span: Span) -> Self {
        Self {
            operator: Operator::parse(operator),
            key: key.into(),
            values,
            span,
        }
    }

    /// A condition of which nothing can be seen.
    pub fn unreadable(span: Span, why: impl Into<Str>) -> Self {
        Self {
            operator: None,
            key: why.into(),
            values: Vec::new(),
            span,
        }
    }

    /// Whether it holds for a request, in a statement with policy variables or without.
    pub fn holds(&self, context: &Context, variables: bool) -> Truth {
        let Some(operator) = self.operator else {
            return Truth::Unknown;
        };
        let Some(given) = context.values(&self.key) else {
            return Truth::Unknown;
        };
        if operator.test == Test::Null {
            let absent = Text::literal(if given.is_empty() { "true" } else { "false" });
            return self.matches(&absent, Test::Bool, variables);
        }
        if given.is_empty() {
            return operator.holds_without();
        }
        let each = given.iter().map(|value| {
            let matched = self.matches(value, operator.test, variables);
            if operator.negated {
                matched.negate()
            } else {
                matched
            }
        });
        match (operator.over, operator.negated) {
            (Over::All, _) | (Over::One, true) => Truth::all(each),
            (Over::Any, _) | (Over::One, false) => Truth::any(each),
        }
    }

    /// Whether one of the policy's values matches this one of the request.
    fn matches(&self, given: &Text, test: Test, variables: bool) -> Truth {
        Truth::any(self.values.iter().map(|wanted| match test {
            Test::Text(reading) => text(&wanted.text, given, reading.variables(variables)),
            Test::Bool => text(&wanted.text, given, FOLDED.variables(variables)),
            Test::Number(order) => number(&wanted.text, given, order),
            Test::Address => address(&wanted.text, given),
            Test::Null => Truth::Unknown,
        }))
    }
}

const FOLDED: Reading = Reading {
    cased: false,
    ..Reading::EXACT
};

impl Operator {
    /// Reads an operator; dates and binary values are not compared.
    fn parse(written: &str) -> Option<Self> {
        let (over, rest) = match written.split_once(':') {
            Some(("ForAllValues", rest)) => (Over::All, rest),
            Some(("ForAnyValue", rest)) => (Over::Any, rest),
            Some(_) => return None,
            None => (Over::One, written),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let (test, negated) = match name {
            "StringEquals" => (Test::Text(Reading::EXACT), false),
            "StringNotEquals" => (Test::Text(Reading::EXACT), true),
            "StringEqualsIgnoreCase" => (Test::Text(FOLDED), false),
            "StringNotEqualsIgnoreCase" => (Test::Text(FOLDED), true),
            "StringLike" => (Test::Text(Reading::LIKE), false),
            "StringNotLike" => (Test::Text(Reading::LIKE), true),
            "ArnEquals" | "ArnLike" => (Test::Text(Reading::ARN), false),
            "ArnNotEquals" | "ArnNotLike" => (Test::Text(Reading::ARN), true),
            "NumericEquals" => (Test::Number(Order::Equal), false),
            "NumericNotEquals" => (Test::Number(Order::Equal), true),
            "NumericLessThan" => (Test::Number(Order::Less), false),
            "NumericLessThanEquals" => (Test::Number(Order::LessOrEqual), false),
            "NumericGreaterThan" => (Test::Number(Order::Greater), false),
            "NumericGreaterThanEquals" => (Test::Number(Order::GreaterOrEqual), false),
            "Bool" => (Test::Bool, false),
            "IpAddress" => (Test::Address, false),
            "NotIpAddress" => (Test::Address, true),
            "Null" if over == Over::One && !if_exists => (Test::Null, false),
            _ => return None,
        };
        Some(Self {
            over,
            test,
            negated,
            if_exists,
        })
    }

    /// What it says of a key that is absent.
    fn holds_without(self) -> Truth {
        match self.over {
            Over::All => Truth::Yes,
            Over::Any => self.if_exists.into(),
            Over::One => (self.negated || self.if_exists).into(),
        }
    }
}

fn text(wanted: &Text, given: &Text, reading: Reading) -> Truth {
    let subject = if reading.cased {
        Subject::text(given)
    } else {
        Subject::folded(given)
    };
    subject.matches(wanted, reading)
}

fn number(wanted: &Text, given: &Text, order: Order) -> Truth {
    let parse = |text: &Text| text.known()?.parse::<f64>().ok();
    let (Some(wanted), Some(given)) = (parse(wanted), parse(given)) else {
        return Truth::Unknown;
    };
    let holds = match order {
        Order::Equal => given.total_cmp(&wanted).is_eq(),
        Order::Less => given < wanted,
        Order::LessOrEqual => given <= wanted,
        Order::Greater => given > wanted,
        Order::GreaterOrEqual => given >= wanted,
    };
    holds.into()
}

fn address(wanted: &Text, given: &Text) -> Truth {
    let Some(range) = wanted.known().and_then(|text| Range::parse(&text)) else {
        return Truth::Unknown;
    };
    match (given.known(), given.parts()) {
        (Some(address), _) => range.holds(&address),
        (None, [Part::Unknown(what)]) if what == INTERNET => range.holds_public(),
        (None, _) => Truth::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::span;
    use super::*;

    fn holds(operator: &str, values: &[&str]) -> Truth {
        let pattern = |text: &&str| Pattern {
            text: (*text).into(),
            span: span(),
        };
        let values = values.iter().map(pattern).collect();
        let context = Context::new()
            .with("aws:Here", ["abc".into()])
            .with("aws:Many", ["a".into(), "b".into()])
            .with("aws:Count", ["7".into()])
            .without("aws:Gone");
        let (operator, key) = operator.split_once(' ').expect("operator and key");
        Condition::new((operator, key), values, span()).holds(&context, true)
    }

    #[test]
    fn keys_are_found_whatever_their_case() {
        assert_eq!(holds("StringEquals AWS:here", &["x", "abc"]), Truth::Yes);
        assert_eq!(holds("StringEquals aws:Here", &["ABC"]), Truth::No);
        assert_eq!(
            holds("StringEqualsIgnoreCase aws:Here", &["ABC"]),
            Truth::Yes
        );
        assert_eq!(holds("StringNotLike aws:Here", &["a*", "x"]), Truth::No);
    }

    #[test]
    fn only_the_internet_is_known_to_be_in_every_range() {
        let from =
            |what: &str| address(&"0.0.0.0/0".into(), &Text::part(Part::Unknown(what.into())));
        assert_eq!(from(INTERNET), Truth::Yes);
        assert_eq!(from("what a parameter holds"), Truth::Unknown);
    }

    #[test]
    fn an_absent_key_decides_by_the_operator() {
        assert_eq!(holds("StringLike aws:Gone", &["*"]), Truth::No);
        assert_eq!(holds("StringNotEquals aws:Gone", &["x"]), Truth::Yes);
        assert_eq!(holds("StringLikeIfExists aws:Gone", &["x"]), Truth::Yes);
        assert_eq!(
            holds("ForAllValues:StringEquals aws:Gone", &["x"]),
            Truth::Yes
        );
        assert_eq!(
            holds("ForAnyValue:StringEquals aws:Gone", &["x"]),
            Truth::No
        );
        assert_eq!(holds("Null aws:Gone", &["true"]), Truth::Yes);
        assert_eq!(holds("Null aws:Here", &["true"]), Truth::No);
    }

    #[test]
    fn a_key_of_which_nothing_is_known_leaves_it_open() {
        assert_eq!(holds("StringLike aws:Unheard", &["*"]), Truth::Unknown);
        assert_eq!(holds("Null aws:Unheard", &["true"]), Truth::Unknown);
        assert_eq!(holds("StringIsh aws:Here", &["abc"]), Truth::Unknown);
    }

    #[test]
    fn several_values_need_all_or_any() {
        assert_eq!(
            holds("ForAllValues:StringEquals aws:Many", &["a", "b", "c"]),
            Truth::Yes
        );
        assert_eq!(
            holds("ForAllValues:StringEquals aws:Many", &["a"]),
            Truth::No
        );
        assert_eq!(
            holds("ForAnyValue:StringEquals aws:Many", &["a"]),
            Truth::Yes
        );
        assert_eq!(
            holds("ForAnyValue:StringNotEquals aws:Many", &["a"]),
            Truth::Yes
        );
        assert_eq!(holds("NumericLessThan aws:Count", &["8"]), Truth::Yes);
    }

    #[test]
    fn a_variable_is_the_requests() {
        assert_eq!(
            holds("StringEquals aws:Here", &["${aws:x}"]),
            Truth::Unknown
        );
    }
}
