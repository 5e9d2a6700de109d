//! Why deployments fail, in the words of services that no emulator makes fail.

use serde_json::{Value, json};

use crate::deploy::assembly;
use crate::fake_aws::{Call, Reply, STACK, event, events, stack, start, variables};
use crate::support::{Run, belvedere, empty, run};

pub(crate) const SERVICE: [&str; 3] =
    ["Api", "AWS::ECS::Service", "arn:aws:ecs:eu-central-1:123456789012:service/Main/Api-1"];
pub(crate) const BREAKER: &str = "Resource handler returned message: Error occurred during operation 'ECS Deployment \
                                  Circuit Breaker was triggered'.";

pub(crate) fn template() -> Value {
    json!({"Resources": {
        "Api": {"Type": "AWS::ECS::Service", "Metadata": {"aws:cdk:path": "App/Api/Service/Service"}},
        "Seed": {"Type": "Custom::Seed", "Metadata": {"aws:cdk:path": "App/Seed/Default"}},
        "Queue": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "App/Queue/Resource"}},
    }})
}

/// What ECS, the load balancer and the log say of a service whose program ends and whose targets do not answer.
pub(crate) fn service(call: &Call) -> Option<Reply> {
    let group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/api/1";
    let task = "arn:aws:ecs:eu-central-1:123456789012:task/Main/0123";
    Some(match call.name.as_str() {
        "DescribeServices" => Reply::Json(json!({"services": [{
            "serviceName": "Api-1",
            "status": "ACTIVE",
            "desiredCount": 2,
            "runningCount": 0,
            "loadBalancers": [{"targetGroupArn": group, "containerName": "web", "containerPort": 8080}],
            "deployments": [{
                "rolloutState": "FAILED",
                "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
                "failedTasks": 3,
            }],
            "events": [{"id": "1", "message": "(service Api-1) (port 8080) is unhealthy in (target-group api)"}],
        }]})),
        "ListTasks" => Reply::Json(json!({"taskArns": [task]})),
        "DescribeTasks" => Reply::Json(json!({"tasks": [{
            "taskArn": task,
            "stoppedAt": 1_772_366_460,
            "taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/api:7",
            "group": "service:Api-1",
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "web", "exitCode": 1}, {"name": "router", "exitCode": 0}],
        }, {
            "taskArn": format!("{task}-old"),
            "stoppedAt": 1_772_300_000,
            "group": "service:Api-1",
            "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/1)",
            "containers": [],
        }]})),
        "DescribeTaskDefinition" => Reply::Json(json!({"taskDefinition": {"containerDefinitions": [
            {"name": "web", "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/app/api", "awslogs-stream-prefix": "api",
            }}},
            {"name": "router"},
        ]}})),
        "GetLogEvents" => {
            assert_eq!(call.json()["logStreamName"], "api/web/0123");
            Reply::Json(json!({"events": [
                {"timestamp": 1, "message": "starting\n"},
                {"timestamp": 2, "message": "\u{1b}[31mDATABASE_URL is not set\u{1b}[0m\n"},
            ]}))
        }
        "DescribeTargetHealth" => Reply::Xml(
            "<TargetHealthDescriptions><member><Target><Id>10.0.1.5</Id><Port>8080</Port></Target><TargetHealth>\
             <State>unhealthy</State><Reason>Target.Timeout</Reason><Description>Request timed out</Description>\
             </TargetHealth></member></TargetHealthDescriptions>"
                .to_owned(),
        ),
        "DescribeTargetGroups" => Reply::Xml(
            "<TargetGroups><member><HealthCheckProtocol>HTTP</HealthCheckProtocol><HealthCheckPort>traffic-port\
             </HealthCheckPort><HealthCheckPath>/health</HealthCheckPath><Port>8080</Port><Matcher><HttpCode>200</HttpCode>\
             </Matcher></member></TargetGroups>"
                .to_owned(),
        ),
        _ => return None,
    })
}

/// All of that, as it is told.
pub(crate) const TOLD: [&str; 8] = [
    "its deployment is FAILED, 3 tasks failed: ECS deployment circuit breaker: tasks failed to start.",
    "the service says: (service Api-1) (port 8080) is unhealthy in (target-group api)",
    "target 10.0.1.5:8080 is unhealthy: Target.Timeout: Request timed out",
    "its health check: HTTP /health at the target's port, 8080 by default, must give 200",
    "a task stopped (EssentialContainerExited): Essential container in task exited",
    "its container web exited with 1",
    "log of web: starting",
    "log of web: DATABASE_URL is not set",
];

/// Runs `belvedere diagnose` on the stack `App` with these events.
fn diagnose(
    case: &str,
    state: &'static str,
    happened: Vec<String>,
    answer: impl Fn(&Call) -> Option<Reply> + Send + Sync + 'static,
    arguments: &[&str],
) -> Run {
    let server = start(move |call| match call.name.as_str() {
        "DescribeStacks" => stack(state),
        "DescribeStackEvents" if call.form("StackName").is_some_and(|name| name.ends_with("App%2F1")) => {
            events(&happened)
        }
        _ => answer(call).unwrap_or(Reply::Error("AccessDeniedException", "not here".into())),
    });
    let directory = empty(case);
    assembly(&directory, &[("App", template(), &[])]);
    run(belvedere(&directory).envs(variables(&server)).args(["diagnose", "--app", "."]).args(arguments))
}

fn begun() -> String {
    event(0, ["App", "AWS::CloudFormation::Stack", STACK], "CREATE_IN_PROGRESS", "User Initiated", "")
}

#[test]
fn a_service_that_failed_earlier_is_explained() {
    let case = "a_service_that_failed_earlier";
    let happened = vec![
        event(0, ["Old", "AWS::SNS::Topic", "arn"], "CREATE_FAILED", "of another time", ""),
        begun(),
        event(1, SERVICE, "CREATE_FAILED", BREAKER, ""),
        event(2, ["Queue", "AWS::SQS::Queue", ""], "CREATE_FAILED", "Resource creation cancelled", ""),
        event(3, ["App", "AWS::CloudFormation::Stack", STACK], "ROLLBACK_COMPLETE", "", ""),
    ];
    let told = diagnose(case, "ROLLBACK_COMPLETE", happened.clone(), service, &[]);
    assert_eq!(told.code, Some(4), "{told:#?}");
    assert_eq!(told.stderr, "error: one stack is not well\n");
    let details: String = TOLD.iter().map(|line| format!("      {line}\n")).collect();
    let expected = format!(
        "App in eu-central-1: ROLLBACK_COMPLETE, the creation failed, and what was created is gone; an empty stack is left\n  \
         what failed of 2026-03-01T12:00:00Z, the first cause first:\n    \
         CREATE_FAILED App/Api/Service/Service (AWS::ECS::Service): {BREAKER}\n{details}      \
         what to do: the program ends by itself: its last log lines say why\n  \
         cancelled because of that: App/Queue\n  \
         next: "
    );
    assert!(told.stdout.starts_with(&expected), "{}\n{expected}", told.stdout);

    let told = diagnose(case, "ROLLBACK_COMPLETE", happened, service, &["--output", "json"]);
    let diagnosis: Value = serde_json::from_str(&told.stdout).expect("JSON");
    assert_eq!(diagnosis[0]["well"], false);
    let cause = &diagnosis[0]["failed"]["causes"][0];
    assert_eq!((&cause["path"], &cause["details"]), (&json!("App/Api/Service/Service"), &json!(TOLD)));
    assert_eq!(diagnosis[0]["failed"]["cancelled"], json!(["App/Queue"]));
}

#[test]
fn services_that_cannot_be_asked_say_nothing() {
    let happened = vec![begun(), event(1, SERVICE, "CREATE_FAILED", BREAKER, "")];
    let told = diagnose("services_that_cannot_be_asked", "ROLLBACK_COMPLETE", happened, |_| None, &[]);
    assert_eq!(told.code, Some(4), "{told:#?}");
    let after = told.stdout.split_once(BREAKER).expect("the cause").1;
    assert!(after.starts_with("\n      what to do: it never came up"), "{}", told.stdout);
}

#[test]
fn a_custom_resource_is_explained_by_its_function() {
    let token = "arn:aws:lambda:eu-central-1:123456789012:function:Framework";
    let reason = "Received response status [FAILED] from custom resource. Message returned: no such table. See the details \
                  in CloudWatch Log Stream: 2026/03/01/[$LATEST]0a (RequestId: 5bc8-11)";
    let properties = json!({"ServiceToken": token, "Password": "hidden"}).to_string().replace('"', "&quot;");
    let happened = vec![begun(), event(1, ["Seed", "Custom::Seed", "seed-1"], "CREATE_FAILED", reason, &properties)];
    let answer = |call: &Call| {
        Some(match call.name.as_str() {
            "/2015-03-31/functions/Framework/configuration" => Reply::Json(json!({
                "LoggingConfig": {"LogGroup": "/framework"},
                "Environment": {"Variables": {"USER_ON_EVENT_FUNCTION_ARN": "arn:aws:lambda:eu-central-1:1:function:Seeder",
                                              "SECRET": "hidden"}},
            })),
            "GetLogEvents" => {
                let asked = call.json();
                assert_eq!(
                    (&asked["logGroupName"], &asked["logStreamName"]),
                    (&json!("/framework"), &json!("2026/03/01/[$LATEST]0a"))
                );
                Reply::Json(json!({"events": [
                    {"timestamp": 1, "message": "START RequestId: 5bc8-11 Version: $LATEST\n"},
                    {"timestamp": 1, "message": "the user function failed\n"},
                ]}))
            }
            "FilterLogEvents" => {
                assert_eq!(call.json()["logGroupName"], "/aws/lambda/Seeder");
                Reply::Json(json!({"events": [{"timestamp": 1, "message": "Traceback\n  no such table\n"}]}))
            }
            _ => return None,
        })
    };
    let told = diagnose("a_custom_resource", "ROLLBACK_COMPLETE", happened.clone(), answer, &[]);
    let expected = "      the function Framework answers for it
      log of /framework: the user function failed
      that calls the function Seeder
      log of /aws/lambda/Seeder: Traceback
      log of /aws/lambda/Seeder:   no such table
      what to do: the function of the custom resource says no: its log lines say why
";
    assert!(told.stdout.contains(expected), "{}", told.stdout);
    let json = diagnose("a_custom_resource", "ROLLBACK_COMPLETE", happened, answer, &["--output", "json"]);
    assert!(!format!("{told:?}{json:?}").contains("hidden"), "neither properties nor variables are told");
}

#[test]
fn a_nested_stack_is_gone_into_and_a_quota_named() {
    let nested = "arn:aws:cloudformation:eu-central-1:123456789012:stack/Net/2";
    let reason = "Embedded stack was not successfully created: The following resource(s) failed to create: [Vpc].";
    let happened = vec![begun(), event(1, ["Net", "AWS::CloudFormation::Stack", nested], "CREATE_FAILED", reason, "")];
    let answer = move |call: &Call| {
        Some(match call.name.as_str() {
            "DescribeStackEvents" => events(&[
                event(0, ["Net", "AWS::CloudFormation::Stack", nested], "CREATE_IN_PROGRESS", "", ""),
                event(1, ["Vpc", "AWS::EC2::VPC", ""], "CREATE_FAILED", "The maximum number of VPCs has been reached.", ""),
            ]),
            "GetTemplate" => Reply::Xml(
                "<TemplateBody>{\"Resources\":{\"Vpc\":{\"Metadata\":{\"aws:cdk:path\":\"App/Net/Vpc/Resource\"}}}}</TemplateBody>"
                    .to_owned(),
            ),
            "GetServiceQuota" => Reply::Json(json!({"Quota": {"QuotaName": "VPCs per Region", "Value": 5.0}})),
            _ => return None,
        })
    };
    let told = diagnose("a_nested_stack", "ROLLBACK_COMPLETE", happened, answer, &[]);
    let expected =
        "      in it: App/Net/Vpc (AWS::EC2::VPC) CREATE_FAILED: The maximum number of VPCs has been reached.
      what to do: the quota VPCs per Region, which is 5, is used up: delete what is not needed, or ask for more: aws \
      service-quotas request-service-quota-increase --service-code vpc --quota-code L-F678F1CE --desired-value N
";
    assert!(told.stdout.contains(expected), "{}", told.stdout);
}

#[test]
fn a_stack_that_stands_but_does_not_serve_is_found_out() {
    let resources = |call: &Call| match call.name.as_str() {
        "ListStackResources" => Some(Reply::Xml(format!(
            "<StackResourceSummaries><member><LogicalResourceId>Api</LogicalResourceId><PhysicalResourceId>{}\
             </PhysicalResourceId><ResourceType>AWS::ECS::Service</ResourceType><ResourceStatus>CREATE_COMPLETE\
             </ResourceStatus></member></StackResourceSummaries>",
            SERVICE[2]
        ))),
        _ => service(call),
    };
    let told = diagnose("a_stack_that_stands", "CREATE_COMPLETE", Vec::new(), resources, &[]);
    assert_eq!(told.code, Some(4), "{told:#?}");
    let start = "App in eu-central-1: CREATE_COMPLETE, the stack was created\n  App/Api/Service/Service (AWS::ECS::Service) \
                 does not serve: 0 of 2 tasks run\n";
    assert!(told.stdout.starts_with(start), "{}", told.stdout);
    assert!(TOLD.iter().all(|line| told.stdout.contains(line)), "{}", told.stdout);
}
