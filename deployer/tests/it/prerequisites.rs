//! What an account lacks is told before anything is changed. For the services that the emulator does not have, a stand-in
//! answers as AWS does.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::deploy::{assembly, stacks_of, topic};
use crate::emulator::Emulator;
use crate::fake::Answer;
use crate::stand_in::{Call, StandIn, json as answer, refused};
use crate::support::{belvedere, empty, run};

fn belvedere_on(emulator: &Emulator, url: &str, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = belvedere(directory);
    command.args(arguments).args(["--app", "."]).envs(emulator.variables());
    command.env("AWS_ENDPOINT_URL", url).stdin(Stdio::null());
    command
}

/// Dashboards into which people sign in by IAM Identity Center, and six networks.
fn template() -> Value {
    let mut template = json!({"Resources": {"Grafana": {
        "Type": "AWS::Grafana::Workspace",
        "Properties": {"AccountAccessType": "CURRENT_ACCOUNT", "AuthenticationProviders": ["AWS_SSO"], "PermissionType": "SERVICE_MANAGED"},
        "Metadata": {"aws:cdk:path": "App/Grafana/Resource"},
    }}});
    for number in 0..6 {
        template["Resources"][format!("Vpc{number}")] =
            json!({"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": format!("10.{number}.0.0/16")}});
    }
    template
}

/// An account with so many instances of IAM Identity Center and so many networks allowed.
fn account(instances: usize, vpcs: f64) -> impl Fn(&Call) -> Option<Answer> {
    move |call| {
        let instance = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "Status": "ACTIVE"});
        Some(match (call.service.as_str(), call.name.as_str()) {
            ("sso", "ListInstances") => answer(&json!({"Instances": vec![instance; instances]})),
            ("grafana", "GET /workspaces") => answer(&json!({"workspaces": []})),
            ("grafana", _) => refused("grafana"),
            ("servicequotas", "GetServiceQuota") => {
                answer(&json!({"Quota": {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE", "Value": vpcs}}))
            }
            _ => return None,
        })
    }
}

#[test]
fn what_an_account_lacks_is_told_before_anything_is_changed() {
    let case = "what_an_account_lacks";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    assembly(&directory, &[("Net", topic("Net", "x"), &[]), ("App", template(), &["Net"])]);
    let poor = StandIn::start(&emulator, account(0, 5.0));
    let stderr = run(&mut belvedere_on(&emulator, poor.url(), &directory, &["deploy", "--yes"])).failed();
    for line in [
        "App: eu-central-1: IAM Identity Center is not enabled\n",
        "App: eu-central-1: VPCs: 6 wanted, 5 allowed\n",
        "; --force deploys all the same\n",
        "hint: enable it (https://console.aws.amazon.com/singlesignon), or sign in to App/Grafana by SAML",
    ] {
        assert!(stderr.contains(line), "{line}: {stderr}");
    }
    assert!(stacks_of(&emulator).is_empty(), "nothing is touched, not even the stack that needs none of it");
    assert!(poor.calls().iter().all(|call| call.name != "CreateChangeSet"));
    let doctor = run(&mut belvedere_on(&emulator, poor.url(), &directory, &["doctor"]));
    assert_eq!(doctor.code, Some(1), "{doctor:#?}");
    for line in [
        "fail  identity-center  eu-central-1: IAM Identity Center is not enabled\n",
        "fail  quota            eu-central-1: VPCs: 6 wanted, 5 allowed\n",
        "hint: remove some, or ask for more: https://console.aws.amazon.com/servicequotas/home/services/vpc/quotas/L-F678F1CE\n",
        "ok    quota            eu-central-1: managed Grafana workspaces: 1 wanted besides the 0 there, 5 allowed\n",
    ] {
        assert!(doctor.stdout.contains(line), "{line}: {}", doctor.stdout);
    }

    let rich = StandIn::start(&emulator, account(1, 10.0));
    run(&mut belvedere_on(&emulator, rich.url(), &directory, &["deploy", "--yes"])).ok();
    assert_eq!(stacks_of(&emulator), ["App", "Net"]);
    // Nothing new is wanted, so nobody is asked again.
    rich.calls();
    run(&mut belvedere_on(&emulator, rich.url(), &directory, &["deploy", "--yes"])).ok();
    let mut calls: Vec<String> = rich.calls().into_iter().map(|call| call.name).collect();
    calls.sort();
    let expected = ["DescribeStacks", "DescribeStacks", "GetCallerIdentity", "GetTemplate", "GetTemplate"];
    assert_eq!(calls, expected, "of each stack what it is, and its template");
}

#[test]
fn what_cannot_be_looked_at_stops_nobody() {
    let case = "what_cannot_be_looked_at";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    assembly(&directory, &[("App", template(), &[])]);
    let silent = StandIn::start(&emulator, |call| {
        ["sso", "grafana", "servicequotas"].contains(&call.service.as_str()).then(|| refused(&call.service))
    });
    let doctor = run(&mut belvedere_on(&emulator, silent.url(), &directory, &["doctor"])).ok();
    let line = "?     identity-center  not known: eu-central-1: whether IAM Identity Center is enabled: sso:ListInstances failed: \
                not authorized\n";
    assert!(doctor.contains(line), "{doctor}");
    assert!(doctor.contains("?     quota            not known: eu-central-1: how many VPCs there may be"), "{doctor}");
    let run = run(&mut belvedere_on(&emulator, silent.url(), &directory, &["deploy", "--yes"]));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(!run.stderr.contains("not known: eu-central-1"), "{run:#?}");
}

#[test]
fn an_absent_role_and_too_little_concurrency() {
    let case = "an_absent_role";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let template = json!({"Resources": {
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "Family": "api", "ContainerDefinitions": [{"Name": "api", "Image": "api", "Memory": 64}],
        }},
        "Api": {
            "Type": "AWS::ECS::Service",
            "Properties": {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 0},
        },
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": "def handler(e, c): pass"},
            "Role": "arn:aws:iam::123456789012:role/worker", "ReservedConcurrentExecutions": 5000,
        }},
    }});
    assembly(&directory, &[("App", template, &[])]);
    let stderr = run(&mut belvedere_on(&emulator, &emulator.url, &directory, &["deploy", "--yes"])).failed();
    assert!(stderr.contains("note: AWSServiceRoleForECS is not there; ECS makes it at its first use"), "{stderr}");
    let text = "App: eu-central-1: reserved concurrent executions of functions: 5000 wanted, ";
    assert!(stderr.contains(text), "{stderr}");
    assert!(stacks_of(&emulator).is_empty());
    let run = run(&mut belvedere_on(&emulator, &emulator.url, &directory, &["deploy", "--yes", "--force"]));
    assert!(
        run.stderr.contains("note: eu-central-1: reserved concurrent executions of functions: 5000 wanted"),
        "{run:#?}"
    );
    assert!(run.stderr.contains("App  creating, 4 resources"), "the emulator may know better: {run:#?}");
}
