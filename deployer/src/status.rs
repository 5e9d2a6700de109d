//! How deployed stacks are.

use aws_sdk_cloudformation::types;
use serde::Serialize;

use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::described::{described, rfc3339};
use crate::inspect_error::InspectError;
use crate::stack::Stack;
use crate::stack_state::StackState;

/// How a stack is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StackStatus {
    /// The display name.
    pub stack: String,
    /// The name in CloudFormation.
    pub stack_name: String,
    /// The region that it is in, or would be.
    pub region: String,
    /// What CloudFormation knows of it; nothing where it is not deployed.
    pub deployed: Option<DeployedStatus>,
}

/// What CloudFormation knows of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeployedStatus {
    /// The ARN.
    pub stack_id: String,
    /// The state.
    pub state: StackState,
    /// Why it has that state, in CloudFormation's words.
    pub reason: Option<String>,
    /// When it was created, by RFC 3339.
    pub created: Option<String>,
    /// When it was last updated, by RFC 3339; nothing where it never was.
    pub updated: Option<String>,
    /// What the last look for drift found, in CloudFormation's words: `IN_SYNC`, `DRIFTED`, `NOT_CHECKED`, `UNKNOWN`.
    pub drift: String,
    /// When that was, by RFC 3339.
    pub drift_checked: Option<String>,
    /// Whether the stack can be deleted only after this is taken back.
    pub termination_protection: bool,
}

/// Looks up how `stacks` are, in their order. One that is not deployed is no error.
///
/// # Errors
/// A stack is in another account, or AWS refuses.
pub async fn status(stacks: &[&Stack], clients: &Clients) -> Result<Vec<StackStatus>, InspectError> {
    check_account(stacks, clients.identity())?;
    let mut all = Vec::new();
    for stack in stacks {
        let clients = clients_of(clients, stack);
        let deployed = described(&clients, &stack.stack_name).await?;
        all.push(StackStatus {
            stack: stack.display_name.clone(),
            stack_name: stack.stack_name.clone(),
            region: clients.region().to_owned(),
            deployed: deployed.as_ref().map(deployed_status),
        });
    }
    Ok(all)
}

fn deployed_status(stack: &types::Stack) -> DeployedStatus {
    let drift = stack.drift_information();
    DeployedStatus {
        stack_id: stack.stack_id().unwrap_or_default().to_owned(),
        state: stack.stack_status().map_or_else(|| StackState::Unknown(String::new()), StackState::from),
        reason: stack.stack_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        created: stack.creation_time().map(rfc3339),
        updated: stack.last_updated_time().map(rfc3339),
        drift: drift.and_then(|drift| drift.stack_drift_status()).map_or("NOT_CHECKED", |drift| drift.as_str()).into(),
        drift_checked: drift.and_then(|drift| drift.last_check_timestamp()).map(rfc3339),
        termination_protection: stack.enable_termination_protection().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn each_state_is_carried_over() {
        for state in StackState::ALL {
            let stack = types::Stack::builder()
                .stack_name("Net")
                .creation_time(DateTime::from_secs(0))
                .stack_status(types::StackStatus::from(state.as_str()))
                .stack_status_reason("")
                .build();
            let status = deployed_status(&stack);
            assert_eq!(status.state, state);
            assert_eq!((status.reason, status.updated), (None, None));
            assert_eq!(status.created.as_deref(), Some("1970-01-01T00:00:00Z"));
            assert_eq!(status.drift, "NOT_CHECKED");
        }
    }
}
