//! What CloudFormation did last to a stack.

use std::collections::BTreeMap;

use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::resource_event::ResourceEvent;

/// How many pages of events are read at most: a hundred each.
const PAGES: usize = 50;

/// The events of the last operation on a stack, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LastOperation {
    stack_id: String,
    events: Vec<ResourceEvent>,
}

impl LastOperation {
    /// Reads the events of the stack with this ARN back to where its last operation began.
    pub(crate) async fn look_up(
        clients: &Clients,
        stack_id: &str,
        stack: &str,
        paths: &BTreeMap<String, String>,
    ) -> Result<Self, AwsError> {
        let mut pages = clients.cloudformation.describe_stack_events().stack_name(stack_id).into_paginator().send();
        let (mut events, mut read) = (Vec::new(), 0);
        'pages: while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::new("cloudformation:DescribeStackEvents", &error))?;
            for event in page.stack_events() {
                let event = ResourceEvent::of(event, stack, paths);
                let is_start = event.is_of_stack(stack_id) && begins(&event.status);
                events.push(event);
                if is_start {
                    break 'pages;
                }
            }
            read += 1;
            if read == PAGES {
                break;
            }
        }
        events.reverse();
        Ok(Self { stack_id: stack_id.to_owned(), events })
    }

    /// What failed, the first cause first. What was cancelled because something else failed is no cause, unless there is
    /// nothing else.
    pub(crate) fn causes(&self) -> Vec<&ResourceEvent> {
        let causes: Vec<&ResourceEvent> = self.failures().filter(|event| event.is_cause()).collect();
        if causes.is_empty() { self.failures().collect() } else { causes }
    }

    /// What was cancelled because something else failed.
    pub(crate) fn cancelled(&self) -> Vec<&ResourceEvent> {
        self.failures().filter(|event| !event.is_cause()).collect()
    }

    /// All events, the oldest first.
    pub(crate) fn events(&self) -> &[ResourceEvent] {
        &self.events
    }

    /// The first event.
    pub(crate) fn began(&self) -> Option<&ResourceEvent> {
        self.events.first()
    }

    fn failures(&self) -> impl Iterator<Item = &ResourceEvent> {
        self.events.iter().filter(|event| event.is_failure() && !event.is_of_stack(&self.stack_id))
    }
}

/// Whether a state of a stack is the beginning of what somebody asked for. A change set that is being made is none: it may
/// well be that nobody executes it.
fn begins(status: &str) -> bool {
    matches!(status, "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS" | "DELETE_IN_PROGRESS" | "IMPORT_IN_PROGRESS")
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::StackEvent;

    use super::*;

    fn operation(events: &[(&str, &str, &str)]) -> LastOperation {
        let event = |(id, status, reason): &(&str, &str, &str)| {
            let event = StackEvent::builder().logical_resource_id(*id).resource_status((*status).into());
            ResourceEvent::of(&event.resource_status_reason(*reason).build(), "App", &BTreeMap::new())
        };
        LastOperation { stack_id: "arn".into(), events: events.iter().map(event).collect() }
    }

    fn names(events: Vec<&ResourceEvent>) -> Vec<&str> {
        events.into_iter().map(|event| event.logical_id.as_str()).collect()
    }

    #[test]
    fn causes_come_in_their_order_and_without_what_was_cancelled() {
        let all = operation(&[
            ("Topic", "CREATE_COMPLETE", ""),
            ("First", "CREATE_FAILED", "no such image"),
            ("Then", "CREATE_FAILED", "Resource creation cancelled"),
            ("Second", "CREATE_FAILED", "access denied"),
        ]);
        assert_eq!(names(all.causes()), ["First", "Second"]);
        assert_eq!(names(all.cancelled()), ["Then"]);
        let only = operation(&[("Then", "CREATE_FAILED", "Resource creation cancelled")]);
        assert_eq!(names(only.causes()), ["Then"], "better than nothing");
    }

    #[test]
    fn a_roll_back_is_no_beginning() {
        assert!(begins("UPDATE_IN_PROGRESS") && begins("DELETE_IN_PROGRESS"));
        assert!(!begins("UPDATE_ROLLBACK_IN_PROGRESS") && !begins("REVIEW_IN_PROGRESS"));
    }
}
