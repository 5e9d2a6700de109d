//! A stack as CloudFormation describes it.

use aws_sdk_cloudformation::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::inspect_error::InspectError;
use crate::stack::Stack;

/// Describes the stack with this name or ARN, if there is one. A stack that is deleted is found by its ARN alone.
pub(crate) async fn described(clients: &Clients, stack_name: &str) -> Result<Option<types::Stack>, AwsError> {
    match clients.cloudformation.describe_stacks().stack_name(stack_name).send().await {
        Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next()),
        Err(error) => {
            let error = AwsError::new("cloudformation:DescribeStacks", &error);
            if error.is_absent_stack() { Ok(None) } else { Err(error) }
        }
    }
}

/// Describes a stack that has to be there.
pub(crate) async fn described_or_refused(clients: &Clients, stack: &Stack) -> Result<types::Stack, InspectError> {
    described(clients, &stack.stack_name).await?.ok_or_else(|| InspectError::NotDeployed {
        stack: stack.display_name.clone(),
        stack_name: stack.stack_name.clone(),
        region: clients.region().to_owned(),
    })
}

/// A time by RFC 3339, such as `2026-03-01T12:00:00Z`; empty where it is out of all bounds.
pub(crate) fn rfc3339(time: &DateTime) -> String {
    time.fmt(Format::DateTime).unwrap_or_default()
}
