//! Places for assets that are made on demand: small assemblies that count on them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::deploy::{assembly, topic};
use crate::emulator::Emulator;
use crate::judge::{Place, root};
use crate::proxy::{Fate, Proxy};
use crate::support::{belvedere, empty, run};

const PLACE: &str = "${AWS::AccountId}-${AWS::Region}";

/// An assembly with one topic, whose name says where an asset is: a file or an image.
fn write(directory: &Path, kind: &str) {
    let mut template = topic("App", "topic");
    let name = if kind == "files" { "cdk-hnb659fds-assets" } else { "cdk-hnb659fds-container-assets" };
    template["Resources"]["Topic"]["Properties"]["DisplayName"] = json!({"Fn::Sub": format!("{name}-{PLACE}")});
    template["Parameters"] = json!({"BootstrapVersion": {
        "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version",
    }});
    assembly(directory, &[("App", template, &[])]);
    let (source, destination) = match kind {
        "files" => {
            fs::write(directory.join("settings"), "of an app").expect("written");
            let place = json!({"bucketName": format!("{name}-{PLACE}"), "objectKey": "settings"});
            (json!({"path": "settings", "packaging": "file"}), place)
        }
        _ => {
            fs::create_dir_all(directory.join("image")).expect("made");
            (json!({"directory": "image"}), json!({"repositoryName": format!("{name}-{PLACE}"), "imageTag": "one"}))
        }
    };
    let mut assets = json!({"version": "36.0.0"});
    assets[kind] = json!({"one": {"source": source, "destinations": {"here": destination}}});
    fs::write(directory.join("App.assets.json"), assets.to_string()).expect("written");
    let path = directory.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).expect("there")).expect("JSON");
    manifest["artifacts"]["App.assets"] =
        json!({"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}});
    manifest["artifacts"]["App"]["dependencies"] = json!(["App.assets"]);
    manifest["artifacts"]["App"]["properties"]["assumeRoleArn"] =
        json!(format!("arn:aws:iam::${{AWS::AccountId}}:role/cdk-hnb659fds-deploy-role-{PLACE}"));
    fs::write(path, manifest.to_string()).expect("written");
}

/// What the account has.
const EVERYTHING: &str = "
import boto3, json
cfn, sns, s3 = boto3.client('cloudformation'), boto3.client('sns'), boto3.client('s3')
stacks = [s for p in cfn.get_paginator('list_stacks').paginate() for s in p['StackSummaries']]
print(json.dumps({
  'stacks': sorted([s['StackName'], s['StackStatus']] for s in stacks if s['StackStatus'] != 'DELETE_COMPLETE'),
  'topics': [sns.get_topic_attributes(TopicArn=t['TopicArn'])['Attributes']['DisplayName'] for t in sns.list_topics()['Topics']],
  'objects': [o['Key'] for b in s3.list_buckets()['Buckets'] for o in s3.list_objects_v2(Bucket=b['Name']).get('Contents', [])],
}))";

/// Takes away what stays for the next deploy.
const FORGET: &str = "
import boto3
s3, cfn, name = boto3.resource('s3'), boto3.client('cloudformation'), 'belvedere-assets-123456789012-eu-central-1'
if name in [b.name for b in s3.buckets.all()]:
    s3.Bucket(name).object_versions.delete()
    s3.Bucket(name).objects.delete()
cfn.delete_stack(StackName='belvedere-assets')
cfn.get_waiter('stack_delete_complete').wait(StackName='belvedere-assets', WaiterConfig={'Delay': 1})
print('{}')";

static HUNG: AtomicUsize = AtomicUsize::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_on_demand_is_made_whole_whenever_the_program_is_killed() {
    let case = "a_bucket_on_demand_killed";
    let Some(emulator) = Emulator::start(case) else { return };
    let place = Place { emulator, assembly: empty(case) };
    write(&place.assembly, "files");
    let bucket = "belvedere-assets-123456789012-eu-central-1";
    let end = json!({
        "stacks": [["App", "CREATE_COMPLETE"], ["belvedere-assets", "CREATE_COMPLETE"]],
        "topics": [bucket],
        "objects": ["settings"],
    });
    for number in 1.. {
        let judge = move |call: usize, _: &str| if call == number { Fate::Hangs(&HUNG) } else { Fate::Passes };
        HUNG.store(0, Ordering::SeqCst);
        let proxy = Proxy::start(&place.emulator.url, Arc::new(judge)).await;
        let mut command = belvedere(root());
        command.args(["deploy", "--yes", "--app"]).arg(&place.assembly).envs(place.emulator.variables());
        command.env("AWS_ENDPOINT_URL", &proxy.url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().expect("the program starts");
        let by_itself = loop {
            if let Some(status) = process.try_wait().expect("it is ours") {
                assert!(status.success(), "before call {number}");
                break true;
            }
            if HUNG.load(Ordering::SeqCst) > 0 {
                process.kill().expect("it is ours");
                process.wait().expect("it is ours");
                break false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        place.told(&["deploy", "--yes"]);
        assert_eq!(place.asked(EVERYTHING), end, "killed at call {number}, {:?}", proxy.calls().last());
        if by_itself {
            assert!(number > 12, "only {number} calls, with both stacks: {:?}", proxy.calls());
            return;
        }
        place.told(&["destroy", "--all", "--yes"]);
        place.asked(FORGET);
    }
}

#[test]
fn a_large_template_that_no_object_is_named_for_goes_through_a_bucket() {
    let case = "a_large_template";
    let Some(emulator) = Emulator::start(case) else { return };
    let place = Place { emulator, assembly: empty(case) };
    let mut template = topic("App", "topic");
    template["Resources"]["Topic"]["Metadata"]["why"] = json!("it is large ".repeat(5000));
    assembly(&place.assembly, &[("App", template, &[])]);
    let told = place.told(&["deploy", "--yes"]);
    assert!(told.contains("eu-central-1 has no bucket for assets"), "{told}");
    let there = place.asked(EVERYTHING);
    assert_eq!(there["topics"], json!(["topic"]));
    assert_eq!(there["objects"].as_array().map(Vec::len), Some(1), "{there}");
    let again = place.told(&["deploy", "--yes"]);
    assert_eq!(again.matches(" unchanged after ").count(), 1, "{again}");
}

#[test]
fn images_of_such_assemblies_go_to_a_repository_of_their_own() {
    let case = "images_on_demand";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let place = Place { emulator, assembly: directory.join("assembly") };
    fs::create_dir_all(&place.assembly).expect("made");
    write(&place.assembly, "dockerImages");
    // It says what it is asked, and does nothing.
    let (tool, record) = (directory.join("docker"), directory.join("record"));
    fs::write(&tool, format!("#!/bin/sh\necho \"$@\" >> {}\ncat > /dev/null\n", record.display())).expect("written");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("ours");
    let mut command = belvedere(root());
    command.args(["deploy", "--yes", "--app"]).arg(&place.assembly).envs(place.emulator.variables());
    let deployed = run(command.env("CDK_DOCKER", &tool));
    assert_eq!(deployed.code, Some(0), "{deployed:#?}");
    let name = "belvedere-container-assets-123456789012-eu-central-1";
    assert_eq!(deployed.stderr.matches(&format!("{name} is made, and stays")).count(), 1, "{deployed:#?}");
    assert!(!deployed.stderr.contains("no bucket"), "a template that fits needs none: {deployed:#?}");
    let pushed = fs::read_to_string(record).expect("recorded");
    assert!(
        pushed.lines().any(|line| line.starts_with("push ") && line.ends_with(&format!("/{name}:one"))),
        "{pushed}"
    );
    let repositories = place.asked(
        "import boto3, json\n\
         found = boto3.client('ecr').describe_repositories()['repositories']\n\
         print(json.dumps([[r['repositoryName'], r['imageTagMutability']] for r in found]))",
    );
    assert_eq!(repositories, json!([[name, "IMMUTABLE"]]));
    assert_eq!(place.asked(EVERYTHING)["topics"], json!([name]));
}
