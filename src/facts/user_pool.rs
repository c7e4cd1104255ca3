//! Facts of Cognito user pools.

use crate::document::Node;
use crate::facts::property::{self, Preset, at};
use crate::facts::{Fact, Kind, Subject, flag, row, text};
use crate::resolve::{Case, Property, Resolved, Scope};
use crate::stack::{Resource, Stack};
use crate::trail::Step;

const PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-cognito-userpool-passwordpolicy.html";
const POOL: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cognito-userpool.html";
const NO_POLICY: &str =
    "https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html";

/// Every user pool as a subject.
pub(super) fn subjects(stack: &Stack) -> Vec<Subject> {
    stack
        .of_type("AWS::Cognito::UserPool")
        .map(|pool| subject(stack, pool))
        .collect()
}

fn subject(stack: &Stack, pool: &Resource) -> Subject {
    let here = || Step::written(pool.span);
    let policies = stack.property(pool, "Policies");
    let policy = policies.and_then(|policies| match policies {
        Some(policies) => stack.scope.property(&policies, "PasswordPolicy"),
        None => Resolved::known(None, here()),
    });
    let facts = [
        ("name", text(pool.id.clone(), here())),
        (
            "has_policy",
            policy.map(|policy| Fact::Flag(policy.is_some())),
        ),
        ("minimum_length", number(stack, &policy, "MinimumLength")),
        (
            "require_lowercase",
            required(stack, &policy, "RequireLowercase"),
        ),
        (
            "require_uppercase",
            required(stack, &policy, "RequireUppercase"),
        ),
        (
            "require_numbers",
            required(stack, &policy, "RequireNumbers"),
        ),
        (
            "require_symbols",
            required(stack, &policy, "RequireSymbols"),
        ),
        ("mfa", mfa(stack, pool)),
        ("threat_protection", threat_protection(stack, pool)),
        ("self_sign_up", self_sign_up(stack, pool)),
        ("deletion_protection", deletion_protection(stack, pool)),
        (
            "temporary_password_days",
            temporary_password_days(stack, pool),
        ),
    ];
    Subject {
        kind: Kind::UserPool,
        label: format!("user pool {}", pool.id),
        identity: pool.id.to_string(),
        span: pool.span,
        world: pool.world.clone(),
        facts: row(Kind::UserPool, facts),
    }
}

fn mfa(stack: &Stack, pool: &Resource) -> Resolved<Fact> {
    let preset = Preset::new(
        Fact::Text("off".into()),
        "no second factor is asked for unless `MfaConfiguration` says so",
        POOL,
    );
    let words = &[("OFF", "off"), ("OPTIONAL", "optional"), ("ON", "on")];
    property::word(stack.text(pool, "MfaConfiguration"), words, &preset)
}

fn threat_protection(stack: &Stack, pool: &Resource) -> Resolved<Fact> {
    let preset = Preset::new(
        Fact::Text("off".into()),
        "threat protection is off unless `AdvancedSecurityMode` says otherwise",
        POOL,
    );
    let path = ["UserPoolAddOns", "AdvancedSecurityMode"];
    let mode = at(stack, &pool.properties, &path, Scope::text);
    let words = &[("OFF", "off"), ("AUDIT", "audit"), ("ENFORCED", "enforced")];
    property::word(mode, words, &preset)
}

fn self_sign_up(stack: &Stack, pool: &Resource) -> Resolved<Fact> {
    let preset = Preset::new(
        Fact::Flag(true),
        "users can sign themselves up unless `AllowAdminCreateUserOnly` is true",
        POOL,
    );
    let path = ["AdminCreateUserConfig", "AllowAdminCreateUserOnly"];
    let only = at(stack, &pool.properties, &path, Scope::flag);
    property::or(only, &preset, |only| Some(Fact::Flag(!only)))
}

fn deletion_protection(stack: &Stack, pool: &Resource) -> Resolved<Fact> {
    let preset = Preset::new(
        Fact::Flag(false),
        "a pool can be deleted unless `DeletionProtection` is `ACTIVE`",
        POOL,
    );
    property::or(stack.text(pool, "DeletionProtection"), &preset, |text| {
        Some(Fact::Flag(text.known()?.eq_ignore_ascii_case("ACTIVE")))
    })
}

fn temporary_password_days(stack: &Stack, pool: &Resource) -> Resolved<Fact> {
    let preset = Preset::new(
        Fact::Number(7.0),
        "a temporary password is valid for 7 days",
        PAGE,
    );
    let path = [
        "Policies",
        "PasswordPolicy",
        "TemporaryPasswordValidityDays",
    ];
    property::number(at(stack, &pool.properties, &path, Scope::number), &preset)
}

/// A class of characters: asked for by Cognito's default when no policy is written, not asked for when a policy leaves it out.
fn required(stack: &Stack, policy: &Property<Node>, name: &'static str) -> Resolved<Fact> {
    policy.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => flag(true, without_policy(case)),
        Some(Some(policy)) => {
            stack
                .scope
                .read(policy, name, Scope::flag)
                .map_case(|case| match case.value {
                    Some(None) => left_out(
                        case,
                        Fact::Flag(false),
                        "a class of characters that a password policy leaves out is not required",
                    ),
                    value => Case {
                        value: value.flatten().map(Fact::Flag),
                        world: case.world,
                        trail: case.trail,
                    },
                })
        }
    })
}

fn number(stack: &Stack, policy: &Property<Node>, name: &'static str) -> Resolved<Fact> {
    policy.expand(|case| match &case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(None) => Resolved::known(Fact::Number(8.0), without_policy(case)),
        Some(Some(policy)) => stack
            .scope
            .read(policy, name, Scope::number)
            .map_case(|case| match case.value {
                Some(None) => left_out(
                    case,
                    Fact::Number(8.0),
                    "a password policy without `MinimumLength` asks for 8 characters",
                ),
                value => Case {
                    value: value.flatten().map(Fact::Number),
                    world: case.world,
                    trail: case.trail,
                },
            }),
    })
}

fn without_policy<T>(case: &Case<T>) -> crate::trail::Trail {
    case.trail.clone().and(Step::default(
        "without a password policy Cognito asks for 8 characters of all four classes",
        NO_POLICY,
    ))
}

fn left_out<T>(case: Case<Option<T>>, fact: Fact, what: &'static str) -> Case<Fact> {
    Case {
        value: Some(fact),
        world: case.world,
        trail: case.trail.and(Step::default(what, PAGE)),
    }
}
