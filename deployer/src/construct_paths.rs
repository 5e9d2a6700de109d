//! From logical ids back to the constructs of the app.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The paths of the constructs, by the logical ids of their resources, as the template in `file` has them. A template
/// that was written without paths, or is not there any more, has none: they make a text easier to read, no more.
pub(crate) fn construct_paths(file: &Path) -> BTreeMap<String, String> {
    fs::read(file).map(|text| in_template(&text)).unwrap_or_default()
}

fn in_template(text: &[u8]) -> BTreeMap<String, String> {
    let template: Template = serde_json::from_slice(text).unwrap_or_default();
    let paths = template.resources.into_iter().filter_map(|(id, resource)| Some((id, resource.metadata.path?)));
    paths.collect()
}

#[derive(Debug, Default, Deserialize)]
struct Template {
    #[serde(rename = "Resources", default)]
    resources: BTreeMap<String, Resource>,
}

#[derive(Debug, Default, Deserialize)]
struct Resource {
    #[serde(rename = "Metadata", default)]
    metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(rename = "aws:cdk:path")]
    path: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_where_there_are_some() {
        let template = br#"{"Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Metadata": {"aws:cdk:path": "App/Alarms/Topic/Resource", "x": 1}},
            "Queue": {"Type": "AWS::SQS::Queue"}
        }}"#;
        assert_eq!(in_template(template), [("Topic".to_owned(), "App/Alarms/Topic/Resource".to_owned())].into());
        assert_eq!(in_template(b"{\"Resources\": {"), BTreeMap::new());
        assert_eq!(construct_paths(Path::new("/nowhere/at/all")), BTreeMap::new());
    }
}
