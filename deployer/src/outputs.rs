//! What deployed stacks give out.

use aws_sdk_cloudformation::types;
use serde::Serialize;

use crate::account::{check_account, clients_of};
use crate::clients::Clients;
use crate::deploy::template::value_of;
use crate::described::described_or_refused;
use crate::inspect_error::InspectError;
use crate::secrets::{MASK, secret_outputs};
use crate::stack::Stack;

/// The outputs of a deployed stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StackOutputs {
    /// The display name.
    pub stack: String,
    /// The name in CloudFormation.
    pub stack_name: String,
    /// The outputs, by name.
    pub outputs: Vec<DeployedOutput>,
}

/// An output of a deployed stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeployedOutput {
    /// The name of the output.
    pub name: String,
    /// The value that it has.
    pub value: String,
    /// What the output is for.
    pub description: Option<String>,
    /// The name by which other stacks import it.
    pub export_name: Option<String>,
}

/// Looks up the outputs of `stacks`, in their order. One that shows a parameter with `NoEcho` has `****` as its value.
///
/// # Errors
/// A stack is not deployed, is in another account, or AWS refuses.
pub async fn outputs(stacks: &[&Stack], clients: &Clients) -> Result<Vec<StackOutputs>, InspectError> {
    check_account(stacks, clients.identity())?;
    let mut all = Vec::new();
    for stack in stacks {
        let described = described_or_refused(&clients_of(clients, stack), stack).await?;
        let secret = value_of(stack).map(|template| secret_outputs(&template)).unwrap_or_default();
        let mut outputs = outputs_of(&described);
        outputs.iter_mut().filter(|output| secret.contains(&output.name)).for_each(|output| output.value = MASK.into());
        let (stack, stack_name) = (stack.display_name.clone(), stack.stack_name.clone());
        all.push(StackOutputs { stack, stack_name, outputs });
    }
    Ok(all)
}

fn outputs_of(stack: &types::Stack) -> Vec<DeployedOutput> {
    let outputs = stack.outputs().iter().map(|output| DeployedOutput {
        name: output.output_key().unwrap_or_default().to_owned(),
        value: output.output_value().unwrap_or_default().to_owned(),
        description: output.description().map(str::to_owned),
        export_name: output.export_name().map(str::to_owned),
    });
    let mut outputs: Vec<_> = outputs.collect();
    outputs.sort();
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_ordered_by_name() {
        let output = |name: &str| types::Output::builder().output_key(name).output_value("v").build();
        let stack = types::Stack::builder().outputs(output("Url")).outputs(output("Name")).build();
        let names: Vec<String> = outputs_of(&stack).into_iter().map(|output| output.name).collect();
        assert_eq!(names, ["Name", "Url"]);
    }
}
