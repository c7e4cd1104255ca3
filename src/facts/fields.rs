//! The tables of facts: one row per name that rules may use.
//!
//! The order of the rows is the order of [`super::Subject::facts`]. New rows go to the end of their table; a row
//! never changes its name, because rule pages outside this project use it.

use super::{Field, Type};

pub(super) const fn field(
    name: &'static str,
    kind: Type,
    example: &'static str,
    doc: &'static str,
) -> Field {
    Field {
        name,
        kind,
        doc,
        example,
    }
}

const AUTHORIZATION: Type =
    Type::Word(&["none", "iam", "cognito", "jwt", "lambda", "api-key", "oidc"]);

/// Facts of an endpoint.
pub(super) const ENDPOINT: &[Field] = &[
    field(
        "method",
        Type::Text,
        "POST",
        "HTTP method in upper case, `ANY`, or `*` for the default route of an HTTP API; absent for WebSocket routes, function URLs and GraphQL.",
    ),
    field(
        "path",
        Type::Text,
        "/orders/{id}",
        "Path as deployed, without the stage; a WebSocket route's key.",
    ),
    field(
        "authorization",
        AUTHORIZATION,
        "cognito",
        "Effective authorization of the deployed endpoint.",
    ),
    field(
        "api_key_required",
        Type::Flag,
        "false",
        "Whether a usage-plan key is asked for. A key meters; it does not authenticate.",
    ),
    field(
        "authorization_known",
        Type::Flag,
        "true",
        "Whether the effective authorization can be known before deployment. Itself never unknown.",
    ),
    field(
        "protocol",
        Type::Word(&["rest", "http", "websocket", "function-url", "graphql"]),
        "rest",
        "What a client speaks.",
    ),
    field(
        "exposure",
        Type::Word(&["internet", "restricted", "vpc", "nobody"]),
        "internet",
        "Who can reach the endpoint at all, whatever it then asks for: anyone, callers that a resource policy lets through or that have a certificate, a VPC endpoint, nobody.",
    ),
    field(
        "authorizer",
        Type::Text,
        "Pool",
        "The authorizer: its logical id, or the id or ARN of an external one; absent for `none` and `iam`.",
    ),
    field(
        "scopes",
        Type::List,
        "[orders/write]",
        "Scopes of which a token must carry one; empty when none is asked for.",
    ),
    field(
        "cors_preflight",
        Type::Flag,
        "false",
        "Whether this is an `OPTIONS` method that API Gateway answers itself (a mock integration).",
    ),
    field(
        "writes",
        Type::Flag,
        "true",
        "Whether the method changes state: `POST`, `PUT`, `PATCH`, `DELETE`, and `ANY` and `*`, which include them; absent where there is no method.",
    ),
    field(
        "catch_all",
        Type::Flag,
        "false",
        "Whether it answers requests that nobody listed: a greedy path such as `/{proxy+}`, the method `ANY`, the default route of an HTTP API. False for `OPTIONS`, WebSocket, function URLs and GraphQL.",
    ),
    field(
        "opens_connection",
        Type::Flag,
        "false",
        "WebSocket: whether clients connect here. That is `$connect`, the only route that can ask who they are; in an API without `$connect`, which accepts everyone, its first route. False for other protocols.",
    ),
    field(
        "key_has_plan",
        Type::Flag,
        "true",
        "REST: whether some usage plan covers the API's stage and some API key is linked to that plan; absent for other protocols.",
    ),
    field(
        "api",
        Type::Text,
        "ApiGatewayRestApi",
        "Logical id of the API, or of the function for a function URL; the id of an external API.",
    ),
    field(
        "function",
        Type::Text,
        "CreateLambdaFunction",
        "Logical id of the function behind it; absent when there is none.",
    ),
    field(
        "sensitive_path",
        Type::Flag,
        "false",
        "Whether the path names something that is not meant for everyone: `admin`, `internal`, `debug` … as a whole word of it.",
    ),
    field(
        "path_authorization",
        Type::Flag,
        "false",
        "Whether another method of the same path asks who calls.",
    ),
    field(
        "opts_out",
        Type::Flag,
        "false",
        "Whether the API has a default authorizer and this endpoint says that it wants none.",
    ),
    field(
        "bypasses",
        Type::Text,
        "POST /orders",
        "An endpoint of the same function that asks who calls, and whose requests can be sent here instead, where nobody is asked; absent when there is none.",
    ),
    field(
        "authorization_varies",
        Type::Flag,
        "false",
        "Whether conditions of the template decide if anybody is asked.",
    ),
    field(
        "authorizer_fit",
        Type::Word(&["fits", "missing", "other-api", "other-type"]),
        "fits",
        "Whether the authorizer that is named can do the work: it exists, belongs to the same API, and is of the kind that the endpoint asks for; absent where none is named.",
    ),
    field(
        "throttled",
        Type::Flag,
        "false",
        "Whether every stage of the API that is in the template limits the rate of calls, for this method or route or for all; absent where there are no stages.",
    ),
    field(
        "quota",
        Type::Flag,
        "false",
        "REST: whether a key is asked for and every usage plan of the API limits how many calls a key has; absent for other protocols.",
    ),
    field(
        "cleartext_backend",
        Type::Word(&["internet", "vpc"]),
        "internet",
        "Over what an HTTP integration sends requests on without TLS: the internet, or a VPC link; absent for others.",
    ),
    field(
        "cached",
        Type::Flag,
        "false",
        "REST: whether some stage caches the method's responses; absent for other protocols.",
    ),
    field(
        "cache_keys",
        Type::List,
        "[method.request.header.Authorization]",
        "What the cache tells responses apart by, beside the path (`CacheKeyParameters`).",
    ),
    field(
        "granted",
        Type::Flag,
        "true",
        "IAM: whether some policy of the template lets someone call its API, or its function URL; absent for other authorization.",
    ),
    field(
        "twin_authorization",
        AUTHORIZATION,
        "none",
        "What another declaration of the same method and path of the same API asks for, such as one in an OpenAPI body beside a method resource; absent where there is none.",
    ),
];

/// Facts of a call.
pub(super) const CALL: &[Field] = &[
    field(
        "caller",
        Type::Text,
        "get-index",
        "The function that calls, by the name its author gave it; a state machine or an API destination, by its logical id.",
    ),
    field(
        "target",
        Type::Text,
        "GET /stores",
        "The endpoint that is called: method and path.",
    ),
    field("method", Type::Text, "GET", "Method of the endpoint."),
    field("path", Type::Text, "/stores", "Path of the endpoint."),
    field(
        "authorization",
        AUTHORIZATION,
        "iam",
        "Effective authorization of the endpoint.",
    ),
    field(
        "allowed",
        Type::Flag,
        "false",
        "Whether IAM lets the caller's role through: `execute-api:Invoke` (for a function URL `lambda:InvokeFunctionUrl`), resource policies included.",
    ),
    field(
        "near_miss",
        Type::Text,
        "path is `shops`, the call needs `stores`",
        "Why the closest statement that grants `execute-api:Invoke` does not cover the call, at the place of that statement; absent when the role has no such statement.",
    ),
    field(
        "near_miss_part",
        Type::Text,
        "path",
        "The only part that differs there: `partition`, `region`, `account`, `API`, `stage`, `method`, `path`, or the `action`; absent when several do.",
    ),
    field(
        "needed",
        Type::Text,
        "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${ApiGatewayRestApi}/dev/GET/stores",
        "The ARN that the role must be allowed, in the notation of `Fn::Sub`; absent where it cannot be told, lies in another stack, or would not be enough.",
    ),
    field(
        "role",
        Type::Text,
        "IamRoleLambdaExecution",
        "Logical id or ARN of the caller's role.",
    ),
    field(
        "signed",
        Type::Flag,
        "false",
        "Whether the request is signed, as the task, the connection or the imports of the code tell; absent where they do not.",
    ),
    field(
        "shared_with",
        Type::Text,
        "post-contact",
        "Another function under the same role, which anyone on the internet can run and which does not make this call; absent where there is none.",
    ),
];

/// Facts of an authorizer.
pub(super) const AUTHORIZER: &[Field] = &[
    field(
        "name",
        Type::Text,
        "CognitoAuthorizer",
        "Logical id, or the key it is declared under.",
    ),
    field(
        "type",
        Type::Word(&["cognito", "jwt", "lambda"]),
        "cognito",
        "What it checks: a user pool's token, a token of any issuer, or whatever its function does.",
    ),
    field(
        "attached",
        Type::Flag,
        "false",
        "Whether some endpoint asks it.",
    ),
    field(
        "api",
        Type::Text,
        "ApiGatewayRestApi",
        "Logical id of the API it belongs to.",
    ),
    field(
        "protocol",
        Type::Word(&["rest", "http", "websocket"]),
        "rest",
        "What the API speaks; absent when the API lies outside the template.",
    ),
    field(
        "form",
        Type::Word(&["token", "request"]),
        "request",
        "For Lambda authorizers: whether it is given one token or the request; absent for others.",
    ),
    field(
        "enforced",
        Type::Flag,
        "true",
        "Whether API Gateway enforces it. A security scheme of an OpenAPI body without `x-amazon-apigateway-authorizer` or `-authtype` is documentation only.",
    ),
    field(
        "open_endpoints",
        Type::Number,
        "0",
        "How many endpoints name it and still ask nobody.",
    ),
    field(
        "api_open",
        Type::Flag,
        "false",
        "Whether no endpoint of its API asks anybody; unknown when these endpoints cannot all be seen.",
    ),
    field("endpoints", Type::Number, "3", "How many endpoints ask it."),
    field(
        "ttl_seconds",
        Type::Number,
        "300",
        "How long its answer is cached; unknown where AWS does not say.",
    ),
    field(
        "identity_sources",
        Type::List,
        "[method.request.header.Authorization]",
        "Where the credential is taken from; an answer is cached for these values together.",
    ),
    field(
        "keyed_by_route",
        Type::Flag,
        "false",
        "Whether the route, or the method and path, is one of the identity sources.",
    ),
    field(
        "simple_responses",
        Type::Flag,
        "false",
        "HTTP APIs: whether it answers yes or no instead of with a policy that names routes.",
    ),
    field(
        "scoped",
        Type::Flag,
        "false",
        "Whether every endpoint that asks it asks for scopes.",
    ),
    field(
        "issuer_secure",
        Type::Flag,
        "true",
        "JWT: whether the issuer is named by an `https` address; absent for others.",
    ),
    field(
        "audience",
        Type::List,
        "[web-client]",
        "JWT: audiences of which a token must name one; empty for others.",
    ),
    field(
        "function",
        Type::Text,
        "CheckTokenLambdaFunction",
        "Logical id of the function that decides; absent when there is none here.",
    ),
    field(
        "invokable",
        Type::Flag,
        "true",
        "Whether API Gateway may invoke that function: by a permission or a role. True when there is no function of this template to invoke.",
    ),
];

/// Facts of a user pool.
pub(super) const USER_POOL: &[Field] = &[
    field("name", Type::Text, "CognitoUserPool", "Logical id."),
    field(
        "has_policy",
        Type::Flag,
        "true",
        "Whether a password policy is written; without one, Cognito asks for 8 characters of all four classes.",
    ),
    field(
        "minimum_length",
        Type::Number,
        "8",
        "Characters that a password needs.",
    ),
    field(
        "require_lowercase",
        Type::Flag,
        "true",
        "Whether a password needs a lower-case letter.",
    ),
    field(
        "require_uppercase",
        Type::Flag,
        "true",
        "Whether a password needs an upper-case letter.",
    ),
    field(
        "require_numbers",
        Type::Flag,
        "true",
        "Whether a password needs a digit.",
    ),
    field(
        "require_symbols",
        Type::Flag,
        "false",
        "Whether a password needs a symbol.",
    ),
    field(
        "mfa",
        Type::Word(&["off", "optional", "on"]),
        "off",
        "Whether a second factor is asked for.",
    ),
    field(
        "threat_protection",
        Type::Word(&["off", "audit", "enforced"]),
        "off",
        "Whether Cognito looks for stolen passwords and unusual sign-ins (`AdvancedSecurityMode`).",
    ),
    field(
        "self_sign_up",
        Type::Flag,
        "true",
        "Whether anyone can create an account.",
    ),
    field(
        "deletion_protection",
        Type::Flag,
        "false",
        "Whether the pool is protected from being deleted.",
    ),
    field(
        "temporary_password_days",
        Type::Number,
        "7",
        "Days that a temporary password is valid.",
    ),
];

/// Facts of a usage plan.
pub(super) const USAGE_PLAN: &[Field] = &[
    field("name", Type::Text, "ApiGatewayUsagePlan", "Logical id."),
    field(
        "throttled",
        Type::Flag,
        "false",
        "Whether it limits the rate of requests, as a whole or on some of its stages' methods.",
    ),
    field(
        "quota",
        Type::Flag,
        "false",
        "Whether it limits the number of requests a day, week or month.",
    ),
    field(
        "attached",
        Type::Flag,
        "true",
        "Whether it covers the stage of some API.",
    ),
    field(
        "keys",
        Type::Number,
        "1",
        "How many keys of the template are linked to it.",
    ),
    field(
        "key_asked_for",
        Type::Flag,
        "true",
        "Whether some endpoint of the APIs that it covers asks for a key; unknown when these endpoints cannot all be seen.",
    ),
];

/// Facts of an API as a whole.
pub(super) const API: &[Field] = &[
    field(
        "name",
        Type::Text,
        "ApiGatewayRestApi",
        "Logical id; that of the function for a function URL.",
    ),
    field(
        "protocol",
        Type::Word(&["rest", "http", "websocket", "function-url", "graphql"]),
        "rest",
        "What a client speaks.",
    ),
    field(
        "endpoint_type",
        Type::Word(&["edge", "regional", "private"]),
        "regional",
        "Where it answers; a REST API that does not say is `edge`.",
    ),
    field(
        "default_endpoint",
        Type::Flag,
        "true",
        "Whether it answers under the host name that AWS makes for it.",
    ),
    field(
        "resource_policy",
        Type::Flag,
        "false",
        "Whether it has a resource policy; only REST APIs have any.",
    ),
    field(
        "policy_allows_everyone",
        Type::Flag,
        "false",
        "Whether that policy lets anyone on the internet call something, or for a private API anyone in any VPC; absent without a policy.",
    ),
    field(
        "tls_policy",
        Type::Text,
        "TLS_1_2",
        "Security policy of the default endpoint; absent for function URLs and GraphQL.",
    ),
    field(
        "cors_any_origin",
        Type::Flag,
        "false",
        "Whether browsers may call it from every origin; for a REST API, whether some preflight method says so. Absent for WebSocket and GraphQL.",
    ),
    field(
        "cors_any_origin_with_credentials",
        Type::Flag,
        "false",
        "Whether they may do so with cookies and other credentials.",
    ),
    field(
        "waf",
        Type::Flag,
        "false",
        "Whether this template attaches a web application firewall; absent for protocols that take none.",
    ),
    field(
        "open_writes",
        Type::Number,
        "0",
        "How many of its endpoints let anyone on the internet write, without even a key.",
    ),
];

/// Facts of a stage.
pub(super) const STAGE: &[Field] = &[
    field("name", Type::Text, "prod", "Name of the stage."),
    field(
        "api",
        Type::Text,
        "ApiGatewayRestApi",
        "Logical id of its API, or the id of an external one.",
    ),
    field(
        "protocol",
        Type::Word(&["rest", "http", "websocket"]),
        "rest",
        "What a client speaks.",
    ),
    field(
        "throttled",
        Type::Flag,
        "false",
        "Whether it limits the rate or the burst of requests to all methods or routes; without limits of its own it shares those of the account.",
    ),
    field(
        "throttle_rate",
        Type::Number,
        "100",
        "Requests a second that all methods or routes take; absent when not limited.",
    ),
    field(
        "throttle_burst",
        Type::Number,
        "200",
        "Requests at once that all methods or routes take; absent when not limited.",
    ),
    field(
        "cached",
        Type::Flag,
        "false",
        "REST: whether some responses are cached; absent for other protocols.",
    ),
    field(
        "cached_without_encryption",
        Type::Flag,
        "false",
        "REST: whether some responses are cached in the clear; absent for other protocols.",
    ),
    field(
        "data_trace",
        Type::Flag,
        "false",
        "Whether requests and responses of some method or route are logged in full, tokens included; absent for HTTP APIs.",
    ),
    field(
        "access_logs",
        Type::Flag,
        "true",
        "Whether every access is logged.",
    ),
    field(
        "access_log_format",
        Type::Text,
        "$context.requestId $context.status",
        "Format of those logs; absent when none is written.",
    ),
    field(
        "tracing",
        Type::Flag,
        "false",
        "REST: whether requests are traced; absent for other protocols.",
    ),
    field(
        "waf",
        Type::Flag,
        "false",
        "REST: whether this template attaches a web application firewall to the stage; absent for other protocols.",
    ),
    field(
        "client_certificate",
        Type::Flag,
        "false",
        "Whether API Gateway shows a certificate to the backend; absent for HTTP APIs.",
    ),
];

/// Facts of a custom domain.
pub(super) const DOMAIN: &[Field] = &[
    field("name", Type::Text, "api.example.com", "The domain name."),
    field(
        "tls_policy",
        Type::Text,
        "TLS_1_2",
        "Its security policy; the default for REST APIs is not documented and stays unknown.",
    ),
    field(
        "mutual_tls",
        Type::Flag,
        "false",
        "Whether it asks clients for a certificate.",
    ),
    field(
        "default_endpoint_open",
        Type::Flag,
        "true",
        "Whether an API that it leads to also answers under its default name; absent when none of them is in this template.",
    ),
];

/// Facts of a load-balancer listener, or of a rule of one.
pub(super) const LISTENER: &[Field] = &[
    field("name", Type::Text, "HttpsListener", "Logical id."),
    field("protocol", Type::Text, "HTTPS", "Protocol of the listener."),
    field(
        "exposure",
        Type::Word(&["internet", "vpc"]),
        "internet",
        "Who can reach the load balancer.",
    ),
    field(
        "forwards",
        Type::Flag,
        "true",
        "Whether requests get through to a target; a redirect or a fixed response ends them.",
    ),
    field(
        "authenticates",
        Type::Flag,
        "false",
        "Whether an action of its own lets nobody through who has not said who they are: `authenticate-cognito`, `authenticate-oidc`, `jwt-validation`.",
    ),
    field(
        "on_unauthenticated",
        Type::Word(&["allow", "deny", "authenticate"]),
        "authenticate",
        "What that action does with others; absent without one.",
    ),
    field(
        "mutual_tls",
        Type::Flag,
        "false",
        "Whether the listener checks clients' certificates.",
    ),
    field(
        "bypasses",
        Type::Text,
        "HttpsListener",
        "A listener, or a rule of one, that asks who calls before it forwards to the same target, which is reached here for any path and without a question; absent where there is none.",
    ),
];

/// Facts of an input.
pub(super) const INPUT: &[Field] = &[
    field(
        "kind",
        Type::Word(&[
            "unreadable-input",
            "duplicate-key",
            "unresolved-reference",
            "invalid-suppression",
            "unused-suppression",
            "expired-suppression",
            "notice",
        ]),
        "duplicate-key",
        "What kind of thing is wrong: the id of the page that explains it.",
    ),
    field(
        "message",
        Type::Text,
        "`handler` stands twice",
        "What is so.",
    ),
];
