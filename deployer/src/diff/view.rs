//! Asking CloudFormation what it would do, and leaving nothing behind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudformation::types::{Capability, ChangeSetStatus, ChangeSetType, Parameter, Tag};
use tokio::time::{Instant, sleep};

use super::change_set::{ChangeSetView, ForeseenChange};
use super::diff_error::DiffError;
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::described::described;

/// What CloudFormation is asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) stack_name: String,
    pub(super) template: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) tags: Vec<Tag>,
    /// Whether the stack has no resources yet.
    pub(super) is_new: bool,
    /// Whether there was no stack of the name at all, so that one that is there afterwards is ours.
    pub(super) is_absent: bool,
    /// The construct paths of both templates, by logical id.
    pub(super) paths: std::collections::BTreeMap<String, String>,
}

/// How an attempt ends: CloudFormation's answer, or its refusal in its own words.
pub(super) type Answer = Result<ChangeSetView, String>;

/// A change set is made within this time, or never.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long it is tried to delete what was made.
const CLEANING: Duration = Duration::from_secs(60);

/// Asks by a change set, which is deleted again whatever happens. The work goes on to that end where whoever asked does
/// not wait for it any more.
pub(super) async fn view(clients: Clients, request: Request) -> Result<Answer, DiffError> {
    let task = tokio::spawn(async move {
        let name = change_set_name();
        let asked = tokio::select! {
            answer = ask(&clients, &request, &name) => Some(answer),
            () = interrupted() => None,
        };
        clean(&clients, &request, &name).await?;
        match asked {
            Some(answer) => answer,
            None => Err(DiffError::Interrupted { stack: request.stack_name }),
        }
    });
    task.await.map_err(|error| DiffError::Task { cause: error.to_string() })?
}

/// A name that no other run has.
fn change_set_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("belvedere-diff-{}-{}", since.as_micros(), std::process::id())
}

/// Waits for Ctrl-C, or for the signal by which a runner of jobs ends them.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Where signals cannot be listened to, nobody is interrupted.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn ask(clients: &Clients, request: &Request, name: &str) -> Result<Answer, DiffError> {
    let kind = if request.is_new { ChangeSetType::Create } else { ChangeSetType::Update };
    let creation = clients.cloudformation.create_change_set();
    let creation = creation.stack_name(&request.stack_name).change_set_name(name).change_set_type(kind);
    let creation = creation.client_token(name).description("a comparison by belvedere, never to be executed");
    let creation = creation.template_body(&request.template).set_parameters(Some(request.parameters.clone()));
    let creation = creation.set_tags((!request.tags.is_empty()).then(|| request.tags.clone()));
    let creation = creation
        .capabilities(Capability::CapabilityIam)
        .capabilities(Capability::CapabilityNamedIam)
        .capabilities(Capability::CapabilityAutoExpand);
    if let Err(error) = creation.send().await {
        let error = AwsError::new("cloudformation:CreateChangeSet", &error);
        // A refusal is an answer; the templates can be compared all the same.
        return if error.code.is_empty() { Err(error.into()) } else { Ok(Err(error.message)) };
    }
    let start = Instant::now();
    let mut pause = Duration::from_millis(100);
    let mut changes = Vec::new();
    let mut token = None;
    loop {
        let page = clients.cloudformation.describe_change_set().include_property_values(true);
        let page = page.stack_name(&request.stack_name).change_set_name(name).set_next_token(token.clone());
        let page = page.send().await.map_err(|error| AwsError::new("cloudformation:DescribeChangeSet", &error))?;
        match page.status() {
            Some(ChangeSetStatus::CreateComplete) => {
                let resources = page.changes().iter().filter_map(|change| change.resource_change());
                let path_of = |id: &str| request.paths.get(id).cloned();
                changes.extend(resources.map(|change| ForeseenChange::of(change, path_of)));
                token = page.next_token().map(str::to_owned);
                if token.is_none() {
                    return Ok(Ok(ChangeSetView { changes }));
                }
            }
            Some(ChangeSetStatus::Failed) => {
                let reason = page.status_reason().unwrap_or("it does not say why");
                return Ok(if is_unchanged(reason) { Ok(ChangeSetView::default()) } else { Err(reason.to_owned()) });
            }
            _ if start.elapsed() > PATIENCE => {
                return Ok(Err(format!("there is no answer after {} s", PATIENCE.as_secs())));
            }
            _ => {
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
            }
        }
    }
}

/// Whether a change set failed because there is nothing to change.
fn is_unchanged(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

/// Deletes the change set, and the stack that it made.
async fn clean(clients: &Clients, request: &Request, name: &str) -> Result<(), DiffError> {
    let stack = &request.stack_name;
    let left = |what: String| move |source| DiffError::LeftBehind { what, stack: stack.clone(), source };
    let start = Instant::now();
    loop {
        let deletion = clients.cloudformation.delete_change_set().stack_name(stack).change_set_name(name).send().await;
        let Err(error) = deletion else { break };
        let error = AwsError::new("cloudformation:DeleteChangeSet", &error);
        let is_gone = error.is_absent_stack() || error.code.starts_with("ChangeSetNotFound");
        if is_gone {
            break;
        }
        // While it is being made it cannot be deleted.
        if start.elapsed() > CLEANING {
            return Err(left(format!("the change set {name}"))(error));
        }
        sleep(Duration::from_secs(1)).await;
    }
    if request.is_absent {
        clean_stack(clients, stack).await.map_err(left("an empty stack in REVIEW_IN_PROGRESS".to_owned()))?;
    }
    Ok(())
}

/// Deletes a stack that has never been more than the place of a change set, and of nobody else's.
async fn clean_stack(clients: &Clients, stack: &str) -> Result<(), AwsError> {
    if status(clients, stack).await?.as_deref() != Some("REVIEW_IN_PROGRESS") {
        return Ok(());
    }
    let others = clients.cloudformation.list_change_sets().stack_name(stack).send().await;
    let others = others.map_err(|error| AwsError::new("cloudformation:ListChangeSets", &error))?;
    let is_there = |status: Option<&ChangeSetStatus>| {
        !matches!(
            status,
            Some(ChangeSetStatus::DeleteComplete | ChangeSetStatus::DeleteInProgress | ChangeSetStatus::DeletePending)
        )
    };
    if others.summaries().iter().any(|other| is_there(other.status())) {
        return Ok(());
    }
    let deletion = clients.cloudformation.delete_stack().stack_name(stack).send().await;
    deletion.map_err(|error| AwsError::new("cloudformation:DeleteStack", &error))?;
    let start = Instant::now();
    while start.elapsed() < CLEANING {
        match status(clients, stack).await?.as_deref() {
            Some("REVIEW_IN_PROGRESS" | "DELETE_IN_PROGRESS") => sleep(Duration::from_millis(500)).await,
            _ => break,
        }
    }
    Ok(())
}

async fn status(clients: &Clients, stack: &str) -> Result<Option<String>, AwsError> {
    let stack = described(clients, stack).await?;
    Ok(stack.and_then(|stack| Some(stack.stack_status()?.as_str().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_of_change_sets() {
        let name = change_set_name();
        assert!(name.len() <= 128 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{name}");
    }

    #[test]
    fn nothing_to_change_is_no_failure() {
        assert!(is_unchanged("The submitted information didn't contain changes. Submit different information."));
        assert!(is_unchanged("No updates are to be performed."));
        assert!(!is_unchanged("Template error: instance of Fn::GetAtt references undefined resource X"));
    }
}
