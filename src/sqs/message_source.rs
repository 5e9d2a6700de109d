//! Services that send messages to queues.

use belvedere_cfn::{Value, concat_values, pseudo};

use crate::iam::{PolicyStatement, Principal};

/// A service that sends messages in its own name, and so has to be named in the queue's policy.
///
/// For topics see [`Queue::subscribe_to`](super::Queue::subscribe_to), which says it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageSource {
    /// The EventBridge rules of the account and region, for events and for those that they could not deliver elsewhere.
    /// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions).
    EventRules,
    /// The notifications of the account's buckets.
    /// [AWS page](https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html).
    BucketNotifications,
}

impl MessageSource {
    pub(super) fn statement(self, queue_arn: &Value<String>) -> PolicyStatement {
        let statement = PolicyStatement::allow(["sqs:SendMessage"]).on(queue_arn);
        match self {
            Self::EventRules => statement.principal(Principal::service("events.amazonaws.com")).when(
                "ArnLike",
                "aws:SourceArn",
                concat_values!(
                    "arn:",
                    pseudo::partition(),
                    ":events:",
                    pseudo::region(),
                    ":",
                    pseudo::account_id(),
                    ":rule/*"
                ),
            ),
            Self::BucketNotifications => statement.principal(Principal::service("s3.amazonaws.com")).when(
                "StringEquals",
                "aws:SourceAccount",
                pseudo::account_id(),
            ),
        }
    }
}
