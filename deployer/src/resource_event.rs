//! What CloudFormation says of a resource while it works.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types;
use serde::Serialize;

use crate::described::rfc3339;

/// What CloudFormation says of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceEvent {
    /// The display name of the stack.
    pub stack: String,
    /// CloudFormation's id of the event.
    pub id: String,
    /// When it happened, by RFC 3339.
    pub time: String,
    /// The logical id of the resource; that of the stack itself is its name.
    pub logical_id: String,
    /// The path of the construct, where the assembly tells it.
    pub path: Option<String>,
    /// The type, such as `AWS::ECS::Service`.
    pub resource_type: String,
    /// The id that the service gave it.
    pub physical_id: Option<String>,
    /// The status, such as `CREATE_COMPLETE`.
    pub status: String,
    /// Why, in the service's own words.
    pub reason: Option<String>,
    /// Who answers for it, where it is a custom resource.
    #[serde(skip)]
    pub(crate) service_token: Option<String>,
}

impl ResourceEvent {
    /// An event of the stack with this display name; `paths` has the paths of its constructs, by logical id.
    pub(crate) fn of(event: &types::StackEvent, stack: &str, paths: &BTreeMap<String, String>) -> Self {
        let some = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let logical_id = event.logical_resource_id().unwrap_or_default().to_owned();
        Self {
            stack: stack.to_owned(),
            id: event.event_id().unwrap_or_default().to_owned(),
            time: event.timestamp().map(rfc3339).unwrap_or_default(),
            path: paths.get(&logical_id).cloned(),
            logical_id,
            resource_type: event.resource_type().unwrap_or_default().to_owned(),
            physical_id: some(event.physical_resource_id()),
            status: event.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: some(event.resource_status_reason()),
            service_token: event.resource_properties().and_then(service_token),
        }
    }

    /// Whether it is of the stack itself, which has this ARN.
    pub(crate) fn is_of_stack(&self, id: &str) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack" && self.physical_id.as_deref() == Some(id)
    }

    /// Whether it is a failure.
    pub(crate) fn is_failure(&self) -> bool {
        self.status.ends_with("_FAILED")
    }

    /// Whether it is a failure in its own right, and not only of something that was cancelled because of another.
    pub(crate) fn is_cause(&self) -> bool {
        let cancelled = |reason: &str| reason.starts_with("Resource ") && reason.ends_with(" cancelled");
        self.is_failure() && !self.reason.as_deref().is_some_and(cancelled)
    }
}

/// The only one of a resource's properties that is kept: the others may be secrets.
fn service_token(properties: &str) -> Option<String> {
    let properties: serde_json::Value = serde_json::from_str(properties).ok()?;
    Some(properties.get("ServiceToken")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cancelled_is_no_cause() {
        let is_cause = |status: &str, reason: Option<&str>| {
            let event = types::StackEvent::builder().stack_id("arn").event_id("1").stack_name("App");
            let event = event.resource_status(status.into()).set_resource_status_reason(reason.map(str::to_owned));
            ResourceEvent::of(&event.build(), "App", &BTreeMap::new()).is_cause()
        };
        assert!(is_cause("CREATE_FAILED", Some("Bucket names must be in lower case")));
        assert!(is_cause("DELETE_FAILED", None));
        assert!(!is_cause("CREATE_FAILED", Some("Resource creation cancelled")));
        assert!(!is_cause("UPDATE_FAILED", Some("Resource update cancelled")));
        assert!(!is_cause("CREATE_COMPLETE", None));
    }
}
