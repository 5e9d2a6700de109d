//! Making a stack ready for a change, whatever an earlier run, or somebody else, has left it in.

use super::existing::{self, Existing};
use super::follow::Follower;
use super::one::One;
use super::template::Template;
use crate::deploy_error::{AwsError, DeployError};
use crate::stack_state::StackState;

impl One<'_> {
    /// Deals with what an earlier run, or somebody else, has left the stack in.
    pub(super) async fn make_ready(
        &self,
        template: &Template,
        found: Option<Existing>,
    ) -> Result<Option<Existing>, DeployError> {
        let mut found = found;
        loop {
            let Some(stack) = found else { return Ok(None) };
            match &stack.state {
                // A change set that was never executed: there is nothing but a name.
                StackState::ReviewInProgress => return Ok(Some(stack)),
                state if state.is_in_progress() => {
                    self.note(format!("is in {state}: waiting for that to end"));
                    let name = &self.stack.display_name;
                    let mut follower =
                        Follower::begin(self.clients, &stack.id, name, &template.paths, self.events).await?;
                    // It may have come to rest before the first look.
                    let now = existing::describe(self.clients, &stack.id).await?;
                    if now.is_none_or(|stack| stack.state.is_in_progress()) {
                        follower.rest("the operation that was going on").await?;
                    }
                }
                StackState::RollbackComplete
                | StackState::RollbackFailed
                | StackState::CreateFailed
                | StackState::DeleteFailed => {
                    self.note(format!("is in {}, from which there is no update: deleting it first", stack.state));
                    self.delete(&stack, template).await?;
                }
                StackState::UpdateRollbackFailed => {
                    self.note("is in UPDATE_ROLLBACK_FAILED: going on with the roll back first".into());
                    self.continue_rollback(&stack, template).await?;
                }
                StackState::ImportRollbackFailed => {
                    let text = "is in IMPORT_ROLLBACK_FAILED, which only AWS can end".to_owned();
                    return Err(self.failed(text, "ask AWS Support, or take the resources out of the stack by hand"));
                }
                _ => return Ok(Some(stack)),
            }
            found = self.describe().await?;
        }
    }

    async fn delete(&self, stack: &Existing, template: &Template) -> Result<(), DeployError> {
        let name = &self.stack.display_name;
        let mut follower = Follower::begin(self.clients, &stack.id, name, &template.paths, self.events).await?;
        let answer = self.clients.cloudformation.delete_stack().stack_name(&stack.id).send().await;
        answer.map_err(|error| AwsError::new("cloudformation:DeleteStack", &error))?;
        match follower.rest("what is left of the stack to be deleted").await?.as_str() {
            "DELETE_COMPLETE" => Ok(()),
            status => Err(self.ended(&follower, status)),
        }
    }

    async fn continue_rollback(&self, stack: &Existing, template: &Template) -> Result<(), DeployError> {
        let name = &self.stack.display_name;
        let mut follower = Follower::begin(self.clients, &stack.id, name, &template.paths, self.events).await?;
        let answer = self.clients.cloudformation.continue_update_rollback().stack_name(&stack.id).send().await;
        answer.map_err(|error| AwsError::new("cloudformation:ContinueUpdateRollback", &error))?;
        match follower.rest("the roll back").await?.as_str() {
            "UPDATE_ROLLBACK_COMPLETE" => Ok(()),
            status => Err(self.ended(&follower, status)),
        }
    }

    /// A stack that is only the name of a change set is no stack: it goes with the change set.
    pub(super) async fn forget_if_new(&self, new: bool, stack_id: &str) -> Result<(), AwsError> {
        let left = if new { existing::describe(self.clients, stack_id).await? } else { None };
        if left.is_some_and(|stack| stack.state == StackState::ReviewInProgress) {
            let answer = self.clients.cloudformation.delete_stack().stack_name(stack_id).send().await;
            answer.map_err(|error| AwsError::new("cloudformation:DeleteStack", &error))?;
        }
        Ok(())
    }
}
