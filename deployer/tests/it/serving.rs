//! What was deployed is waited for until it serves. The emulator makes the resources; for the services that it does not
//! have, a stand-in answers as AWS does.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::deploy::{assembly, stacks_of};
use crate::emulator::Emulator;
use crate::fake::Answer;
use crate::stand_in::{Call, StandIn, json as answer, refused};
use crate::support::{belvedere, empty, run};

fn deploy(emulator: &Emulator, url: &str, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = belvedere(directory);
    command.args(["deploy", "--app", ".", "--yes"]).args(arguments).envs(emulator.variables());
    command.env("AWS_ENDPOINT_URL", url).stdin(Stdio::null());
    command
}

/// Metrics, rules, alerts and dashboards.
fn template() -> Value {
    json!({"Resources": {
        "Metrics": {
            "Type": "AWS::APS::Workspace",
            "Properties": {"AlertManagerDefinition": "alertmanager_config: |\n  route:\n    receiver: default\n  receivers:\n    - name: default\n"},
            "Metadata": {"aws:cdk:path": "App/Metrics/Resource"},
        },
        "Rules": {
            "Type": "AWS::APS::RuleGroupsNamespace",
            "Properties": {"Name": "requests", "Workspace": {"Ref": "Metrics"}, "Data": "groups:\n  - name: a\n    rules:\n      - record: b\n        expr: up\n"},
            "Metadata": {"aws:cdk:path": "App/Rules/Resource"},
        },
        "Grafana": {
            "Type": "AWS::Grafana::Workspace",
            "Properties": {"AccountAccessType": "CURRENT_ACCOUNT", "AuthenticationProviders": ["SAML"], "PermissionType": "SERVICE_MANAGED"},
            "Metadata": {"aws:cdk:path": "App/Grafana/Resource"},
        },
    }})
}

/// What the services say of their things in this state.
fn state(call: &Call, status: &str, reason: &str) -> Option<Answer> {
    if call.name == "GET /workspaces" {
        return Some(answer(&json!({"workspaces": []})));
    }
    let path = call.name.strip_prefix("GET /workspaces/")?;
    let status = json!({"statusCode": status, "statusReason": reason});
    let time = 1_760_000_000;
    Some(answer(&match (call.service.as_str(), path) {
        ("grafana", _) => json!({"workspace": {
            "id": "g-1", "status": status["statusCode"], "created": time, "modified": time, "endpoint": "g-1.example",
            "grafanaVersion": "12.4", "dataSources": [], "authentication": {"providers": ["SAML"]},
        }}),
        (_, path) if path.contains("rulegroupsnamespaces/requests") => json!({"ruleGroupsNamespace": {
            "arn": "arn", "name": "requests", "status": status, "data": "", "createdAt": time, "modifiedAt": time,
        }}),
        (_, path) if path.contains("/alertmanager/definition") => json!({"alertManagerDefinition": {
            "status": status, "data": "", "createdAt": time, "modifiedAt": time,
        }}),
        _ => json!({"workspace": {
            "workspaceId": "ws-1", "arn": "arn", "status": {"statusCode": status["statusCode"]}, "createdAt": time,
        }}),
    }))
}

#[test]
fn all_is_waited_for_at_the_same_time() {
    let case = "all_is_waited_for_at_the_same_time";
    let Some(emulator) = Emulator::start(case) else { return };
    let asked = AtomicUsize::new(0);
    let stand_in = StandIn::start(&emulator, move |call| {
        let is_first = call.name.starts_with("GET /workspaces/") && asked.fetch_add(1, Ordering::SeqCst) < 4;
        state(call, if is_first { "CREATING" } else { "ACTIVE" }, "")
    });
    let directory = empty(case);
    assembly(&directory, &[("App", template(), &[])]);
    let run = run(&mut deploy(&emulator, stand_in.url(), &directory, &[]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let line = "s for App/Grafana (it is CREATING), App/Metrics (it is CREATING), App/Metrics (alert manager) (it is CREATING) \
                and 1 more to serve";
    assert!(run.stderr.contains(line), "{run:#?}");
    let calls = stand_in.calls();
    assert_eq!(calls.iter().filter(|call| call.name.starts_with("GET /workspaces/")).count(), 8, "each of four twice");
}

#[test]
fn what_never_serves_ends_the_wait_with_the_reason() {
    let case = "what_never_serves_ends_the_wait";
    let Some(emulator) = Emulator::start(case) else { return };
    let stand_in = StandIn::start(&emulator, |call| {
        let is_rules = call.name.contains("rulegroupsnamespaces");
        state(call, if is_rules { "CREATION_FAILED" } else { "CREATING" }, "groupname: a, record is not valid")
    });
    let directory = empty(case);
    assembly(&directory, &[("App", template(), &[])]);
    let stderr = run(&mut deploy(&emulator, stand_in.url(), &directory, &[])).failed();
    let text = "error: App: App/Rules (AWS::APS::RuleGroupsNamespace) does not serve: it is CREATION_FAILED: \
                groupname: a, record is not valid\nhint: the stack is deployed";
    assert!(stderr.contains(text), "{stderr}");
    assert_eq!(stacks_of(&emulator), ["App"], "it stays");
}

#[test]
fn the_wait_has_a_limit_and_can_be_left_out() {
    let case = "the_wait_has_a_limit";
    let Some(emulator) = Emulator::start(case) else { return };
    let stand_in = StandIn::start(&emulator, |call| {
        if call.service == "grafana" { state(call, "UPDATING", "") } else { state(call, "ACTIVE", "") }
    });
    let directory = empty(case);
    assembly(&directory, &[("App", template(), &[])]);
    let begin = Instant::now();
    let stderr = run(&mut deploy(&emulator, stand_in.url(), &directory, &["--wait", "6s"])).failed();
    assert!(begin.elapsed() < Duration::from_secs(60));
    assert!(stderr.contains("error: App: after 6 s these do not serve: App/Grafana (it is UPDATING)\n"), "{stderr}");
    // It is never silent for long.
    assert_eq!(stderr.matches("s for App/Grafana (it is UPDATING) to serve").count(), 2, "{stderr}");
    let mut changed = template();
    changed["Resources"]["Grafana"]["Properties"]["Name"] = json!("other");
    assembly(&directory, &[("App", changed, &[])]);
    stand_in.calls();
    let run = run(&mut deploy(&emulator, stand_in.url(), &directory, &["--no-wait"]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(stand_in.calls().iter().all(|call| call.service != "grafana"), "nobody is asked");
}

#[test]
fn a_service_that_cannot_be_asked_is_a_note() {
    let case = "a_service_that_cannot_be_asked";
    let Some(emulator) = Emulator::start(case) else { return };
    let stand_in = StandIn::start(&emulator, |call| match call.service.as_str() {
        "grafana" => Some(refused("grafana")),
        _ => state(call, "ACTIVE", ""),
    });
    let directory = empty(case);
    assembly(&directory, &[("App", template(), &[])]);
    let run = run(&mut deploy(&emulator, stand_in.url(), &directory, &[]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    let note =
        "note: App/Grafana is there; whether it serves is not known: grafana:DescribeWorkspace failed: not authorized";
    assert!(run.stderr.contains(note), "{run:#?}");
}

#[test]
fn a_circuit_breaker_ends_the_wait() {
    let case = "a_circuit_breaker_ends_the_wait";
    let Some(emulator) = Emulator::start(case) else { return };
    let reason = "ECS deployment circuit breaker: tasks failed to start.";
    let stand_in = StandIn::start(&emulator, move |call| {
        let service = json!({"serviceName": "Api", "status": "ACTIVE", "desiredCount": 1, "runningCount": 0, "deployments": [
            {"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "FAILED", "rolloutStateReason": reason, "failedTasks": 3},
        ]});
        (call.name == "DescribeServices").then(|| answer(&json!({"services": [service], "failures": []})))
    });
    let directory = empty(case);
    let template = json!({"Resources": {
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "Family": "api", "ContainerDefinitions": [{"Name": "api", "Image": "api", "Memory": 64}],
        }},
        "Api": {
            "Type": "AWS::ECS::Service",
            "Properties": {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 0},
            "Metadata": {"aws:cdk:path": "App/Api/Service"},
        },
    }});
    assembly(&directory, &[("App", template, &[])]);
    let stderr = run(&mut deploy(&emulator, stand_in.url(), &directory, &[])).failed();
    let text = format!("App/Api/Service (AWS::ECS::Service) does not serve: {reason} (3 tasks failed)");
    assert!(stderr.contains(&text), "{stderr}");
}
