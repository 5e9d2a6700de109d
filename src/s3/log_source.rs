//! Services that deliver logs into buckets.

use belvedere_cfn::{Value, concat_values, pseudo};

use crate::iam::{PolicyStatement, Principal};

/// A service that delivers its logs into a bucket, and what the bucket has to allow for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogSource {
    /// The access logs of other buckets of the account.
    /// [AWS page](https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
    S3AccessLogs,
    /// The access and connection logs of the account's load balancers. The bucket must be encrypted by S3's own keys.
    /// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
    LoadBalancerLogs,
    /// VPC flow logs and the other services that go through log delivery.
    /// [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html).
    LogDelivery,
}

impl LogSource {
    pub(super) fn statements(self, bucket_arn: &Value<String>) -> Vec<PolicyStatement> {
        let objects = concat_values!(bucket_arn, "/*");
        let from_this_account = |statement: PolicyStatement, service: &str| {
            statement.principal(Principal::service(service)).when(
                "StringEquals",
                "aws:SourceAccount",
                pseudo::account_id(),
            )
        };
        match self {
            Self::S3AccessLogs => {
                vec![from_this_account(
                    PolicyStatement::allow(["s3:PutObject"]).on(objects),
                    "logging.s3.amazonaws.com",
                )]
            }
            Self::LoadBalancerLogs => vec![from_this_account(
                PolicyStatement::allow(["s3:PutObject"]).on(objects),
                "logdelivery.elasticloadbalancing.amazonaws.com",
            )],
            Self::LogDelivery => vec![
                from_this_account(PolicyStatement::allow(["s3:PutObject"]).on(objects), "delivery.logs.amazonaws.com")
                    .when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"),
                from_this_account(
                    PolicyStatement::allow(["s3:GetBucketAcl", "s3:ListBucket"]).on(bucket_arn),
                    "delivery.logs.amazonaws.com",
                ),
            ],
        }
    }
}
