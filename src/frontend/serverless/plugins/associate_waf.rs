//! serverless-associate-waf: a firewall before the REST API, attached beside the stack.

use crate::frontend::serverless::rest;
use crate::frontend::serverless::service::{Output, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;

/// Attaches `custom.associateWaf` to the API's stage.
pub(super) fn finalize(service: &Service, out: &mut Output) {
    let Some(config) = tree::child(&service.custom, "associateWaf") else {
        return;
    };
    let name = tree::child(&config, "name").filter(tree::is_truthy);
    let is_blank = name
        .as_ref()
        .and_then(|name| name.as_text())
        .is_some_and(|name| name.trim().is_empty());
    let Some(name) = name.filter(|_| !is_blank) else {
        return;
    };
    let at = At::of(&config);
    let stage = at.join(vec![
        at.text("arn:aws:apigateway:"),
        service.region.clone(),
        at.text("::/restapis/"),
        rest::api_id(&at, service),
        at.text("/stages/"),
        service.stage.clone(),
    ]);
    let shown = tree::sketch(&name).unwrap_or_default();
    let acl = At::of(&name).unknown(format!("the ARN of the web ACL named `{shown}`"));
    let is_v2 = tree::child(&config, "version")
        .is_some_and(|version| version.scalar().as_deref() == Some("V2"));
    let (kind, key) = if is_v2 {
        ("AWS::WAFv2::WebACLAssociation", "WebACLArn")
    } else {
        ("AWS::WAFRegional::WebACLAssociation", "WebACLId")
    };
    let properties = at.object([("ResourceArn", stage), (key, acl)]);
    out.resources
        .set("AssociatedWaf", at.resource(kind, properties));
}
