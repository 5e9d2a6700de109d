//! What CloudFormation has under the name of a stack.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{self, StackResourceSummary, TemplateStage};
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
        Self {
            id: stack.stack_id().or(stack.stack_name()).unwrap_or(name).to_owned(),
            state: stack.stack_status().map_or_else(|| StackState::parse("UNKNOWN"), StackState::from),
            parameters: pairs(stack.parameters().iter().map(|p| (p.parameter_key(), p.parameter_value())).collect()),
            tags: pairs(stack.tags().iter().map(|tag| (tag.key(), tag.value())).collect()),
            outputs: pairs(stack.outputs().iter().map(|output| (output.output_key(), output.output_value())).collect()),
            notification_arns: stack.notification_arns().to_vec(),
            termination_protection: stack.enable_termination_protection().unwrap_or(false),
            role_arn: stack.role_arn().map(str::to_owned),
        }
    }
}

/// The template that a stack was last given, in JSON or in YAML; nothing where it is neither.
pub(crate) async fn template(clients: &Clients, id: &str) -> Result<Option<Value>, AwsError> {
    let request = clients.cloudformation.get_template().stack_name(id).template_stage(TemplateStage::Original);
    let answer = request.send().await.map_err(|error| AwsError::new("cloudformation:GetTemplate", &error))?;
    Ok(answer.template_body().and_then(diff::parsed))
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
