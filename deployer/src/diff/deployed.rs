//! What is deployed.

use std::collections::BTreeSet;

use aws_sdk_cloudformation::types::TemplateStage;
use serde_json::{Value, json};

use super::diff_error::DiffError;
use super::yaml;
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::described::described;

/// What is deployed under a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deployed {
    /// The status of the stack; nothing where there is none.
    pub(super) status: Option<String>,
    pub(super) template: Value,
    /// The names of the parameters that the stack has values of.
    pub(super) parameters: BTreeSet<String>,
}

impl Deployed {
    /// Gets what is deployed as `stack_name`.
    pub(super) async fn get(clients: &Clients, stack_name: &str) -> Result<Self, DiffError> {
        let mut deployed = Self { status: None, template: json!({}), parameters: BTreeSet::new() };
        let Some(stack) = described(clients, stack_name).await? else { return Ok(deployed) };
        let status = stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default();
        deployed.parameters =
            stack.parameters().iter().filter_map(|parameter| parameter.parameter_key().map(str::to_owned)).collect();
        let has_resources = !is_empty_stack(&status);
        deployed.status = Some(status);
        if !has_resources {
            return Ok(deployed);
        }
        let template = clients.cloudformation.get_template().stack_name(stack_name);
        let answer = template.template_stage(TemplateStage::Original).send().await;
        let answer = match answer.map_err(|error| AwsError::new("cloudformation:GetTemplate", &error)) {
            // It has gone in the meantime.
            Err(error) if error.is_absent_stack() => return Ok(Self { status: None, ..deployed }),
            answer => answer?,
        };
        let body = answer.template_body().unwrap_or_default();
        deployed.template = match serde_json::from_str(body) {
            Ok(template) => template,
            Err(_) => {
                yaml::template(body).map_err(|source| DiffError::Unreadable { stack: stack_name.to_owned(), source })?
            }
        };
        Ok(deployed)
    }

    /// Whether there is nothing that a change could touch.
    pub(super) fn is_new(&self) -> bool {
        self.status.as_deref().is_none_or(is_empty_stack)
    }
}

/// Whether a stack in this status has no resources: nothing was ever made, or what was is gone again.
fn is_empty_stack(status: &str) -> bool {
    matches!(status, "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE" | "DELETE_COMPLETE")
}
