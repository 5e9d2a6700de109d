//! What the examples write, deployed, changed and destroyed, as a service of AWS sees it.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::judge::{Place, change, copy, of_type, root};
use crate::support::empty;

/// An example's assembly, in a copy that can be changed.
fn example(case: &str, name: &str) -> Option<Place> {
    let emulator = Emulator::start(case)?;
    let assembly = empty(case).join("assembly");
    copy(&root().join("synth-output").join(name), &assembly);
    Some(Place { emulator, assembly })
}

/// The stacks alone: no emulator has managed Grafana.
const DEPLOY: [&str; 3] = ["deploy", "--yes", "--no-grafana"];

const STACK: &str = "GrafanaObservability";

/// The retention of a log group that no other resource depends on.
const RETENTION: &str = "
import boto3, json
groups = boto3.client('logs').describe_log_groups()['logGroups']
print(json.dumps(sorted(group.get('retentionInDays', 0) for group in groups)))";

/// What is left in the account that is no stack's own.
const LEFT: &str = "
import boto3, json
stacks = [s for p in boto3.client('cloudformation').get_paginator('list_stacks').paginate() for s in p['StackSummaries']]
print(json.dumps({
  'stacks': [s['StackName'] for s in stacks if s['StackStatus'] != 'DELETE_COMPLETE'],
  'services': boto3.client('ecs').list_clusters()['clusterArns'],
  'loadBalancers': boto3.client('elbv2').describe_load_balancers()['LoadBalancers'],
  'functions': boto3.client('lambda').list_functions()['Functions'],
  'roles': [r['RoleName'] for r in boto3.client('iam').list_roles()['Roles']],
}))";

fn comes_changes_and_goes(case: &str, name: &str, least: (usize, usize)) {
    let Some(place) = example(case, name) else { return };
    place.told(&DEPLOY);
    let seen = place.is_there();
    assert!(seen.0 >= least.0 && seen.1 >= least.1, "{seen:?} resources and properties");

    let again = place.told(&DEPLOY);
    assert_eq!(again.matches(" unchanged after ").count(), 2, "{again}");
    assert!(!again.contains("asset "), "nothing is built or looked up for what does not change: {again}");
    let same = place.belvedere(&["diff", "--fail-on", "any"]).ok();
    assert_eq!(same.matches("no differences").count(), 2, "{same}");
    let drift = place.belvedere(&["drift", "--fail"]).ok();
    assert_eq!(drift.matches("no drift").count(), 2, "{drift}");
    let outputs: Value = serde_json::from_str(&place.belvedere(&["outputs", "--output", "json"]).ok()).expect("JSON");
    let of_stack = outputs.as_array().expect("stacks").iter().find(|stack| stack["stack"] == STACK).expect("the stack");
    let url =
        of_stack["outputs"].as_array().expect("outputs").iter().find(|output| output["name"] == "DataProcessorUrl");
    let url = url.expect("the output")["value"].as_str().expect("text").to_owned();
    assert!(url.starts_with("http"), "{outputs}");

    let before = place.asked(RETENTION);
    change(&place.assembly, STACK, |template| {
        let groups = of_type(template, "AWS::Logs::LogGroup");
        let id = groups[0].to_owned();
        template["Resources"][id]["Properties"]["RetentionInDays"] = json!(3653);
    });
    let differs = place.belvedere(&["diff", "--fail-on", "any"]);
    assert_eq!(differs.code, Some(4), "{differs:#?}");
    assert!(differs.stdout.contains("→ 3653"), "{}", differs.stdout);
    place.belvedere(&["diff", "--fail-on", "destroy,replace,broaden"]).ok();
    let told = place.told(&DEPLOY);
    assert!(told.matches(" unchanged after ").count() == 1 && told.matches(" updated after ").count() == 1, "{told}");
    assert_eq!(place.is_there(), seen);
    let after = place.asked(RETENTION);
    assert!(before != after && after.to_string().contains("3653"), "{before} {after}");

    place.told(&["destroy", "--all", "--yes"]);
    place.is_gone();
    let nothing = json!({"stacks": [], "services": [], "loadBalancers": [], "functions": [], "roles": []});
    assert_eq!(place.asked(LEFT), nothing);
}

#[test]
fn the_full_stack_comes_changes_and_goes() {
    comes_changes_and_goes("the_full_stack", "full_stack", (100, 200));
}

#[test]
fn the_self_hosted_stack_comes_changes_and_goes() {
    comes_changes_and_goes("the_self_hosted_stack", "full_stack_self_hosted", (110, 220));
}

#[test]
fn the_official_cli_and_ours_take_over_the_full_stack() {
    let case = "the_official_cli_and_the_full_stack";
    if crate::emulator::tool_or_skip(case, "npm/node_modules/aws-cdk/bin/cdk").is_some() {
        crate::foreign::both_ways(case, &root().join("synth-output/full_stack"), &[]);
    }
}
