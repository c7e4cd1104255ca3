//! What the framework adds to the shared role because of functions' settings and event sources.

use super::allow;
use crate::document::Node;
use crate::frontend::serverless::coerce;
use crate::frontend::serverless::naming;
use crate::frontend::serverless::service::{Function, Service};
use crate::frontend::serverless::template::At;
use crate::frontend::serverless::tree;
use crate::source::Str;

const DYNAMODB: [&str; 4] = [
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:DescribeStream",
    "dynamodb:ListStreams",
];
const KINESIS: [&str; 4] = [
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:DescribeStream",
    "kinesis:ListStreams",
];
const KINESIS_CONSUMER: [&str; 4] = [
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:DescribeStreamSummary",
    "kinesis:ListShards",
];
const SQS: [&str; 3] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
];
const EC2: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
];

/// Statements for settings of a function: dead letters, keys, tracing, file systems, destinations.
pub(super) fn of_settings(function: &Function, service: &Service) -> Vec<Node> {
    let setting = |key| tree::child(&function.config, key).filter(tree::is_truthy);
    let mut statements = Vec::new();
    if let Some(topic) = setting("onError").filter(|arn| arn.as_text().is_some()) {
        statements.push(allow(&At::of(&topic), &["sns:Publish"], vec![topic]));
    }
    let key = setting("kmsKeyArn").or_else(|| service.setting(&["kmsKeyArn"]));
    if let Some(key) = key.filter(|arn| arn.as_text().is_some()) {
        statements.push(allow(&At::of(&key), &["kms:Decrypt"], vec![key]));
    }
    let tracing = setting("tracing").or_else(|| service.setting(&["tracing", "lambda"]));
    let tracing = tracing.map(|node| coerce::boolean(&node, "tracing"));
    if let Some(tracing) = tracing.filter(tree::is_truthy) {
        let at = At::of(&tracing);
        let actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
        statements.push(allow(&at, &actions, vec![at.text("*")]));
    }
    if let Some(arn) = setting("fileSystemConfig").and_then(|node| tree::child(&node, "arn")) {
        let actions = [
            "elasticfilesystem:ClientMount",
            "elasticfilesystem:ClientWrite",
        ];
        statements.push(allow(&At::of(&arn), &actions, vec![arn]));
    }
    if let Some(destinations) =
        setting("destinations").filter(|_| has_shared_role(function, service))
    {
        for key in ["onSuccess", "onFailure"] {
            let target = tree::child(&destinations, key);
            statements.extend(target.and_then(|target| destination(&target, service)));
        }
    }
    statements
}

fn has_shared_role(function: &Function, service: &Service) -> bool {
    tree::child(&function.config, "role").is_none() && service.setting(&["role"]).is_none()
}

/// What sending to a destination takes.
fn destination(target: &Node, service: &Service) -> Option<Node> {
    let at = At::of(target);
    let (action, resource) = match target.as_text() {
        Some(text) if text.starts_with("arn:") => {
            let action = [
                (":function:", "lambda:InvokeFunction"),
                (":sqs:", "sqs:SendMessage"),
                (":sns:", "sns:Publish"),
                (":event-bus/", "events:PutEvents"),
            ];
            let action = action.iter().find(|(part, _)| text.contains(part))?;
            (action.1, target.clone())
        }
        Some(key) => {
            let name = service.function_name(service.function(key)?);
            ("lambda:InvokeFunction", function_arn(&at, &name, ""))
        }
        None => {
            let kind = tree::child(target, "type")?;
            let action = match kind.as_text()?.as_str() {
                "function" => "lambda:InvokeFunction",
                "sqs" => "sqs:SendMessage",
                "sns" => "sns:Publish",
                _ => "events:PutEvents",
            };
            (action, tree::child(target, "arn")?)
        }
    };
    Some(at.object([
        ("Effect", at.text("Allow")),
        ("Action", at.text(action)),
        ("Resource", resource),
    ]))
}

fn function_arn(at: &At, name: &Node, tail: &str) -> Node {
    let head = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:";
    match name.scalar() {
        Some(name) => at.sub(format!("{head}{name}{tail}")),
        None => at.concat(&[at.sub(head), name.clone(), at.text(tail)]),
    }
}

/// Resources of one kind of event, and where the first of them is written.
#[derive(Default)]
struct Found {
    at: Option<At>,
    resources: Vec<Node>,
}

impl Found {
    fn add(&mut self, node: Node) {
        self.at.get_or_insert_with(|| At::of(&node));
        self.resources.push(node);
    }

    fn statement(self, actions: &[&'static str]) -> Option<Node> {
        Some(allow(&self.at?, actions, self.resources))
    }
}

/// Statements for the event sources of all functions.
pub(super) fn of_events(service: &Service) -> Vec<Node> {
    let mut statements = Vec::new();
    let (mut queues, mut scheduled) = (Found::default(), Found::default());
    for function in &service.functions {
        let events = |kind: &'static str| {
            let found = function
                .events
                .iter()
                .filter_map(move |event| tree::child(event, kind));
            found.filter(tree::is_truthy)
        };
        statements.extend(of_streams(function));
        events("sqs")
            .filter_map(|event| arn(&event))
            .for_each(|arn| queues.add(arn));
        statements.extend(clusters(events("msk")));
        statements.extend(kafka(events("kafka")));
        statements.extend(brokers(events("activemq")));
        statements.extend(brokers(events("rabbitmq")));
        let by_scheduler = |event: &Node| {
            tree::child(event, "method")
                .is_some_and(|method| method.as_text().is_some_and(|text| text == "scheduler"))
        };
        if let Some(event) = events("schedule").find(by_scheduler) {
            let (at, name) = (At::of(&event), service.function_name(function));
            scheduled.add(function_arn(&at, &name, ""));
            scheduled.add(function_arn(&at, &name, ":*"));
        }
        if let Some(event) = events("cloudFront").next() {
            let at = At::of(&event);
            let actions = [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:TagResource",
            ];
            statements.push(allow(
                &at,
                &actions,
                vec![at.sub("arn:${AWS::Partition}:logs:*:*:*")],
            ));
        }
    }
    statements.extend(queues.statement(&SQS));
    statements.extend(scheduled.statement(&["lambda:InvokeFunction"]));
    statements
}

/// Statements for the streams that a function reads.
pub(in crate::frontend::serverless) fn of_streams(function: &Function) -> Vec<Node> {
    let events = function.events.iter();
    let events = events.filter_map(|event| tree::child(event, "stream"));
    streams(&function.key, events.filter(tree::is_truthy))
}

/// The statement for the queues that a function reads.
pub(in crate::frontend::serverless) fn of_queues(function: &Function) -> Option<Node> {
    let mut queues = Found::default();
    let events = function
        .events
        .iter()
        .filter_map(|event| tree::child(event, "sqs"));
    events
        .filter_map(|event| arn(&event))
        .for_each(|arn| queues.add(arn));
    queues.statement(&SQS)
}

/// The ARN of an event source, written directly or as `arn`.
fn arn(event: &Node) -> Option<Node> {
    match event.as_text() {
        Some(_) => Some(event.clone()),
        None if tree::unknown(event).is_some() || tree::joined(event).is_some() => {
            Some(event.clone())
        }
        None => tree::child(event, "arn"),
    }
}

/// The service that an ARN belongs to.
fn kind_of(event: &Node, arn: &Node) -> Option<Str> {
    let named = tree::child(event, "type").and_then(|kind| kind.as_text().cloned());
    named.or_else(|| tree::sketch(arn)?.split(':').nth(2).map(Str::from))
}

/// The consumer of a stream: `true` makes one, named after function and stream.
fn consumer_of(function: &str, arn: &Node, written: Node) -> Node {
    if written.scalar().as_deref() != Some("true") {
        return written;
    }
    let argument = arn.single().map(|entry| &entry.value);
    let reference = argument.and_then(|node| node.items().first().or(Some(node))?.scalar());
    let reference = reference.map(|text| Str::from(text.split('.').next().unwrap_or_default()));
    let named = || arn.as_text()?.split('/').nth(1).map(Str::from);
    let stream = named().or(reference).unwrap_or_default();
    let name = naming::normalized(&format!("{function}{stream}Consumer"));
    At::of(&written).refer(format!("{name}StreamConsumer"))
}

/// Statements for the streams that are read, and for where their failures go.
fn streams(function: &str, events: impl Iterator<Item = Node>) -> Vec<Node> {
    let [mut dynamodb, mut kinesis, mut shared, mut fanned] =
        std::array::from_fn(|_| Found::default());
    let (mut topics, mut queues) = (Found::default(), Found::default());
    for event in events {
        let Some(arn) = arn(&event) else {
            continue;
        };
        let kind = kind_of(&event, &arn);
        let consumer = tree::child(&event, "consumer").filter(tree::is_truthy);
        match (kind.as_deref(), consumer) {
            (Some("dynamodb"), _) => dynamodb.add(arn),
            (_, Some(consumer)) => {
                fanned.add(consumer_of(function, &arn, consumer));
                shared.add(arn);
            }
            (_, None) => kinesis.add(arn),
        }
        if let Some(failed) = tree::at(&event, &["destinations", "onFailure"]) {
            let arn = self::arn(&failed).unwrap_or_else(|| failed.clone());
            match kind_of(&failed, &arn).as_deref() {
                Some("sns") => topics.add(arn),
                _ => queues.add(arn),
            }
        }
    }
    let statements = [
        dynamodb.statement(&DYNAMODB),
        kinesis.statement(&KINESIS),
        shared.statement(&KINESIS_CONSUMER),
        fanned.statement(&["kinesis:SubscribeToShard"]),
        topics.statement(&["sns:Publish"]),
        queues.statement(&["sqs:ListQueues", "sqs:SendMessage"]),
    ];
    statements.into_iter().flatten().collect()
}

/// Lets a function be reached through network interfaces.
fn network(at: &At) -> Node {
    let actions = EC2.iter().map(|action| at.text(*action)).collect();
    at.object([
        ("Effect", at.text("Allow")),
        ("Action", at.list(actions)),
        ("Resource", at.text("*")),
    ])
}

/// Statements for managed Kafka clusters.
fn clusters(events: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut clusters = Found::default();
    for arn in events.filter_map(|event| tree::child(&event, "arn")) {
        clusters.add(arn);
    }
    let network = clusters.at.as_ref().map(network);
    let actions = ["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"];
    clusters
        .statement(&actions)
        .into_iter()
        .chain(network)
        .collect()
}

/// Statements for Kafka clusters of one's own.
fn kafka(events: impl Iterator<Item = Node>) -> Vec<Node> {
    let (mut secrets, mut in_vpc) = (Found::default(), None);
    for event in events {
        let access = tree::child(&event, "accessConfigurations");
        for (_, key, values) in access.iter().flat_map(tree::entries) {
            if matches!(key.as_str(), "vpcSubnet" | "vpcSecurityGroup") {
                in_vpc = Some(At::of(&values));
                continue;
            }
            for value in super::flattened(&coerce::list(&values, &key)) {
                secrets.add(value);
            }
        }
    }
    let secrets = secrets.statement(&["secretsmanager:GetSecretValue"]);
    secrets
        .into_iter()
        .chain(in_vpc.as_ref().map(network))
        .collect()
}

/// Statements for message brokers.
fn brokers(events: impl Iterator<Item = Node>) -> Vec<Node> {
    let (mut secrets, mut brokers, mut last) = (Found::default(), Found::default(), None);
    for event in events {
        last = Some(At::of(&event));
        if let Some(arn) = tree::child(&event, "basicAuthArn") {
            secrets.add(arn);
        }
        if let Some(arn) = tree::child(&event, "arn") {
            brokers.add(arn);
        }
    }
    let statements = [
        secrets.statement(&["secretsmanager:GetSecretValue"]),
        brokers.statement(&["mq:DescribeBroker"]),
        last.as_ref().map(network),
    ];
    statements.into_iter().flatten().collect()
}
