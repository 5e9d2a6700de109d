//! What CloudFormation has under the name of a stack.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudformation::types::{self, ResourceStatus, StackResourceSummary, TemplateStage};
use serde_json::Value;

use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::described::described;
use crate::diff;
use crate::stack_state::StackState;

/// A stack as it is.
#[derive(Clone, Debug)]
pub(crate) struct Existing {
    pub(crate) id: String,
    pub(crate) state: StackState,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) notification_arns: Vec<String>,
    pub(crate) rollback_alarms: BTreeSet<String>,
    pub(crate) monitoring_minutes: i32,
    pub(crate) termination_protection: bool,
    pub(crate) role_arn: Option<String>,
}

/// The stack of this name or ARN; nothing where there is none.
pub(crate) async fn describe(clients: &Clients, name: &str) -> Result<Option<Existing>, AwsError> {
    Ok(described(clients, name).await?.map(|stack| Existing::of(&stack, name)))
}

impl Existing {
    fn of(stack: &types::Stack, name: &str) -> Self {
        let pairs = |pairs: Vec<(Option<&str>, Option<&str>)>| -> BTreeMap<String, String> {
            pairs.into_iter().filter_map(|(key, value)| Some((key?.to_owned(), value?.to_owned()))).collect()
        };
        let rollback = stack.rollback_configuration();
        let triggers = rollback.iter().flat_map(|rollback| rollback.rollback_triggers());
        Self {
            id: stack.stack_id().or(stack.stack_name()).unwrap_or(name).to_owned(),
            state: stack.stack_status().map_or_else(|| StackState::parse("UNKNOWN"), StackState::from),
            parameters: pairs(stack.parameters().iter().map(|p| (p.parameter_key(), p.parameter_value())).collect()),
            tags: pairs(stack.tags().iter().map(|tag| (tag.key(), tag.value())).collect()),
            outputs: pairs(stack.outputs().iter().map(|output| (output.output_key(), output.output_value())).collect()),
            notification_arns: stack.notification_arns().to_vec(),
            rollback_alarms: triggers.filter_map(|trigger| trigger.arn().map(str::to_owned)).collect(),
            monitoring_minutes: rollback.and_then(|rollback| rollback.monitoring_time_in_minutes()).unwrap_or_default(),
            termination_protection: stack.enable_termination_protection().unwrap_or(false),
            role_arn: stack.role_arn().map(str::to_owned),
        }
    }
}

/// The template that a stack was last given, in JSON or in YAML; nothing where it has none yet, or none of either.
pub(crate) async fn template(clients: &Clients, id: &str) -> Result<Option<Value>, AwsError> {
    let request = clients.cloudformation.get_template().stack_name(id).template_stage(TemplateStage::Original);
    let answer = request.send().await.map_err(|error| AwsError::new("cloudformation:GetTemplate", &error))?;
    Ok(answer.template_body().filter(|body| !body.trim().is_empty()).and_then(diff::parsed))
}

/// The template of a stack that is more than the name of a change set.
pub(crate) async fn deployed(clients: &Clients, existing: Option<&Existing>) -> Result<Option<Value>, AwsError> {
    match existing.filter(|stack| stack.state != StackState::ReviewInProgress) {
        Some(stack) => template(clients, &stack.id).await,
        None => Ok(None),
    }
}

/// The physical id of one resource of a stack; nothing where the stack has no such resource, or it is deleted.
pub(crate) async fn physical_id(clients: &Clients, id: &str, logical_id: &str) -> Result<Option<String>, AwsError> {
    let request = clients.cloudformation.describe_stack_resource().stack_name(id).logical_resource_id(logical_id);
    match request.send().await {
        Ok(answer) => {
            let resource = answer.stack_resource_detail();
            let is_there = |status: &ResourceStatus| !matches!(status, ResourceStatus::DeleteComplete);
            let resource = resource.filter(|resource| resource.resource_status().is_some_and(is_there));
            Ok(resource.and_then(|resource| resource.physical_resource_id()).map(str::to_owned))
        }
        Err(error) => {
            let error = AwsError::new("cloudformation:DescribeStackResource", &error);
            // Of a missing resource as of a missing stack.
            if error.is_absent_stack() { Ok(None) } else { Err(error) }
        }
    }
}

/// All resources of a stack.
pub(crate) async fn resources(clients: &Clients, id: &str) -> Result<Vec<StackResourceSummary>, AwsError> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let request = clients.cloudformation.list_stack_resources().stack_name(id).set_next_token(token);
        let answer = request.send().await;
        let answer = answer.map_err(|error| AwsError::new("cloudformation:ListStackResources", &error))?;
        all.extend(answer.stack_resource_summaries.unwrap_or_default());
        token = answer.next_token;
        if token.is_none() {
            return Ok(all);
        }
    }
}
