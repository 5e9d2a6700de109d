//! What CloudFormation has under the name of a stack.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{StackResourceSummary, StackStatus, TemplateStage};
use serde_json::Value;

use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// A stack as it is.
#[derive(Clone, Debug)]
pub(crate) struct Existing {
    pub(crate) id: String,
    pub(crate) status: StackStatus,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) notification_arns: Vec<String>,
    pub(crate) termination_protection: bool,
    pub(crate) role_arn: Option<String>,
}

/// The stack of this name or ARN; nothing where there is none. A stack that is deleted is found by its ARN alone.
pub(crate) async fn describe(clients: &Clients, name: &str) -> Result<Option<Existing>, AwsError> {
    let answer = clients.cloudformation.describe_stacks().stack_name(name).send().await;
    let answer = match answer.map_err(|error| AwsError::new("cloudformation:DescribeStacks", &error)) {
        Ok(answer) => answer,
        // The service has no code of its own for it.
        Err(error) if error.code == "ValidationError" && error.message.contains("does not exist") => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(stack) = answer.stacks().first() else { return Ok(None) };
    let status = stack.stack_status().cloned().unwrap_or(StackStatus::from("UNKNOWN"));
    let pairs = |pairs: Vec<(Option<&str>, Option<&str>)>| -> BTreeMap<String, String> {
        pairs.into_iter().filter_map(|(key, value)| Some((key?.to_owned(), value?.to_owned()))).collect()
    };
    Ok(Some(Existing {
        id: stack.stack_id().or(stack.stack_name()).unwrap_or(name).to_owned(),
        status,
        parameters: pairs(stack.parameters().iter().map(|p| (p.parameter_key(), p.parameter_value())).collect()),
        tags: pairs(stack.tags().iter().map(|tag| (tag.key(), tag.value())).collect()),
        outputs: pairs(stack.outputs().iter().map(|output| (output.output_key(), output.output_value())).collect()),
        notification_arns: stack.notification_arns().to_vec(),
        termination_protection: stack.enable_termination_protection().unwrap_or(false),
        role_arn: stack.role_arn().map(str::to_owned),
    }))
}

/// The template that a stack was last given; nothing where it is not JSON.
pub(crate) async fn template(clients: &Clients, id: &str) -> Result<Option<Value>, AwsError> {
    let request = clients.cloudformation.get_template().stack_name(id).template_stage(TemplateStage::Original);
    let answer = request.send().await.map_err(|error| AwsError::new("cloudformation:GetTemplate", &error))?;
    Ok(answer.template_body().and_then(|body| serde_json::from_str(body).ok()))
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
