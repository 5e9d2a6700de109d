//! Tags: inherited, overridden, of the stack.

use super::app;
use crate::cfn::Tag;
use crate::cfn::sns::CfnTopic;
use crate::testing::{Match, Template, json};
use crate::{CfnResource, Stack};

#[test]
fn the_innermost_tag_wins() {
    let mut stack = Stack::new("Example");
    let mut scope = stack.scope();
    scope.tag("team", "platform");
    scope.tag("cost", "shared");
    let mut inner = scope.scope("Inner");
    inner.tag("team", "observability");
    inner.add("Topic", CfnTopic::new().tags([Tag::new("cost", "own")]));
    inner.add("Function", CfnResource::new("AWS::SSM::Parameter"));
    inner.add("Untaggable", CfnResource::new("AWS::SNS::TopicPolicy"));
    let template = Template::from_stack(stack).expect("the stack is in order");
    template.has_resource_properties(
        "AWS::SNS::Topic",
        json!({ "Tags": [{ "Key": "cost", "Value": "own" }, { "Key": "team", "Value": "observability" }] }),
    );
    // This type holds its tags in a map.
    template.has_resource_properties(
        "AWS::SSM::Parameter",
        json!({ "Tags": Match::exact(json!({ "cost": "shared", "team": "observability" })) }),
    );
    template.has_resource("AWS::SNS::TopicPolicy", json!({ "Properties": { "Tags": Match::absent() } }));
}

#[test]
fn a_stacks_own_tag_wins_over_the_apps() {
    let mut stack = Stack::new("Example");
    stack.add("Topic", CfnTopic::new());
    stack.tag("team", "observability");
    let mut app = app([stack.into()]);
    app.tag("team", "everyone");
    app.tag("cost", "shared");
    let rendered = app.finish().expect("the app is in order");
    let manifest = super::output::json_file(&rendered, "manifest.json");
    let tags = &manifest["artifacts"]["Example"]["properties"]["tags"];
    assert_eq!(tags, &json!({ "cost": "shared", "team": "observability" }));
}
