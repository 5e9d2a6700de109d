//! Changing a stack by a change set.

use aws_sdk_cloudformation::types::ChangeSetType;
use serde_json::Value;

use super::Method;
use super::approval::HARD;
use super::change_set::{self, Made, Target};
use super::existing::Existing;
use super::follow::Follower;
use super::one::{Changed, One};
use crate::deploy_error::DeployError;
use crate::report::{Operation, StackResult};
use crate::stack_state::StackState;

impl One<'_> {
    /// Has CloudFormation tell what it would do, and lets it do that.
    pub(super) async fn by_change_set(
        &self,
        target: &Target<'_>,
        existing: Option<&Existing>,
        theirs: Option<&Value>,
    ) -> Result<Changed, DeployError> {
        let creates = existing.is_none_or(|stack| stack.state == StackState::ReviewInProgress);
        let kind = if creates { ChangeSetType::Create } else { ChangeSetType::Update };
        let set = match change_set::make(self.clients, target, kind).await? {
            Made::Ready(set) => set,
            Made::Empty { .. }
                if existing.is_some_and(|stack| stack.state.is_failed() && !stack.state.is_complete()) =>
            {
                let text = "CloudFormation finds nothing to change, although the stack stands as it failed";
                return Err(self.failed(text.into(), "roll it back by `belvedere rollback`, or give --method direct"));
            }
            Made::Empty { stack_id } => {
                self.forget_if_new(creates, &stack_id).await?;
                return Ok(Changed::To(StackResult::Unchanged));
            }
            Made::Refused { reason } => {
                if creates && let Some(stack) = self.describe().await? {
                    self.forget_if_new(true, &stack.id).await?;
                }
                return Err(self.failed(format!("CloudFormation refuses the template: {reason}"), ""));
            }
        };
        if self.options.method == Method::PrepareChangeSet {
            self.note(format!("the change set {} is left for review", set.id));
            return Ok(Changed::Prepared(set.id));
        }
        if !self.approved(target.template, theirs, Some(&set)).await {
            change_set::delete(self.clients, target.stack_name, &set.id).await?;
            self.forget_if_new(creates, &set.stack_id).await?;
            return Err(DeployError::Declined { question: format!("{}: {HARD}", self.stack.display_name) });
        }
        let (operation, result) =
            if creates { (Operation::Create, StackResult::Created) } else { (Operation::Update, StackResult::Updated) };
        if !creates {
            self.set_policy(&set.stack_id).await?;
        }
        self.started(operation, Some(set.changes.len()));
        let name = &self.stack.display_name;
        let mut follower =
            Follower::begin(self.clients, &set.stack_id, name, &target.template.paths, self.events).await?;
        self.pause_canaries(target.template, theirs, existing.filter(|_| !creates)).await?;
        if let Err(error) = change_set::execute(self.clients, &set, self.options.roll_back).await {
            // An answer that was lost: the change goes on all the same.
            let begun = ["InvalidChangeSetStatus", "ChangeSetNotFound", "ChangeSetNotFoundException"];
            let gone_on = begun.contains(&error.code.as_str())
                && self.describe().await?.is_some_and(|stack| stack.state != StackState::ReviewInProgress);
            if !gone_on {
                return Err(error.into());
            }
        }
        Ok(Changed::To(self.follow(&mut follower, result).await?))
    }
}
