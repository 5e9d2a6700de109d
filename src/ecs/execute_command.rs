//! [`ExecuteCommand`]: what becomes of sessions that are opened in running containers.

use belvedere_cfn::ecs::cluster;

use crate::iam::{Grant, PolicyStatement};
use crate::kms::KeyRef;
use crate::logs::LogGroupRef;
use crate::s3::BucketRef;
use crate::scope::Scope;

/// What becomes of sessions of ECS Exec, by which people run commands in running containers.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html).
#[derive(Clone, Debug, PartialEq)]
pub struct ExecuteCommand {
    logging: Logging,
    key: Option<KeyRef>,
}

#[derive(Clone, Debug, PartialEq)]
enum Logging {
    None,
    LogGroup(LogGroupRef),
    Bucket(BucketRef, String),
}

impl ExecuteCommand {
    /// Sessions whose input and output are logged in a log group.
    #[must_use]
    pub fn logged_in(log_group: &LogGroupRef) -> Self {
        Self { logging: Logging::LogGroup(log_group.clone()), key: None }
    }

    /// Sessions whose input and output are logged in a bucket, in objects whose keys begin with `prefix`.
    #[must_use]
    pub fn logged_in_bucket(bucket: &BucketRef, prefix: impl Into<String>) -> Self {
        Self { logging: Logging::Bucket(bucket.clone(), prefix.into()), key: None }
    }

    /// Sessions that nobody can look up afterwards.
    #[must_use]
    pub const fn unlogged() -> Self {
        Self { logging: Logging::None, key: None }
    }

    /// Encrypts what goes over the wire with a key of your own, beside TLS. With TLS alone by default.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.key = Some(key.clone());
        self
    }

    pub(super) fn render(&self, scope: &mut Scope<'_>) -> cluster::ExecuteCommandConfiguration {
        let mut configuration = cluster::ExecuteCommandConfiguration::new();
        if let Some(key) = &self.key {
            configuration = configuration.kms_key_id(key.key_arn());
        }
        let logs = cluster::ExecuteCommandLogConfiguration::new();
        match &self.logging {
            Logging::None => configuration.logging("NONE"),
            Logging::LogGroup(log_group) => {
                let mut logs = logs.cloudwatch_log_group_name(log_group.log_group_name());
                if log_group.encryption_key().is_some() {
                    // The agent then refuses a log group that is not.
                    logs = logs.cloudwatch_encryption_enabled(true);
                }
                configuration.logging("OVERRIDE").log_configuration(logs)
            }
            Logging::Bucket(bucket, prefix) => {
                if prefix.starts_with('/') {
                    scope.problem(format!("a prefix of keys does not start with `/`, got `{prefix}`"));
                }
                let logs = logs.s3_bucket_name(bucket.bucket_name()).s3_key_prefix(prefix).s3_encryption_enabled(true);
                configuration.logging("OVERRIDE").log_configuration(logs)
            }
        }
    }

    /// Returns what a task role needs for sessions in its containers.
    pub(super) fn grant(configuration: Option<&Self>) -> Grant {
        // The channels have no ARNs that a policy could name.
        let mut grant = Grant::from(
            PolicyStatement::allow([
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ])
            .on_all_resources(),
        );
        let Some(Self { logging, key }) = configuration else { return grant };
        match logging {
            Logging::None => {}
            Logging::LogGroup(log_group) => {
                let streams = PolicyStatement::allow(["logs:DescribeLogStreams"]).on(log_group.log_group_arn());
                let groups = PolicyStatement::allow(["logs:DescribeLogGroups"]).on_all_resources();
                grant = grant.and(groups.into()).and(log_group.write()).and(streams.into());
            }
            Logging::Bucket(bucket, prefix) => {
                let objects = bucket.arn_for_objects(&format!("{prefix}*"));
                let settings = PolicyStatement::allow(["s3:GetEncryptionConfiguration"]).on(bucket.bucket_arn());
                grant = grant.and(PolicyStatement::allow(["s3:PutObject"]).on(objects).into()).and(settings.into());
            }
        }
        match key {
            Some(key) => grant.and(key.decrypt()),
            None => grant,
        }
    }
}
