//! What a stage switches on: caches, logs, traces.

use super::Stage;
use crate::document::Node;
use crate::facts::default::{Default, flag_or, text_below, written_or};
use crate::facts::stage::limit::on;
use crate::facts::{Fact, absent};
use crate::resolve::{Case, Property, Resolved, Scope, Text};
use crate::stack::Protocol;
use crate::trail::Step;

const LOG_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html";
const CACHE_PAGE: &str =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html";
const STAGE_PAGE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-stage.html";

/// Whether some setting switches this on.
fn switched_on(
    stage: &Stage<'_>,
    is_on: impl Fn(&Node) -> Resolved<bool>,
    default: &Step,
) -> Resolved<Fact> {
    stage.settings.expand(|case| {
        let Some(settings) = &case.value else {
            return Resolved::unknown(case.trail.clone());
        };
        let trail = case.trail.clone().and(default.clone());
        let start = Resolved::known(Fact::Flag(false), trail);
        settings.iter().fold(start, |so_far, setting| {
            so_far.expand(|case| on(case, is_on(&setting.node)))
        })
    })
}

fn no(flag: &Property<bool>) -> Resolved<bool> {
    flag.map(|flag| flag.unwrap_or(false))
}

pub(super) fn data_trace(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    if stage.protocol == Protocol::Http {
        return absent(Step::written(stage.resource.span));
    }
    let step = Step::default(
        "requests and responses are not logged in full unless `DataTraceEnabled` says so",
        LOG_PAGE,
    );
    let is_on = |node: &Node| no(&scope.read(node, "DataTraceEnabled", Scope::flag));
    switched_on(stage, is_on, &step)
}

/// Which cached responses count.
pub(super) enum Cache {
    /// All.
    Any,
    /// Those that are stored in the clear.
    Clear,
}

/// Whether responses are cached: the stage has a cache, and some method uses it.
pub(super) fn cached(scope: &Scope, stage: &Stage<'_>, which: &Cache) -> Resolved<Fact> {
    let none = Step::default(
        "a stage has no cache unless `CacheClusterEnabled` says so",
        CACHE_PAGE,
    );
    let cluster = scope.read(&stage.described, "CacheClusterEnabled", Scope::flag);
    cluster.expand(|case| match case.value {
        None => Resolved::unknown(case.trail.clone()),
        Some(Some(true)) => {
            let step = Step::default(
                "a method's responses are cached only where `CachingEnabled` says so",
                CACHE_PAGE,
            );
            let is_on = |node: &Node| {
                let caching = no(&scope.read(node, "CachingEnabled", Scope::flag));
                match which {
                    Cache::Any => caching,
                    Cache::Clear => caching.and_then(|on| {
                        let encrypted = no(&scope.read(node, "CacheDataEncrypted", Scope::flag));
                        encrypted.map(|encrypted| on && !encrypted)
                    }),
                }
            };
            switched_on(stage, is_on, &step)
        }
        Some(_) => Resolved::known(Fact::Flag(false), case.trail.clone().and(none.clone())),
    })
}

/// The property that access logs are described in.
fn log_property(stage: &Stage<'_>) -> &'static str {
    if stage.protocol == Protocol::Rest {
        "AccessLogSetting"
    } else {
        "AccessLogSettings"
    }
}

pub(super) fn access_logs(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    let (outer, inner) = (log_property(stage), "DestinationArn");
    let what = "a stage without access log settings logs no access";
    let default = Default {
        is: false,
        what,
        page: LOG_PAGE,
    };
    written_or(text_below(scope, &stage.described, outer, inner), default)
}

pub(super) fn log_format(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    let format = text_below(scope, &stage.described, log_property(stage), "Format");
    format.map(|text| {
        let shown = |text: &Text| Fact::Text(text.to_string().into());
        text.as_ref().map_or(Fact::Absent, shown)
    })
}

pub(super) fn tracing(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    let default = Default {
        is: false,
        what: "requests are not traced unless `TracingEnabled` says so",
        page: STAGE_PAGE,
    };
    flag_or(
        scope.read(&stage.described, "TracingEnabled", Scope::flag),
        default,
    )
}

pub(super) fn client_certificate(scope: &Scope, stage: &Stage<'_>) -> Resolved<Fact> {
    if stage.protocol == Protocol::Http {
        return absent(Step::written(stage.resource.span));
    }
    let id = scope.read(&stage.described, "ClientCertificateId", Scope::text);
    id.map_case(|case| Case {
        value: case.value.map(|id| Fact::Flag(id.is_some())),
        world: case.world,
        trail: case.trail,
    })
}
