//! Why stacks are not well: what failed last, and what does not serve now.

mod serving;

use std::collections::BTreeMap;

use futures_util::future::{join, join_all, try_join_all};
use serde::Serialize;

use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::construct_paths::construct_paths;
use crate::deploy_error::AwsError;
use crate::described::described;
use crate::explain::{Explanation, explain};
use crate::inspect_error::InspectError;
use crate::last_operation::LastOperation;
use crate::resource_event::ResourceEvent;
use crate::stack::Stack;
use crate::stack_state::StackState;

/// How many causes are explained; all are told.
const CAUSES: usize = 5;

/// How a stack is, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnosis {
    /// The display name.
    pub stack: String,
    /// The name in CloudFormation.
    pub stack_name: String,
    /// The region that it is in, or would be.
    pub region: String,
    /// Whether nothing was found that is not as it should be.
    pub well: bool,
    /// The state; nothing where it is not deployed.
    pub state: Option<StackState>,
    /// What the state means.
    pub means: String,
    /// Why it has that state, in CloudFormation's words.
    pub reason: Option<String>,
    /// What to do next; nothing where all is well.
    pub next: Option<String>,
    /// What failed last, where the stack has not come from that since.
    pub failed: Option<FailedOperation>,
    /// What is there, but does not serve.
    pub findings: Vec<Finding>,
}

/// An operation on a stack that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FailedOperation {
    /// When it began, by RFC 3339.
    pub began: Option<String>,
    /// What failed, the first cause first.
    pub causes: Vec<Cause>,
    /// What was cancelled because of that: the paths of the constructs, or logical ids where those are not known.
    pub cancelled: Vec<String>,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Cause {
    /// What CloudFormation says of the resource.
    #[serde(flatten)]
    pub event: ResourceEvent,
    /// What the services say besides, a line each.
    pub details: Vec<String>,
    /// What to do about it.
    pub advice: Option<String>,
}

/// A resource that is there, but does not serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// The logical id.
    pub logical_id: String,
    /// The path of the construct, where the assembly tells it.
    pub path: Option<String>,
    /// The type, such as `AWS::ECS::Service`.
    pub resource_type: String,
    /// The id that the service gave it.
    pub physical_id: String,
    /// What is wrong.
    pub text: String,
    /// What the services say besides, a line each.
    pub details: Vec<String>,
    /// What to do about it.
    pub advice: Option<String>,
}

/// Finds out why each of `stacks` is not well, in their order: what failed in the last operation on it, and which of its
/// services, targets and functions do not serve now. One that is not deployed is no error.
///
/// # Errors
/// A stack is in another account, or AWS refuses.
pub async fn diagnose(stacks: &[&Stack], clients: &Clients) -> Result<Vec<Diagnosis>, InspectError> {
    check_account(stacks, clients.identity())?;
    try_join_all(stacks.iter().map(|stack| one(stack, clients_of(clients, stack)))).await.map_err(Into::into)
}

async fn one(stack: &Stack, clients: Clients) -> Result<Diagnosis, AwsError> {
    let described = described(&clients, &stack.stack_name).await?;
    let mut diagnosis = Diagnosis {
        stack: stack.display_name.clone(),
        stack_name: stack.stack_name.clone(),
        region: clients.region().to_owned(),
        well: true,
        state: None,
        means: "it is not deployed".to_owned(),
        reason: None,
        next: None,
        failed: None,
        findings: Vec::new(),
    };
    let Some(described) = described else { return Ok(diagnosis) };
    let state = described.stack_status().map_or_else(|| StackState::parse("UNKNOWN"), StackState::from);
    let id = described.stack_id().unwrap_or(&stack.stack_name);
    let paths = construct_paths(&stack.template.path);
    let (failed, findings) =
        join(failed_operation(&clients, id, stack, &state, &paths), serving::findings(&clients, id, &state, &paths))
            .await;
    (diagnosis.failed, diagnosis.findings) = (failed?, findings?);
    diagnosis.well = !state.is_failed() && diagnosis.failed.is_none() && diagnosis.findings.is_empty();
    diagnosis.means = state.means().to_owned();
    diagnosis.reason = described.stack_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned);
    diagnosis.next = state.next_step().map(str::to_owned);
    diagnosis.state = Some(state);
    Ok(diagnosis)
}

async fn failed_operation(
    clients: &Clients,
    id: &str,
    stack: &Stack,
    state: &StackState,
    paths: &BTreeMap<String, String>,
) -> Result<Option<FailedOperation>, AwsError> {
    if state.ended_well() || *state == StackState::ReviewInProgress {
        return Ok(None);
    }
    let operation = LastOperation::look_up(clients, id, &stack.display_name, paths).await?;
    let causes = operation.causes();
    if causes.is_empty() && !state.is_failed() {
        return Ok(None);
    }
    let explanations = join_all(causes.iter().take(CAUSES).map(|cause| explain(clients, cause))).await;
    let rest = std::iter::repeat_with(Explanation::default);
    let told = causes.iter().zip(explanations.into_iter().chain(rest)).map(|(cause, explanation)| Cause {
        event: (*cause).clone(),
        details: explanation.lines,
        advice: explanation.advice,
    });
    let name = |event: &ResourceEvent| event.path.clone().unwrap_or_else(|| event.logical_id.clone());
    let mut cancelled: Vec<String> = operation.cancelled().into_iter().map(name).collect();
    cancelled.retain(|name| !causes.iter().any(|cause| cause.path.as_ref().unwrap_or(&cause.logical_id) == name));
    let began = operation.began().map(|event| event.time.clone());
    Ok(Some(FailedOperation { began, causes: told.collect(), cancelled }))
}
