//! What is checked on every finished stack, beside what constructs check themselves.
//!
//! The limits are those of the [CloudFormation quotas](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
//! A check against the full resource schemas belongs here, as one more function that [`stack`] calls.

use std::collections::BTreeMap;

use crate::problem::Problem;
use crate::stack::Body;

const MAX_RESOURCES: usize = 500;
const MAX_OUTPUTS: usize = 200;
const MAX_PARAMETERS: usize = 200;
const MAX_MAPPINGS: usize = 200;
const MAX_DESCRIPTION_BYTES: usize = 1_024;
const MAX_TEMPLATE_BYTES: usize = 1_048_576;

/// The largest template that can be sent with a request; a larger one is read from a bucket.
pub(crate) const MAX_INLINE_TEMPLATE_BYTES: usize = 51_200;

/// Reports what CloudFormation would refuse in a stack.
pub(crate) fn stack(body: &Body, problems: &mut Vec<Problem>) {
    let path = format!("{}{}", body.prefix, body.id);
    let location = Some(body.nodes[0].location);
    let mut complain = |message: String| problems.push(Problem { path: path.clone(), message, location });
    let template = &body.template;

    if template.resources.is_empty() {
        complain(
            "has no resources, and CloudFormation deploys no empty stack: add one, or leave the stack out".to_owned(),
        );
    }
    for (what, count, most) in [
        ("resources", template.resources.len(), MAX_RESOURCES),
        ("outputs", template.outputs.len(), MAX_OUTPUTS),
        ("parameters", template.parameters.len(), MAX_PARAMETERS),
        ("mappings", template.mappings.len(), MAX_MAPPINGS),
    ] {
        if count > most {
            complain(format!("has {count} {what}, and a stack has at most {most}: move some to a stack of their own"));
        }
    }
    if let Some(description) = &template.description
        && description.len() > MAX_DESCRIPTION_BYTES
    {
        complain(format!(
            "has a description of {} bytes, and at most {MAX_DESCRIPTION_BYTES} are allowed",
            description.len()
        ));
    }
    let name = body.deployed_name();
    if !(name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    {
        complain(format!("a stack's name is a letter, then at most 127 letters, digits and hyphens, got `{name}`"));
    }
    for message in body.environment.problems() {
        complain(message);
    }
}

/// Reports a template that is too large to be deployed in any way.
pub(crate) fn template_size(body: &Body, bytes: usize, problems: &mut Vec<Problem>) {
    if bytes > MAX_TEMPLATE_BYTES {
        problems.push(Problem {
            path: format!("{}{}", body.prefix, body.id),
            message: format!(
                "has a template of {bytes} bytes, and CloudFormation takes at most {MAX_TEMPLATE_BYTES}: move some resources to a stack of their own"
            ),
            location: Some(body.nodes[0].location),
        });
    }
}

/// Reports stacks that would be deployed over each other.
pub(crate) fn names(bodies: &[&mut Body], problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    for body in bodies {
        let path = format!("{}{}", body.prefix, body.id);
        let key = (body.deployed_name(), body.environment.to_string());
        if let Some(other) = seen.insert(key.clone(), path.clone())
            && other != path
        {
            problems.push(Problem {
                path,
                message: format!(
                    "is deployed under the name `{}`, and so is {other}: give one another `stack_name`",
                    key.0
                ),
                location: Some(body.nodes[0].location),
            });
        }
    }
}
