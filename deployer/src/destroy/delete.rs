//! Deleting one stack.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::blockers::{self, Blocker};
use super::proof;
use super::removal::{Removal, Retained};
use crate::clients::Clients;
use crate::deploy::existing::{self, Existing};
use crate::deploy::follow::Follower;
use crate::deploy::told;
use crate::deploy_error::{AwsError, DeployError, Failure};
use crate::explain::Early;
use crate::last_operation::LastOperation;
use crate::report::{Event, Events, Operation};
use crate::stack_state::StackState;

/// A stack that is deleted, and all that is known of it.
pub(super) struct Delete<'a> {
    pub(super) name: &'a str,
    pub(super) existing: &'a Existing,
    pub(super) clients: &'a Clients,
    /// What is taken out of the way first.
    pub(super) clear: &'a [Blocker],
    /// The logical ids of what leaves a snapshot behind.
    pub(super) snapshots: &'a BTreeSet<String>,
    pub(super) paths: &'a BTreeMap<String, String>,
    pub(super) events: &'a Events,
}

impl Delete<'_> {
    /// Clears the way, has the stack deleted, and finds out what is left.
    pub(super) async fn run(&self) -> Result<Removal, DeployError> {
        let Self { name, existing, clients, events, .. } = *self;
        events.send(Event::StackStarted { stack: name.to_owned(), operation: Operation::Destroy, resources: None });
        let mut removal = Removal::default();
        for blocker in self.clear {
            blockers::clear(clients, existing, blocker).await?;
            removal.cleared.push(blocker.told());
        }
        let mut follower = Follower::begin(clients, &existing.id, name, self.paths, events).await?;
        if existing.state.is_in_progress() {
            self.note(format!("is in {}: waiting for that to end", existing.state));
            if let Some(now) = existing::describe(clients, &existing.id).await?
                && now.state.is_in_progress()
            {
                follower.rest("the operation that was going on").await?;
            }
        }
        let now = existing::describe(clients, &existing.id).await?;
        let is_there = now.is_some_and(|now| now.state != StackState::DeleteComplete);
        if is_there {
            let answer = clients.cloudformation.delete_stack().stack_name(&existing.id).send().await;
            answer.map_err(|error| AwsError::new("cloudformation:DeleteStack", &error))?;
            if existing.state == StackState::ReviewInProgress {
                // There was nothing but a name, and nothing is told of its end.
                return Ok(removal);
            }
            let early = Early::begin(clients, events);
            follower.tell_to(early.listener());
            let status = follower.rest("CloudFormation").await?;
            if status != "DELETE_COMPLETE" {
                return Err(follower.explained(early, self.failed(&follower, &status)).await);
            }
        }
        let mut happened = mem::take(&mut follower.happened);
        let mut ids = vec![existing.id.clone()];
        let nested = happened.iter().filter(|event| event.resource_type == "AWS::CloudFormation::Stack");
        ids.extend(nested.filter_map(|event| event.physical_id.clone()));
        ids.sort();
        ids.dedup();
        for id in ids.iter().filter(|id| **id != existing.id) {
            // What is kept of a nested stack is told there alone. Without its events it counts as left.
            if let Ok(operation) = LastOperation::look_up(clients, id, name, &BTreeMap::new()).await {
                happened.extend_from_slice(operation.events());
            }
        }
        removal.retained = happened.iter().filter_map(|event| Retained::of(event, self.snapshots)).collect();
        for retained in &removal.retained {
            self.note(retained.told());
        }
        removal.left = proof::left(clients, name, &ids, &removal.retained, events).await;
        Ok(removal)
    }

    fn note(&self, text: String) {
        self.events.send(Event::Note { stack: Some(self.name.to_owned()), text });
    }

    fn failed(&self, follower: &Follower<'_>, status: &str) -> DeployError {
        let mut text: Vec<String> = follower.causes().into_iter().map(told).collect();
        text.push(format!("the stack is in {status}"));
        let hint = Some("correct the cause and destroy again; what is gone stays gone".to_owned());
        DeployError::Failed { failures: vec![Failure { stack: self.name.to_owned(), text: text.join("\n"), hint }] }
    }
}
