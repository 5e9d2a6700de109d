//! The states that CloudFormation gives to a stack, and what each of them means for whoever deploys.

use std::fmt;

use aws_sdk_cloudformation::types::StackStatus;
use serde::{Serialize, Serializer};

/// The state of a stack.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StackState {
    /// `CREATE_IN_PROGRESS`
    CreateInProgress,
    /// `CREATE_FAILED`
    CreateFailed,
    /// `CREATE_COMPLETE`
    CreateComplete,
    /// `ROLLBACK_IN_PROGRESS`
    RollbackInProgress,
    /// `ROLLBACK_FAILED`
    RollbackFailed,
    /// `ROLLBACK_COMPLETE`
    RollbackComplete,
    /// `DELETE_IN_PROGRESS`
    DeleteInProgress,
    /// `DELETE_FAILED`
    DeleteFailed,
    /// `DELETE_COMPLETE`
    DeleteComplete,
    /// `UPDATE_IN_PROGRESS`
    UpdateInProgress,
    /// `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS`
    UpdateCompleteCleanupInProgress,
    /// `UPDATE_COMPLETE`
    UpdateComplete,
    /// `UPDATE_FAILED`
    UpdateFailed,
    /// `UPDATE_ROLLBACK_IN_PROGRESS`
    UpdateRollbackInProgress,
    /// `UPDATE_ROLLBACK_FAILED`
    UpdateRollbackFailed,
    /// `UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS`
    UpdateRollbackCompleteCleanupInProgress,
    /// `UPDATE_ROLLBACK_COMPLETE`
    UpdateRollbackComplete,
    /// `REVIEW_IN_PROGRESS`
    ReviewInProgress,
    /// `IMPORT_IN_PROGRESS`
    ImportInProgress,
    /// `IMPORT_COMPLETE`
    ImportComplete,
    /// `IMPORT_ROLLBACK_IN_PROGRESS`
    ImportRollbackInProgress,
    /// `IMPORT_ROLLBACK_FAILED`
    ImportRollbackFailed,
    /// `IMPORT_ROLLBACK_COMPLETE`
    ImportRollbackComplete,
    /// A state that CloudFormation has got since.
    Unknown(String),
}

impl StackState {
    /// All states that are known.
    pub const ALL: [Self; 23] = [
        Self::CreateInProgress,
        Self::CreateFailed,
        Self::CreateComplete,
        Self::RollbackInProgress,
        Self::RollbackFailed,
        Self::RollbackComplete,
        Self::DeleteInProgress,
        Self::DeleteFailed,
        Self::DeleteComplete,
        Self::UpdateInProgress,
        Self::UpdateCompleteCleanupInProgress,
        Self::UpdateComplete,
        Self::UpdateFailed,
        Self::UpdateRollbackInProgress,
        Self::UpdateRollbackFailed,
        Self::UpdateRollbackCompleteCleanupInProgress,
        Self::UpdateRollbackComplete,
        Self::ReviewInProgress,
        Self::ImportInProgress,
        Self::ImportComplete,
        Self::ImportRollbackInProgress,
        Self::ImportRollbackFailed,
        Self::ImportRollbackComplete,
    ];

    /// The state that CloudFormation writes as `text`, such as `CREATE_COMPLETE`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.unwrap_or_else(|| Self::Unknown(text.into()))
    }

    /// The state as CloudFormation writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateFailed => "CREATE_FAILED",
            Self::CreateComplete => "CREATE_COMPLETE",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::RollbackComplete => "ROLLBACK_COMPLETE",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateCompleteCleanupInProgress => "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateComplete => "UPDATE_COMPLETE",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::UpdateRollbackInProgress => "UPDATE_ROLLBACK_IN_PROGRESS",
            Self::UpdateRollbackFailed => "UPDATE_ROLLBACK_FAILED",
            Self::UpdateRollbackCompleteCleanupInProgress => "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateRollbackComplete => "UPDATE_ROLLBACK_COMPLETE",
            Self::ReviewInProgress => "REVIEW_IN_PROGRESS",
            Self::ImportInProgress => "IMPORT_IN_PROGRESS",
            Self::ImportComplete => "IMPORT_COMPLETE",
            Self::ImportRollbackInProgress => "IMPORT_ROLLBACK_IN_PROGRESS",
            Self::ImportRollbackFailed => "IMPORT_ROLLBACK_FAILED",
            Self::ImportRollbackComplete => "IMPORT_ROLLBACK_COMPLETE",
            Self::Unknown(text) => text,
        }
    }

    /// Whether CloudFormation is at work on the stack. `REVIEW_IN_PROGRESS` is none of these: there the stack waits for
    /// somebody to execute a change set.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        *self != Self::ReviewInProgress && self.as_str().ends_with("_IN_PROGRESS")
    }

    /// Whether the last operation came to what it was asked for. A rollback is none of these, however well it ended.
    #[must_use]
    pub fn ended_well(&self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete | Self::ImportComplete | Self::DeleteComplete)
    }

    /// Whether the stack is whole and at rest: what its template says is what there is.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(
            self,
            Self::CreateComplete
                | Self::UpdateComplete
                | Self::UpdateRollbackComplete
                | Self::ImportComplete
                | Self::ImportRollbackComplete
        )
    }

    /// Whether the last operation is over and did not come to what it was asked for.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        let text = self.as_str();
        text.ends_with("_FAILED") || text.ends_with("ROLLBACK_COMPLETE")
    }

    /// Whether CloudFormation takes an update of the stack as it is. A stack that failed without a rollback takes one
    /// too, as long as that update does not ask for a rollback either.
    #[must_use]
    pub fn can_update(&self) -> bool {
        self.is_complete() || matches!(self, Self::CreateFailed | Self::UpdateFailed)
    }

    /// What the state means, as a sentence in lower case without a full stop.
    #[must_use]
    pub fn means(&self) -> &'static str {
        match self {
            Self::CreateInProgress => "the stack is being created",
            Self::CreateFailed => "the creation failed, and what was created is still there",
            Self::CreateComplete => "the stack was created",
            Self::RollbackInProgress => "the creation failed, and what was created is being deleted",
            Self::RollbackFailed => "the creation failed, and not all that was created could be deleted",
            Self::RollbackComplete => "the creation failed, and what was created is gone; an empty stack is left",
            Self::DeleteInProgress => "the stack is being deleted",
            Self::DeleteFailed => "the stack could not be deleted whole; some of its resources are left",
            Self::DeleteComplete => "the stack is deleted",
            Self::UpdateInProgress => "the stack is being updated",
            Self::UpdateCompleteCleanupInProgress => "the update is done, and what it replaced is being deleted",
            Self::UpdateComplete => "the stack was updated",
            Self::UpdateFailed => "the update failed, and the stack is left between the old state and the new one",
            Self::UpdateRollbackInProgress => "the update failed, and the stack is being brought back to how it was",
            Self::UpdateRollbackFailed => "the update failed, and the stack could not be brought back to how it was",
            Self::UpdateRollbackCompleteCleanupInProgress => {
                "the update failed, the stack is as it was, and what the update created is being deleted"
            }
            Self::UpdateRollbackComplete => "the update failed, and the stack is as it was before",
            Self::ReviewInProgress => "a change set waits to be executed; the stack has no resources yet",
            Self::ImportInProgress => "resources are being imported into the stack",
            Self::ImportComplete => "resources were imported into the stack",
            Self::ImportRollbackInProgress => "the import failed, and the stack is being brought back to how it was",
            Self::ImportRollbackFailed => "the import failed, and the stack could not be brought back to how it was",
            Self::ImportRollbackComplete => "the import failed, and the stack is as it was before",
            Self::Unknown(_) => "this version does not know the state",
        }
    }

    /// What to do next, as a sentence in lower case without a full stop; nothing where all is well.
    #[must_use]
    pub fn next_step(&self) -> Option<&'static str> {
        let next = match self {
            Self::CreateComplete | Self::UpdateComplete | Self::ImportComplete | Self::DeleteComplete => return None,
            Self::CreateInProgress
            | Self::UpdateInProgress
            | Self::UpdateCompleteCleanupInProgress
            | Self::ImportInProgress => "wait, or follow it with `belvedere events --follow`",
            Self::RollbackInProgress
            | Self::UpdateRollbackInProgress
            | Self::UpdateRollbackCompleteCleanupInProgress
            | Self::ImportRollbackInProgress => {
                "wait until it is over; `belvedere events --failed` tells the cause meanwhile"
            }
            Self::DeleteInProgress => "wait until it is over; a stack of this name can be created after that",
            Self::CreateFailed | Self::UpdateFailed => {
                "see `belvedere events --failed`, correct the cause and deploy again, or undo it with `belvedere rollback`"
            }
            Self::RollbackComplete => {
                "see `belvedere events --failed`, correct the cause and deploy again; the empty stack has to be deleted first"
            }
            Self::RollbackFailed | Self::DeleteFailed => {
                "see `belvedere events --failed` for what stands in the way, remove that, and destroy the stack"
            }
            Self::UpdateRollbackFailed => {
                "see `belvedere events --failed`, correct what stops the rollback, and continue it with `belvedere rollback`"
            }
            Self::ImportRollbackFailed => {
                "see `belvedere events --failed`, correct what stops the rollback, and ask AWS support if it stays so"
            }
            Self::UpdateRollbackComplete => "see `belvedere events --failed`, correct the cause and deploy again",
            Self::ImportRollbackComplete => "see `belvedere events --failed`, correct the cause and import again",
            Self::ReviewInProgress => "deploy again, or destroy the stack",
            Self::Unknown(_) => "see the AWS console",
        };
        Some(next)
    }
}

impl From<&StackStatus> for StackState {
    fn from(status: &StackStatus) -> Self {
        Self::parse(status.as_str())
    }
}

impl fmt::Display for StackState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for StackState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_that_the_sdk_knows_is_known() {
        assert_eq!(StackStatus::values().len(), StackState::ALL.len());
        for text in StackStatus::values() {
            let state = StackState::from(&StackStatus::from(*text));
            assert!(!matches!(state, StackState::Unknown(_)), "{text}");
            assert_eq!(state.to_string(), *text);
        }
        assert_eq!(StackState::parse("MELTED").to_string(), "MELTED");
    }

    #[test]
    fn a_state_is_one_of_in_progress_well_failed_and_in_review() {
        for state in StackState::ALL {
            let review = state == StackState::ReviewInProgress;
            let of = [state.is_in_progress(), state.ended_well(), state.is_failed(), review];
            assert_eq!(of.into_iter().filter(|one| *one).count(), 1, "{state}");
            assert_eq!(state.next_step().is_none(), state.ended_well(), "{state}");
        }
    }

    #[test]
    fn what_can_be_updated_is_at_rest() {
        for state in StackState::ALL.into_iter().filter(StackState::can_update) {
            assert!(!state.is_in_progress(), "{state}");
        }
        for dead in [StackState::RollbackComplete, StackState::UpdateRollbackFailed, StackState::DeleteFailed] {
            assert!(!dead.can_update(), "{dead}");
        }
        assert!(StackState::UpdateRollbackComplete.can_update());
        assert!(!StackState::Unknown("MELTED".into()).can_update());
    }

    #[test]
    fn sentences_differ() {
        let sentences: std::collections::BTreeSet<_> = StackState::ALL.iter().map(StackState::means).collect();
        assert_eq!(sentences.len(), 23);
    }
}
