//! `belvedere outputs`, `status`, `events` and `drift`, on a stack that somebody else deployed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudformation::types::StackStatus;
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::support::{Run, belvedere, empty, run};

struct Deployed {
    emulator: Emulator,
    directory: PathBuf,
}

/// An assembly with one stack, deployed under `stack_name` by the SDK.
fn deployed(case: &str, template: &Value) -> Option<Deployed> {
    let emulator = Emulator::start(case)?;
    let directory = empty(case);
    write_assembly(&directory, template, "unknown-account");
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(&emulator.url)
        .credentials_provider(Credentials::new("123456789012", "not-a-secret", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = aws_sdk_cloudformation::Client::from_conf(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let create = client.create_stack().stack_name("the-app").template_body(template.to_string());
        create.enable_termination_protection(true).send().await.expect("the stack is created");
        for _ in 0..100 {
            let answer = client.describe_stacks().stack_name("the-app").send().await.expect("described");
            let status = answer.stacks()[0].stack_status().expect("a status").clone();
            if !matches!(status, StackStatus::CreateInProgress | StackStatus::RollbackInProgress) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the stack does not come to rest");
    });
    Some(Deployed { emulator, directory })
}

fn write_assembly(directory: &Path, template: &Value, account: &str) {
    let stack = |name: &str| {
        json!({
            "type": "aws:cloudformation:stack",
            "environment": format!("aws://{account}/unknown-region"),
            "properties": {"templateFile": "App.template.json", "stackName": name},
        })
    };
    let manifest = json!({"version": "36.0.0", "artifacts": {"App": stack("the-app"), "Later": stack("not-yet")}});
    fs::write(directory.join("manifest.json"), manifest.to_string()).expect("written");
    fs::write(directory.join("App.template.json"), template.to_string()).expect("written");
}

impl Deployed {
    fn belvedere(&self, arguments: &[&str]) -> Run {
        run(belvedere(&self.directory).envs(self.emulator.variables()).args(arguments).args(["--app", "."]))
    }
}

fn template() -> Value {
    json!({
        "Resources": {
            "Logs": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/the/app", "RetentionInDays": 7},
                "Metadata": {"aws:cdk:path": "App/Logs/Resource"}
            },
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"QueueName": "the-queue", "DelaySeconds": 3},
                "Metadata": {"aws:cdk:path": "App/Queue/Resource"}
            }
        },
        "Outputs": {
            "Second": {"Value": "2"},
            "First": {"Value": {"Ref": "Logs"}, "Description": "where it logs", "Export": {"Name": "app-logs"}}
        }
    })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_deployed_stack_is_told_of() {
    let Some(deployed) = deployed("cli_deployed", &template()) else { return };

    let outputs = deployed.belvedere(&["outputs", "App"]);
    assert_eq!(outputs.stderr, "");
    assert_eq!(outputs.ok(), "App.First = /the/app\nApp.Second = 2\n");
    let outputs = parsed(&deployed.belvedere(&["outputs", "App", "--output", "json"]).ok());
    assert_eq!(outputs[0]["stackName"], "the-app");
    let first = json!({"name": "First", "value": "/the/app", "description": "where it logs", "exportName": "app-logs"});
    assert_eq!(outputs[0]["outputs"][0], first);
    let expected = "\
error: Later is not deployed: there is no stack not-yet in eu-central-1
hint: deploy it first, or see whether --region and --profile are right
";
    assert_eq!(deployed.belvedere(&["outputs"]).failed(), expected);

    let text = deployed.belvedere(&["status"]).ok();
    assert!(text.starts_with("App (the-app) in eu-central-1: CREATE_COMPLETE, the stack was created\n"), "{text}");
    assert!(text.contains("  protection  against termination\n"), "{text}");
    assert!(text.ends_with("Later (not-yet) in eu-central-1: not deployed\n"), "{text}");
    let status = parsed(&deployed.belvedere(&["status", "--output", "json"]).ok());
    assert_eq!(status[0]["deployed"]["state"], "CREATE_COMPLETE");
    assert_eq!(status[1]["deployed"], Value::Null);

    let text = deployed.belvedere(&["events", "App", "--follow"]).ok();
    let lines: Vec<&str> = text.lines().map(|line| line.split_once("  ").expect("a time").1).collect();
    assert!(lines[0].starts_with("CREATE_IN_PROGRESS the-app (AWS::CloudFormation::Stack)"), "{text}");
    assert!(lines.contains(&"CREATE_COMPLETE App/Queue (AWS::SQS::Queue)"), "{text}");
    assert!(lines.last().expect("a line").starts_with("CREATE_COMPLETE the-app"), "{text}");
    let events = deployed.belvedere(&["events", "App", "--output", "json", "--since", "1h"]).ok();
    assert_eq!(events.lines().count(), lines.len());
    assert!(events.lines().all(|line| parsed(line)["stack"] == "App"), "{events}");
    assert_eq!(deployed.belvedere(&["events", "App", "--failed"]).ok(), "");
    assert_eq!(deployed.belvedere(&["events", "App", "--since", "0s"]).ok(), "");
    let two = deployed.belvedere(&["events", "*"]);
    assert_eq!((two.code, two.stderr.as_str()), (Some(2), "error: one stack must be chosen, got 2: App, Later\n"));

    // An app that is run is told the account and the region of whoever asks.
    let tell = "sh -c 'echo \"$CDK_DEFAULT_ACCOUNT $CDK_DEFAULT_REGION\"; cp App.template.json manifest.json out/'";
    let mut command = belvedere(&deployed.directory);
    command.envs(deployed.emulator.variables()).args(["outputs", "App", "--outdir", "out", "--app", tell]);
    let told = run(command.args(["--region", "eu-central-1"]));
    assert_eq!(told.stderr, "123456789012 eu-central-1\n");
    assert!(told.ok().starts_with("App.First = "));

    // Whatever is told, the key that it was asked with is not.
    assert!(!deployed.belvedere(&["status", "--output", "json"]).ok().contains("not-a-secret"));
}

#[test]
fn drift_is_told_by_construct_path() {
    let Some(deployed) = deployed("cli_drift", &template()) else { return };
    assert_eq!(deployed.belvedere(&["drift", "App", "--fail"]).ok(), "App: no drift, 2 as they should be\n");

    let config = aws_sdk_cloudwatchlogs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(&deployed.emulator.url)
        .credentials_provider(Credentials::new("123456789012", "not-a-secret", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let logs = aws_sdk_cloudwatchlogs::Client::from_conf(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let change = logs.put_retention_policy().log_group_name("/the/app").retention_in_days(30);
    runtime.block_on(change.send()).expect("somebody changes it by hand");

    let expected = "\
App: 1 resource has drifted, 1 as they should be
  changed App/Logs (AWS::Logs::LogGroup)
    /RetentionInDays
      expected 7
      actual   30
";
    assert_eq!(deployed.belvedere(&["drift", "App"]).ok(), expected);
    let failed = deployed.belvedere(&["drift", "App", "--fail", "--output", "json"]);
    assert_eq!(failed.code, Some(4), "{failed:?}");
    let drift = parsed(&failed.stdout);
    assert_eq!(drift[0]["drifted"], true);
    let difference = json!({"property": "/RetentionInDays", "kind": "NOT_EQUAL", "expected": "7", "actual": "30"});
    assert_eq!(drift[0]["resources"][0]["differences"], json!([difference]));
    assert!(failed.stderr.ends_with("error: there are differences\n"), "{}", failed.stderr);
    let status = parsed(&deployed.belvedere(&["status", "App", "--output", "json"]).ok());
    assert_eq!(status[0]["deployed"]["drift"], "DRIFTED");
}

#[test]
fn the_doctor_says_what_is_well_and_what_is_not() {
    let Some(deployed) = deployed("cli_doctor", &template()) else { return };
    let text = deployed.belvedere(&["doctor"]).ok();
    assert!(text.contains("ok    app          2 stacks, 4 resources in .\n"), "{text}");
    assert!(text.contains("ok    credentials  arn:aws:iam::123456789012:"), "{text}");
    assert!(text.contains("ok    region       eu-central-1\n"), "{text}");
    assert!(text.contains("ok    bootstrap    "), "{text}");
    assert!(text.contains("ok    clock        "), "{text}");
    let checks = parsed(&deployed.belvedere(&["doctor", "--output", "json"]).ok());
    assert_eq!(checks[0], json!({"name": "app", "verdict": "ok", "text": "2 stacks, 4 resources in .", "hint": null}));

    write_assembly(&deployed.directory, &template(), "999999999999");
    let failed = deployed.belvedere(&["doctor"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    let expected = "fail  account      App is for account 999999999999, but you are arn:aws:iam::123456789012:";
    assert!(failed.stdout.contains(expected), "{}", failed.stdout);
    assert!(failed.stderr.starts_with("error: one of the checks failed\n"), "{}", failed.stderr);

    fs::remove_file(deployed.directory.join("manifest.json")).expect("removed");
    let failed = deployed.belvedere(&["doctor"]);
    assert!(failed.stdout.starts_with("fail  app          no cloud assembly in .: it has no manifest.json\n"));
    assert!(failed.stdout.contains("ok    credentials  "), "the other checks go on: {}", failed.stdout);
}

#[test]
fn a_failure_tells_its_cause() {
    let template = json!({"Resources": {
        "Api": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Fn::GetAtt": ["Queue", "Nonsense"]}},
            "Metadata": {"aws:cdk:path": "App/Api/Resource"}
        },
        "Queue": {"Type": "AWS::SQS::Queue"}
    }});
    let Some(deployed) = deployed("cli_failed", &template) else { return };
    let text = deployed.belvedere(&["status", "App"]).ok();
    assert!(text.contains("ROLLBACK_COMPLETE, the creation failed, and what was created is gone"), "{text}");
    assert!(text.contains("the empty stack has to be deleted first"), "{text}");
    let text = deployed.belvedere(&["events", "App", "--failed"]).ok();
    assert!(text.contains("CREATE_FAILED App/Api (AWS::SNS::Topic): "), "{text}");
    assert!(text.lines().all(|line| line.contains("_FAILED ")), "{text}");
}

#[test]
fn a_stack_for_another_account_is_refused() {
    let Some(emulator) = Emulator::start("cli_account") else { return };
    let directory = empty("cli_account");
    write_assembly(&directory, &template(), "999999999999");
    for command in
        [&["outputs"][..], &["status"], &["events", "App"], &["logs"], &["drift"], &["diagnose"], &["deploy", "--yes"]]
    {
        let run = run(belvedere(&directory).envs(emulator.variables()).args(command).args(["--app", "."]));
        let stderr = run.failed();
        let start = "error: App is for account 999999999999, but you are arn:aws:iam::123456789012:";
        assert!(stderr.starts_with(start), "{command:?}: {stderr}");
        assert!(stderr.contains("hint: give --profile or --role-arn of account 999999999999"), "{stderr}");
    }
}
