//! [`LogGroup`]: where log events of one kind go.

use belvedere_cfn::logs::{CfnLogGroup, log_group};
use belvedere_cfn::{IntoValue, Resource, ResourceRef, Value, concat_values, kind, pseudo};

use super::retention::RetentionDays;
use crate::construct::Construct;
use crate::iam::{Grant, PolicyStatement};
use crate::kms::KeyRef;
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;

/// A group of log streams with one retention: two years, and kept when its stack is deleted, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html).
#[derive(Clone, Debug, PartialEq)]
pub struct LogGroup {
    log_group_name: Option<Value<String>>,
    retention: RetentionDays,
    class: Option<LogGroupClass>,
    encryption_key: Option<KeyRef>,
    removal_policy: RemovalPolicy,
}

/// What a log group can do, and what it costs.
/// [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogGroupClass {
    /// Everything: live tail, metric filters, subscriptions, alarms.
    Standard,
    /// Queries only, at half the price of ingestion. A log group's class cannot be changed later.
    InfrequentAccess,
}

impl Default for LogGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl LogGroup {
    /// A log group with a name that CloudFormation makes, so that two copies of the stack fit in one account.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            log_group_name: None,
            retention: RetentionDays::TwoYears,
            class: None,
            encryption_key: None,
            removal_policy: RemovalPolicy::Retain,
        }
    }

    /// A log group for what an AWS service delivers itself, such as `prometheus`: called
    /// `/aws/vendedlogs/{service}/{stack}`, since the policy that lets services deliver grows with every other name.
    /// [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html).
    #[must_use]
    pub fn vended(service: &str) -> Self {
        Self::new().log_group_name(concat_values!("/aws/vendedlogs/", service, "/", pseudo::stack_name()))
    }

    /// A fixed name: 1 to 512 letters, digits and `_-/.#`. CloudFormation makes one by default.
    #[must_use]
    pub fn log_group_name(mut self, name: impl IntoValue<String>) -> Self {
        self.log_group_name = Some(name.into_value());
        self
    }

    /// How long events are kept. Two years by default.
    #[must_use]
    pub const fn retention(mut self, retention: RetentionDays) -> Self {
        self.retention = retention;
        self
    }

    /// What the log group can do. Everything, by default.
    #[must_use]
    pub const fn class(mut self, class: LogGroupClass) -> Self {
        self.class = Some(class);
        self
    }

    /// Encrypts the events with a key of your own, which must be defined with
    /// [`allow_service`](crate::kms::Key::allow_service) [`CloudWatchLogs`](crate::kms::KeyUser::CloudWatchLogs). With a
    /// key that CloudWatch Logs keeps, by default.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.encryption_key = Some(key.clone());
        self
    }

    /// What becomes of the log group when the stack no longer has it. It stays by default.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }
}

impl Construct for LogGroup {
    type Ref = LogGroupRef;

    fn define(self, scope: &mut Scope<'_>) -> LogGroupRef {
        let mut resource = CfnLogGroup::new();
        if let Some(name) = self.log_group_name {
            if let Some(complaint) = name.as_str().and_then(name_complaint) {
                scope.problem(complaint);
            }
            resource = resource.log_group_name(name);
        }
        if let Some(days) = self.retention.days() {
            resource = resource.retention_in_days(days);
        }
        if let Some(class) = self.class {
            resource = resource.log_group_class(match class {
                LogGroupClass::Standard => log_group::LogGroupClass::STANDARD,
                LogGroupClass::InfrequentAccess => log_group::LogGroupClass::INFREQUENT_ACCESS,
            });
        }
        if let Some(key) = &self.encryption_key {
            resource = resource.kms_key_id(key.key_arn());
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);
        LogGroupRef {
            log_group_name: resource.log_group_name(),
            log_group_arn: resource.arn(),
            encryption_key: self.encryption_key,
            resource: Some(resource),
        }
    }
}

fn name_complaint(name: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.#".contains(&byte);
    let fits = (1..=512).contains(&name.len()) && name.bytes().all(legal);
    (!fits).then(|| format!("a log group's name is 1 to 512 letters, digits and `_-/.#`, got `{name}`"))
}

/// A log group, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct LogGroupRef {
    log_group_name: Value<kind::logs::LogGroupName>,
    log_group_arn: Value<kind::logs::LogGroupArn>,
    encryption_key: Option<KeyRef>,
    resource: Option<ResourceRef<CfnLogGroup>>,
}

impl LogGroupRef {
    /// Stands for a log group of the stack's account and region that this program does not define, by its name.
    #[must_use]
    pub fn from_name(name: impl IntoValue<kind::logs::LogGroupName>) -> Self {
        let log_group_name: Value<kind::logs::LogGroupName> = name.into_value();
        let log_group_arn = concat_values!(
            "arn:",
            pseudo::partition(),
            ":logs:",
            pseudo::region(),
            ":",
            pseudo::account_id(),
            ":log-group:",
            &log_group_name,
            ":*"
        )
        .cast();
        Self { log_group_name, log_group_arn, encryption_key: None, resource: None }
    }

    /// The log group's name.
    #[must_use]
    pub fn log_group_name(&self) -> Value<kind::logs::LogGroupName> {
        self.log_group_name.clone()
    }

    /// The log group's ARN, with the `:*` at its end that stands for its streams.
    #[must_use]
    pub fn log_group_arn(&self) -> Value<kind::logs::LogGroupArn> {
        self.log_group_arn.clone()
    }

    /// The key of your own that encrypts the events, if this program knows of one.
    #[must_use]
    pub const fn encryption_key(&self) -> Option<&KeyRef> {
        self.encryption_key.as_ref()
    }

    /// The CloudFormation resource, if this program defines the log group.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnLogGroup>> {
        self.resource.as_ref()
    }

    /// Permission to open streams and put events into them.
    #[must_use]
    pub fn write(&self) -> Grant {
        PolicyStatement::allow(["logs:CreateLogStream", "logs:PutLogEvents"]).on(self.log_group_arn()).into()
    }

    /// Permission to find streams and read their events.
    #[must_use]
    pub fn read(&self) -> Grant {
        PolicyStatement::allow(["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"])
            .on(self.log_group_arn())
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::{LogGroup, LogGroupClass};
    use crate::kms::{Key, KeyUser};
    use crate::logs::RetentionDays;
    use crate::problem::SynthError;
    use crate::removal_policy::RemovalPolicy;
    use crate::stack::Stack;
    use crate::testing::{Match, Template, json};

    #[test]
    fn events_are_kept_for_two_years() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        stack.add("ExecLog", LogGroup::new());
        let found = Template::from_stack(stack)?.has_resource(
            "AWS::Logs::LogGroup",
            json!({
                "Properties": { "RetentionInDays": 731, "LogGroupName": Match::absent(), "KmsKeyId": Match::absent() },
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain"
            }),
        );
        // From aws-cdk-lib 2.276.0.
        assert_eq!(found.logical_id(), "ExecLog76D729C3");
        Ok(())
    }

    #[test]
    fn what_is_asked_for_is_written() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let key = stack.add("Key", Key::new().allow_service(KeyUser::CloudWatchLogs));
        let logs = stack.add(
            "Logs",
            LogGroup::new()
                .log_group_name("/ecs/app")
                .retention(RetentionDays::Infinite)
                .class(LogGroupClass::InfrequentAccess)
                .encryption_key(&key)
                .removal_policy(RemovalPolicy::Destroy),
        );
        assert_eq!(logs.encryption_key(), Some(&key));
        assert_eq!(logs.write().statements()[0].actions(), ["logs:CreateLogStream", "logs:PutLogEvents"]);
        Template::from_stack(stack)?.has_resource(
            "AWS::Logs::LogGroup",
            json!({
                "Properties": {
                    "LogGroupName": "/ecs/app",
                    "LogGroupClass": "INFREQUENT_ACCESS",
                    "RetentionInDays": Match::absent(),
                    "KmsKeyId": { "Fn::GetAtt": [Match::string_like("Key*"), "Arn"] }
                },
                "DeletionPolicy": "Delete"
            }),
        );
        Ok(())
    }

    #[test]
    fn rejects_an_illegal_name() {
        let mut stack = Stack::new("Stack");
        stack.add("Logs", LogGroup::new().log_group_name("a b"));
        let text = Template::from_stack(stack).map_or_else(|error| error.to_string(), |_| String::new());
        assert!(text.contains("Stack/Logs: a log group's name is 1 to 512"), "{text}");
    }
}
