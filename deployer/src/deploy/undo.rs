//! Having CloudFormation undo what has failed.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::ResourceStatus;

use super::existing::{self, Existing};
use super::follow::Follower;
use super::token;
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::stack_state::StackState;

/// Undoes what was left as it failed, and returns the state that the stack has come to. A stack that was never whole
/// loses all that it has.
pub(crate) async fn roll_back(
    clients: &Clients,
    stack: &Existing,
    follower: &mut Follower<'_>,
) -> Result<StackState, AwsError> {
    let request = clients.cloudformation.rollback_stack().stack_name(&stack.id).client_request_token(token::unique());
    let answer = request.send().await.map_err(|error| AwsError::new("cloudformation:RollbackStack", &error));
    begun(clients, stack, answer.map(|_| ())).await?;
    Ok(StackState::parse(&follower.rest("the roll back").await?))
}

/// Goes on with a roll back that has failed, without the resources in `skip`, and returns the state that the stack has
/// come to.
pub(crate) async fn go_on(
    clients: &Clients,
    stack: &Existing,
    skip: &[String],
    follower: &mut Follower<'_>,
) -> Result<StackState, AwsError> {
    let request = clients.cloudformation.continue_update_rollback().stack_name(&stack.id);
    let request = request.client_request_token(token::unique());
    let request = request.set_resources_to_skip((!skip.is_empty()).then(|| skip.to_vec()));
    let answer = request.send().await.map_err(|error| AwsError::new("cloudformation:ContinueUpdateRollback", &error));
    begun(clients, stack, answer.map(|_| ())).await?;
    Ok(StackState::parse(&follower.rest("the roll back").await?))
}

/// A refusal may be that of a second request, the answer to the first having been lost: then the roll back goes on.
async fn begun(clients: &Clients, stack: &Existing, answer: Result<(), AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if error.code == "ValidationError" => match existing::describe(clients, &stack.id).await? {
            Some(now) if now.state != stack.state => Ok(()),
            _ => Err(error),
        },
        answer => answer,
    }
}

/// A resource at which a roll back has failed, and what its service says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    pub(crate) logical_id: String,
    pub(crate) resource_type: String,
    pub(crate) reason: Option<String>,
}

impl Stuck {
    /// The resource as a person knows it, and why.
    pub(crate) fn told(&self, paths: &BTreeMap<String, String>) -> String {
        let place = paths.get(&self.logical_id).unwrap_or(&self.logical_id);
        let reason = self.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{place} ({}){reason}", self.resource_type)
    }
}

/// The resources at which the roll back of a stack has failed.
pub(crate) async fn stuck(clients: &Clients, stack: &Existing) -> Result<Vec<Stuck>, AwsError> {
    let resources = existing::resources(clients, &stack.id).await?.into_iter();
    let stuck = resources.filter(|resource| resource.resource_status() == Some(&ResourceStatus::UpdateFailed));
    Ok(stuck
        .map(|resource| Stuck {
            logical_id: resource.logical_resource_id().unwrap_or_default().to_owned(),
            resource_type: resource.resource_type().unwrap_or_default().to_owned(),
            reason: resource.resource_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        })
        .collect())
}
