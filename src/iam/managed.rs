//! Policies that AWS itself keeps, as far as they are about calling endpoints.
//!
//! Says nothing of other actions: a policy that lets nobody call anything is given without statements, whatever else it
//! allows. From the catalogue of managed policies as of September 2026 (AWS Managed Policy Reference Guide).

use super::arn::Arn;
use super::principal::Principals;
use super::statement::{Effect, Element, Pattern, Policy, Statement};
use crate::resolve::{Text, Truth};
use crate::source::Span;

/// A policy that allows calls: its name, its actions, and its resource.
struct Granting {
    name: &'static str,
    actions: Listed,
    resource: &'static str,
}

enum Listed {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

const GRANTING: [Granting; 5] = [
    Granting {
        name: "AdministratorAccess",
        actions: Listed::Only(&["*"]),
        resource: "*",
    },
    Granting {
        name: "PowerUserAccess",
        actions: Listed::AllBut(&["iam:*", "organizations:*", "account:*"]),
        resource: "*",
    },
    Granting {
        name: "AmazonAPIGatewayInvokeFullAccess",
        actions: Listed::Only(&["execute-api:Invoke", "execute-api:ManageConnections"]),
        resource: "arn:*:execute-api:*:*:*",
    },
    Granting {
        name: "AWSLambda_FullAccess",
        actions: Listed::Only(&["lambda:*"]),
        resource: "*",
    },
    Granting {
        name: "AmazonDynamoDBFullAccesswithDataPipeline",
        actions: Listed::Only(&["lambda:*"]),
        resource: "*",
    },
];

/// Policies that allow or deny some calls, in ways that are not told apart here.
const PARTIAL: [&str; 12] = [
    "AIDevOpsAgentActionsPolicy",
    "AWSApplicationAutoScalingCustomResourcePolicy",
    "AWSDenyAll",
    "AWSIAMIdentityCenterAllowListForIdentityContext",
    "AWSIoTDeviceTesterForFreeRTOSFullAccess",
    "AWSIoTDeviceTesterForGreengrassFullAccess",
    "AWSMcpServiceActionsFullAccess",
    "AWSMigrationHubOrchestratorPlugin",
    "AWSMigrationHubStrategyCollector",
    "AmazonDataZoneEnvironmentRolePermissionsBoundary",
    "AmazonDataZoneSageMakerEnvironmentRolePermissionsBoundary",
    "AmazonSecurityLakePermissionsBoundary",
];

impl Policy {
    /// The managed policy with this ARN, of which only what is about calling endpoints is kept: `execute-api` actions, and
    /// those that invoke functions. One that is not AWS's own cannot be seen.
    pub fn managed(arn: &Text, span: Span) -> Self {
        let Some(name) = name(arn) else {
            return Self::unreadable(span, format!("the managed policy `{arn}`"));
        };
        if PARTIAL.contains(&name.as_str()) || name.contains("PermissionsBoundary") {
            return Self::unreadable(span, format!("AWS's policy `{name}`"));
        }
        let granting = GRANTING.iter().filter(|granting| granting.name == name);
        Self {
            statements: granting.map(|granting| granting.statement(span)).collect(),
            span,
        }
    }
}

/// Name of a policy of AWS's own: the last part of `arn:aws:iam::aws:policy/service-role/Name`.
fn name(arn: &Text) -> Option<String> {
    let arn = Arn::parse(arn)?;
    let owned = arn.service.is("iam").and(arn.account.is("aws")) == Truth::Yes;
    let resource = arn.resource.known().filter(|_| owned)?;
    let path = resource.strip_prefix("policy/")?;
    Some(path.rsplit('/').next().unwrap_or(path).to_owned())
}

impl Granting {
    fn statement(&self, span: Span) -> Statement {
        let pattern = |text: &&'static str| Pattern {
            text: Text::literal(*text),
            span,
        };
        let actions = match self.actions {
            Listed::Only(actions) => Element::Only(actions.iter().map(pattern).collect()),
            Listed::AllBut(actions) => Element::AllBut(actions.iter().map(pattern).collect()),
        };
        Statement {
            sid: None,
            effect: Effect::Allow,
            actions,
            resources: Element::Only(vec![pattern(&self.resource)]),
            principals: Principals::Unstated,
            conditions: Vec::new(),
            variables: false,
            span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{allowed_by, span};
    use super::*;

    fn managed(arn: &str) -> Policy {
        Policy::managed(&arn.into(), span())
    }

    #[test]
    fn the_policies_of_lambda_roles_let_nobody_call_an_api() {
        let basic = managed("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
        assert_eq!(allowed_by(&basic), Truth::No);
        let lambda = managed("arn:aws:iam::aws:policy/AWSLambda_FullAccess");
        assert_eq!(allowed_by(&lambda), Truth::No);
    }

    #[test]
    fn policies_that_let_call_everything_do() {
        for name in [
            "AdministratorAccess",
            "PowerUserAccess",
            "AmazonAPIGatewayInvokeFullAccess",
        ] {
            let policy = managed(&format!("arn:aws:iam::aws:policy/{name}"));
            assert_eq!(allowed_by(&policy), Truth::Yes, "{name}");
        }
    }

    #[test]
    fn policies_of_others_cannot_be_seen() {
        let own = managed("arn:aws:iam::111122223333:policy/AdministratorAccess");
        assert_eq!(allowed_by(&own), Truth::Unknown);
        let denying = managed("arn:aws:iam::aws:policy/AWSDenyAll");
        assert_eq!(allowed_by(&denying), Truth::Unknown);
    }
}
