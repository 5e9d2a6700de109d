//! Services that publish to topics.

use belvedere_cfn::{Value, concat_values, pseudo};

use crate::iam::{PolicyStatement, Principal};

/// A service that publishes in its own name, and so has to be named in the topic's policy.
///
/// None of them can use the key that AWS keeps for SNS: their topic is encrypted by a key of your own, defined with
/// [`KeyUser::SnsPublishers`](crate::kms::KeyUser::SnsPublishers), or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Publisher {
    /// The CloudWatch alarms of the account and region.
    /// [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html).
    CloudWatchAlarms,
    /// The alert managers of the managed Prometheus workspaces of the account and region.
    /// [AWS page](https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html).
    ManagedPrometheus,
    /// The notifications of the account's buckets.
    /// [AWS page](https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html).
    BucketNotifications,
    /// EventBridge rules. EventBridge takes no condition for topics, so that the rules of other accounts may publish too.
    /// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions).
    EventRules,
}

impl Publisher {
    pub(super) fn statement(self, topic_arn: &Value<String>) -> PolicyStatement {
        let (actions, service): (&[&str], _) = match self {
            Self::CloudWatchAlarms => (&["sns:Publish"], "cloudwatch.amazonaws.com"),
            Self::ManagedPrometheus => (&["sns:GetTopicAttributes", "sns:Publish"], "aps.amazonaws.com"),
            Self::BucketNotifications => (&["sns:Publish"], "s3.amazonaws.com"),
            Self::EventRules => (&["sns:Publish"], "events.amazonaws.com"),
        };
        let statement =
            PolicyStatement::allow(actions.iter().copied()).principal(Principal::service(service)).on(topic_arn);
        let own = |service: &str, resource: &str| {
            concat_values!(
                "arn:",
                pseudo::partition(),
                ":",
                service,
                ":",
                pseudo::region(),
                ":",
                pseudo::account_id(),
                ":",
                resource
            )
        };
        let from_account =
            |statement: PolicyStatement| statement.when("StringEquals", "aws:SourceAccount", pseudo::account_id());
        match self {
            Self::CloudWatchAlarms => {
                from_account(statement.when("ArnLike", "aws:SourceArn", own("cloudwatch", "alarm:*")))
            }
            Self::ManagedPrometheus => {
                from_account(statement.when("ArnLike", "aws:SourceArn", own("aps", "workspace/*")))
            }
            Self::BucketNotifications => from_account(statement),
            Self::EventRules => statement,
        }
    }
}
