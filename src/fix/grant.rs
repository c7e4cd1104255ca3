//! Leave for a call: the closest grant corrected, or a statement more in the caller's role.

use super::edit::{self, Draft};
use super::site::Site;
use super::{Edit, Open};
use crate::document::{Node, Value};
use crate::finding::Finding;
use crate::iam::ArnPart;
use crate::rule::Cure;
use crate::source::{Span, Str};

/// The role that the Serverless Framework makes for all functions of a service.
const SHARED: &str = "IamRoleLambdaExecution";
const ACTION: &str = "execute-api:Invoke";

/// The edits that let the call through.
pub(super) fn edits(finding: &Finding, cure: &Cure, open: Open<'_>) -> Option<Vec<Edit>> {
    let known = |name: &str| cure.facts.get(name).filter(|(text, _)| text != "nothing");
    let (needed, _) = known("needed")?;
    if !needed.contains(":execute-api:") {
        return None;
    }
    if let Some((part, grant)) = known("near_miss_part")
        && let Some(site) = open(grant.source)
        && let Some(edit) = corrected(&site, *grant, (part, needed))
    {
        return Some(vec![edit]);
    }
    let (role, _) = known("role")?;
    let site = open(finding.about.source)?;
    statement_more(&site, finding.about, (role, needed))
}

/// The part of the ARN that differs from what is needed.
fn corrected(site: &Site, at: Span, (part, needed): (&str, &str)) -> Option<Edit> {
    let way = site.find(at)?;
    // With the right ARN, one that has a condition would still allow nothing for certain.
    let has = |node: &Node, key: &str| node.get(key).is_some();
    if way
        .iter()
        .any(|turn| has(turn.node, "Effect") && has(turn.node, "Condition"))
    {
        return None;
    }
    let (text, is_sub) = written(way.last()?.node)?;
    let value = text.as_text()?;
    let raw = site.file.slice(text.span);
    let quote = u32::from(raw.starts_with(['"', '\'']));
    let inner = raw.get(quote as usize..raw.len() - quote as usize)?;
    if inner != value.as_str() {
        return None;
    }
    let (has, needs) = (parts(inner), parts(needed));
    let is_it = |it: &Option<ArnPart>| it.is_some_and(|it| it.word() == part);
    let nth = ArnPart::IN_ORDER.iter().position(is_it)?;
    if has.len() != needs.len() {
        return None;
    }
    let ((start, has), (_, needs)) = has.get(nth).zip(needs.get(nth))?;
    // Without `Fn::Sub` a reference would be a text.
    if !is_sub && needs.contains('$') {
        return None;
    }
    let begin = *start;
    let end = begin + has.len();
    if !stands_as_it_is(needs, inner) {
        let whole = [inner.get(..begin)?, needs, inner.get(end..)?].concat();
        return edit::replaced(site, text, &whole);
    }
    let start = text.span.start + quote + u32::try_from(begin).ok()?;
    let end = start + u32::try_from(has.len()).ok()?;
    Some(Edit {
        span: Span {
            start,
            end,
            ..text.span
        },
        text: (*needs).to_owned(),
    })
}

/// Whether a part of an ARN can be written into a text without a thought for its quotes. Braces only beside others: in a list in
/// brackets they would end a text that has no quotes.
fn stands_as_it_is(part: &str, text: &str) -> bool {
    let fine = |c: char| match c {
        '{' | '}' | ':' => text.contains("${"),
        c => c.is_alphanumeric() || "-_.~/*?$@+=".contains(c),
    };
    part.chars().all(fine) && !part.ends_with(':')
}

/// The text of a scalar or of `Fn::Sub`, and whether it is the latter.
fn written(node: &Node) -> Option<(&Node, bool)> {
    if node.as_text().is_some() {
        return Some((node, false));
    }
    let entry = node.single().filter(|entry| entry.key == "Fn::Sub")?;
    let text = match &entry.value.value {
        Value::List(list) => list.items.first()?,
        Value::Text(_) => &entry.value,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_) => return None,
    };
    Some((text, true))
}

/// The parts of an ARN of API Gateway, each with its offset; what stands in braces is never taken apart.
fn parts(arn: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let (mut from, mut depth) = (0, 0_u32);
    for (at, c) in arn.char_indices() {
        let separator = if parts.len() < 5 { ':' } else { '/' };
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 && parts.len() < 8 => {
                parts.push((from, arn.get(from..at).unwrap_or_default()));
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push((from, arn.get(from..).unwrap_or_default()));
    parts
}

/// A statement more where the role is written.
fn statement_more(site: &Site, call: Span, (role, needed): (&str, &str)) -> Option<Vec<Edit>> {
    let statement = Draft::map([
        ("Effect", Draft::plain("Allow")),
        ("Action", Draft::plain(ACTION)),
        ("Resource", Draft::Sub(needed.to_owned())),
    ]);
    if let Some(own) = site.resource_named(role, "AWS::IAM::Role") {
        return to_role(site, &own.value, statement);
    }
    if let Some(function) = role.strip_suffix("Role")
        && let Some(function) = site.resource_named(function, "AWS::Serverless::Function")
    {
        return to_function(site, &function.value, statement);
    }
    if role == SHARED {
        return to_service(site, statement);
    }
    let way = site.find(call)?;
    let mut entries = way.iter().filter_map(|turn| turn.entry);
    let function = entries.nth(1).filter(|_| {
        way.get(1)
            .and_then(|turn| turn.entry)
            .is_some_and(|entry| entry.key == "functions")
    })?;
    let own = function.value.get("iamRoleStatements")?;
    Some(vec![edit::push(site, own, &statement)?])
}

/// Below `provider`, where the service has its statements or would have them.
fn to_service(site: &Site, statement: Draft) -> Option<Vec<Edit>> {
    let provider = site.root().get("provider")?;
    for path in [
        ["iam", "role", "statements"].as_slice(),
        &["iamRoleStatements"],
    ] {
        if let Some(list) = provider.at(path) {
            return own(site, list)
                .then(|| edit::push(site, list, &statement).map(|edit| vec![edit]))?;
        }
    }
    let path = ["iam", "role", "statements"].map(Str::from).to_vec();
    edit::set(site, provider, vec![(path, Draft::List(vec![statement]))])
}

fn own(site: &Site, list: &Node) -> bool {
    list.via.is_none() && site.find(list.span).is_some()
}

/// In the first inline policy of a role, or in a new one.
fn to_role(site: &Site, role: &Node, statement: Draft) -> Option<Vec<Edit>> {
    let Some(policies) = role.at(&["Properties", "Policies"]) else {
        let document = Draft::map([
            ("Version", Draft::plain("2012-10-17")),
            ("Statement", Draft::List(vec![statement])),
        ]);
        let policy = Draft::map([
            ("PolicyName", Draft::plain("invoke-api")),
            ("PolicyDocument", document),
        ]);
        let path = ["Properties", "Policies"].map(Str::from).to_vec();
        return edit::set(site, role, vec![(path, Draft::List(vec![policy]))]);
    };
    let list = policies
        .items()
        .first()?
        .at(&["PolicyDocument", "Statement"])?;
    own(site, list).then(|| edit::push(site, list, &statement).map(|edit| vec![edit]))?
}

/// Among the policies of a SAM function.
fn to_function(site: &Site, function: &Node, statement: Draft) -> Option<Vec<Edit>> {
    let policy = Draft::map([("Statement", Draft::List(vec![statement]))]);
    let Some(policies) = function.at(&["Properties", "Policies"]) else {
        let path = ["Properties", "Policies"].map(Str::from).to_vec();
        return edit::set(site, function, vec![(path, Draft::List(vec![policy]))]);
    };
    own(site, policies).then(|| edit::push(site, policies, &policy).map(|edit| vec![edit]))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart_around_its_references() {
        let arn = "arn:aws:execute-api:${AWS::Region}:#{AWS::AccountId}:${Api}/dev/GET/stores/{id}";
        let parts: Vec<&str> = parts(arn).into_iter().map(|(_, part)| part).collect();
        let expected = [
            "arn",
            "aws",
            "execute-api",
            "${AWS::Region}",
            "#{AWS::AccountId}",
            "${Api}",
            "dev",
            "GET",
            "stores/{id}",
        ];
        assert_eq!(parts, expected);
    }
}
