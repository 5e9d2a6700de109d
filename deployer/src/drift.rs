//! Whether what is deployed is still what CloudFormation made.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_cloudformation::types::{self, StackDriftDetectionStatus, StackDriftStatus, StackResourceDriftStatus};
use serde::Serialize;

use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::construct_paths::construct_paths;
use crate::deploy_error::AwsError;
use crate::described::described_or_refused;
use crate::inspect_error::InspectError;
use crate::report::{Event, Report};
use crate::stack::Stack;

/// Whether a stack has drifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StackDrift {
    /// The display name.
    pub stack: String,
    /// The name in CloudFormation.
    pub stack_name: String,
    /// Whether anything was changed outside CloudFormation.
    pub drifted: bool,
    /// How many resources are as they should be.
    pub in_sync: usize,
    /// The resources that were changed or deleted, by construct path or logical id.
    pub resources: Vec<ResourceDrift>,
    /// The resources that CloudFormation could not look at although it knows their type, and why.
    pub unknown: BTreeMap<String, String>,
}

/// A resource that was changed or deleted outside CloudFormation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceDrift {
    /// The logical id.
    pub logical_id: String,
    /// The path of the construct, where the assembly tells it.
    pub path: Option<String>,
    /// The type, such as `AWS::ECS::Service`.
    pub resource_type: String,
    /// The id that the service gave it.
    pub physical_id: Option<String>,
    /// Whether it is gone.
    pub deleted: bool,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl ResourceDrift {
    /// What a person knows the resource by: its construct path, or else its logical id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.logical_id)
    }
}

/// A property that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Difference {
    /// Where the property is, such as `/Tags/0/Value`.
    pub property: String,
    /// How it differs, in CloudFormation's words: `ADD`, `REMOVE` or `NOT_EQUAL`.
    pub kind: String,
    /// The value that it should have; nothing where it should not be there.
    pub expected: Option<String>,
    /// The value that it has; nothing where it is not there.
    pub actual: Option<String>,
}

/// Lets CloudFormation compare the resources of `stack` with what it made, which takes a while; `report` hears that it
/// goes on.
///
/// # Errors
/// The stack is not deployed or is in another account, AWS refuses, or CloudFormation cannot read the resources.
pub async fn drift(stack: &Stack, clients: &Clients, report: &mut impl Report) -> Result<StackDrift, InspectError> {
    check_account(&[stack], clients.identity())?;
    let clients = clients_of(clients, stack);
    described_or_refused(&clients, stack).await?;
    let drifted = detect(stack, &clients, report).await?;
    let paths = construct_paths(&stack.template.path);
    let mut result = StackDrift {
        stack: stack.display_name.clone(),
        stack_name: stack.stack_name.clone(),
        drifted,
        in_sync: 0,
        resources: Vec::new(),
        unknown: BTreeMap::new(),
    };
    let mut token = None;
    loop {
        let page = clients.cloudformation.describe_stack_resource_drifts();
        let page = page.stack_name(&stack.stack_name).set_next_token(token).send().await;
        let page = page.map_err(|error| AwsError::new("cloudformation:DescribeStackResourceDrifts", &error))?;
        for resource in page.stack_resource_drifts() {
            result.add(resource, &paths);
        }
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    result.resources.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(result)
}

/// Waits until CloudFormation has looked, and returns whether it found something.
async fn detect(stack: &Stack, clients: &Clients, report: &mut impl Report) -> Result<bool, InspectError> {
    let detection = clients.cloudformation.detect_stack_drift().stack_name(&stack.stack_name).send().await;
    let detection = detection.map_err(|error| AwsError::new("cloudformation:DetectStackDrift", &error))?;
    let id = detection.stack_drift_detection_id().unwrap_or_default();
    let start = Instant::now();
    let mut pause = Duration::from_millis(500);
    loop {
        let status = clients.cloudformation.describe_stack_drift_detection_status();
        let status = status.stack_drift_detection_id(id).send().await;
        let status =
            status.map_err(|error| AwsError::new("cloudformation:DescribeStackDriftDetectionStatus", &error))?;
        match status.detection_status() {
            Some(StackDriftDetectionStatus::DetectionInProgress) => {}
            Some(StackDriftDetectionStatus::DetectionComplete) => {
                return Ok(status.stack_drift_status() == Some(&StackDriftStatus::Drifted));
            }
            _ => {
                let stack = stack.display_name.clone();
                let reason = status.detection_status_reason().unwrap_or("CloudFormation does not say why");
                return Err(InspectError::Drift { stack, reason: reason.to_owned() });
            }
        }
        let what = "CloudFormation to compare the resources with the template".to_owned();
        report.event(&Event::Waiting { stack: stack.display_name.clone(), what, elapsed: start.elapsed() });
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(4));
    }
}

impl StackDrift {
    fn add(&mut self, drift: &types::StackResourceDrift, paths: &BTreeMap<String, String>) {
        let logical_id = drift.logical_resource_id().unwrap_or_default().to_owned();
        let path = paths.get(&logical_id).cloned();
        match drift.stack_resource_drift_status() {
            Some(StackResourceDriftStatus::InSync) => self.in_sync += 1,
            Some(status @ (StackResourceDriftStatus::Modified | StackResourceDriftStatus::Deleted)) => {
                let mut differences: Vec<_> = drift.property_differences().iter().map(difference).collect();
                differences.sort_by(|a, b| a.property.cmp(&b.property));
                self.resources.push(ResourceDrift {
                    logical_id,
                    path,
                    resource_type: drift.resource_type().unwrap_or_default().to_owned(),
                    physical_id: drift.physical_resource_id().map(str::to_owned),
                    deleted: *status == StackResourceDriftStatus::Deleted,
                    differences,
                });
            }
            Some(StackResourceDriftStatus::UnknownValue) => {
                let reason = drift.drift_status_reason().unwrap_or("CloudFormation does not say why");
                self.unknown.insert(path.unwrap_or(logical_id), reason.to_owned());
            }
            // Their type has no drift detection.
            _ => {}
        }
    }
}

fn difference(difference: &types::PropertyDifference) -> Difference {
    // CloudFormation writes `null` for what is not there.
    let value = |text: Option<&str>| text.filter(|text| *text != "null").map(str::to_owned);
    Difference {
        property: difference.property_path().unwrap_or_default().to_owned(),
        kind: difference.difference_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        expected: value(difference.expected_value()),
        actual: value(difference.actual_value()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: &str, status: StackResourceDriftStatus) -> types::StackResourceDrift {
        let difference = |property: &str, expected: &str, actual: &str| {
            types::PropertyDifference::builder()
                .property_path(property)
                .expected_value(expected)
                .actual_value(actual)
                .difference_type(types::DifferenceType::NotEqual)
                .build()
        };
        types::StackResourceDrift::builder()
            .logical_resource_id(id)
            .resource_type("AWS::SQS::Queue")
            .stack_resource_drift_status(status)
            .property_differences(difference("/Tags", "[]", "null"))
            .property_differences(difference("/DelaySeconds", "1", "2"))
            .build()
    }

    #[test]
    fn only_what_has_drifted_is_listed() {
        let mut drift = StackDrift {
            stack: "App".into(),
            stack_name: "App".into(),
            drifted: true,
            in_sync: 0,
            resources: Vec::new(),
            unknown: BTreeMap::new(),
        };
        let paths = [("Queue".to_owned(), "App/Queue".to_owned())].into();
        drift.add(&resource("Queue", StackResourceDriftStatus::Modified), &paths);
        drift.add(&resource("Gone", StackResourceDriftStatus::Deleted), &paths);
        drift.add(&resource("Fine", StackResourceDriftStatus::InSync), &paths);
        drift.add(&resource("Never", StackResourceDriftStatus::NotChecked), &paths);
        drift.add(&resource("Odd", StackResourceDriftStatus::UnknownValue), &paths);
        assert_eq!(drift.in_sync, 1);
        assert_eq!(drift.resources.iter().map(ResourceDrift::name).collect::<Vec<_>>(), ["App/Queue", "Gone"]);
        assert_eq!(drift.unknown, [("Odd".to_owned(), "CloudFormation does not say why".to_owned())].into());
        let queue = &drift.resources[0];
        assert!(!queue.deleted && drift.resources[1].deleted);
        assert_eq!(queue.differences[0].property, "/DelaySeconds");
        assert_eq!(queue.differences[0].actual.as_deref(), Some("2"));
        assert_eq!(queue.differences[1].actual, None);
    }
}
