//! What is checked on every finished stack, beside what constructs check themselves.
//!
//! The limits are those of the [CloudFormation quotas](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
//! A check against the full resource schemas belongs here, as one more function that [`stack`] calls.

use std::collections::BTreeMap;

use crate::body::Body;
use crate::problem::Problem;

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

/// Reports stacks that would be deployed, or written, over each other.
pub(crate) fn names(bodies: &[&mut Body], problems: &mut Vec<Problem>) {
    let mut deployed: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut artifacts: BTreeMap<String, String> = BTreeMap::new();
    for body in bodies {
        let path = format!("{}{}", body.prefix, body.id);
        let location = Some(body.nodes[0].location);
        let (name, artifact) = (body.deployed_name(), body.artifact_id());
        // Stacks of one path were reported as such.
        let other = deployed.insert((name.clone(), body.environment.to_string()), path.clone());
        let is_other = |other: &String| *other != path;
        if let Some(other) = other.filter(is_other) {
            let message =
                format!("is deployed under the name `{name}`, and so is {other}: give one another `stack_name`");
            problems.push(Problem { path, message, location });
        } else if let Some(other) = artifacts.insert(artifact.clone(), path.clone()).filter(is_other) {
            let message = format!("has the artifact id `{artifact}`, and so has {other}: give one of them another id");
            problems.push(Problem { path, message, location });
        }
    }
}
