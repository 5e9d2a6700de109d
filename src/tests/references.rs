//! References between stacks.

use super::{app, problems, thing};
use crate::cfn::ec2::CfnVpcEndpoint;
use crate::cfn::{Parameter, functions};
use crate::testing::{Match, Template, json};
use crate::{CfnResource, CrossStackReferences, Environment, Resource, Stack};

/// Returns a producer and a consumer of one of its attributes.
fn pair(producer: Stack, consumer: Stack) -> [Stack; 2] {
    let (mut producer, mut consumer) = (producer, consumer);
    let made = producer.add("Made", thing());
    consumer.add("Used", thing().property("To", made.attribute("Arn")));
    [producer, consumer]
}

#[track_caller]
fn templates(stacks: [Stack; 2]) -> [Template; 2] {
    let mut templates = Template::from_app(app(stacks.map(Into::into))).expect("the app is in order");
    ["Producer", "Consumer"].map(|id| templates.remove(id).expect("both stacks are there"))
}

#[test]
fn a_reference_is_weak_by_default() {
    let [producer, consumer] = templates(pair(Stack::new("Producer"), Stack::new("Consumer")));
    let output = producer.has_output("ExportsOutputFnGetAttMadeArn*", json!({ "Export": Match::absent() }));
    assert_eq!(output.entry()["Value"], json!({ "Fn::GetAtt": ["Made", "Arn"] }));
    consumer.has_resource_properties(
        "Custom::Thing",
        Match::exact(json!({ "To": { "Fn::GetStackOutput": {
            "OutputName": output.logical_id(),
            "StackName": "Producer",
        } } })),
    );
}

#[test]
fn a_strong_reference_is_an_export() {
    let producer = Stack::new("Producer").cross_stack_references(CrossStackReferences::Strong).stack_name("deployed");
    let [producer, consumer] = templates(pair(producer, Stack::new("Consumer")));
    let export = Match::string_like("deployed:ExportsOutputFnGetAttMadeArn*").capture("name");
    let output = producer.has_output("Exports*", json!({ "Export": { "Name": export } }));
    consumer.has_resource_properties("Custom::Thing", json!({ "To": { "Fn::ImportValue": output.captured("name") } }));
}

#[test]
fn a_reference_reaches_across_regions_and_accounts() {
    let stack = |id, account, region| Stack::new(id).environment(Environment::new(account, region));
    let producer = stack("Producer", "111111111111", "eu-west-1");
    let [_, consumer] = templates(pair(producer, stack("Consumer", "111111111111", "us-east-1")));
    let imported = |arguments| json!({ "To": { "Fn::GetStackOutput": arguments } });
    consumer.has_resource_properties(
        "Custom::Thing",
        imported(json!({ "Region": "eu-west-1", "RoleArn": Match::absent() })),
    );
    let role = "arn:aws:iam::111111111111:role/reader";
    let producer = stack("Producer", "111111111111", "eu-west-1").output_reader_role(role);
    let [_, consumer] = templates(pair(producer, stack("Consumer", "222222222222", "eu-west-1")));
    consumer.has_resource_properties("Custom::Thing", imported(json!({ "Region": Match::absent(), "RoleArn": role })));
}

#[test]
fn rejects_accounts_and_regions_that_cannot_be_reached() {
    let stack = |id, account, region| Stack::new(id).environment(Environment::new(account, region));
    let stacks = pair(stack("Producer", "111111111111", "eu-west-1"), stack("Consumer", "222222222222", "eu-west-1"));
    assert_eq!(
        problems(app(stacks.map(Into::into))),
        [
            "Consumer/Used: refers to `Made` in another account (aws://111111111111/eu-west-1): give that stack an `output_reader_role` that aws://222222222222/eu-west-1 may assume"
        ]
    );
    let stacks =
        pair(Stack::new("Producer"), Stack::new("Consumer").environment(Environment::region_only("eu-west-1")));
    assert_eq!(
        problems(app(stacks.map(Into::into))),
        [
            "Consumer/Used: refers to `Made` of stack `Producer`, whose region is not known: give both stacks an environment, or neither"
        ]
    );
}

#[test]
fn lists_cross_as_joined_text() {
    let mut producer = Stack::new("Producer");
    let endpoint = producer.add("Endpoint", CfnVpcEndpoint::new("vpc-1"));
    let given = producer.parameter("Given", Parameter::list());
    let mut consumer = Stack::new("Consumer");
    let first = functions::select::<String>(0, endpoint.dns_entries());
    consumer.add("Used", thing().property("First", first).property("All", given));
    let [producer, consumer] = templates([producer, consumer]);
    let entries = producer.has_output("ExportsOutputFnGetAttEndpointDnsEntries*", Match::any());
    assert_eq!(entries.entry()["Value"], json!({ "Fn::Join": ["||", { "Fn::GetAtt": ["Endpoint", "DnsEntries"] }] }));
    let all =
        producer.has_output("ExportsOutputRefGiven*", json!({ "Value": { "Fn::Join": ["||", { "Ref": "Given" }] } }));
    let split = |output: &str| json!({ "Fn::Split": ["||", { "Fn::GetStackOutput": { "OutputName": output } }] });
    consumer.has_resource_properties(
        "Custom::Thing",
        json!({ "First": { "Fn::Select": [0, split(entries.logical_id())] }, "All": split(all.logical_id()) }),
    );
}

#[test]
fn rejects_objects_that_no_output_takes() {
    let mut producer = Stack::new("Producer");
    let plan = producer.add("Plan", CfnResource::new("AWS::ARCRegionSwitch::Plan"));
    let mut consumer = Stack::new("Consumer");
    consumer.add("Used", thing().property("To", plan.attribute("HealthChecksForPlan")));
    assert_eq!(
        problems(app([producer.into(), consumer.into()])),
        [
            "Consumer/Used: refers to `Plan.HealthChecksForPlan` of stack `Producer`, which is no text and no list of texts: outputs take nothing else"
        ]
    );
}

#[test]
fn a_foreign_dependency_is_one_of_the_stacks() {
    let mut producer = Stack::new("Producer");
    let made = producer.add("Made", thing());
    let mut consumer = Stack::new("Consumer");
    consumer.add("Used", thing().depends_on(made.target()));
    let rendered = app([consumer.into(), producer.into()]).finish().expect("the app is in order");
    let manifest = super::output::json_file(&rendered, "manifest.json");
    assert_eq!(manifest["artifacts"]["Consumer"]["dependencies"], json!(["Producer"]));
    let template = super::output::json_file(&rendered, "Consumer.template.json");
    assert!(template["Resources"]["Used"].get("DependsOn").is_none());
}

#[test]
fn rejects_stacks_that_wait_for_each_other_by_both_paths() {
    let (mut first, mut second) = (Stack::new("First"), Stack::new("Second"));
    let in_first = first.add("Made", thing());
    let in_second = second.add("Made", thing());
    first.add("Used", thing().property("To", in_second.attribute("Arn")));
    second.scope().scope("Inner").add("Used", thing().property("To", in_first.attribute("Arn")));
    let mut third = Stack::new("Third");
    third.add("Thing", thing());
    assert_eq!(
        problems(app([first.into(), second.into(), third.into()])),
        [
            "First: stacks wait for each other: First/Used needs Second/Made, and Second/Inner/Used needs First/Made; move one of the resources into the other's stack"
        ]
    );
}

#[test]
fn rejects_a_stack_that_is_not_there() {
    let mut missing = Stack::new("Missing");
    let made = missing.add("Made", thing());
    let mut stack = Stack::new("Example");
    stack.add("Used", thing().property("To", made.attribute("Arn")));
    stack.depends_on(&missing);
    assert_eq!(
        problems(app([stack.into()])),
        [
            "Example/Used: refers to `Made` of a stack that was not added to the app: add that stack",
            "Example: depends on a stack that was not added to the app: add it",
        ]
    );
}
