"""SAM templates by chance, and what AWS's own translator makes of them."""
import copy
import json
import logging
import os

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
from samtranslator.model.exceptions import InvalidDocumentException  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402

from chance import Chance  # noqa: E402

logging.disable(logging.CRITICAL)

FILE = "template.yaml"
PATHS = ["/", "/a", "/a/{id}", "/{proxy+}", "/b", "/a/b/", "a", "/A"]
METHODS = ["get", "POST", "any", "ANY", "Any", "delete", "options", "head"]
PARAMETERS = {"Named": "AWS_IAM", "Flag": "false", "Stage": "prod", "Env": "dev"}


def ref(name):
    return {"Ref": name}


def arn(name):
    return {"Fn::GetAtt": [name, "Arn"]}


def either(one, other=ref("AWS::NoValue")):
    return {"Fn::If": ["C", one, other]}


POOL, LAMBDA = {"UserPoolArn": arn("Pool")}, {"FunctionArn": arn("AuthFn")}
JWT = {"JwtConfiguration": {"issuer": "https://i.example", "audience": ["a"]}, "IdentitySource": "$request.header.Authorization"}
REST = {
    "Pool": POOL,
    "PoolScopes": POOL | {"AuthorizationScopes": ["read", "write"]},
    "Pools": {"UserPoolArn": [arn("Pool"), "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_x"]},
    "PoolIf": either(POOL),
    "Token": LAMBDA | {"Identity": {"Header": "X-A", "ReauthorizeEvery": 0, "ValidationExpression": "a.*"}},
    "Query": LAMBDA | {"FunctionPayloadType": "REQUEST", "Identity": {"QueryStrings": ["a"]}},
    "Headers": LAMBDA | {"FunctionPayloadType": "REQUEST", "Identity": {"Headers": ["a"]}},
    "Scoped": LAMBDA | {"AuthorizationScopes": ["x"], "DisableFunctionDefaultPermissions": True},
}
HTTP = {
    "Jwt": JWT,
    "JwtScopes": JWT | {"AuthorizationScopes": ["read"]},
    "Two": LAMBDA | {"AuthorizerPayloadFormatVersion": "2.0", "Identity": {"Headers": ["X-A"]}, "EnableSimpleResponses": True},
    "One": LAMBDA | {"AuthorizerPayloadFormatVersion": "1.0", "Identity": {"Headers": ["X"], "ReauthorizeEvery": 0}},
}
POLICIES = [
    {"IpRangeBlacklist": ["1.2.3.4"]},
    {"AwsAccountWhitelist": ["123456789012"]},
    {"CustomStatements": [{"Action": "execute-api:Invoke", "Resource": ["execute-api:/*"], "Effect": "Allow", "Principal": "*"}]},
]


def rest_auth(by):
    auth, names = {}, ["AWS_IAM"]
    if by.often():
        auth["Authorizers"] = {name: REST[name] for name in by.some(REST, most=4)}
        names += auth["Authorizers"]
    if by.often():
        auth["DefaultAuthorizer"] = ref("Named") if by.once_in(12) else by.choice(names)
    by.put(auth, "ApiKeyRequired", [True, True, False, "false", ref("Flag"), either(True, False)], 3)
    by.put(auth, "AddDefaultAuthorizerToCorsPreflight", [True, False], 3)
    by.put(auth, "AddApiKeyRequiredToCorsPreflight", [True, False], 8)
    by.put(auth, "InvokeRole", ["CALLER_CREDENTIALS", "NONE", "arn:aws:iam::123456789012:role/x"], 5)
    by.put(auth, "ResourcePolicy", POLICIES, 6)
    by.put(auth, "UsagePlan", [{"CreateUsagePlan": kind} for kind in ("PER_API", "SHARED", "NONE")], 6)
    return auth


def http_auth(by):
    auth, names = {}, []
    if by.often():
        auth["Authorizers"] = {name: HTTP[name] for name in by.some(HTTP)}
        names += auth["Authorizers"]
    by.put(auth, "EnableIamAuthorizer", [True, True, False])
    if auth.get("EnableIamAuthorizer"):
        names.append("AWS_IAM")
    if names and by.often():
        auth["DefaultAuthorizer"] = by.choice(names)
    return auth


def known(api, shared):
    "what an event at this API can name"
    both = [it.get("Auth", {}) for it in (shared, api)]
    names = [name for auth in both for name in auth.get("Authorizers", {})]
    default = both[1].get("DefaultAuthorizer") or both[0].get("DefaultAuthorizer")
    iam = any(auth.get("EnableIamAuthorizer") for auth in both)
    return names, default, iam


def event_auth(by, kind, api, shared):
    names, default, iam = known(api, shared)
    names = names + ["AWS_IAM"] * (kind == "Api" or iam) + ["NONE"] * bool(default or by.once_in(30))
    auth = {}
    if by.often() and names:
        auth["Authorizer"] = by.choice(names)
    if auth or default or by.once_in(30):
        by.put(auth, "AuthorizationScopes", [["s"], [], ["s", "t"]], 3)
    if kind == "Api":
        by.put(auth, "ApiKeyRequired", [True, False, either(True, False)], 4)
        by.put(auth, "InvokeRole", ["CALLER_CREDENTIALS", "NONE"], 10)
        by.put(auth, "OverrideApiAuth", [True, False], 10)
        by.put(auth, "ResourcePolicy", POLICIES[:1], 16)
    return either(auth) if by.once_in(20) else auth


def body(by, kind):
    "a document of the author's own"
    uri = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn0.Arn}/invocations"}
    asked = [[], [{"own": []}], [{"api_key": []}], [{"own": []}, {"api_key": []}], [{"NONE": []}], [{"own": ["s"]}], [{}]]

    def operation():
        it = {"responses": {}, "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}}
        if kind == "HttpApi":
            it["x-amazon-apigateway-integration"]["payloadFormatVersion"] = "2.0"
        by.put(it, "security", asked)
        return it

    methods = ["get", "post", "options", "x-amazon-apigateway-any-method", "delete"]
    paths = {path: {method: operation() for method in by.some(methods, most=3)} for path in by.some(["/", "/own", "/own/{id}"])}
    if by.once_in(6):
        path = by.choice(list(paths))
        paths[path] = either(paths[path])
    own = by.choice([
        {"type": "cognito_user_pools", "providerARNs": [arn("Pool")]},
        {"type": "token", "authorizerUri": uri},
        {"type": "request", "identitySource": "method.request.header.X", "authorizerUri": uri},
    ])
    schemes = {
        "own": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": own},
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    }
    if kind == "HttpApi":
        jwt = {"type": "jwt", "jwtConfiguration": JWT["JwtConfiguration"], "identitySource": JWT["IdentitySource"]}
        schemes["own"] = {"type": "oauth2", "x-amazon-apigateway-authorizer": jwt}
    document = {"info": {"title": "t", "version": "1"}, "paths": paths}
    if kind == "HttpApi" or by.once_in(2):
        document |= {"openapi": "3.0.1", "components": {"securitySchemes": schemes}}
    else:
        document |= {"swagger": "2.0", "securityDefinitions": schemes}
    by.put(document, "security", [[{"own": []}], [{"api_key": []}], []], 4)
    return document


def api(by, kind):
    it = {"StageName": by.choice(["prod", ref("Stage")])} if kind == "Api" else {}
    if by.often():
        it["Auth"] = rest_auth(by) if kind == "Api" else http_auth(by)
    if by.once_in(3):
        it["DefinitionBody"] = body(by, kind)
    if kind == "Api":
        by.put(it, "Cors", ["'*'", {"AllowOrigin": "'*'"}, {"AllowMethods": "'GET'"}, either("'*'")], 3)
        by.put(it, "OpenApiVersion", ["3.0.1", "2.0"], 5)
        by.put(it, "EndpointConfiguration", [{"Type": "PRIVATE"}, {"Type": "REGIONAL"}, {"Type": either("PRIVATE", "REGIONAL")}], 6)
        by.put(it, "DisableExecuteApiEndpoint", [True, False], 10)
        if "DefinitionBody" in it:
            by.put(it, "MergeDefinitions", [True, False], 5)
    else:
        by.put(it, "CorsConfiguration", [True, {"AllowOrigins": ["*"]}], 3)
    return it


def shared_settings(by, kind):
    "what `Globals` says of a kind of API"
    it = {}
    if by.once_in(2):
        it["Auth"] = rest_auth(by) if kind == "Api" else http_auth(by)
        if kind == "Api":
            by.put(it, "Cors", ["'*'", {"AllowOrigin": "'*'"}], 3)
            by.put(it, "OpenApiVersion", ["3.0.1"], 6)
    return it


def generated(seed):
    by = Chance(seed)
    lambda_ = {"Handler": "i.h", "Runtime": "nodejs20.x", "CodeUri": "s3://b/k"}
    resources = {
        "AuthFn": {"Type": "AWS::Serverless::Function", "Properties": dict(lambda_)},
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
    }
    kinds = by.choice([["Api"], ["Api"], ["HttpApi"], ["Api", "HttpApi"]])
    settings = {kind: shared_settings(by, kind) for kind in kinds}
    apis = {kind: [(None, {})] for kind in kinds}
    for kind in kinds:
        for nth in range(by.choice([0, 1, 1, 2])):
            id, properties = f"{kind}{nth}", api(by, kind)
            resources[id] = {"Type": f"AWS::Serverless::{kind}", "Properties": properties}
            by.put(resources[id], "Condition", ["C"], 10)
            apis[kind].append((id, properties))
    taken = set()
    for nth in range(by.randint(1, 3)):
        properties, events = dict(lambda_), {}
        for number in range(by.randint(0, 4)):
            kind = by.choice(kinds)
            id, at = by.choice(apis[kind])
            event = {"Path": by.choice(PATHS), "Method": by.choice(METHODS)}
            if kind == "HttpApi" and id and by.once_in(10):
                event = {}
            # Of two events for one route, which one stays hangs on the order of hashes in another language.
            place = (kind, id, event.get("Path", "$default").strip("/"), event.get("Method", "any").lower())
            if place in taken:
                continue
            taken.add(place)
            if id:
                event["RestApiId" if kind == "Api" else "ApiId"] = ref(id)
            auth = event_auth(by, kind, at, settings[kind]) if by.often() else {}
            if auth:
                event["Auth"] = auth
            events[f"E{number}"] = {"Type": kind, "Properties": event}
        if events:
            properties["Events"] = events
        by.put(properties, "FunctionUrlConfig", [{"AuthType": "NONE"}, {"AuthType": "AWS_IAM"}], 5)
        by.put(properties, "AutoPublishAlias", ["live"], 7)
        resources[f"Fn{nth}"] = {"Type": "AWS::Serverless::Function", "Properties": properties}
        by.put(resources[f"Fn{nth}"], "Condition", ["C", "D"], 8)
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {name: {"Type": "String", "Default": value} for name, value in PARAMETERS.items() if name != "Env"},
        "Conditions": {"C": {"Fn::Equals": [ref("Env"), "prod"]}, "D": {"Fn::Not": [{"Condition": "C"}]}},
        "Globals": {kind: it for kind, it in settings.items() if it},
        "Resources": resources,
    }
    template["Parameters"]["Env"] = {"Type": "String"}
    return template


class NoPolicies:
    def load(self):
        return {}


def compiled(_case, template):
    "the translation, or why there is none"
    given = PARAMETERS | {"AWS::Region": "us-east-1", "AWS::Partition": "aws"}
    try:
        return json.dumps(transform(copy.deepcopy(template), given, NoPolicies())), None
    except InvalidDocumentException as refused:
        return None, "; ".join(cause.message for cause in refused.causes)
    except Exception as crash:  # noqa: BLE001  what it cannot read, it does not deploy
        return None, repr(crash)
