//! The tables of facts: one row per name that rules may use.
//!
//! The order of the rows is the order of [`super::Subject::facts`]. New rows go to the end of their table; a row
//! never changes its name, because rule pages outside this project use it.

use super::{Field, Type};

const fn field(name: &'static str, kind: Type, example: &'static str, doc: &'static str) -> Field {
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
        "Who can reach the endpoint at all, whatever it then asks for: anyone, callers that a resource policy lets through, a VPC endpoint, nobody.",
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
        "Whether it answers requests that nobody listed: a greedy path such as `/{proxy+}`, the method `ANY`, the default route of an HTTP API. False for WebSocket, function URLs and GraphQL.",
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
];

/// Facts of a call.
pub(super) const CALL: &[Field] = &[
    field(
        "caller",
        Type::Text,
        "get-index",
        "The function that calls, by the name its author gave it.",
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
        "role",
        Type::Text,
        "IamRoleLambdaExecution",
        "Logical id or ARN of the caller's role.",
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
