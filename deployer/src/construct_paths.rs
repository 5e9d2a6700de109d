//! From logical ids back to the constructs of the app.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The paths of the constructs, by the logical ids of their resources, as the template in `file` has them. A template
/// that was written without paths, or is not there any more, has none: they make a text easier to read, no more.
pub(crate) fn construct_paths(file: &Path) -> BTreeMap<String, String> {
    let template = fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok());
    template.as_ref().map(construct_paths_in).unwrap_or_default()
}

/// The same of a template that was read already.
pub(crate) fn construct_paths_in(template: &Value) -> BTreeMap<String, String> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    resources.filter_map(|(id, resource)| Some((id.clone(), construct_path(resource)?.to_owned()))).collect()
}

/// The path of the construct that a person has written: without the `Resource` that the CDK puts below it.
pub(crate) fn construct_path(resource: &Value) -> Option<&str> {
    let path = resource.get("Metadata")?.get("aws:cdk:path")?.as_str()?;
    Some(path.strip_suffix("/Resource").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_read_where_there_are_some() {
        let template = json!({"Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Metadata": {"aws:cdk:path": "App/Alarms/Topic/Resource", "x": 1}},
            "Policy": {"Type": "AWS::SNS::TopicPolicy", "Metadata": {"aws:cdk:path": "App/Alarms/Policy"}},
            "Queue": {"Type": "AWS::SQS::Queue"}
        }});
        let expected = [("Topic", "App/Alarms/Topic"), ("Policy", "App/Alarms/Policy")];
        assert_eq!(construct_paths_in(&template), expected.map(|(id, path)| (id.to_owned(), path.to_owned())).into());
        assert_eq!(construct_paths_in(&json!({"Resources": []})), BTreeMap::new());
        assert_eq!(construct_paths(Path::new("/nowhere/at/all")), BTreeMap::new());
    }
}
