//! What a deletion leaves behind.

use std::collections::BTreeSet;

use serde::Serialize;

use super::by_hand::{by_hand, snapshots_by_hand};
use crate::resource_event::ResourceEvent;

/// What the deletion of a stack did besides, and what it left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Removal {
    /// What was emptied or taken back first, because the app marked it or it was forced.
    pub cleared: Vec<String>,
    /// What stays on purpose.
    pub retained: Vec<Retained>,
    /// The ARNs of what still has the stack's tag; nothing where that could not be found out.
    pub left: Option<Vec<String>>,
}

/// Something that stays on purpose, as its removal policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Retained {
    /// The logical id.
    pub logical_id: String,
    /// The path of the construct, where the assembly tells it.
    pub path: Option<String>,
    /// The type, such as `AWS::S3::Bucket`.
    pub resource_type: String,
    /// The id that the service gave it.
    pub physical_id: String,
    /// Whether only a snapshot of it stays.
    pub snapshot: bool,
    /// The command that deletes it, or finds its snapshots.
    pub by_hand: String,
}

impl Retained {
    /// What stays by an event, if something does; `snapshots` are the logical ids of what leaves one.
    pub(super) fn of(event: &ResourceEvent, snapshots: &BTreeSet<String>) -> Option<Self> {
        let snapshot = match event.status.as_str() {
            "DELETE_SKIPPED" => false,
            "DELETE_COMPLETE" if snapshots.contains(&event.logical_id) => true,
            _ => return None,
        };
        let physical_id = event.physical_id.clone()?;
        let by_hand = if snapshot { snapshots_by_hand } else { by_hand };
        Some(Self {
            logical_id: event.logical_id.clone(),
            path: event.path.clone(),
            resource_type: event.resource_type.clone(),
            snapshot,
            by_hand: by_hand(&event.resource_type, &physical_id),
            physical_id,
        })
    }

    pub(super) fn told(&self) -> String {
        let Self { resource_type, physical_id, by_hand, .. } = self;
        let place = self.path.as_ref().unwrap_or(&self.logical_id);
        if self.snapshot {
            format!("{place} ({resource_type}) leaves a snapshot of {physical_id}; to find it: {by_hand}")
        } else {
            format!(
                "{place} ({resource_type}) is kept, as its removal policy says: {physical_id}; to delete it: {by_hand}"
            )
        }
    }

    /// Whether it is what an ARN names.
    pub(super) fn is(&self, arn: &str) -> bool {
        arn.strip_suffix(self.physical_id.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with([':', '/']))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_cloudformation::types::StackEvent;

    use super::*;

    fn retained(status: &str, snapshots: &[&str]) -> Option<Retained> {
        let event = StackEvent::builder().logical_resource_id("Logs").resource_type("AWS::Logs::LogGroup");
        let event = event.physical_resource_id("/the/app").resource_status(status.into()).build();
        let snapshots = snapshots.iter().map(|id| (*id).to_owned()).collect();
        Retained::of(&ResourceEvent::of(&event, "App", &BTreeMap::new()), &snapshots)
    }

    #[test]
    fn what_was_skipped_stays_and_what_is_gone_may_leave_a_snapshot() {
        let kept = retained("DELETE_SKIPPED", &[]).expect("kept");
        let expected = "Logs (AWS::Logs::LogGroup) is kept, as its removal policy says: /the/app; to delete it: aws logs \
                        delete-log-group --log-group-name /the/app";
        assert_eq!(kept.told(), expected);
        assert!(retained("DELETE_COMPLETE", &["Logs"]).expect("a snapshot").snapshot);
        assert_eq!(retained("DELETE_COMPLETE", &[]), None);
    }

    #[test]
    fn an_arn_ends_with_what_it_names() {
        let kept = retained("DELETE_SKIPPED", &[]).expect("kept");
        assert!(kept.is("arn:aws:logs:eu-west-1:1:log-group:/the/app"));
        assert!(!kept.is("arn:aws:logs:eu-west-1:1:log-group:/not/the/app"));
    }
}
