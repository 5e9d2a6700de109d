//! What there is to roll back of a stack.

use std::collections::{BTreeMap, BTreeSet};

use crate::clients::Clients;
use crate::construct_paths::construct_paths;
use crate::deploy::existing::{self, Existing};
use crate::deploy::{left, undo};
use crate::deploy_error::{AwsError, Failure};
use crate::stack::Stack;
use crate::stack_state::StackState;

/// What is done about a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Nothing, as there is no stack.
    Absent,
    /// Nothing: it did not fail, or was rolled back already.
    Nothing,
    /// It is being rolled back: that is waited for.
    Wait,
    /// What was left as it failed is undone.
    RollBack,
    /// A roll back that has failed goes on, without these resources.
    GoOn { skip: Vec<String> },
}

/// How one stack is rolled back.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) clients: Clients,
    pub(super) existing: Option<Existing>,
    pub(super) chosen: Move,
    /// The paths of its constructs, by logical id.
    pub(super) paths: BTreeMap<String, String>,
    /// What it means, a line each.
    pub(super) details: Vec<String>,
    /// Those of the resources to skip that the stack has.
    pub(super) skipped: BTreeSet<String>,
}

impl Way {
    /// Finds out what there is to do about a stack; the failure is that of a state that cannot be rolled back.
    pub(super) async fn find(
        stack: &Stack,
        clients: Clients,
        skip: &BTreeSet<String>,
    ) -> Result<Result<Self, Failure>, AwsError> {
        let existing = existing::describe(&clients, &stack.stack_name).await?;
        let state = existing.as_ref().map_or(StackState::DeleteComplete, |stack| stack.state.clone());
        let paths = construct_paths(&stack.template.path);
        let mut way =
            Self { clients, existing, chosen: Move::Nothing, paths, details: Vec::new(), skipped: BTreeSet::new() };
        let refused = |text: String, hint: &str| {
            Ok(Err(Failure { stack: stack.display_name.clone(), text, hint: Some(hint.to_owned()) }))
        };
        let name = &stack.display_name;
        way.chosen = match &state {
            StackState::DeleteComplete => Move::Absent,
            StackState::CreateComplete
            | StackState::UpdateComplete
            | StackState::ImportComplete
            | StackState::RollbackComplete
            | StackState::UpdateRollbackComplete
            | StackState::ImportRollbackComplete
            | StackState::ReviewInProgress => Move::Nothing,
            StackState::RollbackInProgress
            | StackState::UpdateRollbackInProgress
            | StackState::UpdateRollbackCompleteCleanupInProgress
            | StackState::ImportRollbackInProgress => Move::Wait,
            StackState::CreateFailed => {
                way.details.push(format!("{name}: its creation has failed: what was created is deleted"));
                way.tell_what_goes(name).await?;
                Move::RollBack
            }
            StackState::UpdateFailed => {
                way.details.push(format!("{name}: its update has failed: it is brought back to how it was before"));
                Move::RollBack
            }
            StackState::UpdateRollbackFailed => Move::GoOn { skip: way.find_skipped(name, skip).await? },
            state if state.is_in_progress() => {
                let text = format!("is in {state}, and only what has failed can be rolled back");
                return refused(text, "wait for its end; `belvedere events --follow` shows it");
            }
            StackState::RollbackFailed | StackState::DeleteFailed => {
                let text = format!("is in {state}, from which nothing can be brought back");
                return refused(text, "destroy it, or deploy it, which makes it anew");
            }
            StackState::ImportRollbackFailed => {
                let text = "is in IMPORT_ROLLBACK_FAILED, which only AWS can end".to_owned();
                return refused(text, "ask AWS Support, or take the resources out of the stack by hand");
            }
            _ => {
                let text = format!("is in {state}, a state that this version does not know");
                return refused(text, "update belvedere, or see the AWS console");
            }
        };
        Ok(Ok(way))
    }

    async fn tell_what_goes(&mut self, name: &str) -> Result<(), AwsError> {
        let Some(existing) = &self.existing else { return Ok(()) };
        let template = existing::template(&self.clients, &existing.id).await?;
        let resources = existing::resources(&self.clients, &existing.id).await?;
        let lines = left::told(&resources, template.as_ref(), &self.paths);
        self.details.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
        Ok(())
    }

    /// The logical ids of the resources to skip that are this stack's.
    async fn find_skipped(&mut self, name: &str, skip: &BTreeSet<String>) -> Result<Vec<String>, AwsError> {
        self.details.push(format!("{name}: the roll back of its update goes on"));
        let Some(existing) = &self.existing else { return Ok(Vec::new()) };
        let stuck = undo::stuck(&self.clients, existing).await?;
        for resource in &stuck {
            self.details.push(format!("{name}: it had failed at {}", resource.told(&self.paths)));
        }
        let mut ids = Vec::new();
        for wanted in skip {
            let of_path = |id: &str| self.paths.get(id) == Some(wanted);
            // What is in a nested stack is not listed here.
            let nested = wanted.contains('.').then_some(wanted.as_str());
            let known = stuck.iter().map(|resource| resource.logical_id.as_str());
            if let Some(id) = known.clone().find(|id| id == wanted || of_path(id)).or(nested) {
                self.details.push(format!("{name}: {wanted} is left as it is"));
                self.skipped.insert(wanted.clone());
                ids.push(id.to_owned());
            }
        }
        Ok(ids)
    }
}
