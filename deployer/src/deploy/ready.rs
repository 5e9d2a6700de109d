//! Making a stack ready for a change, whatever an earlier run, or somebody else, has left it in.

use serde_json::Value;

use super::change_set::PREFIX;
use super::existing::{self, Existing};
use super::follow::Follower;
use super::one::One;
use super::template::Template;
use super::{left, undo};
use crate::deploy_error::{AwsError, DeployError};
use crate::report::{Operation, Question};
use crate::stack_state::StackState;

impl One<'_> {
    /// Deals with what an earlier run, or somebody else, has left the stack in; `theirs` is the template that it has.
    pub(super) async fn make_ready(
        &self,
        template: &Template,
        theirs: Option<&Value>,
        found: Option<Existing>,
    ) -> Result<Option<Existing>, DeployError> {
        let mut found = found;
        loop {
            let Some(stack) = found else { return Ok(None) };
            match &stack.state {
                // A change set that was never executed: there is nothing but a name.
                StackState::ReviewInProgress => {
                    self.see_whose_review_it_is(&stack).await?;
                    return Ok(Some(stack));
                }
                state if state.is_in_progress() => {
                    self.note(format!("is in {state}: waiting for that to end"));
                    let mut follower = self.follower(&stack, template).await?;
                    // It may have come to rest before the first look.
                    let now = existing::describe(self.clients, &stack.id).await?;
                    if now.is_none_or(|stack| stack.state.is_in_progress()) {
                        follower.rest("the operation that was going on").await?;
                    }
                }
                StackState::DeleteComplete => return Ok(None),
                state @ (StackState::CreateFailed | StackState::UpdateFailed) if !self.options.roll_back => {
                    self.note(format!("is in {state}: going on from there, as nothing is to be rolled back"));
                    return Ok(Some(stack));
                }
                StackState::UpdateFailed => {
                    self.note("is in UPDATE_FAILED: rolling that update back first".into());
                    self.roll_back(&stack, template).await?;
                }
                state if self.is_made_anew(state) => {
                    self.see_that_it_may_go(&stack, template, theirs).await?;
                    self.note(format!("is in {state}, from which there is no update: deleting it first"));
                    self.delete(&stack, template).await?;
                }
                StackState::UpdateRollbackFailed => self.go_on_with_roll_back(&stack, template).await?,
                StackState::ImportRollbackFailed => {
                    let text = "is in IMPORT_ROLLBACK_FAILED, which only AWS can end".to_owned();
                    return Err(self.failed(text, "ask AWS Support, or take the resources out of the stack by hand"));
                }
                StackState::Unknown(state) => {
                    let text = format!("is in {state}, a state that this version does not know");
                    return Err(self.failed(text, "update belvedere, or see the AWS console"));
                }
                _ => return Ok(Some(stack)),
            }
            found = self.describe().await?;
        }
    }

    /// Whether a stack in this state is deleted before it is deployed.
    pub(super) fn is_made_anew(&self, state: &StackState) -> bool {
        match state {
            StackState::RollbackComplete
            | StackState::RollbackFailed
            | StackState::DeleteFailed
            | StackState::DeleteInProgress
            | StackState::DeleteComplete
            | StackState::RollbackInProgress => true,
            StackState::CreateFailed => self.options.roll_back,
            _ => false,
        }
    }

    async fn follower<'f>(&'f self, stack: &Existing, template: &'f Template) -> Result<Follower<'f>, AwsError> {
        Follower::begin(self.clients, &stack.id, &self.stack.display_name, &template.paths, self.events).await
    }

    /// A stack that waits for somebody's decision is taken over only with an approval.
    async fn see_whose_review_it_is(&self, stack: &Existing) -> Result<(), DeployError> {
        let answer = self.clients.cloudformation.list_change_sets().stack_name(&stack.id).send().await;
        let answer = answer.map_err(|error| AwsError::new("cloudformation:ListChangeSets", &error))?;
        let names = answer.summaries().iter().filter_map(|set| set.change_set_name());
        let details: Vec<String> = names
            .filter(|name| !name.starts_with(PREFIX))
            .map(|name| format!("the change set {name}, which somebody else has made, is lost"))
            .collect();
        if details.is_empty() {
            self.note("is in REVIEW_IN_PROGRESS: there is nothing but a change set that was never executed".into());
            return Ok(());
        }
        self.ask("take over a stack that waits for a change set of somebody else", details).await
    }

    /// What cannot be had again is not deleted without being asked.
    async fn see_that_it_may_go(
        &self,
        stack: &Existing,
        template: &Template,
        theirs: Option<&Value>,
    ) -> Result<(), DeployError> {
        // A creation that was rolled back has left nothing.
        if stack.state == StackState::RollbackComplete || self.options.yes {
            return Ok(());
        }
        let resources = existing::resources(self.clients, &stack.id).await?;
        let details = left::told(&resources, theirs, &template.paths);
        if details.is_empty() {
            return Ok(());
        }
        self.ask(&format!("delete what is left of the stack, which is in {}, and make it anew", stack.state), details)
            .await
    }

    async fn ask(&self, what: &str, details: Vec<String>) -> Result<(), DeployError> {
        let stack = &self.stack.display_name;
        let question = Question { stacks: vec![stack.clone()], text: format!("{stack}: {what}?"), details };
        if self.options.yes || self.events.approve(question).await {
            return Ok(());
        }
        Err(DeployError::Declined { question: format!("{stack}: {what}") })
    }

    async fn delete(&self, stack: &Existing, template: &Template) -> Result<(), DeployError> {
        let mut follower = self.follower(stack, template).await?;
        let answer = self.clients.cloudformation.delete_stack().stack_name(&stack.id).send().await;
        answer.map_err(|error| AwsError::new("cloudformation:DeleteStack", &error))?;
        match follower.rest("what is left of the stack to be deleted").await?.as_str() {
            "DELETE_COMPLETE" => Ok(()),
            status => Err(self.ended(&follower, status)),
        }
    }

    async fn roll_back(&self, stack: &Existing, template: &Template) -> Result<(), DeployError> {
        self.started(Operation::RollBack, None);
        let mut follower = self.follower(stack, template).await?;
        match undo::roll_back(self.clients, stack, &mut follower).await? {
            StackState::UpdateRollbackComplete => Ok(()),
            state => Err(self.ended(&follower, state.as_str())),
        }
    }

    async fn go_on_with_roll_back(&self, stack: &Existing, template: &Template) -> Result<(), DeployError> {
        let mut text = "is in UPDATE_ROLLBACK_FAILED: going on with the roll back first".to_owned();
        for resource in undo::stuck(self.clients, stack).await? {
            text += &format!("; it had failed at {}", resource.told(&template.paths));
        }
        self.note(text);
        self.started(Operation::RollBack, None);
        let mut follower = self.follower(stack, template).await?;
        match undo::go_on(self.clients, stack, &[], &mut follower).await? {
            StackState::UpdateRollbackComplete => Ok(()),
            state => Err(self.ended(&follower, state.as_str())),
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
