"""Services for the Serverless Framework by chance, and what its maintained fork packages them to."""
import json
import os
import pathlib
import shutil
import subprocess

from chance import Chance

FILE = "serverless.yml"
PATHS = ["foo", "/foo", "foo/{id}", "/", "{proxy+}", "foo/bar/", "Foo", "foo-bar", "a/{id}/b", "foo_bar", "v1.0/x"]
METHODS = ["get", "POST", "any", "ANY", "put", "delete", "options", "*", "head", "patch"]
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:other"
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEf123"
NAMES = ["hello", "auth-fn", "worldFn", "my_fn", "f4"]
POLICY = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": ["execute-api:/*"]}
AUTHORIZERS = {
    "jwt1": {"type": "jwt", "identitySource": "$request.header.Authorization", "issuerUrl": "https://i", "audience": ["a"]},
    "jwt2": {"identitySource": "$request.header.Authorization", "issuerUrl": "https://i", "audience": "a"},
    "jwt3": {"name": "renamed", "identitySource": "$request.header.Authorization", "issuerUrl": {"Fn::Sub": "https://${AWS::Region}.x"},
             "audience": [{"Ref": "Client"}]},
    "req1": {"type": "request", "functionName": "hello"},
    "req2": {"type": "request", "functionArn": LAMBDA, "identitySource": ["$request.header.X"], "resultTtlInSeconds": 300},
    "req3": {"type": "request", "functionArn": {"Fn::GetAtt": ["Pool", "Arn"]}, "managedExternally": True},
}


def rest_authorizer(by, names):
    named = {"name": by.choice(names)}
    by.put(named, "type", ["token", "request", "TOKEN"], 3)
    by.put(named, "identitySource", ["method.request.header.Auth"], 3)
    by.put(named, "resultTtlInSeconds", [0, 300], 3)
    pointed = {"arn": by.choice([POOL, LAMBDA, {"Fn::GetAtt": ["Pool", "Arn"]}])}
    by.put(pointed, "name", ["n1", "n2"])
    by.put(pointed, "type", ["COGNITO_USER_POOLS", "token", "request"], 3)
    by.put(pointed, "scopes", [["a"], ["a", "b"]], 3)
    held = {"type": by.choice(["COGNITO_USER_POOLS", "CUSTOM", "TOKEN"]), "authorizerId": by.choice([{"Ref": "Authorizer"}, "abc123"])}
    texts = [by.choice(names), "aws_iam", "AWS_IAM", LAMBDA, POOL, "${self:custom.auth}"]
    return by.choice([*texts, named, named, pointed, pointed, held, {"type": "aws_iam"}, {"name": "${self:custom.named}"}])


def http(by, names):
    if by.once_in(7):
        return by.choice(["GET /foo", "post /foo/{id}", "ANY /", "any /{proxy+}"])
    it = {"path": by.choice(PATHS), "method": by.choice(METHODS)}
    by.put(it, "authorizer", [rest_authorizer(by, names)])
    by.put(it, "cors", [True, False, {"origin": "*"}, {"origins": ["https://a.b"]}, {}], 4)
    by.put(it, "private", [True, False, "${self:custom.private}"], 4)
    by.put(it, "async", [True], 10)
    by.put(it, "integration", ["lambda", "lambda-proxy", "mock", "LAMBDA", "AWS_PROXY"], 8)
    return it


def http_api(by, authorizers):
    if by.once_in(5):
        return by.choice(["GET /foo", "*", "get /x/{id}", "ANY /y", "POST /"])
    it = {"method": by.choice(METHODS), "path": by.choice(["/foo", "/foo/{id}", "/", "/{proxy+}", "/b", "/foo/"])}
    if authorizers and by.often():
        it["authorizer"] = by.choice([by.choice(authorizers), {"name": by.choice(authorizers)}, {"type": "aws_iam"}])
        if "name" in it["authorizer"] and isinstance(it["authorizer"], dict):
            by.put(it["authorizer"], "scopes", [["a"], ["a", "b"]])
    return it


def websocket(by, names):
    if by.once_in(3):
        return by.choice(["$connect", "$disconnect", "$default", "foo"])
    it = {"route": by.choice(["$connect", "$connect", "$default", "foo"])}
    own = {"name": by.choice(names)}
    by.put(own, "identitySource", [["route.request.header.Auth"]])
    by.put(it, "authorizer", [by.choice(names), "aws_iam", LAMBDA, own, {"arn": LAMBDA}, {"arn": LAMBDA, "name": "n"}])
    return it


def provider(by, kinds):
    it = {"name": "aws", "runtime": "nodejs20.x"}
    by.put(it, "stage", ["prod", "${opt:stage, 'qa'}"], 5)
    if "httpApi" in kinds:
        it["httpApi"] = {"authorizers": {name: AUTHORIZERS[name] for name in by.some(AUTHORIZERS, most=3)}}
        by.put(it["httpApi"], "cors", [True, {"allowedOrigins": ["https://a"]}], 3)
        by.put(it["httpApi"], "disableDefaultEndpoint", [True], 10)
    if "http" in kinds:
        gateway = {}
        by.put(gateway, "apiKeys", [["k1"], ["k1", {"name": "k2"}]], 4)
        by.put(gateway, "usagePlan", [{"quota": {"limit": 5000, "period": "MONTH"}, "throttle": {"burstLimit": 2, "rateLimit": 1}}], 4)
        by.put(gateway, "resourcePolicy", [[POLICY]], 10)
        by.put(gateway, "disableDefaultEndpoint", [True], 12)
        by.put(gateway, "apiKeySourceType", ["AUTHORIZER", "HEADER"], 12)
        by.put(it, "endpointType", ["REGIONAL", "edge", "PRIVATE"], 6)
        if gateway:
            it["apiGateway"] = gateway
    return it


def generated(seed):
    by = Chance(seed)
    kinds = by.choice([["http"], ["http"], ["httpApi"], ["httpApi"], ["http", "httpApi"], ["websocket"], ["http", "httpApi", "websocket"]])
    names = ["hello", *by.some(NAMES[1:], most=3)]
    aws = provider(by, kinds)
    authorizers = list(aws.get("httpApi", {}).get("authorizers", {}))
    make = {"http": lambda: http(by, names), "httpApi": lambda: http_api(by, authorizers), "websocket": lambda: websocket(by, names)}
    functions = {}
    for name in names:
        it = {"handler": "h.main"}
        events = [{kind: make[kind]()} for kind in (by.choice(kinds) for _ in range(by.randint(0, 3)))]
        if events:
            it["events"] = events
        by.put(it, "url", [True, False, {"authorizer": "aws_iam"}, {"cors": True}, "${self:custom.url}"], 6)
        by.put(it, "condition", ["Cond"], 12)
        by.put(it, "name", ["fixed-name-" + name, "${self:service}-" + name], 12)
        functions[name] = it
    resources = {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
        "Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": {"Ref": "Pool"}}},
    }
    if "http" in kinds:
        properties = {"Name": "own", "Type": "COGNITO_USER_POOLS", "IdentitySource": "method.request.header.Authorization",
                      "ProviderARNs": [{"Fn::GetAtt": ["Pool", "Arn"]}], "RestApiId": {"Ref": "ApiGatewayRestApi"}}
        resources["Authorizer"] = {"Type": "AWS::ApiGateway::Authorizer", "Properties": properties}
    service = {
        "service": by.choice(["svc", "my-svc"]),
        "provider": aws,
        "custom": {
            "auth": by.choice(["aws_iam", "hello", {"name": "hello"}, {"type": "aws_iam"}]),
            "named": names[-1],
            "private": by.choice([True, False]),
            "url": by.choice([True, False, {"authorizer": "aws_iam"}]),
        },
        "functions": functions if by.often() else [{name: it} for name, it in functions.items()],
        "resources": {"Conditions": {"Cond": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}, "Resources": resources},
    }
    by.put(service, "configValidationMode", ["warn"], 3)
    return service


def compiled(case, _service, compiler):
    "the packaged template, or why there is none"
    (case / "h.js").write_text("")
    given = {"SLS_TELEMETRY_DISABLED": "1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1"}
    command = [str(pathlib.Path(compiler).resolve()), "package"]
    run = subprocess.run(command, cwd=case, env=os.environ | given, capture_output=True, text=True, timeout=300, check=False)
    made = case / ".serverless/cloudformation-template-update-stack.json"
    text = made.read_text() if run.returncode == 0 and made.exists() else None
    shutil.rmtree(case / ".serverless", ignore_errors=True)
    return (json.dumps(json.loads(text)), None) if text else (None, run.stdout + run.stderr)
