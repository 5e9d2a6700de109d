//! Proving that nothing of a stack is left.

use std::time::Duration;

use aws_sdk_resourcegroupstagging::types::TagFilter;
use tokio::time::{Instant, sleep};

use super::removal::Retained;
use crate::clients::Clients;
use crate::deploy_error::AwsError;
use crate::report::{Event, Events};

/// The tag that CloudFormation puts on all that it makes.
const TAG: &str = "aws:cloudformation:stack-id";
/// For how long the index of tags may lag behind, and how often it is asked meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_secs(4);
/// How many values one filter may have.
const VALUES: usize = 20;

/// The ARNs of what still has the tag of these stacks and is not kept on purpose; nothing where nobody says. It is told as
/// well.
pub(super) async fn left(
    clients: &Clients,
    name: &str,
    ids: &[String],
    retained: &[Retained],
    events: &Events,
) -> Option<Vec<String>> {
    let note = |text: String| events.send(Event::Note { stack: Some(name.to_owned()), text });
    let begin = Instant::now();
    loop {
        let left = match tagged(clients, ids).await {
            Ok(arns) => arns.into_iter().filter(|arn| counts(arn, retained)).collect::<Vec<_>>(),
            Err(error) => {
                note(format!("the stack is gone; that nothing is left is not proven: {error}"));
                return None;
            }
        };
        if left.is_empty() {
            return Some(left);
        }
        if begin.elapsed() + PAUSE > PATIENCE {
            for arn in &left {
                note(format!("{arn} still has the tag of the stack: see whether it is there, and delete it by hand"));
            }
            return Some(left);
        }
        let what = format!("the index of tags to forget {} of what was deleted", left.len());
        events.send(Event::Waiting { stack: name.to_owned(), what, elapsed: begin.elapsed() });
        sleep(PAUSE).await;
    }
}

/// Whether something that has the tag is left over. Keys are deleted after a while, and task definitions never are: all that
/// a deletion does is to say so.
fn counts(arn: &str, retained: &[Retained]) -> bool {
    let service = arn.split(':').nth(2).unwrap_or_default();
    let goes_by_itself =
        (service == "kms" && arn.contains(":key/")) || (service == "ecs" && arn.contains(":task-definition/"));
    !goes_by_itself && !retained.iter().any(|one| one.is(arn))
}

/// The ARNs of all that has the tag, in order.
async fn tagged(clients: &Clients, ids: &[String]) -> Result<Vec<String>, AwsError> {
    let tagging = aws_sdk_resourcegroupstagging::Client::new(clients.config());
    let mut arns = Vec::new();
    for some in ids.chunks(VALUES) {
        let filter = TagFilter::builder().key(TAG).set_values(Some(some.to_vec())).build();
        let mut pages = tagging.get_resources().tag_filters(filter).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::new("tag:GetResources", &error))?;
            let resources = page.resource_tag_mapping_list.unwrap_or_default();
            arns.extend(resources.into_iter().filter_map(|resource| resource.resource_arn));
        }
    }
    arns.sort();
    arns.dedup();
    Ok(arns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_by_itself_does_not_count() {
        assert!(counts("arn:aws:sqs:eu-west-1:1:orders", &[]));
        assert!(!counts("arn:aws:kms:eu-west-1:1:key/0123", &[]));
        assert!(!counts("arn:aws:ecs:eu-west-1:1:task-definition/api:7", &[]));
        assert!(counts("arn:aws:ecs:eu-west-1:1:cluster/main", &[]));
    }
}
