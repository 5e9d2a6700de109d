//! Assemblies that the AWS CDK wrote, in accounts with and without its bootstrap stack.

use std::process::Command;

use serde_json::json;

use crate::emulator::{Emulator, tool_or_skip};
use crate::judge::{Place, change, of_type, root};
use crate::support::{empty, run};

/// What an app of the AWS CDK writes as its CLI runs it: with the roles of the bootstrap stack, or without.
fn synthesized(case: &str, roles: &str) -> Option<Place> {
    let modules = tool_or_skip(case, "npm/node_modules/aws-cdk-lib")?;
    let assembly = empty(case).join("cdk.out");
    let paths = json!({"aws:cdk:enable-path-metadata": true, "aws:cdk:enable-asset-metadata": true});
    let mut command = Command::new("node");
    command.arg(root().join("tests/tools/foreign_app.js")).arg(roles);
    command.env("NODE_PATH", modules.parent().expect("a folder")).env("CDK_OUTDIR", &assembly);
    // What it finds in the templates is no matter here.
    command.env("CDK_CONTEXT_JSON", paths.to_string()).env("CDK_VALIDATION", "false");
    let wrote = run(&mut command);
    assert_eq!(wrote.code, Some(0), "{wrote:#?}");
    Some(Place { emulator: Emulator::start(case)?, assembly })
}

const BUCKETS: &str = "
import boto3, json
s3 = boto3.client('s3')
print(json.dumps({b['Name']: sorted(o['Key'] for o in s3.list_objects_v2(Bucket=b['Name']).get('Contents', []))
                  for b in s3.list_buckets()['Buckets'] if '-assets-' in b['Name']}))";

const ASSETS: &str = "
import boto3, json
s3, name = boto3.client('s3'), 'belvedere-assets-123456789012-eu-central-1'
stack = boto3.client('cloudformation').describe_stacks(StackName='belvedere-assets')['Stacks'][0]
print(json.dumps({
  'public': s3.get_public_access_block(Bucket=name)['PublicAccessBlockConfiguration'],
  'encryption': s3.get_bucket_encryption(Bucket=name)['ServerSideEncryptionConfiguration']['Rules'][0]
                  ['ApplyServerSideEncryptionByDefault']['SSEAlgorithm'],
  'versioning': s3.get_bucket_versioning(Bucket=name)['Status'],
  'policy': json.loads(s3.get_bucket_policy(Bucket=name)['Policy'])['Statement'][0],
  'tags': stack['Tags'],
}))";

#[test]
fn no_bootstrap_stack_is_needed() {
    let case = "no_bootstrap_stack_is_needed";
    let Some(place) = synthesized(case, "roles") else { return };
    let told = place.told(&["deploy", "--yes"]);
    let made = "the stack belvedere-assets makes belvedere-assets-123456789012-eu-central-1";
    assert_eq!(told.matches(made).count(), 1, "{told}");
    let (resources, properties) = place.is_there();
    assert!(resources > 200 && properties > 500, "{resources} resources, {properties} properties");

    // Two stacks have the code and the nested one has it too: it is there once. A template that fits into the request
    // is nowhere.
    let buckets = place.asked(BUCKETS);
    let objects = buckets["belvedere-assets-123456789012-eu-central-1"].as_array().expect("its objects");
    assert_eq!((buckets.as_object().map(serde_json::Map::len), objects.len()), (Some(1), 3), "{buckets}");
    let assets = place.asked(ASSETS);
    assert!(assets["public"].as_object().expect("settings").values().all(|blocked| *blocked == true), "{assets}");
    assert_eq!((&assets["encryption"], &assets["versioning"]), (&json!("AES256"), &json!("Enabled")));
    assert_eq!(assets["policy"]["Effect"], "Deny");
    assert_eq!(assets["policy"]["Condition"], json!({"Bool": {"aws:SecureTransport": "false"}}));
    assert_eq!(assets["tags"], json!([{"Key": "belvedere", "Value": "assets"}]));

    let again = place.told(&["deploy", "--yes"]);
    assert_eq!(again.matches(" unchanged after ").count(), 3, "{again}");
    assert!(!again.contains(made) && !again.contains("asset "), "{again}");
    let same = place.belvedere(&["diff", "--fail-on", "any"]).ok();
    assert_eq!(same.matches("no differences").count(), 3, "{same}");

    change(&place.assembly, "Service", |template| {
        let functions = of_type(template, "AWS::Lambda::Function");
        let id = functions[0].to_owned();
        template["Resources"][id]["Properties"]["MemorySize"] = json!(512);
    });
    let differs = place.belvedere(&["diff", "--fail-on", "any"]);
    assert_eq!(differs.code, Some(4), "{differs:#?}");
    assert!(differs.stdout.contains("MemorySize: 256 → 512") && !differs.stdout.contains("S3Bucket"), "{differs:#?}");
    let told = place.told(&["deploy", "--yes"]);
    assert!(told.contains("Service     updated after "), "{told}");
    place.is_there();

    place.told(&["destroy", "--all", "--yes"]);
    place.is_gone();
}

const BOOTSTRAP: &str = "
import boto3, json
place = '123456789012-eu-central-1'
boto3.client('s3').create_bucket(Bucket='cdk-hnb659fds-assets-' + place,
                                 CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})
boto3.client('ssm').put_parameter(Name='/cdk-bootstrap/hnb659fds/version', Type='String', Value='30')
for role in ('deploy', 'cfn-exec', 'file-publishing'):
    boto3.client('iam').create_role(RoleName='cdk-hnb659fds-' + role + '-role-' + place, AssumeRolePolicyDocument='{}')
print('{}')";

#[test]
fn a_bootstrap_stack_that_is_there_is_used() {
    let case = "a_bootstrap_stack_that_is_there";
    let Some(place) = synthesized(case, "roles") else { return };
    place.asked(BOOTSTRAP);
    let told = place.told(&["deploy", "--yes"]);
    assert!(!told.contains("belvedere-assets"), "{told}");
    place.is_there();
    let buckets = place.asked(BUCKETS);
    let names: Vec<&String> = buckets.as_object().expect("buckets").keys().collect();
    assert_eq!(names, ["cdk-hnb659fds-assets-123456789012-eu-central-1"]);
    let again = place.told(&["deploy", "--yes"]);
    assert_eq!(again.matches(" unchanged after ").count(), 3, "{again}");
    place.belvedere(&["diff", "--fail-on", "any"]).ok();
    place.told(&["destroy", "--all", "--yes"]);
    place.is_gone();
}

#[test]
fn the_official_cli_and_ours_take_over_from_each_other() {
    let case = "the_official_cli_and_ours";
    if tool_or_skip(case, "npm/node_modules/aws-cdk/bin/cdk").is_none() {
        return;
    }
    let Some(Place { assembly, emulator }) = synthesized(case, "caller") else { return };
    // Each case there has one of its own.
    drop(emulator);
    both_ways(case, &assembly, &["--bootstrap"]);
}

/// Has both deploy what the other has deployed.
pub(crate) fn both_ways(case: &str, assembly: &std::path::Path, arguments: &[&str]) {
    let Some(python) = tool_or_skip(case, "ministack/bin/python") else { return };
    let mut command = Command::new(python);
    command.arg(root().join("tests/tools/cdk_and_ours.py")).args(arguments);
    command.arg(env!("CARGO_BIN_EXE_belvedere")).arg(assembly).current_dir(root());
    let judged = run(&mut command);
    assert_eq!(judged.code, Some(0), "{}{}", judged.stdout, judged.stderr);
    assert_eq!(judged.stdout.matches("ok ").count(), 3, "{}", judged.stdout);
}
