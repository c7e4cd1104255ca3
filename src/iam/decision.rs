//! What policies say of a request, all of them together.
//!
//! An explicit deny wins, then an allow, then the implicit deny (IAM User Guide, "Policy evaluation logic"). Every
//! answer is three-valued: a statement that may apply can allow or deny, but not certainly. Reads no policy and knows
//! no endpoint; [`super::admission`] says what an endpoint's own authorization makes of it.

mod opinion;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) use self::opinion::expanded;
pub use self::opinion::{Opinion, Side};
use super::arn::{Arn, ExecuteApi};
use super::condition::Context;
use super::matching::same;
use super::principal::Caller;
use super::statement::Policy;
use crate::resolve::{Text, Truth};
use crate::source::{Span, Str};
use crate::trail::Step;

/// The action of calling an endpoint of an API.
pub const INVOKE: &str = "execute-api:Invoke";

/// Someone asking for something.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is to be done: `execute-api:Invoke`.
    pub action: Str,
    /// On what: an ARN, of which parts may be unknown.
    pub resource: Text,
    /// By whom.
    pub caller: Caller,
    /// What else is known.
    pub context: Context,
    /// Logical ids whose `Ref`s are known to differ from one another: the APIs of the template.
    pub distinct: Arc<BTreeSet<Str>>,
}

impl Request {
    /// A call of an endpoint, of which nothing but its ARN is known.
    pub fn invoke(endpoint: &ExecuteApi, caller: Caller) -> Self {
        Self {
            action: INVOKE.into(),
            resource: endpoint.text(),
            caller,
            context: Context::new(),
            distinct: Arc::default(),
        }
    }

    /// Whether the caller belongs to the resource's account.
    pub fn same_account(&self) -> Truth {
        let owner = Arn::parse(&self.resource).map(|arn| arn.account);
        match (self.caller.account(), owner) {
            (Some(caller), Some(owner)) => same(&owner, caller),
            (Some(_), None) => Truth::Unknown,
            (None, _) => Truth::No,
        }
    }
}

/// The policies that have a say in a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attached<'a> {
    /// Those of the caller.
    pub identity: &'a [&'a Policy],
    /// The boundary of the caller's permissions.
    pub boundary: Option<&'a Policy>,
    /// That of the resource.
    pub resource: Option<&'a Policy>,
}

/// What all policies together say.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether the request is allowed.
    pub allowed: Truth,
    /// Whether it is refused explicitly, not for want of an allow.
    pub denied: Truth,
    /// What the answer would be if a policy of the caller's had one statement more, which allows just this request.
    pub if_granted: Truth,
    /// The statement that decided: the deny, or the allow. `None` when nothing allows, and when it is not known.
    pub decided_by: Option<Span>,
    /// Why it is not known: one step for each statement that may or may not apply.
    pub doubts: Vec<Step>,
}

/// Decides a request.
pub fn decide(attached: &Attached<'_>, request: &Request) -> Decision {
    let own = attached.identity.iter().copied();
    let identity = opinion::of_all(own, request, Side::Identity);
    let boundary = attached
        .boundary
        .map(|policy| policy.opinion(request, Side::Identity));
    let resource = attached
        .resource
        .map(|policy| policy.opinion(request, Side::Resource));
    join(
        request,
        identity,
        boundary,
        resource.unwrap_or(Opinion::SILENT),
    )
}

fn join(
    request: &Request,
    identity: Opinion,
    boundary: Option<Opinion>,
    resource: Opinion,
) -> Decision {
    let within = boundary
        .as_ref()
        .map_or(Truth::Yes, |boundary| boundary.allows);
    let alone = resource.suffices;
    let granted = |own: Truth| {
        let cross = own.and(within).and(resource.allows);
        match &request.caller {
            Caller::Anonymous | Caller::Service(_) => resource.allows,
            // A grant to a role's ARN stays within the role's boundary; one to a user's does not.
            Caller::Role(_) => either(request, own.or(alone).and(within), cross),
            Caller::User(_) | Caller::Account(_) => {
                either(request, own.and(within).or(alone), cross)
            }
        }
    };
    let (granted, if_granted) = (granted(identity.allows), granted(Truth::Yes));
    let allowing = identity.allowed_by.or(resource.allowed_by);
    let mut all = identity.and(Opinion {
        // A boundary allows nothing by itself.
        allows: Truth::No,
        suffices: Truth::No,
        allowed_by: None,
        ..boundary.unwrap_or(Opinion::SILENT)
    });
    all = all.and(resource);
    let allowed = granted.and(all.denies.negate());
    let decided_by = match (all.denies, allowed) {
        (Truth::Yes, _) => all.denied_by,
        (_, Truth::Yes) => allowing,
        (Truth::No | Truth::Unknown, Truth::No | Truth::Unknown) => None,
    };
    let unsure = allowed == Truth::Unknown;
    Decision {
        allowed,
        denied: all.denies,
        if_granted: if_granted.and(all.denies.negate()),
        decided_by,
        doubts: if unsure { all.doubts } else { Vec::new() },
    }
}

/// The answer for the caller's own account or for another, or what both agree on.
fn either(request: &Request, same: Truth, cross: Truth) -> Truth {
    if same == cross {
        return same;
    }
    match request.same_account() {
        Truth::Yes => same,
        Truth::No => cross,
        Truth::Unknown => same.agree(cross),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{allowed_by, policy, refer, request, role};
    use super::*;

    const ALLOW: &str = "[{Effect: Allow, Action: '*', Resource: '*'}]";

    fn asked(caller: Caller) -> Request {
        Request {
            caller,
            ..request()
        }
    }

    /// What a policy of the API alone means for a caller.
    fn resource(statements: &str, request: &Request) -> Truth {
        let policy = policy(statements);
        let attached = Attached {
            resource: Some(&policy),
            ..Attached::default()
        };
        decide(&attached, request).allowed
    }

    #[test]
    fn a_certain_deny_wins_and_an_uncertain_one_leaves_doubt() {
        let with = |statement: &str| {
            policy(&format!(
                "[{{Effect: Allow, Action: '*', Resource: '*'}}, {statement}]"
            ))
        };
        let denied = with("{Effect: Deny, Action: 'execute-api:invoke', Resource: '*'}");
        assert_eq!(allowed_by(&denied), Truth::No);
        let unsure =
            with("{Effect: Deny, Action: '*', Resource: '*', Condition: {Bool: {a: true}}}");
        assert_eq!(allowed_by(&unsure), Truth::Unknown);
        let attached = Attached {
            identity: &[&unsure],
            ..Attached::default()
        };
        let decision = decide(&attached, &request());
        let why: Vec<String> = decision
            .doubts
            .iter()
            .map(|step| step.how.to_string())
            .collect();
        assert_eq!(why, ["known only at deployment: the condition on `a`"]);
    }

    #[test]
    fn the_deciding_statement_is_named() {
        let both = policy(
            "[{Effect: Allow, Action: 's3:*', Resource: '*'}, {Effect: Allow, Action: '*', Resource: '*'}]",
        );
        let attached = Attached {
            identity: &[&both],
            ..Attached::default()
        };
        let second = both.statements.get(1).map(|statement| statement.span);
        assert_eq!(decide(&attached, &request()).decided_by, second);
        let denied = policy(
            "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: '*', Resource: '*'}]",
        );
        let attached = Attached {
            identity: &[&denied],
            ..Attached::default()
        };
        let deny = denied.statements.get(1).map(|statement| statement.span);
        assert_eq!(decide(&attached, &request()).decided_by, deny);
    }

    #[test]
    fn policies_of_an_api_may_leave_out_its_arn() {
        let short = "[{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/dev/GET/*'}]";
        assert_eq!(resource(short, &asked(Caller::Anonymous)), Truth::Yes);
        let other = "[{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/prod/*'}]";
        assert_eq!(resource(other, &asked(Caller::Anonymous)), Truth::No);
        assert_eq!(allowed_by(&policy(short)), Truth::No);
    }

    #[test]
    fn a_vpc_endpoint_is_not_the_internet() {
        let mut internet = asked(Caller::Anonymous);
        internet.context = Context::internet();
        let with = |condition: &str| {
            format!(
                "[{{Effect: Allow, Principal: '*', Action: '*', Resource: '*', Condition: {condition}}}]"
            )
        };
        let only = |condition: &str| resource(&with(condition), &internet);
        assert_eq!(
            only("{StringEquals: {'aws:SourceVpce': vpce-1}}"),
            Truth::No
        );
        assert_eq!(
            only("{StringNotEquals: {'aws:SourceVpce': vpce-1}}"),
            Truth::Yes
        );
        assert_eq!(only("{IpAddress: {'aws:SourceIp': 10.0.0.0/8}}"), Truth::No);
        assert_eq!(
            only("{IpAddress: {'aws:SourceIp': 203.0.113.0/24}}"),
            Truth::Unknown
        );
        assert_eq!(only("{IpAddress: {'aws:SourceIp': 0.0.0.0/0}}"), Truth::Yes);
    }

    #[test]
    fn an_account_is_not_yet_a_grant_to_its_roles() {
        let account = "[{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: '*', Resource: '*'}]";
        assert_eq!(resource(account, &asked(role())), Truth::No);
        let named =
            "[{Effect: Allow, Principal: {AWS: !GetAtt Role.Arn}, Action: '*', Resource: '*'}]";
        assert_eq!(resource(named, &asked(role())), Truth::Yes);
        assert_eq!(resource(named, &asked(Caller::Anonymous)), Truth::No);
    }

    #[test]
    fn another_account_needs_both_sides() {
        let mut foreign = request();
        foreign.resource = Text::literal("arn:aws:execute-api:eu-west-1:1:api/dev/GET/a");
        let caller = |account: Text| Caller::Account(account);
        let (identity, api) = (
            policy(ALLOW),
            policy("[{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]"),
        );
        let decided = |account: Text, resource: Option<&Policy>| {
            let attached = Attached {
                identity: &[&identity],
                boundary: None,
                resource,
            };
            let request = Request {
                caller: caller(account),
                ..foreign.clone()
            };
            decide(&attached, &request).allowed
        };
        assert_eq!(decided("1".into(), None), Truth::Yes);
        assert_eq!(decided("2".into(), None), Truth::No);
        assert_eq!(decided("2".into(), Some(&api)), Truth::Yes);
        assert_eq!(decided(refer("AWS::AccountId"), None), Truth::Unknown);
    }

    #[test]
    fn a_boundary_limits_and_grants_nothing() {
        let (all, lambda) = (
            policy(ALLOW),
            policy("[{Effect: Allow, Action: 'lambda:*', Resource: '*'}]"),
        );
        let decided = |identity: &Policy, boundary: &Policy| {
            let attached = Attached {
                identity: &[identity],
                boundary: Some(boundary),
                resource: None,
            };
            decide(&attached, &request()).allowed
        };
        assert_eq!(decided(&all, &all), Truth::Yes);
        assert_eq!(decided(&all, &lambda), Truth::No);
        assert_eq!(decided(&lambda, &all), Truth::No);
    }

    /// One statement more helps unless something denies, or a boundary does not reach as far.
    #[test]
    fn a_grant_helps_where_nothing_else_refuses() {
        let if_granted = |identity: &str, boundary: Option<&str>| {
            let boundary = boundary.map(policy);
            let attached = Attached {
                identity: &[&policy(identity)],
                boundary: boundary.as_ref(),
                resource: None,
            };
            decide(&attached, &request()).if_granted
        };
        let other = "[{Effect: Allow, Action: 'lambda:*', Resource: '*'}]";
        assert_eq!(if_granted(other, None), Truth::Yes);
        assert_eq!(if_granted(other, Some(ALLOW)), Truth::Yes);
        assert_eq!(if_granted(other, Some(other)), Truth::No);
        let deny = "Effect: Deny, Action: 'execute-api:*', Resource: '*'";
        assert_eq!(if_granted(&format!("[{{{deny}}}]"), None), Truth::No);
        let perhaps = "Condition: {StringEquals: {'aws:PrincipalTag/team': shop}}";
        let perhaps = format!("[{{{deny}, {perhaps}}}]");
        assert_eq!(if_granted(&perhaps, None), Truth::Unknown);
    }

    #[test]
    fn all_but_some_actions_or_resources() {
        let said = |statement: &str| allowed_by(&policy(&format!("[{statement}]")));
        let but = |action: &str| {
            said(&format!(
                "{{Effect: Allow, NotAction: '{action}', Resource: '*'}}"
            ))
        };
        assert_eq!(but("iam:*"), Truth::Yes);
        assert_eq!(but("execute-api:Inv*"), Truth::No);
        let spared = |resource: &str| {
            said(&format!(
                "{{Effect: Allow, Action: '*', NotResource: '{resource}'}}"
            ))
        };
        assert_eq!(spared("arn:aws:s3:::x"), Truth::Yes);
        assert_eq!(spared("*"), Truth::No);
        let denied = |element: &str| {
            let all = "{Effect: Allow, Action: '*', Resource: '*'}";
            let deny = format!("{{Effect: Deny, {element}}}");
            allowed_by(&policy(&format!("[{all}, {deny}]")))
        };
        assert_eq!(denied("NotAction: 's3:*', Resource: '*'"), Truth::No);
        assert_eq!(
            denied("NotAction: 'execute-api:*', Resource: '*'"),
            Truth::Yes
        );
        assert_eq!(
            denied("Action: '*', NotResource: 'arn:aws:s3:::x'"),
            Truth::No
        );
    }

    #[test]
    fn sparing_someone_denies_all_others() {
        let spared = "[{Effect: Deny, NotPrincipal: {AWS: 'arn:aws:iam::1:role/x'}, Action: '*', Resource: '*'},
            {Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]";
        assert_eq!(resource(spared, &asked(Caller::Anonymous)), Truth::No);
        let public = "[{Effect: Allow, NotPrincipal: {AWS: 'arn:aws:iam::1:role/x'}, Action: '*', Resource: '*'}]";
        assert_eq!(resource(public, &asked(Caller::Anonymous)), Truth::Yes);
    }

    /// IAM User Guide, "AWS JSON policy elements: NotPrincipal": beside a role its account must be spared, or it may be denied.
    #[test]
    fn sparing_a_role_takes_its_account_too() {
        let account = "!Sub 'arn:aws:iam::${AWS::AccountId}:root'";
        let said = |spared: &str| {
            let allow = "Effect: Allow, Principal: {AWS: !GetAtt Role.Arn}";
            let policy = format!(
                "[{{Effect: Deny, NotPrincipal: {{AWS: {spared}}}, Action: '*', Resource: '*'}},
                  {{{allow}, Action: '*', Resource: '*'}}]"
            );
            resource(&policy, &asked(role()))
        };
        assert_eq!(said("[!GetAtt Role.Arn]"), Truth::Unknown);
        assert_eq!(said(&format!("[!GetAtt Role.Arn, {account}]")), Truth::Yes);
        assert_eq!(said("['arn:aws:iam::1:role/x']"), Truth::Unknown);
        let anonymous = |spared: &str| {
            let policy = format!(
                "[{{Effect: Deny, NotPrincipal: {spared}, Action: '*', Resource: '*'}},
                  {{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}}]"
            );
            resource(&policy, &asked(Caller::Anonymous))
        };
        assert_eq!(anonymous("'*'"), Truth::Yes);
        assert_eq!(anonymous(&format!("{{AWS: {account}}}")), Truth::No);
    }

    /// A federated identity or a canonical user may stand for a caller or not, but is never just anybody.
    #[test]
    fn a_principal_of_another_kind_is_not_everyone() {
        for principal in ["Federated: accounts.google.com", "CanonicalUser: 79a59d"] {
            let policy = format!(
                "[{{Effect: Allow, Principal: {{{principal}}}, Action: '*', Resource: '*'}}]"
            );
            assert_eq!(resource(&policy, &asked(Caller::Anonymous)), Truth::No);
            assert_eq!(resource(&policy, &asked(role())), Truth::Unknown);
        }
    }
}
