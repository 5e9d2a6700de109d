//! What CloudFormation has noted about a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;

use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::construct_paths::construct_paths;
use crate::deploy_error::AwsError;
use crate::described::described_or_refused;
use crate::inspect_error::InspectError;
use crate::resource_event::ResourceEvent;
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
        !self.failed || event.is_cause()
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
                new.push(ResourceEvent::of(event, self.display_name, &self.paths));
            }
        }
        self.seen.extend(new.iter().map(|event| event.id.clone()));
        new.reverse();
        let of_stack = new.iter().rfind(|event| event.is_of_stack(&self.stack_id));
        if let Some(event) = of_stack {
            self.state = Some(StackState::parse(&event.status));
        }
        Ok(new)
    }
}
