//! Stages: assemblies inside the assembly.

use super::output::json_file;
use super::{app, problems, thing};
use crate::testing::Template;
use crate::{Stack, Stage};

#[test]
fn a_stage_is_an_assembly_of_its_own() {
    let mut network = Stack::new("Network");
    let thing_ref = network.add("Thing", thing());
    let mut service = Stack::new("Service");
    service.add("Thing", thing().property("To", thing_ref.attribute("Arn")));
    let mut inner = Stage::new("Blue");
    inner.add(service);
    inner.add(network);
    let mut stage = Stage::new("Prod");
    stage.add(inner);
    let rendered = app([stage.into()]).finish().expect("the app is in order");
    let outer = json_file(&rendered, "manifest.json");
    assert_eq!(outer["artifacts"]["assembly-Prod"]["properties"]["directoryName"], "assembly-Prod");
    let manifest = json_file(&rendered, "assembly-Prod/assembly-Blue/manifest.json");
    let service = &manifest["artifacts"]["Prod-Blue-Service"];
    assert_eq!(service["properties"]["stackName"], "Prod-Blue-Service");
    assert_eq!(service["displayName"], "Prod/Blue/Service");
    assert_eq!(service["dependencies"], serde_json::json!(["Prod-Blue-Network"]));
    // The one that the other needs comes first.
    let order: Vec<&str> = rendered.stacks.iter().map(|stack| stack.path.as_str()).collect();
    assert_eq!(order, ["Prod/Blue/Network", "Prod/Blue/Service"]);
    let template = json_file(&rendered, "assembly-Prod/assembly-Blue/Prod-Blue-Service.template.json");
    let template = Template::from_json(template);
    template.has_resource(
        "Custom::Thing",
        crate::testing::json!({ "Properties": { "To": { "Fn::GetStackOutput": { "StackName": "Prod-Blue-Network" } } } }),
    );
}

#[test]
fn rejects_references_from_one_stage_to_another() {
    let mut network = Stack::new("Network");
    let thing_ref = network.add("Thing", thing());
    let mut service = Stack::new("Service");
    service.add("Thing", thing().property("To", thing_ref.attribute("Arn")));
    let mut shared = Stage::new("Shared");
    shared.add(network);
    let mut prod = Stage::new("Prod");
    prod.add(service);
    assert_eq!(
        problems(app([shared.into(), prod.into()])),
        [
            "Prod/Service: needs stack `Shared-Network` of another stage, and stages are deployed apart: pass the value as a parameter, or keep both in one stage"
        ]
    );
}
