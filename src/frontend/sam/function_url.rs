//! `FunctionUrlConfig`: a URL that calls a function, and who may.

use super::globals::inherit;
use super::made::Made;
use super::place::{Place, is};
use super::target::Target;
use super::truthy::{is_intrinsic, true_at};
use super::{Declared, Lowering};
use crate::document::Node;

/// Lowers a function's URL, if it has one.
pub(super) fn lower(lowering: &mut Lowering<'_>, it: &Declared<'_>, target: &Target) {
    let Some(config) = true_at(&it.properties, "FunctionUrlConfig") else {
        return;
    };
    let place = Place(config.span);
    let auth = if is_intrinsic(config) {
        let reason = "`FunctionUrlConfig` is decided at deployment";
        lowering.unresolved(config.span, format!("{reason} for `{}`", it.id));
        Some(place.unknown(reason))
    } else {
        inherit(config, "AuthType")
    };
    let function = target.name(place);
    let made = Made::new(format!("{}Url", it.id), "AWS::Lambda::Url", config.span)
        .with(target.attributes.clone())
        .maybe("AuthType", auth.clone())
        .set("TargetFunctionArn", function.clone())
        .copy(config, &["InvokeMode"])
        .maybe("Cors", true_at(config, "Cors").cloned());
    lowering.emit(made);
    if is(auth.as_ref(), "NONE") {
        open(lowering, it, target, (place, &function));
    }
}

/// Lets anybody call a URL that asks for no auth.
fn open(
    lowering: &mut Lowering<'_>,
    it: &Declared<'_>,
    target: &Target,
    (place, function): (Place, &Node),
) {
    let permission = |id: &str, action: &str| {
        Made::new(format!("{}{id}", it.id), "AWS::Lambda::Permission", place.0)
            .with(target.attributes.clone())
            .set("Action", place.text(action))
            .set("FunctionName", function.clone())
            .set("Principal", place.text("*"))
    };
    let url = permission("UrlPublicPermissions", "lambda:InvokeFunctionUrl");
    lowering.emit(url.set("FunctionUrlAuthType", place.text("NONE")));
    let call = permission("URLInvokeAllowPublicAccess", "lambda:InvokeFunction");
    lowering.emit(call.set("InvokedViaFunctionUrl", place.flag(true)));
}

#[cfg(test)]
mod tests {
    use super::super::sample::{hows, lowered, property};
    use crate::trail::How;

    const NONE: &str = "
Globals: {Function: {FunctionUrlConfig: {AuthType: NONE}}}
Resources: {Fn: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}}
";

    #[test]
    fn an_open_url_lets_anybody_call() {
        let out = lowered(NONE);
        let auth = property(&out, "FnUrl", &["AuthType"]);
        assert_eq!(auth.as_text().unwrap(), "NONE");
        assert!(hows(&auth).contains(&How::Inherited("Globals.Function.FunctionUrlConfig".into())));
        assert_eq!(
            property(&out, "FnUrl", &["TargetFunctionArn", "Ref"])
                .as_text()
                .unwrap(),
            "FnAliaslive"
        );
        assert_eq!(
            property(&out, "FnUrlPublicPermissions", &["Principal"])
                .as_text()
                .unwrap(),
            "*"
        );
        property(
            &out,
            "FnURLInvokeAllowPublicAccess",
            &["InvokedViaFunctionUrl"],
        );
    }

    #[test]
    fn any_other_url_lets_nobody_call() {
        for auth in ["AWS_IAM", "!Ref P", "!If [C, NONE, AWS_IAM]"] {
            let out = lowered(&NONE.replace("NONE", auth));
            property(&out, "FnUrl", &["AuthType"]);
            assert!(
                out.template
                    .at(&["Resources", "FnUrlPublicPermissions"])
                    .is_none()
            );
        }
    }
}
