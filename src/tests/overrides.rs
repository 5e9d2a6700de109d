//! Escape hatches: overrides, renames, policies.

use super::{app, problems, problems_of, thing};
use crate::cfn::{Expr, Parameter, functions};
use crate::testing::{Match, Template, json};
use crate::{App, Resource, Stack};

#[test]
fn an_override_reaches_into_a_resource() {
    let mut stack = Stack::new("Example");
    let one = stack.add("One", thing().property("A", crate::cfn::Properties::new().with("B", 1_i64)));
    stack.override_property(&one, "A.C.D", true);
    stack.override_property(&one, "E", 2_i64);
    let template = Template::from_stack(stack).expect("the stack is in order");
    let properties = json!({ "A": { "B": 1, "C": { "D": true } }, "E": 2 });
    template.has_resource_properties("Custom::Thing", Match::exact(properties));
}

#[test]
fn rejects_overrides_that_reach_nothing() {
    let mut other = Stack::new("Other");
    let foreign = other.add("Thing", thing());
    let mut stack = Stack::new("Example");
    let one = stack.add("One", thing().property("List", Vec::<Expr>::new()));
    stack.override_property(&foreign, "A", 1_i64);
    stack.override_property(&one, "List.0", 1_i64);
    stack.override_property(&one, "", 1_i64);
    stack.override_property(&one, "A..B", 1_i64);
    assert_eq!(
        problems(app([other.into(), stack.into()])),
        [
            "Example: `Thing` is not in this stack, so `A` cannot be overridden",
            "Example: `List.0` cannot be overridden: `List` is not an object with members",
            "Example: a property's path is names with dots between them, got ``",
            "Example: a property's path is names with dots between them, got `A..B`",
        ]
    );
}

#[test]
fn a_renamed_resource_is_renamed_everywhere() {
    let mut stack = Stack::new("Example");
    let one = stack.add("One", thing());
    let two = stack.add("Two", thing().depends_on(one.target()).property("To", one.attribute("Arn")));
    let text = functions::sub("${One} ${One.Arn} ${Other}", [("Other", "x")]);
    stack.add("Three", thing().property("Text", text).property("Two", two.identifier::<String>()));
    stack.output("Out", one.attribute("Name"));
    // Two that trade places: each reference is renamed once.
    stack.override_logical_id(&one, "Two");
    stack.override_logical_id(&two, "One");
    let template = Template::from_stack(stack).expect("the stack is in order");
    let resources = &template.to_json()["Resources"];
    assert_eq!(resources["One"]["DependsOn"], json!(["Two"]));
    assert_eq!(resources["One"]["Properties"]["To"], json!({ "Fn::GetAtt": ["Two", "Arn"] }));
    assert_eq!(resources["Three"]["Properties"]["Two"], json!({ "Ref": "One" }));
    let text = json!({ "Fn::Sub": ["${Two} ${Two.Arn} ${Other}", { "Other": "x" }] });
    assert_eq!(resources["Three"]["Properties"]["Text"], text);
    assert_eq!(resources["One"]["Metadata"]["aws:cdk:path"], json!("Example/Two"));
    template.has_output("Out", json!({ "Value": { "Fn::GetAtt": ["Two", "Name"] } }));
}

#[test]
fn rejects_logical_ids_that_are_taken_or_none() {
    let mut stack = Stack::new("Example");
    let one = stack.add("One", thing());
    let two = stack.add("Two", thing());
    let three = stack.add("Three", thing());
    let four = stack.add("Four", thing());
    stack.add("Five", thing());
    stack.parameter("Given", Parameter::string());
    stack.override_logical_id(&one, "Five");
    stack.override_logical_id(&two, "Given");
    stack.override_logical_id(&three, "Same");
    stack.override_logical_id(&four, "Same");
    stack.override_logical_id(&four, "no-good");
    let mut other = Stack::new("Other");
    let foreign = other.add("Thing", thing());
    stack.override_logical_id(&foreign, "Mine");
    assert_eq!(
        problems(app([other.into(), stack.into()])),
        [
            "Example: a logical id is 1 to 255 letters and digits, got `no-good`",
            "Example: `Thing` is not in this stack, so it cannot be renamed",
            "Example/One: cannot be given the logical id `Five`: another resource has it",
            "Example/Three: cannot be given the logical id `Same`: another resource was given it too",
            "Example/Two: cannot be given the logical id `Given`: a parameter has it",
        ]
    );
}

#[test]
fn policies_see_every_resource() {
    let mut stack = Stack::new("Example");
    stack.add("Good", thing().property("Public", false));
    stack.scope().scope("Inner").add("Bad", thing().property("Public", true));
    let mut app: App = app([stack.into()]);
    app.policy("private", |view| match view.resource.properties().get("Public") {
        Some(Expr::Bool(true)) => Err(format!("`{}` is public", view.logical_id)),
        _ => Ok(()),
    });
    let found = problems(app);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("Example/Inner/Bad: `InnerBad"), "{}", found[0]);
    assert!(found[0].ends_with("` is public (policy `private`)"), "{}", found[0]);
}

#[test]
fn rejects_a_dependency_of_another_stacks_resource() {
    let mut other = Stack::new("Other");
    let foreign = other.add("Thing", thing());
    let mut stack = Stack::new("Example");
    let own = stack.add("Own", thing());
    stack.depend(&foreign, &own);
    let found = problems(app([other.into(), stack.into()]));
    assert_eq!(found, ["Example: `Thing` is not in this stack, so it cannot be made to wait"]);
}

#[test]
fn a_warning_is_no_problem() {
    let mut stack = Stack::new("Example");
    stack.add("Own", thing());
    stack.scope().scope("Inner").warning("is old");
    let template = Template::from_stack(stack).expect("a warning is no problem");
    template.has_warning("Example/Inner: is old (*)");
    assert!(!problems_of(Stack::new("Empty")).is_empty());
}
