//! Tests of functions.

use std::time::Duration;

use super::{Architecture, Code, Function, LogFormat, Runtime, SqsEventSource, Tracing};
use crate::ec2::{SubnetRef, SubnetSelection, VpcAttributes, VpcRef};
use crate::sns::{SubscriptionOptions, Topic};
use crate::sqs::Queue;
use crate::testing::{Match, Template, json};
use crate::{Size, Stack};

fn python() -> Function {
    Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline("x"))
}

#[test]
fn a_function_that_processes_a_queue_has_the_cdks_ids() {
    let mut stack = Stack::new("S");
    let queue = stack.add("Queue", Queue::new().visibility_timeout(Duration::from_secs(60)));
    let function = stack.add("Worker", python().on_messages(&queue, SqsEventSource::new().batch_size(10)));
    let template = Template::from_stack(stack).expect("valid");
    let ids = [
        ("AWS::IAM::Role", "WorkerServiceRole8543584E"),
        ("AWS::IAM::Policy", "WorkerServiceRoleDefaultPolicyAE71B5FA"),
        ("AWS::Lambda::Function", "Worker11F36D0F"),
        ("AWS::Logs::LogGroup", "WorkerLogGroup67ABCFFE"),
        ("AWS::Lambda::EventSourceMapping", "WorkerSqsEventSourceSQueue229CFA3FCBC47790"),
    ];
    for (resource_type, id) in ids {
        assert_eq!(template.has_resource(resource_type, json!({})).logical_id(), id);
    }
    template.has_resource("AWS::Lambda::Function", json!({ "DependsOn": ["WorkerServiceRoleDefaultPolicyAE71B5FA"] }));
    template.has_resource_properties(
        "AWS::Lambda::EventSourceMapping",
        json!({ "BatchSize": 10, "EventSourceArn": queue.queue_arn(), "FunctionName": function.function_name() }),
    );
}

#[test]
fn a_canary_is_known_by_its_metadata() {
    let mut stack = Stack::new("S");
    stack.add("Canary", python().canary());
    stack.add("Worker", python());
    let template = Template::from_stack(stack).expect("valid");
    let metadata = |path: &str| json!({ "Metadata": { "aws:cdk:path": path, "belvedere:canary": true } });
    template.has_resource("AWS::Lambda::Function", metadata("S/Canary/Resource"));
    let worker = json!({ "Metadata": { "aws:cdk:path": "S/Worker/Resource", "belvedere:canary": Match::absent() } });
    template.has_resource("AWS::Lambda::Function", worker);
}

#[test]
fn a_role_may_write_its_own_log_and_no_other() {
    let mut stack = Stack::new("S");
    let function = stack.add("Worker", python().log_format(LogFormat::Json));
    let log_group = function.log_group().cloned().expect("its own");
    let template = Template::from_stack(stack).expect("valid");
    template.has_resource_properties(
        "AWS::IAM::Policy",
        json!({ "PolicyDocument": { "Statement": [{
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": log_group.log_group_arn(),
        }] } }),
    );
    template.has_resource_properties("AWS::IAM::Role", json!({ "ManagedPolicyArns": Match::absent() }));
    template.has_resource_properties(
        "AWS::Lambda::Function",
        json!({ "LoggingConfig": { "LogFormat": "JSON", "LogGroup": log_group.log_group_name() } }),
    );
}

#[test]
fn a_subscription_comes_with_the_topics_permission() {
    let mut stack = Stack::new("S");
    let topic = stack.add("Topic", Topic::new());
    stack.add("Worker", python().subscribe_to(&topic, SubscriptionOptions::new()));
    let template = Template::from_stack(stack).expect("valid");
    let found = template.has_resource_properties(
        "AWS::Lambda::Permission",
        json!({ "Principal": "sns.amazonaws.com", "SourceArn": topic.topic_arn() }),
    );
    assert_eq!(found.logical_id(), "WorkerAllowInvokeSTopicA6DC6E57E176E1F8");
    let found = template.has_resource_properties("AWS::SNS::Subscription", json!({ "Protocol": "lambda" }));
    assert_eq!(found.logical_id(), "WorkerTopicC4FCB894");
}

#[test]
fn a_function_in_a_vpc_has_a_security_group() {
    let mut stack = Stack::new("S");
    let vpc = VpcRef::from_attributes(
        VpcAttributes::new("vpc-1", "10.0.0.0/16").private_subnets(["subnet-1", "subnet-2"].map(SubnetRef::from_id)),
    );
    stack.add("InVpc", python().vpc(&vpc, SubnetSelection::PrivateWithEgress).tracing(Tracing::Active));
    let template = Template::from_stack(stack).expect("valid");
    let found = template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        json!({ "GroupDescription": "Automatic security group for Lambda Function SInVpc94D8A785" }),
    );
    assert_eq!(found.logical_id(), "InVpcSecurityGroup340DF72F");
    template.has_resource_properties(
        "AWS::Lambda::Function",
        json!({ "TracingConfig": { "Mode": "Active" }, "VpcConfig": { "SubnetIds": ["subnet-1", "subnet-2"] } }),
    );
}

#[test]
fn settings_reach_the_template() {
    let mut stack = Stack::new("S");
    let function = python()
        .architecture(Architecture::Arm64)
        .memory_size(Size::mebibytes(256))
        .ephemeral_storage(Size::gibibytes(1))
        .timeout(Duration::from_secs(10))
        .environment("URL", "https://example.com")
        .reserved_concurrent_executions(5);
    stack.add("Worker", function);
    Template::from_stack(stack).expect("valid").has_resource_properties(
        "AWS::Lambda::Function",
        json!({
            "Architectures": ["arm64"],
            "Environment": { "Variables": { "URL": "https://example.com" } },
            "EphemeralStorage": { "Size": 1024 },
            "MemorySize": 256,
            "ReservedConcurrentExecutions": 5,
            "Timeout": 10,
        }),
    );
}

#[test]
fn rejects_what_lambda_would_refuse() {
    let mut stack = Stack::new("S");
    let queue = stack.add("Queue", Queue::new());
    stack.add("Slow", python().timeout(Duration::from_secs(60)).on_messages(&queue, SqsEventSource::new()));
    stack.add("Long", python().timeout(Duration::from_secs(901)).memory_size(Size::mebibytes(64)));
    stack.add("Names", python().environment("A", "b").environment("AWS_REGION", "x"));
    stack.add("Inline", Function::new(Runtime::PROVIDED_AL2023, "bootstrap", Code::inline("x")));
    stack.add("Cargo", Function::new(Runtime::PYTHON_3_13, "index.handler", Code::cargo("cfn", "cfn")));
    stack.add("Batch", python().on_messages(&queue, SqsEventSource::new().batch_size(11)));
    let text = Template::from_stack(stack).expect_err("invalid").to_string();
    for part in [
        "S/Slow: the visibility_timeout of the queue must be at least the function's timeout of 60 s, got 30 s",
        "S/Long: timeout must be 1 to 900 s, in whole seconds, got 901 s",
        "S/Long: memory_size in MiB must be 128 to 10240, got 64",
        "S/Names: the name of an environment variable is a letter, then at least one letter, digit or underscore, got `A`",
        "S/Names: the environment variable `AWS_REGION` is set by Lambda",
        "S/Inline: inline code is for Node.js and Python only, got runtime `provided.al2023`",
        "S/Cargo: a package of Cargo runs on Runtime::PROVIDED_AL2023",
        "a batch_size of more than 10 needs a max_batching_window",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
