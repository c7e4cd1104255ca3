//! Records that point to custom domains. APIs of one hosted zone share one group of them.

use std::collections::BTreeMap;

use super::Lowering;
use super::domain::Domain;
use super::logical_id::hashed_value;
use super::made::Made;
use super::place::{Place, is_true, present};
use crate::document::{Entry, Node};

/// Groups of records so far, by logical id: APIs of one hosted zone share one.
#[derive(Debug, Default)]
pub(super) struct RecordSets(BTreeMap<String, Group>);

/// Records of one hosted zone.
#[derive(Debug)]
struct Group {
    /// The `Route53` that made it.
    route: Node,
    attributes: Vec<Entry>,
    records: Vec<Node>,
}

/// Adds the records of `Route53`. `regional` says where they lead; `None` leads into a VPC.
pub(super) fn add(lowering: &mut Lowering<'_>, domain: &Domain<'_>, regional: Option<bool>) {
    let Some(route) = present(domain.written, "Route53") else {
        return;
    };
    let Some(zone) = present(route, "HostedZoneId").or_else(|| present(route, "HostedZoneName"))
    else {
        return;
    };
    let id = if is_true(route.get("SeparateRecordSetGroup")) {
        let name = domain.written.get("DomainName").cloned();
        let name = name.unwrap_or_else(|| Node::null(route.span));
        hashed_value(
            "RecordSetGroup",
            &Place(route.span).list([zone.clone(), name]),
        )
    } else {
        hashed_value("RecordSetGroup", zone)
    };
    let target = target(domain, route, regional);
    let group = lowering.record_sets.0.entry(id).or_insert_with(|| Group {
        route: route.clone(),
        attributes: domain.attributes.to_vec(),
        records: Vec::new(),
    });
    group.records.push(record_of(domain, route, ("A", &target)));
    if is_true(route.get("IpV6")) {
        group
            .records
            .push(record_of(domain, route, ("AAAA", &target)));
    }
}

/// Lowers the groups of records, once all domains are known.
pub(super) fn finish(lowering: &mut Lowering<'_>) {
    for (id, group) in std::mem::take(&mut lowering.record_sets).0 {
        let place = Place(group.route.span);
        let made = Made::new(id, "AWS::Route53::RecordSetGroup", place.0)
            .with(group.attributes)
            .copy(&group.route, &["HostedZoneId", "HostedZoneName"])
            .set("RecordSets", place.list(group.records));
        lowering.emit(made);
    }
}

fn record_of(domain: &Domain<'_>, route: &Node, record: (&str, &Node)) -> Node {
    let place = Place(route.span);
    let name = domain.written.get("DomainName").cloned();
    let mut node = place.map([
        ("Name", name.unwrap_or_else(|| Node::null(place.0))),
        ("Type", place.text(record.0)),
        ("AliasTarget", record.1.clone()),
    ]);
    for key in ["Region", "SetIdentifier"] {
        if let Some(value) = present(route, key) {
            node = node.with(key, value.clone());
        }
    }
    node
}

fn target(domain: &Domain<'_>, route: &Node, regional: Option<bool>) -> Node {
    let place = Place(route.span);
    let id = domain.id.as_str();
    let written = |key: &str| {
        route
            .get(key)
            .cloned()
            .unwrap_or_else(|| Node::null(place.0))
    };
    let (zone, name) = match regional {
        Some(true) => (
            place.attribute(id, "RegionalHostedZoneId"),
            place.attribute(id, "RegionalDomainName"),
        ),
        Some(false) => (
            place.text("Z2FDTNDATAQYW2"),
            present(route, "DistributionDomainName")
                .cloned()
                .unwrap_or_else(|| place.attribute(id, "DistributionDomainName")),
        ),
        None => (
            written("VpcEndpointHostedZoneId"),
            written("VpcEndpointDomainName"),
        ),
    };
    let target = place.map([("HostedZoneId", zone), ("DNSName", name)]);
    match present(route, "EvaluateTargetHealth") {
        Some(health) => target.with("EvaluateTargetHealth", health.clone()),
        None => target,
    }
}
