//! What a caller of a REST API's endpoint must show, given the endpoint's authorization and the API's policy.
//!
//! API Gateway Developer Guide, "How API Gateway resource policies affect authorization workflow". HTTP and WebSocket
//! APIs have no policy; they are judged with [`Standing::Missing`].

use super::decision::Opinion;
use crate::endpoint::Authorization;
use crate::resolve::Truth;

/// What an API's resource policy says of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The API has none.
    Missing,
    /// It allows, and nothing in it denies.
    Allows,
    /// It neither allows nor denies.
    Silent,
    /// It denies.
    Denies,
}

/// What a caller must show to get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// Nothing.
    Open,
    /// A signature; the API's policy is allowance enough.
    Signature,
    /// A signature, and an allow in the caller's own policies.
    IdentityAllow,
    /// What the authorizer asks for; it must not deny, but need not allow this call.
    AuthorizerNoDeny,
    /// What the authorizer asks for, and its allow of this call.
    AuthorizerAllow,
    /// A token that is valid.
    Token,
    /// Nothing helps.
    Refused,
}

impl Standing {
    /// What an opinion can turn out to be: one standing when it is certain.
    pub fn of(opinion: Option<&Opinion>) -> Vec<Self> {
        let Some(opinion) = opinion else {
            return vec![Self::Missing];
        };
        let allowed = opinion.allows != Truth::No;
        let silent = opinion.allows != Truth::Yes;
        let spared = opinion.denies != Truth::Yes;
        let denied = opinion.denies != Truth::No;
        let possible = [
            (Self::Allows, spared && allowed),
            (Self::Silent, spared && silent),
            (Self::Denies, denied),
        ];
        possible
            .into_iter()
            .filter_map(|(standing, can)| can.then_some(standing))
            .collect()
    }
}

impl Admission {
    /// What a caller of the API's own account must show, or with `own_account` no, one of another.
    /// Where the account is not known, what a caller of another must show.
    pub fn of(authorization: Authorization, standing: Standing, own_account: Truth) -> Self {
        if standing == Standing::Denies {
            return Self::Refused;
        }
        match authorization {
            Authorization::None => match standing {
                Standing::Missing | Standing::Allows => Self::Open,
                Standing::Silent | Standing::Denies => Self::Refused,
            },
            Authorization::Iam => Self::signed(standing, own_account),
            Authorization::Lambda => match standing {
                Standing::Allows => Self::AuthorizerNoDeny,
                Standing::Missing | Standing::Silent => Self::AuthorizerAllow,
                Standing::Denies => Self::Refused,
            },
            Authorization::Cognito
            | Authorization::Jwt
            | Authorization::Oidc
            | Authorization::ApiKey => match standing {
                Standing::Missing | Standing::Allows => Self::Token,
                Standing::Silent | Standing::Denies => Self::Refused,
            },
        }
    }

    fn signed(standing: Standing, own_account: Truth) -> Self {
        match (standing, own_account) {
            (Standing::Allows, Truth::Yes) => Self::Signature,
            (Standing::Missing | Standing::Silent, Truth::Yes)
            | (Standing::Allows, Truth::No | Truth::Unknown) => Self::IdentityAllow,
            (Standing::Missing | Standing::Silent, Truth::No | Truth::Unknown)
            | (Standing::Denies, _) => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Admission::{
        AuthorizerAllow, AuthorizerNoDeny, IdentityAllow, Open, Refused, Signature, Token,
    };
    use Standing::{Allows, Denies, Missing, Silent};

    fn row(authorization: Authorization, own: Truth) -> [Admission; 4] {
        [Missing, Allows, Silent, Denies]
            .map(|standing| Admission::of(authorization, standing, own))
    }

    #[test]
    fn the_table_is_that_of_the_documentation() {
        let yes = Truth::Yes;
        assert_eq!(
            row(Authorization::None, yes),
            [Open, Open, Refused, Refused]
        );
        assert_eq!(
            row(Authorization::Iam, yes),
            [IdentityAllow, Signature, IdentityAllow, Refused]
        );
        assert_eq!(
            row(Authorization::Iam, Truth::No),
            [Refused, IdentityAllow, Refused, Refused]
        );
        assert_eq!(
            row(Authorization::Lambda, yes),
            [AuthorizerAllow, AuthorizerNoDeny, AuthorizerAllow, Refused]
        );
        assert_eq!(
            row(Authorization::Cognito, yes),
            [Token, Token, Refused, Refused]
        );
    }

    #[test]
    fn an_uncertain_policy_has_several_standings() {
        let unsure = Opinion {
            allows: Truth::Unknown,
            ..Opinion::SILENT
        };
        assert_eq!(Standing::of(Some(&unsure)), [Allows, Silent]);
        let denied = Opinion {
            denies: Truth::Unknown,
            allows: Truth::Yes,
            ..Opinion::SILENT
        };
        assert_eq!(Standing::of(Some(&denied)), [Allows, Denies]);
        assert_eq!(Standing::of(None), [Missing]);
    }
}
