//! Change sets: what CloudFormation would do, before it does it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    Capability, Change, ChangeSetStatus, ChangeSetType, DeploymentMode, ExecutionStatus, Parameter, Replacement, Tag,
};
use tokio::time::sleep;

use super::stack_options::StackOptions;
use super::template::{Template, Way};
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// What all names of our change sets begin with.
pub(super) const PREFIX: &str = "belvedere-";

/// All that a stack is to be.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) stack_name: &'a str,
    pub(crate) template: &'a Template,
    /// The values of parameters; those that keep their value have none.
    pub(crate) parameters: BTreeMap<String, Option<String>>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) notification_arns: Vec<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) options: &'a StackOptions,
    /// Whether it is asked for in Express mode.
    pub(crate) express: bool,
}

impl Target<'_> {
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let parameter = |(name, value): (&String, &Option<String>)| {
            let parameter = Parameter::builder().parameter_key(name).set_parameter_value(value.clone());
            parameter.set_use_previous_value(value.is_none().then_some(true)).build()
        };
        self.parameters.iter().map(parameter).collect()
    }

    pub(crate) fn tags(&self) -> Vec<Tag> {
        self.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    pub(crate) fn fingerprint(&self) -> String {
        let parameters = self.parameters.iter().map(|(name, value)| (name.clone(), value.clone().unwrap_or_default()));
        let topics = self.notification_arns.iter().map(|arn| (arn.clone(), String::new())).collect();
        let role = self.role_arn.iter().map(|arn| (arn.clone(), String::new())).collect();
        let mut options: BTreeMap<String, String> = self.options.told().into_iter().collect();
        options.extend(self.express.then(|| ("express".to_owned(), String::new())));
        self.template.fingerprint(&[&parameters.collect(), &self.tags, &topics, &role, &options])
    }
}

/// What templates may need: whoever reviews a template reviews its IAM resources, too.
pub(crate) fn capabilities() -> Vec<Capability> {
    vec![Capability::CapabilityIam, Capability::CapabilityNamedIam, Capability::CapabilityAutoExpand]
}

/// What would be done to one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceChange {
    pub(crate) logical_id: String,
    pub(crate) resource_type: String,
    pub(crate) replaces: bool,
}

/// A change set that is ready.
#[derive(Clone, Debug)]
pub(crate) struct ChangeSet {
    pub(crate) id: String,
    pub(crate) stack_id: String,
    pub(crate) changes: Vec<ResourceChange>,
}

/// What became of the wish for a change set.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    Ready(ChangeSet),
    /// There is nothing to change.
    Empty {
        stack_id: String,
    },
    /// CloudFormation refuses; its words.
    Refused {
        reason: String,
    },
}

/// Makes a change set, or finds the one that an interrupted run has made for the very same.
pub(crate) async fn make(clients: &Clients, target: &Target<'_>, kind: ChangeSetType) -> Result<Made, AwsError> {
    let again = kind.clone();
    let name = format!("{PREFIX}{}", target.fingerprint());
    let request = clients
        .cloudformation
        .create_change_set()
        .stack_name(target.stack_name)
        .change_set_name(&name)
        .change_set_type(kind)
        .set_capabilities(Some(capabilities()))
        .set_parameters(Some(target.parameters()))
        .set_tags(Some(target.tags()))
        .set_notification_arns(Some(target.notification_arns.clone()))
        .set_role_arn(target.role_arn.clone())
        .set_rollback_configuration(target.options.rollback_configuration())
        .set_import_existing_resources(target.options.import_existing_resources.then_some(true))
        .set_deployment_mode(target.options.revert_drift.then_some(DeploymentMode::RevertDrift));
    let request = match &target.template.way {
        Way::Body(body) => request.template_body(body),
        Way::Url(url) => request.template_url(url),
    };
    let id = match request.send().await.map_err(|error| AwsError::new("cloudformation:CreateChangeSet", &error)) {
        Ok(answer) => answer.id,
        Err(error) if error.code == "AlreadyExistsException" => None,
        Err(error) if error.code == "ValidationError" => return Ok(Made::Refused { reason: error.message }),
        Err(error) => return Err(error),
    };
    // One of the same name was made for the same template, by a run that was interrupted; the stack may have changed
    // since, and then CloudFormation does not take it any more.
    let found = id.is_none();
    match settle(clients, target.stack_name, id.as_deref().unwrap_or(&name)).await? {
        Settled::Made(made) => Ok(made),
        Settled::Stale { id } if found => {
            delete(clients, target.stack_name, &id).await?;
            Box::pin(make(clients, target, again)).await
        }
        Settled::Stale { id } => Ok(Made::Refused { reason: format!("the change set {id} cannot be executed") }),
    }
}

enum Settled {
    Made(Made),
    Stale { id: String },
}

/// Waits until a change set is ready, or failed.
async fn settle(clients: &Clients, stack_name: &str, id: &str) -> Result<Settled, AwsError> {
    let mut pause = Duration::from_millis(250);
    let first = loop {
        let answer = page(clients, stack_name, id, None).await?;
        match answer.status() {
            Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress) => {}
            _ => break answer,
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_secs(3));
    };
    let stack_id = first.stack_id().unwrap_or(stack_name).to_owned();
    let set_id = first.change_set_id().unwrap_or(id).to_owned();
    if first.status() == Some(&ChangeSetStatus::Failed) {
        delete(clients, stack_name, &set_id).await?;
        let reason = first.status_reason().unwrap_or("CloudFormation does not say why").to_owned();
        let empty =
            ["didn't contain changes", "No updates are to be performed"].iter().any(|text| reason.contains(text));
        return Ok(Settled::Made(if empty { Made::Empty { stack_id } } else { Made::Refused { reason } }));
    }
    if first.execution_status().is_some_and(|status| *status != ExecutionStatus::Available) {
        return Ok(Settled::Stale { id: set_id });
    }
    let mut changes: Vec<ResourceChange> = first.changes().iter().filter_map(change).collect();
    let mut token = first.next_token;
    while token.is_some() {
        let next = page(clients, stack_name, &set_id, token).await?;
        changes.extend(next.changes().iter().filter_map(change));
        token = next.next_token;
    }
    Ok(Settled::Made(Made::Ready(ChangeSet { id: set_id, stack_id, changes })))
}

async fn page(
    clients: &Clients,
    stack_name: &str,
    id: &str,
    token: Option<String>,
) -> Result<DescribeChangeSetOutput, AwsError> {
    let request = clients.cloudformation.describe_change_set().stack_name(stack_name).change_set_name(id);
    let answer = request.set_next_token(token).send().await;
    answer.map_err(|error| AwsError::new("cloudformation:DescribeChangeSet", &error))
}

fn change(change: &Change) -> Option<ResourceChange> {
    let change = change.resource_change()?;
    Some(ResourceChange {
        logical_id: change.logical_resource_id()?.to_owned(),
        resource_type: change.resource_type().unwrap_or_default().to_owned(),
        replaces: change.replacement() == Some(&Replacement::True),
    })
}

/// Takes a change set back.
pub(crate) async fn delete(clients: &Clients, stack_name: &str, id: &str) -> Result<(), AwsError> {
    let request = clients.cloudformation.delete_change_set().stack_name(stack_name).change_set_name(id);
    match request.send().await.map_err(|error| AwsError::new("cloudformation:DeleteChangeSet", &error)) {
        Err(error) if error.code != "ChangeSetNotFound" && error.code != "ChangeSetNotFoundException" => Err(error),
        _ => Ok(()),
    }
}

/// Has a change set done. A second request for the same does nothing more.
pub(crate) async fn execute(clients: &Clients, set: &ChangeSet, roll_back: bool) -> Result<(), AwsError> {
    // The last part of the ARN is its own.
    let token = set.id.rsplit('/').next().unwrap_or_default();
    let request = clients.cloudformation.execute_change_set().change_set_name(&set.id).client_request_token(token);
    let request = request.set_disable_rollback((!roll_back).then_some(true));
    request.send().await.map_err(|error| AwsError::new("cloudformation:ExecuteChangeSet", &error))?;
    Ok(())
}
