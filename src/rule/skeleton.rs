//! A page to start from: `gatelint rules new <id>`.

/// The text of a page of this id, which loads, and whose examples come out as it says.
#[expect(clippy::too_many_lines, reason = "it is one text")]
pub fn skeleton(id: &str) -> String {
    let title = id.replace('-', " ");
    format!(
        r#"---
id: {id}
title: {title}
severity: medium
since: 0.1.0
subject: endpoint
when:
  path: /^.admin(.|$)/
  not: {{ authorization: cognito }}
unless:
  cors_preflight: true
at: authorization
message: "`{{subject}}` asks for {{authorization}}, and not for a user of the pool"
help: "name the user pool's authorizer on this method"
references:
  - https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/
---

Why it is bad, in a paragraph: what can happen, to whom, and where the line is drawn.

## Reported

```yaml
# serverless
service: shop
provider: {{ name: aws, runtime: nodejs22.x }}
functions:
  users:
    handler: admin.users
    events:
      - http: {{ path: admin/users, method: get, authorizer: aws_iam }}  # finding: {id}
```

## Not reported

```yaml
# serverless
service: shop
provider: {{ name: aws, runtime: nodejs22.x }}
functions:
  users:
    handler: admin.users
    events:
      - http:
          path: admin/users
          method: get
          authorizer: {{ arn: "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_a" }}
```

```yaml
# serverless
service: shop
provider: {{ name: aws, runtime: nodejs22.x }}
functions:
  list:
    handler: orders.list
    events:
      - http: {{ path: orders, method: get, authorizer: aws_iam }}
```
"#
    )
}
