//! What differs between an assembly and what is deployed.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_sdk_cloudformation::types::Capability;
use belvedere_deployer::diff::{Change, Effect, Fate, Replacement};
use belvedere_deployer::{Assembly, Clients, Connection, DiffError, DiffOptions, FailOn, StackDiff, diff};
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::fake_cloudformation::FakeCloudFormation;
use crate::support::empty;

const REGION: &str = "eu-central-1";
const KEY: &str = "123456789012";
const SECRET: &str = "not-a-secret";

/// An assembly of one stack that is called `name`.
fn assembly(test: &str, name: &str, template: &Value) -> Assembly {
    let directory = empty(test);
    let manifest = json!({ "version": "36.0.0", "artifacts": { name: {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": { "templateFile": "It.template.json", "stackName": name },
    } } });
    fs::write(directory.join("manifest.json"), manifest.to_string()).expect("written");
    fs::write(directory.join("It.template.json"), template.to_string()).expect("written");
    Assembly::read(&directory).expect("an assembly")
}

async fn clients(url: &str) -> Clients {
    let connection = Connection::new().region(REGION).endpoint_url(url).credentials(KEY, SECRET, None);
    connection.open().await.expect("the emulator answers")
}

async fn of_emulator(emulator: &Emulator) -> Clients {
    let variables = BTreeMap::from(emulator.variables());
    let of = |name: &str| variables[name].as_str();
    let connection = Connection::new().region(of("AWS_REGION")).endpoint_url(of("AWS_ENDPOINT_URL"));
    let connection = connection.credentials(of("AWS_ACCESS_KEY_ID"), of("AWS_SECRET_ACCESS_KEY"), None);
    connection.open().await.expect("the emulator answers")
}

async fn compared(assembly: &Assembly, clients: &Clients, options: &DiffOptions) -> StackDiff {
    let stacks: Vec<_> = assembly.stacks.iter().collect();
    let mut all = diff(&stacks, clients, options).await.expect("it is compared");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// A client that is not ours to shape.
fn peer(url: &str) -> aws_sdk_cloudformation::Client {
    let keys = aws_credential_types::Credentials::new(KEY, SECRET, None, None, "test");
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version_latest()
        .region(aws_types::region::Region::new(REGION))
        .endpoint_url(url)
        .http_client(http)
        .credentials_provider(keys)
        .build();
    aws_sdk_cloudformation::Client::from_conf(config)
}

fn template(bucket: &str, action: &[&str], queues: &[&str]) -> Value {
    let path = |path: &str| json!({ "aws:cdk:path": format!("Prod/{path}/Resource") });
    let mut template = json!({
        "Parameters": { "Stage": { "Type": "String" } },
        "Resources": {
            "Data1234": { "Type": "AWS::S3::Bucket", "Metadata": path("Data"), "Properties": { "BucketName": bucket } },
            "Role": { "Type": "AWS::IAM::Role", "Metadata": path("Role"), "Properties": {
                "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "lambda.amazonaws.com" } }] },
                "Policies": [{ "PolicyName": "p", "PolicyDocument": { "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": action, "Resource": "*" }] } }],
            } },
        },
    });
    for queue in queues {
        template["Resources"][queue] = json!({ "Type": "AWS::SQS::Queue", "Metadata": path(queue),
            "Properties": { "QueueName": { "Fn::Sub": format!("${{Stage}}-{queue}") } } });
    }
    template
}

#[tokio::test]
async fn a_change_is_told_and_nothing_is_left_behind() {
    let Some(emulator) = Emulator::start("diff-change") else { return };
    let (clients, peer) = (of_emulator(&emulator).await, peer(&emulator.url));
    let first = template("first-bucket", &["s3:GetObject"], &["Old"]);
    let parameter = aws_sdk_cloudformation::types::Parameter::builder();
    let parameter = parameter.parameter_key("Stage").parameter_value("beta").build();
    let creation = peer.create_stack().stack_name("Prod").template_body(first.to_string()).parameters(parameter);
    creation.capabilities(Capability::CapabilityIam).send().await.expect("the stack is made");
    for _ in 0..100 {
        let stacks = peer.describe_stacks().stack_name("Prod").send().await.expect("there");
        if stacks.stacks()[0].stack_status().is_some_and(|status| status.as_str() == "CREATE_COMPLETE") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let same = compared(&assembly("diff-same", "Prod", &first), &clients, &DiffOptions::new()).await;
    assert!(same.template.is_empty(), "{same:#?}");
    assert_eq!(same.render(false), "Stack Prod\nno differences\n");
    assert!(!same.violates(&[FailOn::Any]));
    let asked = DiffOptions::new().change_set(true);
    let same = compared(&assembly("diff-same-asked", "Prod", &first), &clients, &asked).await;
    assert_eq!(same.change_set.as_ref().map(|view| view.changes.len()), Some(0), "{same:#?}");

    let second = template("second-bucket", &["s3:GetObject", "s3:PutObject"], &["New"]);
    let changed = compared(&assembly("diff-changed", "Prod", &second), &clients, &asked).await;
    assert!(!changed.is_new);
    let of = |path: &str| {
        let mut resources = changed.template.resources.iter();
        resources
            .find(|resource| resource.path.as_deref() == Some(path))
            .unwrap_or_else(|| panic!("{path}: {changed:#?}"))
    };
    let bucket = of("Prod/Data");
    assert_eq!((bucket.replacement, bucket.data), (Replacement::Replaces, Some(Fate::Lost)));
    assert_eq!(of("Prod/Old").change, Change::Removed);
    assert_eq!(of("Prod/New").change, Change::Added);
    let security: Vec<_> =
        changed.template.security.iter().map(|change| (change.effect, change.text.as_str())).collect();
    assert_eq!(security, [(Effect::Broadens, "allow s3:PutObject on *")]);
    let view = changed.change_set.as_ref().unwrap_or_else(|| panic!("{:?}", changed.notes));
    let mut foreseen: Vec<_> = view.changes.iter().map(|change| (&*change.action, &*change.logical_id)).collect();
    foreseen.sort_unstable();
    assert_eq!(foreseen, [("Add", "New"), ("Modify", "Data1234"), ("Modify", "Role"), ("Remove", "Old")]);
    let paths: Vec<_> = view.changes.iter().filter_map(|change| change.path.as_deref()).collect();
    assert_eq!(paths.len(), 4, "{view:#?}");
    for fail_on in [FailOn::Any, FailOn::Broaden, FailOn::Destroy, FailOn::Replace] {
        assert!(changed.violates(&[fail_on]), "{fail_on:?}");
    }
    let json = serde_json::to_value(&changed).expect("JSON");
    assert_eq!(json["template"]["security"][0]["effect"], "broadens");
    assert_eq!(json["stackName"], "Prod");

    let left = peer.list_change_sets().stack_name("Prod").send().await.expect("there");
    assert!(left.summaries().is_empty(), "{left:#?}");
    let body = peer.get_template().stack_name("Prod").send().await.expect("there");
    assert!(body.template_body().is_some_and(|body| body.contains("first-bucket")));
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_all_new_and_stays_away() {
    let Some(emulator) = Emulator::start("diff-new") else { return };
    let (clients, peer) = (of_emulator(&emulator).await, peer(&emulator.url));
    let assembly = assembly("diff-new", "Fresh", &template("fresh-bucket", &["s3:GetObject"], &[]));
    let options = DiffOptions::new().change_set(true).parameter("Stage", "beta");
    let new = compared(&assembly, &clients, &options).await;
    assert!(new.is_new);
    assert!(new.template.resources.iter().all(|resource| resource.change == Change::Added));
    assert!(new.template.security.iter().all(|change| change.effect == Effect::Initial));
    assert_eq!(new.template.security.len(), 2);
    let view = new.change_set.as_ref().unwrap_or_else(|| panic!("{:?}", new.notes));
    assert_eq!(view.changes.len(), 2);
    assert!(new.render(false).starts_with("Stack Fresh, not deployed yet\n"));
    let error = peer.describe_stacks().stack_name("Fresh").send().await.expect_err("it is not there");
    let error = error.into_service_error();
    assert!(error.meta().message().is_some_and(|message| message.contains("does not exist")), "{error:?}");
}

#[tokio::test]
async fn yaml_of_another_tool_is_compared() {
    let Some(emulator) = Emulator::start("diff-yaml") else { return };
    let (clients, peer) = (of_emulator(&emulator).await, peer(&emulator.url));
    let yaml = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      \
                QueueName: !Sub '${AWS::StackName}-q'\n      DelaySeconds: 5\n";
    peer.create_stack().stack_name("Yaml").template_body(yaml).send().await.expect("the stack is made");
    let template = |delay: &str| {
        json!({ "Resources": { "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "DelaySeconds": delay,
            "QueueName": { "Fn::Join": ["-", [{ "Ref": "AWS::StackName" }, "q"]] } } } } })
    };
    let same = compared(&assembly("diff-yaml", "Yaml", &template("5")), &clients, &DiffOptions::new()).await;
    assert!(same.template.is_empty(), "{same:#?}");
    let changed = compared(&assembly("diff-yaml", "Yaml", &template("6")), &clients, &DiffOptions::new()).await;
    assert_eq!(changed.template.resources[0].properties[0].path, "DelaySeconds");
}

fn one_queue(test: &str) -> Assembly {
    assembly(test, "Fresh", &json!({ "Resources": { "Queue": { "Type": "AWS::SQS::Queue" } } }))
}

#[tokio::test]
async fn all_pages_are_read() {
    let fake = FakeCloudFormation::start(true);
    let options = DiffOptions::new().change_set(true);
    let new = compared(&one_queue("diff-pages"), &clients(&fake.url).await, &options).await;
    let view = new.change_set.unwrap_or_else(|| panic!("{:?}", new.notes));
    let ids: Vec<_> = view.changes.iter().map(|change| change.logical_id.as_str()).collect();
    assert_eq!(ids, ["First", "Second"]);
    let calls = fake.calls();
    assert!(calls.contains(&"DeleteChangeSet".to_owned()) && calls.contains(&"DeleteStack".to_owned()), "{calls:?}");
}

#[tokio::test]
async fn whoever_does_not_wait_leaves_nothing_behind() {
    let fake = FakeCloudFormation::start(true);
    let (assembly, clients) = (one_queue("diff-dropped"), clients(&fake.url).await);
    let stacks: Vec<_> = assembly.stacks.iter().collect();
    let options = DiffOptions::new().change_set(true);
    tokio::select! {
        biased;
        _ = diff(&stacks, &clients, &options) => panic!("it was not to be waited for"),
        () = async {
            while !fake.calls().contains(&"CreateChangeSet".to_owned()) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    tokio::task::spawn_blocking(move || fake.wait_for("DeleteStack")).await.expect("it is deleted");
}

const FAKE_URL: &str = "BELVEDERE_TEST_FAKE_URL";

#[test]
fn an_interrupt_leaves_nothing_behind() {
    for signal in ["-INT", "-TERM"] {
        let fake = FakeCloudFormation::start(false);
        let mut child = Command::new(std::env::current_exe().expect("known"))
            .args(["--exact", "diff::is_interrupted"])
            .env(FAKE_URL, &fake.url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        fake.wait_for("DescribeChangeSet");
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("it runs").success());
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{signal}: {status}, {:?}", fake.calls());
        let calls = fake.calls();
        assert!(
            calls.contains(&"DeleteChangeSet".to_owned()) && calls.contains(&"DeleteStack".to_owned()),
            "{calls:?}"
        );
    }
}

#[tokio::test]
async fn is_interrupted() {
    let Ok(url) = std::env::var(FAKE_URL) else { return };
    let assembly = one_queue(&format!("diff-interrupted-{}", std::process::id()));
    let stacks: Vec<_> = assembly.stacks.iter().collect();
    let options = DiffOptions::new().change_set(true);
    let error = diff(&stacks, &clients(&url).await, &options).await.expect_err("somebody interrupts");
    assert!(matches!(error, DiffError::Interrupted { .. }), "{error:?}");
}
