//! What IAM says of the endpoints that a call could mean, all of them together.

use std::cell::OnceCell;
use std::rc::Rc;

use super::asks_iam;
use crate::endpoint::Endpoint;
use crate::iam::{Attached, NearMiss, Policy, Request, Side, decide, nearest_miss};
use crate::resolve::{Part, Resolved, Text, Truth};
use crate::source::Span;
use crate::trail::{How, Step, Trail};

/// Endpoints that are asked for one URL: a stack has 500 resources at most, an API 300 routes unless AWS is asked for more.
const MOST: usize = 1024;

/// The policies of a role, and that of the API; each unknown when it cannot be seen.
pub(super) type Judged<'a> = (Option<&'a [Rc<Policy>]>, Option<&'a Option<Policy>>);

/// An endpoint that a URL could mean, and the request that reaches it; `None` where that cannot be told.
pub(super) struct Asked<'a, 'r> {
    pub(super) endpoint: &'a Endpoint,
    request: &'r dyn Fn(&Endpoint) -> Option<Request>,
    /// Once it was needed.
    made: OnceCell<Option<Request>>,
}

impl<'a, 'r> Asked<'a, 'r> {
    pub(super) fn of(
        endpoint: &'a Endpoint,
        request: &'r dyn Fn(&Endpoint) -> Option<Request>,
    ) -> Self {
        Self {
            endpoint,
            request,
            made: OnceCell::new(),
        }
    }

    pub(super) fn request(&self) -> Option<&Request> {
        let made = self.made.get_or_init(|| (self.request)(self.endpoint));
        made.as_ref()
    }

    fn verdict(&self, policies: &Attached<'_>) -> Verdict {
        let Some(request) = self.request() else {
            return Verdict::unknown();
        };
        let decision = decide(policies, request);
        Verdict {
            // What is not asked to sign is not refused by IAM.
            allowed: if asks_iam(self.endpoint) {
                decision.allowed
            } else {
                decision.allowed.or(Truth::Unknown)
            },
            near_miss: None,
            if_granted: decision.if_granted,
            decided_by: decision.decided_by,
            doubts: decision.doubts,
        }
    }

    fn near_miss(&self, identity: &[&Policy]) -> Option<NearMiss> {
        let function = self.endpoint.function.agreed().cloned().flatten();
        let function = function.map(|id| Text::part(Part::Attribute(id, "Arn".into())));
        nearest_miss(identity, Side::Identity, self.request()?, function.as_ref())
    }
}

/// What IAM says of each, up to the first that is allowed: nothing comes closer.
pub(super) fn verdicts(
    asked: &[Asked<'_, '_>],
    boundary: Option<&Policy>,
    (policies, of_api): Judged<'_>,
) -> Vec<Verdict> {
    let (Some(policies), Some(of_api)) = (policies, of_api) else {
        return asked.iter().map(|_| Verdict::unknown()).collect();
    };
    let identity: Vec<&Policy> = policies.iter().map(Rc::as_ref).collect();
    let attached = Attached {
        identity: &identity,
        boundary,
        resource: of_api.as_ref(),
    };
    let mut verdicts = Vec::with_capacity(asked.len().min(MOST));
    for one in asked.iter().take(MOST) {
        let verdict = one.verdict(&attached);
        let is_allowed = verdict.allowed == Truth::Yes;
        verdicts.push(verdict);
        if is_allowed {
            return verdicts;
        }
    }
    if let Some(one) = asked.get(MOST) {
        return vec![Verdict::of_too_many(one.endpoint.span)];
    }
    // Why one is refused only matters when all are.
    if verdicts.iter().all(|one| one.allowed == Truth::No) {
        for (verdict, one) in verdicts.iter_mut().zip(asked) {
            verdict.near_miss = one.near_miss(&identity);
            if verdict.distance() == Verdict::NEAREST_MISS {
                break;
            }
        }
    }
    verdicts
}

/// What IAM says of one endpoint that a URL could mean.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    allowed: Truth,
    pub(super) near_miss: Option<NearMiss>,
    /// What it would be with leave in the caller's role.
    if_granted: Truth,
    decided_by: Option<Span>,
    /// Why it is not known.
    doubts: Vec<Step>,
}

impl Verdict {
    /// Where policies or the request cannot be seen.
    fn unknown() -> Self {
        Self {
            allowed: Truth::Unknown,
            near_miss: None,
            if_granted: Truth::Unknown,
            decided_by: None,
            doubts: Vec::new(),
        }
    }

    /// Where the URL could mean more endpoints than are asked, and the first of them do not allow it.
    fn of_too_many(endpoint: Span) -> Self {
        let why = format!("the URL could mean more than {MOST} endpoints");
        Self {
            doubts: vec![Step::deferred(why, endpoint)],
            ..Self::unknown()
        }
    }

    /// Whether leave in the caller's role is all that is missing.
    pub(super) fn wants_leave(&self) -> bool {
        self.if_granted == Truth::Yes
    }

    /// That of a refusal for one difference.
    const NEAREST_MISS: (u8, usize) = (2, 1);

    /// Allowed comes first, then unknown, then the nearest miss.
    pub(super) fn distance(&self) -> (u8, usize) {
        match self.allowed {
            Truth::Yes => (0, 0),
            Truth::Unknown => (1, 0),
            Truth::No => (
                2,
                self.near_miss
                    .as_ref()
                    .map_or(usize::MAX, |miss| miss.differences.len()),
            ),
        }
    }
}

/// Doubts that are told.
const DOUBTS: usize = 4;

/// What IAM says of all of them together.
pub(super) struct Outcome {
    allowed: Truth,
    decided_by: Option<Span>,
    doubts: Vec<Step>,
}

impl Outcome {
    /// Allowed when some endpoint lets the caller in, refused when none does.
    pub(super) fn of(verdicts: &[Verdict]) -> Self {
        let mut allowing = verdicts.iter().filter(|one| one.allowed == Truth::Yes);
        let doubts = verdicts.iter().flat_map(|verdict| &verdict.doubts);
        Self {
            allowed: Truth::any(verdicts.iter().map(|verdict| verdict.allowed)),
            decided_by: allowing.next().and_then(|verdict| verdict.decided_by),
            doubts: doubts.take(DOUBTS).cloned().collect(),
        }
    }

    /// Said of a call that this trail leads to.
    pub(super) fn told(&self, trail: Trail) -> Resolved<bool> {
        match self.allowed {
            Truth::Yes => {
                let by = |at| Step::new(How::Note("this statement allows it".into()), at);
                let statement = self.decided_by.map(by);
                Resolved::known(true, statement.into_iter().fold(trail, Trail::and))
            }
            Truth::No => Resolved::known(false, trail),
            Truth::Unknown => {
                let trail = self.doubts.iter().cloned().fold(trail, Trail::and);
                let at = trail.place();
                let by = "which endpoint is meant, or what the role allows";
                let how = How::Deferred(by.into());
                Resolved::unknown(trail.and(Step { how, at }))
            }
        }
    }
}
