//! What a stack that is about to be deleted still has, as far as whoever deploys would miss it.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{ResourceStatus, StackResourceSummary};
use serde_json::Value;

use crate::construct_paths::construct_path;
use crate::diff::Fate;

/// What becomes of the resources of a deleted stack that hold data or are kept, a line each; `template` is the stack's own.
pub(crate) fn told(
    resources: &[StackResourceSummary],
    template: Option<&Value>,
    paths: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in resources {
        let (Some(id), Some(kind)) = (resource.logical_resource_id(), resource.resource_type()) else { continue };
        let gone =
            matches!(resource.resource_status(), Some(ResourceStatus::DeleteComplete | ResourceStatus::DeleteSkipped));
        // What was never made has no id.
        if gone || resource.physical_resource_id().is_none_or(str::is_empty) {
            continue;
        }
        let definition = template.map(|template| &template["Resources"][id]);
        let policy = definition.and_then(|definition| definition["DeletionPolicy"].as_str());
        let of_cluster =
            definition.is_some_and(|definition| definition["Properties"].get("DBClusterIdentifier").is_some());
        let kept = matches!(policy, Some("Retain" | "RetainExceptOnCreate"));
        let what = match Fate::of(kind, policy, of_cluster) {
            _ if kept => "is kept, and belongs to no stack any more",
            Some(Fate::Snapshot) => "is deleted after a snapshot of it",
            Some(Fate::Lost | Fate::Kept) => "is deleted with all that it holds",
            None => continue,
        };
        let path = definition.and_then(construct_path).or(paths.get(id).map(String::as_str));
        lines.push(format!("{} ({kind}) {what}", path.unwrap_or(id)));
    }
    lines.sort();
    lines
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_holds_data_or_is_kept_is_told() {
        let resource = |id: &str, kind: &str, status: ResourceStatus, physical: &str| {
            StackResourceSummary::builder()
                .logical_resource_id(id)
                .resource_type(kind)
                .resource_status(status)
                .physical_resource_id(physical)
                .last_updated_timestamp(DateTime::from_secs(0))
                .build()
        };
        let resources = [
            resource("Documents", "AWS::S3::Bucket", ResourceStatus::CreateComplete, "documents"),
            resource("Kept", "AWS::SNS::Topic", ResourceStatus::CreateComplete, "kept"),
            resource("Topic", "AWS::SNS::Topic", ResourceStatus::CreateComplete, "topic"),
            resource("Never", "AWS::S3::Bucket", ResourceStatus::CreateFailed, ""),
            resource("Gone", "AWS::S3::Bucket", ResourceStatus::DeleteComplete, "gone"),
            resource("Db", "AWS::RDS::DBInstance", ResourceStatus::DeleteFailed, "db"),
        ];
        let template = json!({"Resources": {
            "Documents": {"Metadata": {"aws:cdk:path": "App/Documents/Resource"}},
            "Kept": {"DeletionPolicy": "Retain"},
        }});
        let paths = BTreeMap::from([("Db".to_owned(), "App/Db".to_owned())]);
        let expected = [
            "App/Db (AWS::RDS::DBInstance) is deleted after a snapshot of it",
            "App/Documents (AWS::S3::Bucket) is deleted with all that it holds",
            "Kept (AWS::SNS::Topic) is kept, and belongs to no stack any more",
        ];
        assert_eq!(told(&resources, Some(&template), &paths), expected);
        assert_eq!(told(&resources[2..5], None, &BTreeMap::new()), Vec::<String>::new());
    }
}
