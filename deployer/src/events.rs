//! What CloudFormation has noted about a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_sdk_cloudformation::types;
use aws_smithy_types::DateTime;

use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::construct_paths::construct_paths;
use crate::deploy_error::AwsError;
use crate::described::{described_or_refused, rfc3339};
use crate::inspect_error::InspectError;
use crate::report::ResourceEvent;
use crate::stack::Stack;
use crate::stack_state::StackState;

/// Which events are looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct EventsQuery {
    since: Option<Duration>,
    failed: bool,
    follow: bool,
}

impl EventsQuery {
    /// All that CloudFormation still has, which are those of 90 days.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those of the last while. All by default.
    pub fn since(mut self, duration: Duration) -> Self {
        self.since = Some(duration);
        self
    }

    /// Only failures, without those of resources that were cancelled because another failed. All by default.
    pub fn failed(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }

    /// Goes on until the operation that is under way is over. By default only what is there already is looked up.
    pub fn follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    fn takes(&self, event: &ResourceEvent) -> bool {
        !self.failed || is_cause(&event.status, event.reason.as_deref())
    }
}

/// How long is between two looks at a stack that is followed.
const PAUSE: Duration = Duration::from_secs(2);

/// Looks up the events of `stack`, and gives each to `take`, the oldest first.
///
/// # Errors
/// The stack is not deployed, is in another account, or AWS refuses.
pub async fn events(
    stack: &Stack,
    clients: &Clients,
    query: &EventsQuery,
    mut take: impl FnMut(&ResourceEvent),
) -> Result<(), InspectError> {
    check_account(&[stack], clients.identity())?;
    let clients = clients_of(clients, stack);
    let described = described_or_refused(&clients, stack).await?;
    let mut look = Look {
        // Events of a stack that is deleted meanwhile are found by its ARN alone.
        stack_id: described.stack_id().unwrap_or(&stack.stack_name).to_owned(),
        display_name: &stack.display_name,
        paths: construct_paths(&stack.template.path),
        oldest: query.since.and_then(|since| SystemTime::now().checked_sub(since)).map(DateTime::from),
        seen: BTreeSet::new(),
        state: described.stack_status().map(StackState::from),
        clients: &clients,
    };
    loop {
        let new = look.new_events().await?;
        new.iter().filter(|event| query.takes(event)).for_each(&mut take);
        // A state is only trusted together with the events that led to it.
        if !query.follow || !look.state.as_ref().is_some_and(StackState::is_in_progress) {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

struct Look<'a> {
    stack_id: String,
    display_name: &'a str,
    paths: BTreeMap<String, String>,
    oldest: Option<DateTime>,
    seen: BTreeSet<String>,
    state: Option<StackState>,
    clients: &'a Clients,
}

impl Look<'_> {
    /// The events that were not seen before, the oldest first.
    async fn new_events(&mut self) -> Result<Vec<ResourceEvent>, InspectError> {
        let mut pages =
            self.clients.cloudformation.describe_stack_events().stack_name(&self.stack_id).into_paginator().send();
        let mut new = Vec::new();
        // CloudFormation gives the newest first: the first that is known or too old ends it.
        'pages: while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::new("cloudformation:DescribeStackEvents", &error))?;
            for event in page.stack_events() {
                let id = event.event_id().unwrap_or_default();
                let too_old = self.oldest.zip(event.timestamp()).is_some_and(|(oldest, time)| *time < oldest);
                if too_old || self.seen.contains(id) {
                    break 'pages;
                }
                new.push(self.event(event));
            }
        }
        self.seen.extend(new.iter().map(|event| event.id.clone()));
        new.reverse();
        let of_stack = new.iter().rfind(|event| event.physical_id.as_deref() == Some(&self.stack_id));
        if let Some(event) = of_stack {
            self.state = Some(StackState::parse(&event.status));
        }
        Ok(new)
    }

    fn event(&self, event: &types::StackEvent) -> ResourceEvent {
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let logical_id = owned(event.logical_resource_id());
        ResourceEvent {
            stack: self.display_name.to_owned(),
            id: owned(event.event_id()),
            time: event.timestamp().map(rfc3339).unwrap_or_default(),
            path: self.paths.get(&logical_id).cloned(),
            logical_id,
            resource_type: owned(event.resource_type()),
            physical_id: event.physical_resource_id().filter(|id| !id.is_empty()).map(str::to_owned),
            status: event.resource_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: event.resource_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        }
    }
}

/// Whether an event is a failure in its own right.
fn is_cause(status: &str, reason: Option<&str>) -> bool {
    let cancelled = reason.is_some_and(|reason| reason.starts_with("Resource ") && reason.ends_with(" cancelled"));
    status.ends_with("_FAILED") && !cancelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cancelled_is_no_cause() {
        assert!(is_cause("CREATE_FAILED", Some("Bucket names must be in lower case")));
        assert!(is_cause("DELETE_FAILED", None));
        assert!(!is_cause("CREATE_FAILED", Some("Resource creation cancelled")));
        assert!(!is_cause("UPDATE_FAILED", Some("Resource update cancelled")));
        assert!(!is_cause("CREATE_COMPLETE", None));
    }
}
