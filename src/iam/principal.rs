//! Who a statement is about, and who asks.

use super::arn::Arn;
use super::matching::same;
use crate::resolve::{Part, Text, Truth};
use crate::source::{Span, Str};

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody that AWS knows: the request is not signed.
    Anonymous,
    /// A role, such as that of a function.
    Role(Identity),
    /// An IAM user.
    User(Identity),
    /// Some principal or other of this account.
    Account(Text),
    /// An AWS service: `apigateway.amazonaws.com`.
    Service(Str),
}

/// A role or user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its ARN.
    pub arn: Text,
    /// The id of its account; `AWS::AccountId` for one of the same template.
    pub account: Text,
}

impl Caller {
    /// The account that it belongs to, when it has one.
    pub fn account(&self) -> Option<&Text> {
        match self {
            Self::Role(identity) | Self::User(identity) => Some(&identity.account),
            Self::Account(account) => Some(account),
            Self::Anonymous | Self::Service(_) => None,
        }
    }
}

/// One principal of a statement.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Which kind of name it is.
    pub kind: PrincipalKind,
    /// The name: `*`, an ARN, an account, a service.
    pub name: Text,
    /// Where it is written.
    pub span: Span,
}

/// The kinds of name in a `Principal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `AWS`, or no kind at all (`Principal: "*"`).
    Aws,
    /// `Service`.
    Service,
    /// `Federated`, `CanonicalUser`, or one that is not known: says nothing about the callers here.
    Other,
}

/// Who a statement is about.
#[derive(Clone, Debug)]
pub enum Principals {
    /// It does not say, as in a policy of an identity.
    Unstated,
    /// These.
    Only(Vec<Principal>),
    /// All but these.
    AllBut(Vec<Principal>),
}

/// Whether a statement is about the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meant {
    /// By name or as one of everyone, which needs no policy of the caller's own account beside it.
    pub directly: Truth,
    /// In any way, also as one of its account.
    pub at_all: Truth,
}

impl Meant {
    /// The same both ways.
    pub fn plainly(truth: Truth) -> Self {
        Self {
            directly: truth,
            at_all: truth,
        }
    }
}

impl Principals {
    /// Whether they mean this caller. Where nothing is said it is unknown: a policy of a resource must say it.
    pub fn mean(&self, caller: &Caller) -> Meant {
        match self {
            Self::Unstated => Meant::plainly(Truth::Unknown),
            Self::Only(principals) => any(principals, caller),
            Self::AllBut(principals) => {
                let listed = any(principals, caller);
                // Sparing a role without its account may deny it all the same (IAM User Guide, `NotPrincipal`).
                let spared = listed.directly.agree(listed.at_all);
                let accountless = caller.account().is_some() && listed.directly == Truth::Yes;
                let whole = principals
                    .iter()
                    .any(|one| one.accounts(caller) == Truth::Yes);
                if accountless && !whole {
                    Meant::plainly(Truth::Unknown)
                } else {
                    Meant::plainly(spared.negate())
                }
            }
        }
    }
}

fn any(principals: &[Principal], caller: &Caller) -> Meant {
    let meant: Vec<Meant> = principals.iter().map(|one| one.means(caller)).collect();
    Meant {
        directly: Truth::any(meant.iter().map(|one| one.directly)),
        at_all: Truth::any(meant.iter().map(|one| one.at_all)),
    }
}

impl Principal {
    /// Whether it is everyone, anonymous callers included.
    pub fn is_everyone(&self) -> Truth {
        match self.kind {
            PrincipalKind::Aws if is_arn(&self.name) => Truth::No,
            PrincipalKind::Aws => same(&self.name, &"*".into()),
            PrincipalKind::Service | PrincipalKind::Other => Truth::No,
        }
    }

    fn means(&self, caller: &Caller) -> Meant {
        let directly = self.is_everyone().or(self.names(caller));
        Meant {
            directly,
            at_all: directly.or(self.accounts(caller)),
        }
    }

    /// Whether it is the caller's own name.
    fn names(&self, caller: &Caller) -> Truth {
        match (self.kind, caller) {
            (PrincipalKind::Service, Caller::Service(name)) => {
                same(&self.name, &Text::literal(name.clone()))
            }
            (PrincipalKind::Aws, Caller::Role(identity)) if self.is_session() => {
                self.same_account(&identity.account)
            }
            (PrincipalKind::Aws, Caller::Role(identity) | Caller::User(identity)) => {
                if self.is_account() || differ(&self.name, &identity.arn) {
                    Truth::No
                } else {
                    same(&self.name, &identity.arn)
                }
            }
            // Some principal of the account: it may be this one, unless this is of another account, or is all of it.
            (PrincipalKind::Aws, Caller::Account(account)) => self
                .same_account(account)
                .and(self.accounts(caller).negate()),
            (PrincipalKind::Other, Caller::Role(_) | Caller::User(_) | Caller::Account(_)) => {
                Truth::Unknown
            }
            (PrincipalKind::Aws | PrincipalKind::Other, Caller::Anonymous | Caller::Service(_))
            | (PrincipalKind::Service, _) => Truth::No,
        }
    }

    /// Whether it is the caller's account, which means every principal of it.
    fn accounts(&self, caller: &Caller) -> Truth {
        let (PrincipalKind::Aws, Some(account)) = (self.kind, caller.account()) else {
            return Truth::No;
        };
        match Arn::parse(&self.name) {
            Some(arn) => same(&arn.service, &"iam".into())
                .and(same(&arn.resource, &"root".into()))
                .and(same(&arn.account, account)),
            None if has_colon(&self.name) => Truth::Unknown.and(self.is_open()),
            None => same(&self.name, account).or(Truth::Unknown.and(self.is_open())),
        }
    }

    /// Whether it names a whole account.
    fn is_account(&self) -> bool {
        let rooted = Arn::parse(&self.name).map(|arn| arn.resource.is("root") == Truth::Yes);
        rooted.unwrap_or_else(|| same(&self.name, &"*".into()) == Truth::No && self.is_plain())
    }

    /// Whether it has no colons: an account's id, not an ARN.
    fn is_plain(&self) -> bool {
        self.name.known().is_some_and(|name| !name.contains(':'))
    }

    /// A session of a role: which role's it is cannot be told from the role's ARN alone.
    fn is_session(&self) -> bool {
        Arn::parse(&self.name).is_some_and(|arn| arn.service.known().as_deref() == Some("sts"))
    }

    /// No when it is certainly of another account, else unknown.
    fn same_account(&self, account: &Text) -> Truth {
        let theirs = Arn::parse(&self.name).map(|arn| arn.account);
        let same = theirs.map_or(self.is_open(), |theirs| same(&theirs, account));
        same.and(Truth::Unknown)
    }

    /// Unknown when a part of it is unknown; no when all of it can be read.
    fn is_open(&self) -> Truth {
        match self.name.known() {
            Some(_) => Truth::No,
            None => Truth::Unknown,
        }
    }
}

/// Whether it is the ARN of a resource of the template.
fn is_arn(name: &Text) -> bool {
    matches!(name.target(), Some(Part::Attribute(_, attribute)) if attribute == "Arn")
}

/// Whether both are ARNs of resources of the template, and not of the same one.
fn differ(one: &Text, other: &Text) -> bool {
    is_arn(one) && is_arn(other) && one != other
}

/// Whether a colon is written in it.
fn has_colon(name: &Text) -> bool {
    let with = |part: &Part| matches!(part, Part::Literal(text) if text.contains(':'));
    name.parts().iter().any(with)
}
