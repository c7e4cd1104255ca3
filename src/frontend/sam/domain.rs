//! Custom domains: their names, what is mapped to which API, and the records that point to them.

use super::api::Api;
use super::logical_id::hashed_value;
use super::made::Made;
use super::place::{Place, is, present};
use super::truthy::{true_at, truthy};
use super::{Lowering, records};
use crate::document::{Entry, Node};
use crate::source::Str;

/// A domain of an API.
pub(super) struct Domain<'d> {
    pub(super) api: &'d Str,
    pub(super) written: &'d Node,
    pub(super) place: Place,
    /// Id of the domain name's resource.
    pub(super) id: String,
    pub(super) attributes: &'d [Entry],
}

/// Lowers the domain of a REST API, if it has one.
pub(super) fn lower_rest(lowering: &mut Lowering<'_>, api: &Api, attributes: &[Entry]) {
    let Some(written) = present(&api.properties, "Domain") else {
        return;
    };
    let private = is(written.get("EndpointConfiguration"), "PRIVATE");
    let prefix = if private {
        "ApiGatewayDomainNameV2"
    } else {
        "ApiGatewayDomainName"
    };
    let Some(domain) = domain(lowering, (&api.id, written), prefix, attributes) else {
        return;
    };
    let regional = emit_rest(lowering, &domain, private);
    lowering.derive(
        &api.id,
        if private {
            "DomainNameV2"
        } else {
            "DomainName"
        },
        domain.id.clone(),
    );
    map_rest(lowering, &domain, private);
    if let Some(association) = present(written, "AccessAssociation") {
        associate(lowering, &domain, association);
    }
    let target = if private { None } else { Some(regional) };
    records::add(lowering, &domain, target);
}

/// Lowers the name of a REST API's domain; answers whether it is regional.
fn emit_rest(lowering: &mut Lowering<'_>, domain: &Domain<'_>, private: bool) -> bool {
    let written = domain.written;
    let place = domain.place;
    let kind = written
        .get("EndpointConfiguration")
        .filter(|it| !it.is_null());
    let regional = kind.is_none() || is(kind, "REGIONAL");
    let kind = kind.cloned().unwrap_or_else(|| place.text("REGIONAL"));
    let mut endpoint = place.one("Types", place.list([kind]));
    if let Some(address) = true_at(written, "IpAddressType") {
        endpoint = endpoint.with("IpAddressType", address.clone());
    }
    let certificate = if regional {
        "RegionalCertificateArn"
    } else {
        "CertificateArn"
    };
    let resource = if private {
        "AWS::ApiGateway::DomainNameV2"
    } else {
        "AWS::ApiGateway::DomainName"
    };
    lowering.emit(
        Made::new(domain.id.clone(), resource, place.0)
            .with(domain.attributes.to_vec())
            .copy(
                written,
                &[
                    "DomainName",
                    "SecurityPolicy",
                    "EndpointAccessMode",
                    "Policy",
                ],
            )
            .copy(
                written,
                &[
                    "OwnershipVerificationCertificateArn",
                    "MutualTlsAuthentication",
                ],
            )
            .copy_as(written, "CertificateArn", certificate)
            .set("EndpointConfiguration", endpoint),
    );
    regional
}

/// Lowers the domain of an HTTP or WebSocket API, if it has one.
pub(super) fn lower_v2(
    lowering: &mut Lowering<'_>,
    api: (&Str, Option<&Node>),
    tag: Option<&str>,
    attributes: &[Entry],
) {
    let Some(written) = api.1.filter(|it| !it.is_null()) else {
        return;
    };
    let Some(domain) = domain(
        lowering,
        (api.0, written),
        "ApiGatewayDomainNameV2",
        attributes,
    ) else {
        return;
    };
    let place = domain.place;
    let mut configuration = place.map([("EndpointType", place.text("REGIONAL"))]);
    for key in [
        "CertificateArn",
        "OwnershipVerificationCertificateArn",
        "SecurityPolicy",
    ] {
        if let Some(value) = true_at(written, key) {
            configuration = configuration.with(key, value.clone());
        }
    }
    let tags = tag.map(|tag| place.one(tag, place.text("SAM")));
    lowering.emit(
        Made::new(domain.id.clone(), "AWS::ApiGatewayV2::DomainName", place.0)
            .with(attributes.to_vec())
            .copy(written, &["DomainName", "MutualTlsAuthentication"])
            .set("DomainNameConfigurations", place.list([configuration]))
            .maybe("Tags", tags),
    );
    lowering.derive(api.0, "DomainName", domain.id.clone());
    map_v2(lowering, &domain);
    records::add(lowering, &domain, Some(true));
}

fn domain<'d>(
    lowering: &mut Lowering<'_>,
    api: (&'d Str, &'d Node),
    prefix: &str,
    attributes: &'d [Entry],
) -> Option<Domain<'d>> {
    let (api, written) = api;
    let Some(name) = present(written, "DomainName") else {
        let message = format!("`Domain` of `{api}` has no `DomainName`");
        lowering.notice(written.span, message);
        return None;
    };
    Some(Domain {
        api,
        written,
        place: Place(written.span),
        id: hashed_value(prefix, name),
        attributes,
    })
}

/// The base paths: one, several, or none for the root.
fn base_paths(written: &Node) -> Option<Vec<Node>> {
    let paths = true_at(written, "BasePath")?;
    match paths.as_list() {
        Some(paths) => Some(paths.to_vec()),
        None => paths.as_text().map(|_| vec![paths.clone()]),
    }
}

fn map_rest(lowering: &mut Lowering<'_>, domain: &Domain<'_>, private: bool) {
    let place = domain.place;
    let (kind, name) = if private {
        ("AWS::ApiGateway::BasePathMappingV2", "DomainNameArn")
    } else {
        ("AWS::ApiGateway::BasePathMapping", "DomainName")
    };
    let mapping = |id: String, path: Option<Node>| {
        Made::new(id, kind, place.0)
            .with(domain.attributes.to_vec())
            .set(name, place.reference(domain.id.as_str()))
            .set("RestApiId", place.reference(domain.api.clone()))
            .set("Stage", place.reference(format!("{}.Stage", domain.api)))
            .maybe("BasePath", path)
    };
    let Some(paths) = base_paths(domain.written) else {
        lowering.emit(mapping(format!("{}BasePathMapping", domain.api), None));
        return;
    };
    let normalize = domain.written.get("NormalizeBasePath").is_none_or(truthy);
    for path in paths {
        let text = path.as_text().cloned().unwrap_or_default();
        let bare: String = text.chars().filter(|it| it.is_alphanumeric()).collect();
        let id = format!("{}{bare}BasePathMapping", domain.api);
        let shown = if normalize {
            Node::text(path.span, bare)
        } else {
            path
        };
        lowering.emit(mapping(id, Some(shown)));
    }
}

fn map_v2(lowering: &mut Lowering<'_>, domain: &Domain<'_>) {
    let place = domain.place;
    let mapping = |id: String, key: Option<Node>| {
        Made::new(id, "AWS::ApiGatewayV2::ApiMapping", place.0)
            .with(domain.attributes.to_vec())
            .set("DomainName", place.reference(domain.id.as_str()))
            .set("ApiId", place.reference(domain.api.clone()))
            .set("Stage", place.reference(format!("{}.Stage", domain.api)))
            .maybe("ApiMappingKey", key)
    };
    let Some(paths) = base_paths(domain.written) else {
        lowering.emit(mapping(format!("{}ApiMapping", domain.api), None));
        return;
    };
    for path in paths {
        let text = path.as_text().cloned().unwrap_or_default();
        let bare = text.replace(['-', '_', '/'], "");
        let id = format!("{}{bare}ApiMapping", domain.api);
        let key = Node::text(path.span, text.trim_matches('/'));
        lowering.emit(mapping(id, Some(key)));
    }
}

fn associate(lowering: &mut Lowering<'_>, domain: &Domain<'_>, association: &Node) {
    let place = Place(association.span);
    let endpoint = association.get("VpcEndpointId").cloned();
    let endpoint = endpoint.unwrap_or_else(|| Node::null(place.0));
    let name = place.list([endpoint.clone(), place.text(domain.id.as_str())]);
    let id = hashed_value("DomainNameAccessAssociation", &name);
    lowering.emit(
        Made::new(id, "AWS::ApiGateway::DomainNameAccessAssociation", place.0)
            .with(domain.attributes.to_vec())
            .set("DomainNameArn", place.reference(domain.id.as_str()))
            .set("AccessAssociationSourceType", place.text("VPCE"))
            .set("AccessAssociationSource", endpoint),
    );
}
