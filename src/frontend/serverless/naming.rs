//! Logical ids, as the framework's `naming.js` makes them.

use crate::source::Str;

/// First letter in upper case, the rest as it is.
fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// `get-stores` becomes `GetDashstores`: functions, authorizers, state machines.
pub(super) fn normalized(name: &str) -> String {
    upper_first(&name.replace('-', "Dash").replace('_', "Underscore"))
}

/// Only letters and digits, the first in upper case: pools, buckets, services.
pub(super) fn alphanumeric(name: &str) -> String {
    let kept: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    upper_first(&kept)
}

/// One segment of a path: `{userId}` becomes `UseridVar`.
fn path_part(part: &str) -> String {
    let lower = part.to_lowercase();
    let dashed = upper_first(&lower).replace('-', "Dash");
    let variable = match (dashed.find('{'), dashed.rfind('}')) {
        (Some(open), Some(close)) if open < close => {
            let (before, rest) = dashed.split_at(open);
            let inside = rest.get(1..close - open).unwrap_or_default();
            let after = dashed.get(close + 1..).unwrap_or_default();
            format!("{before}{inside}Var{after}")
        }
        _ => dashed,
    };
    alphanumeric(&variable)
}

/// A whole path: `users/{id}` becomes `UsersIdVar`.
pub(super) fn path(path: &str) -> String {
    path.split('/').map(path_part).collect()
}

/// `AWS::Lambda::Function` of a function.
pub(super) fn function(key: &str) -> Str {
    Str::from(format!("{}LambdaFunction", normalized(key)))
}

/// Log group of a function.
pub(super) fn log_group(key: &str) -> Str {
    Str::from(format!("{}LogGroup", normalized(key)))
}

/// `AWS::Lambda::Url` of a function.
pub(super) fn function_url(key: &str) -> Str {
    Str::from(format!("{}LambdaFunctionUrl", normalized(key)))
}

/// `AWS::Lambda::Permission` of a function or authorizer for one kind of caller: `ApiGateway`, `HttpApi`, `FnUrl` …
pub(super) fn permission(name: &str, caller: &str) -> Str {
    Str::from(format!("{}LambdaPermission{caller}", normalized(name)))
}

/// `AWS::ApiGateway::Resource` of a path.
pub(super) fn rest_resource(path: &str) -> Str {
    Str::from(format!("ApiGatewayResource{}", self::path(path)))
}

/// `AWS::ApiGateway::Method` of a path and method.
pub(super) fn rest_method(path: &str, method: &str) -> Str {
    let method = upper_first(&method.to_lowercase());
    Str::from(format!("ApiGatewayMethod{}{method}", self::path(path)))
}

/// `AWS::ApiGateway::Authorizer` of this name.
pub(super) fn rest_authorizer(name: &str) -> Str {
    Str::from(format!("{}ApiGatewayAuthorizer", normalized(name)))
}

/// A key of a plan, or of none.
pub(super) fn api_key(plan: Option<&str>, nth: usize) -> Str {
    let plan = plan.map(upper_first).unwrap_or_default();
    Str::from(format!("ApiGatewayApiKey{plan}{nth}"))
}

/// The link of a key to its plan.
pub(super) fn usage_plan_key(plan: Option<&str>, nth: usize) -> Str {
    let plan = plan.map(upper_first).unwrap_or_default();
    Str::from(format!("ApiGatewayUsagePlanKey{plan}{nth}"))
}

/// A usage plan.
pub(super) fn usage_plan(plan: Option<&str>) -> Str {
    let plan = plan.map(upper_first).unwrap_or_default();
    Str::from(format!("ApiGatewayUsagePlan{plan}"))
}

/// `AWS::ApiGatewayV2::Route` of an HTTP API.
pub(super) fn http_route(key: &str) -> Str {
    match key {
        "*" => arcstr::literal_substr!("HttpApiRouteDefault"),
        key => Str::from(format!("HttpApiRoute{}", path(key))),
    }
}

/// `AWS::ApiGatewayV2::Integration` of an HTTP API with a function.
pub(super) fn http_integration(function: &str) -> Str {
    Str::from(format!("HttpApiIntegration{}", normalized(function)))
}

/// `AWS::ApiGatewayV2::Authorizer` of an HTTP API.
pub(super) fn http_authorizer(name: &str) -> Str {
    Str::from(format!("HttpApiAuthorizer{}", normalized(name)))
}

/// Permission of an HTTP API's authorizer function.
pub(super) fn http_authorizer_permission(name: &str) -> Str {
    Str::from(format!(
        "{}LambdaAuthorizerPermissionHttpApi",
        normalized(name)
    ))
}

/// A WebSocket route.
pub(super) fn websocket_route(key: &str) -> Str {
    let key = key
        .replace('$', "S")
        .replace('/', "Slash")
        .replace('-', "Dash")
        .replace('_', "Underscore")
        .replace('.', "Period");
    Str::from(format!("{key}WebsocketsRoute"))
}

/// Integration of a WebSocket API with a function.
pub(super) fn websocket_integration(function: &str) -> Str {
    Str::from(format!("{}WebsocketsIntegration", normalized(function)))
}

/// A WebSocket authorizer.
pub(super) fn websocket_authorizer(name: &str) -> Str {
    Str::from(format!("{}WebsocketsAuthorizer", normalized(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_folded_as_the_framework_folds_them() {
        assert_eq!(path("users/{userId}"), "UsersUseridVar");
        assert_eq!(path("foo_bar"), path("foobar"));
        assert_eq!(path("{proxy+}"), "ProxyVar");
        assert_eq!(path("a-b"), "ADashb");
        assert_eq!(rest_method("", "GET"), "ApiGatewayMethodGet");
        assert_eq!(
            rest_method("event-image-upload", "post"),
            "ApiGatewayMethodEventDashimageDashuploadPost"
        );
        assert_eq!(http_route("GET /foo_bar"), "HttpApiRouteGetFoobar");
    }

    #[test]
    fn names_keep_their_letters() {
        assert_eq!(
            function("get-stores_x"),
            "GetDashstoresUnderscorexLambdaFunction"
        );
        assert_eq!(websocket_route("$connect"), "SconnectWebsocketsRoute");
        assert_eq!(alphanumeric("my-pool.1"), "Mypool1");
    }
}
