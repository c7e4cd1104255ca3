//! Statements that were meant to allow a request and do not, and what is wrong with them.
//!
//! Looks only at statements that allow; whether the request is allowed after all is for the decision to say.

use std::borrow::Cow;

use super::arn::{Arn, ExecuteApi, pieces};
use super::decision::{Request, Side, expanded};
use super::matching::{Reading, Subject};
use super::statement::{Effect, Element, Pattern, Policy, Statement};
use crate::resolve::{Text, Truth};
use crate::source::Span;

/// A statement that allows something close by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The statement.
    pub statement: Span,
    /// The entry that misses: of its resources, or of its actions when those are wrong.
    pub entry: Span,
    /// What differs, in the order of the ARN; the fewer, the nearer.
    pub differences: Vec<Difference>,
}

/// What one part of a statement has, and what the request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which part.
    pub part: ArnPart,
    /// As written; empty when it is missing.
    pub has: Text,
    /// As the request has it.
    pub needs: Text,
}

/// A part of what a statement must get right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArnPart {
    /// Not of the ARN: the action.
    Action,
    /// `aws`.
    Partition,
    /// `eu-west-1`.
    Region,
    /// `123456789012`.
    Account,
    /// The API's id.
    Api,
    /// The stage.
    Stage,
    /// The method; a WebSocket API's route key.
    Method,
    /// The path, without its leading slash.
    Path,
}

impl ArnPart {
    /// The parts of a method's ARN, in their order; neither `arn` nor the service can be what differs.
    pub const IN_ORDER: [Option<Self>; 9] = [
        None,
        Some(Self::Partition),
        None,
        Some(Self::Region),
        Some(Self::Account),
        Some(Self::Api),
        Some(Self::Stage),
        Some(Self::Method),
        Some(Self::Path),
    ];

    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Partition => "partition",
            Self::Region => "region",
            Self::Account => "account",
            Self::Api => "API",
            Self::Stage => "stage",
            Self::Method => "method",
            Self::Path => "path",
        }
    }
}

/// The statement that comes nearest to allowing this call of an endpoint. `function` is the ARN of the function behind it:
/// leave to invoke that does not help a caller of the endpoint.
pub fn nearest_miss(
    policies: &[&Policy],
    side: Side,
    request: &Request,
    function: Option<&Text>,
) -> Option<NearMiss> {
    let statements = policies.iter().flat_map(|policy| &policy.statements);
    let mut allowing = statements
        .filter(|statement| statement.effect == Effect::Allow)
        .peekable();
    allowing.peek()?;
    let endpoint = ExecuteApi::parse(&request.resource)?;
    let action = Text::literal(request.action.clone());
    let invoke = Text::literal("lambda:InvokeFunction");
    let parts = needed(&endpoint);
    let mut search = Search {
        action: Subject::folded(&action),
        invoke: Subject::folded(&invoke),
        needed: &action,
        resource: Subject::arn(&request.resource, &request.distinct),
        function: function.map(|arn| Subject::arn(arn, &request.distinct)),
        prefix: (side == Side::Resource).then(|| endpoint.prefix()),
        parts: parts.iter().map(Need::of).collect(),
        request,
        nearest: None,
    };
    for statement in allowing {
        search.look_at(statement);
    }
    search.nearest
}

struct Search<'a> {
    action: Subject<'a>,
    invoke: Subject<'a>,
    needed: &'a Text,
    resource: Subject<'a>,
    function: Option<Subject<'a>>,
    /// The ARN of the API, where policies may leave it out.
    prefix: Option<Text>,
    parts: Vec<Need<'a>>,
    request: &'a Request,
    /// What came nearest until now.
    nearest: Option<NearMiss>,
}

/// A part of the request, and the same made ready to be compared.
struct Need<'a> {
    part: ArnPart,
    text: &'a Text,
    subject: Subject<'a>,
}

impl<'a> Need<'a> {
    fn of((part, text): &'a (ArnPart, Text)) -> Self {
        Self {
            part: *part,
            text,
            subject: Subject::text(text),
        }
    }
}

impl Search<'_> {
    fn look_at(&mut self, statement: &Statement) {
        let (Element::Only(actions), Element::Only(resources)) =
            (&statement.actions, &statement.resources)
        else {
            return;
        };
        let reading = Reading::RESOURCE.variables(statement.variables);
        match statement.actions.takes_action(&self.action) {
            Truth::No => {
                let action = self.wrong_action((actions, resources), reading);
                self.nearest = action
                    .map(|action| NearMiss {
                        statement: statement.span,
                        entry: action.span,
                        differences: vec![Difference {
                            part: ArnPart::Action,
                            has: action.text.clone(),
                            needs: self.needed.clone(),
                        }],
                    })
                    .or_else(|| self.nearest.take());
            }
            // Whatever its resource were, nobody could say that it allows.
            Truth::Unknown => {}
            Truth::Yes => {
                for resource in resources {
                    let differences = self.differences(resource, reading);
                    let miss = differences.map(|differences| NearMiss {
                        statement: statement.span,
                        entry: resource.span,
                        differences,
                    });
                    self.nearest = miss.or_else(|| self.nearest.take());
                }
            }
        }
    }

    /// Whether an entry with so many differences would be nearer than what was found.
    fn is_nearer(&self, differences: usize, entry: Span) -> bool {
        let nearest = self.nearest.as_ref();
        nearest
            .is_none_or(|nearest| (differences, entry) < (nearest.differences.len(), nearest.entry))
    }

    fn whole<'p>(&self, pattern: &'p Pattern) -> Cow<'p, Text> {
        match &self.prefix {
            None => Cow::Borrowed(&pattern.text),
            Some(prefix) => expanded(&pattern.text, prefix),
        }
    }

    /// The right resource, or the function behind it, with another action.
    fn wrong_action<'p>(
        &self,
        (actions, resources): (&'p [Pattern], &[Pattern]),
        reading: Reading,
    ) -> Option<&'p Pattern> {
        let on_endpoint = |pattern: &Pattern| {
            let text = self.whole(pattern);
            self.resource.matches(&text, reading) != Truth::No
                && service(&text).is_some_and(|service| service == "execute-api")
        };
        let on_function = |pattern: &Pattern| {
            let function = self.function.as_ref();
            function.is_some_and(|function| function.matches(&pattern.text, reading) != Truth::No)
        };
        let invoking =
            |action: &&Pattern| self.invoke.matches(&action.text, Reading::ACTION) == Truth::Yes;
        let could_do = |action: &&Pattern| self.is_nearer(1, action.span);
        let first = actions.first().filter(could_do);
        let invokes = || actions.iter().find(invoking).filter(could_do);
        first
            .filter(|_| resources.iter().any(on_endpoint))
            .or_else(|| invokes().filter(|_| resources.iter().any(on_function)))
    }

    /// Part by part; `None` when the pattern matches, is not one of an API, no single part is to blame, or something is nearer.
    fn differences(&self, pattern: &Pattern, reading: Reading) -> Option<Vec<Difference>> {
        if !self.is_nearer(1, pattern.span) {
            return None;
        }
        let text = self.whole(pattern);
        if self.resource.matches(&text, reading) != Truth::No {
            return None;
        }
        let arn = Arn::parse(&text)
            .filter(|arn| arn.service.known().is_some_and(|s| s == "execute-api"))?;
        let mut has = parts(&arn);
        let mut differences = Vec::new();
        for (nth, need) in self.parts.iter().enumerate() {
            let slot = has.get_mut(nth);
            if slot
                .as_ref()
                .is_some_and(|has| self.fits(need, has, reading))
            {
                continue;
            }
            let (part, needs) = (need.part, need.text.clone());
            let has = if let Some(slot) = slot {
                std::mem::replace(slot, needs.clone())
            } else {
                has.push(needs.clone());
                Text::default()
            };
            differences.push(Difference { part, has, needs });
            if !self.is_nearer(differences.len(), pattern.span) {
                return None;
            }
        }
        // Parts that could each be the right one need not be the right ones together.
        let corrected = whole(arn, &has);
        let would_do = self.resource.matches(&corrected, reading) != Truth::No;
        (would_do && !differences.is_empty()).then_some(differences)
    }

    fn fits(&self, need: &Need<'_>, has: &Text, reading: Reading) -> bool {
        let distinct = &self.request.distinct;
        match (has.refers_to(), need.text.refers_to()) {
            (Some(one), Some(other))
                if need.part == ArnPart::Api
                    && distinct.contains(one)
                    && distinct.contains(other) =>
            {
                one == other
            }
            (Some(_) | None, _) => {
                let like = Reading::LIKE.variables(reading.variables);
                // Each comparison has as much time as if it were the only one.
                need.subject.renew();
                has == need.text || need.subject.matches(has, like) != Truth::No
            }
        }
    }
}

/// The service of an ARN, when that can be read.
fn service(text: &Text) -> Option<crate::source::Str> {
    Arn::parse(text)?.service.known()
}

/// The parts of a pattern, in the order of [`needed`]. A `*` that stands for several parts stands for each of them.
fn parts(arn: &Arn) -> Vec<Text> {
    let mut parts = vec![
        arn.partition.clone(),
        arn.region.clone(),
        arn.account.clone(),
    ];
    let mut fields = pieces(&arn.resource, '/', 4);
    let all = |field: &Text| field.known().is_some_and(|field| field == "*");
    if let Some(star) = fields.iter().rposition(all) {
        while fields.len() < 4 {
            fields.insert(star, Text::literal("*"));
        }
    }
    parts.extend(fields);
    parts
}

/// The ARN of such parts.
fn whole(arn: Arn, parts: &[Text]) -> Text {
    let [partition, region, account, resource @ ..] = parts else {
        return arn.text();
    };
    let slash = Text::literal("/");
    let behind = resource.iter().skip(1).flat_map(|field| [&slash, field]);
    Arn {
        partition: partition.clone(),
        region: region.clone(),
        account: account.clone(),
        resource: Text::joined(resource.first().into_iter().chain(behind)),
        ..arn
    }
    .text()
}

/// The parts of a request.
fn needed(endpoint: &ExecuteApi) -> Vec<(ArnPart, Text)> {
    let parts = [
        (ArnPart::Partition, Some(&endpoint.partition)),
        (ArnPart::Region, Some(&endpoint.region)),
        (ArnPart::Account, Some(&endpoint.account)),
        (ArnPart::Api, Some(&endpoint.api)),
        (ArnPart::Stage, Some(&endpoint.stage)),
        (ArnPart::Method, Some(&endpoint.method)),
        (ArnPart::Path, endpoint.path.as_ref()),
    ];
    parts
        .into_iter()
        .filter_map(|(part, text)| Some((part, text?.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{policy, request};
    use super::*;
    use crate::resolve::Part;

    /// What is said of a statement for `GET /stores/{id}` of the stage `dev` of `Api`: parts, with what they have.
    fn nearest(statement: &str) -> Vec<(ArnPart, String)> {
        let policy = policy(&format!("[{statement}]"));
        let function = Text::part(Part::Attribute("Fn".into(), "Arn".into()));
        let nearest = nearest_miss(&[&policy], Side::Identity, &request(), Some(&function));
        let differences = nearest.map(|miss| miss.differences).unwrap_or_default();
        let shown = differences
            .into_iter()
            .map(|one| (one.part, one.has.to_string()));
        shown.collect()
    }

    fn on(resource: &str) -> Vec<(ArnPart, String)> {
        nearest(&format!(
            "{{Effect: Allow, Action: 'execute-api:Invoke', Resource: !Sub '{resource}'}}"
        ))
    }

    fn arn(rest: &str) -> String {
        format!("arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")
    }

    #[test]
    fn the_part_that_differs_is_named() {
        assert_eq!(
            on(&arn("${Api}/dev/GET/shops/*")),
            [(ArnPart::Path, "shops/*".to_owned())]
        );
        assert_eq!(
            on(&arn("${Api}/prod/GET/stores/*")),
            [(ArnPart::Stage, "prod".to_owned())]
        );
        assert_eq!(
            on(&arn("${Api}/*/POST/stores/*")),
            [(ArnPart::Method, "POST".to_owned())]
        );
        assert_eq!(
            on(&arn("${Other}/dev/GET/*")),
            [(ArnPart::Api, "${Other}".to_owned())]
        );
    }

    #[test]
    fn what_is_missing_is_named_too() {
        assert_eq!(
            on(&arn("${Api}/dev")),
            [
                (ArnPart::Method, String::new()),
                (ArnPart::Path, String::new())
            ]
        );
        assert_eq!(on(&arn("${Api}/*/")), [(ArnPart::Path, String::new())]);
    }

    #[test]
    fn what_matches_or_is_of_another_service_is_no_miss() {
        assert!(on(&arn("${Api}/dev/GET/stores/*")).is_empty());
        assert!(on("*").is_empty());
        assert!(on("arn:aws:s3:::bucket/*").is_empty());
    }

    #[test]
    fn parts_that_fit_one_by_one_need_not_fit_together() {
        let colons = "arn:aws:execute-api:${AWS::Region}:a::b:${Api}/dev/GET/shops";
        assert!(on(colons).is_empty());
    }

    #[test]
    fn leave_to_invoke_the_function_is_the_wrong_action() {
        let has = |action: &str| vec![(ArnPart::Action, action.to_owned())];
        assert_eq!(
            nearest("{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt Fn.Arn}"),
            has("lambda:InvokeFunction")
        );
        let manage = format!(
            "{{Effect: Allow, Action: 'execute-api:ManageConnections', Resource: !Sub '{}'}}",
            arn("*")
        );
        assert_eq!(nearest(&manage), has("execute-api:ManageConnections"));
        assert!(nearest("{Effect: Allow, Action: 's3:*', Resource: '*'}").is_empty());
    }

    #[test]
    fn what_a_statement_allows_must_be_known() {
        let other = arn("${Api}/dev/GET/shops");
        let resource = format!("Resource: !Sub '{other}'");
        for action in ["Action: !Ref Actions,", "Acti: 'execute-api:Invoke',", ""] {
            assert!(nearest(&format!("{{Effect: Allow, {action} {resource}}}")).is_empty());
        }
    }

    #[test]
    fn the_nearest_comes_first() {
        let far = arn("${Other}/prod/POST/x");
        let near = arn("${Api}/dev/GET/shops");
        let both = format!(
            "{{Effect: Allow, Action: 'execute-api:*', Resource: [!Sub '{far}', !Sub '{near}']}}"
        );
        assert_eq!(nearest(&both), [(ArnPart::Path, "shops".to_owned())]);
    }
}
