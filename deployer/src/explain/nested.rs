//! Nested stacks: what failed inside of them.

use futures_util::future::join_all;

use super::{Explanation, asked, explain_at};
use crate::clients::Clients;
use crate::construct_paths::construct_paths_in;
use crate::deploy::{existing, told};
use crate::last_operation::LastOperation;

/// How deep is looked, and at how many causes of one stack.
const DEPTH: usize = 4;
const CAUSES: usize = 3;

/// What failed in the stack with this ARN, and why.
pub(super) async fn of_stack(clients: &Clients, arn: &str, stack: &str, depth: usize) -> Explanation {
    if depth >= DEPTH || !arn.contains(":stack/") {
        return Explanation::default();
    }
    let template = asked(existing::template(clients, arn)).await.flatten();
    let paths = template.as_ref().map(construct_paths_in).unwrap_or_default();
    let Some(operation) = asked(LastOperation::look_up(clients, arn, stack, &paths)).await else {
        return Explanation::default();
    };
    let causes: Vec<_> = operation.causes().into_iter().take(CAUSES).collect();
    let explained = join_all(causes.iter().map(|cause| Box::pin(explain_at(clients, cause, depth + 1)))).await;
    let mut whole = Explanation::default();
    for (cause, explanation) in causes.into_iter().zip(explained) {
        whole.lines.push(format!("in it: {}", told(cause)));
        whole.lines.extend(explanation.lines.into_iter().map(|line| format!("  {line}")));
        whole.advice = whole.advice.or(explanation.advice);
    }
    whole
}
