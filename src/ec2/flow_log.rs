//! [`FlowLog`]: a record of the connections in a network.

use belvedere_cfn::ec2::{CfnFlowLog, flow_log};
use belvedere_cfn::{Choice, Resource, ResourceRef, Value, concat_values, pseudo};

use super::subnet::SubnetRef;
use super::vpc_ref::VpcRef;
use crate::construct::Construct;
use crate::iam::{PolicyStatement, Principal, Role, RoleRef};
use crate::logs::{LogGroup, LogGroupRef};
use crate::s3::BucketRef;
use crate::scope::Scope;

/// A record of the connections in a network: who spoke to whom, how much, and whether it was let through.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-flowlog.html).
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLog {
    resource: FlowLogResource,
    options: FlowLogOptions,
}

/// What a flow log watches.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLogResource {
    resource_type: Choice<flow_log::ResourceType>,
    id: Value<String>,
}

impl FlowLogResource {
    /// Every network interface in a VPC.
    #[must_use]
    pub fn vpc(vpc: &VpcRef) -> Self {
        Self { resource_type: flow_log::ResourceType::VPC, id: vpc.vpc_id().cast() }
    }

    /// Every network interface in a subnet.
    #[must_use]
    pub fn subnet(subnet: &SubnetRef) -> Self {
        Self { resource_type: flow_log::ResourceType::SUBNET, id: subnet.subnet_id().cast() }
    }
}

/// Which connections a flow log records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FlowLogTrafficType {
    /// Those that were let through.
    Accept,
    /// All.
    #[default]
    All,
    /// Those that were refused.
    Reject,
}

/// The format of the files that a flow log writes to a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FlowLogFileFormat {
    /// Lines of text, compressed with gzip.
    #[default]
    PlainText,
    /// Apache Parquet: smaller, and faster to query.
    Parquet,
}

/// What a flow log records, and where it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLogOptions {
    destination: Destination,
    traffic_type: FlowLogTrafficType,
    log_format: Option<String>,
    every_minute: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Destination {
    NewLogGroup(LogGroup),
    LogGroup(LogGroupRef),
    Bucket(FlowLogBucket),
}

/// Where in a bucket a flow log's files go, and what they are like.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLogBucket {
    bucket: BucketRef,
    prefix: Option<String>,
    file_format: FlowLogFileFormat,
    hive_compatible_partitions: bool,
    per_hour_partition: bool,
}

impl FlowLogBucket {
    /// Below `AWSLogs/` in `bucket`, one file for each day and AWS's own keys.
    ///
    /// The bucket must be defined with [`accept_logs_from`](crate::s3::Bucket::accept_logs_from)
    /// [`LogSource::LogDelivery`](crate::s3::LogSource::LogDelivery).
    #[must_use]
    pub fn new(bucket: &BucketRef) -> Self {
        Self {
            bucket: bucket.clone(),
            prefix: None,
            file_format: FlowLogFileFormat::PlainText,
            hive_compatible_partitions: false,
            per_hour_partition: false,
        }
    }

    /// What the keys begin with, before `AWSLogs/`. Nothing by default.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// The format of the files. Text by default.
    #[must_use]
    pub const fn file_format(mut self, format: FlowLogFileFormat) -> Self {
        self.file_format = format;
        self
    }

    /// Whether keys have names in them that Athena and other Hive-like tools know partitions by. They have not by default.
    #[must_use]
    pub const fn hive_compatible_partitions(mut self, compatible: bool) -> Self {
        self.hive_compatible_partitions = compatible;
        self
    }

    /// Whether each hour has a file of its own. Each day has by default.
    #[must_use]
    pub const fn per_hour_partition(mut self, partition: bool) -> Self {
        self.per_hour_partition = partition;
        self
    }
}

impl From<&BucketRef> for FlowLogBucket {
    fn from(bucket: &BucketRef) -> Self {
        Self::new(bucket)
    }
}

impl FlowLogOptions {
    /// Into a log group that is defined with the flow log, such as `LogGroup::new()`.
    #[must_use]
    pub const fn to_new_log_group(group: LogGroup) -> Self {
        Self::new(Destination::NewLogGroup(group))
    }

    /// Into a log group that is there already.
    #[must_use]
    pub fn to_log_group(group: &LogGroupRef) -> Self {
        Self::new(Destination::LogGroup(group.clone()))
    }

    /// Into a bucket: `&bucket`, or a [`FlowLogBucket`] with more choices. The bucket must be defined with
    /// [`accept_logs_from`](crate::s3::Bucket::accept_logs_from)
    /// [`LogSource::LogDelivery`](crate::s3::LogSource::LogDelivery).
    #[must_use]
    pub fn to_bucket(bucket: impl Into<FlowLogBucket>) -> Self {
        Self::new(Destination::Bucket(bucket.into()))
    }

    const fn new(destination: Destination) -> Self {
        Self { destination, traffic_type: FlowLogTrafficType::All, log_format: None, every_minute: false }
    }

    /// Which connections are recorded. All by default.
    #[must_use]
    pub const fn traffic_type(mut self, traffic_type: FlowLogTrafficType) -> Self {
        self.traffic_type = traffic_type;
        self
    }

    /// Which fields a record has, such as `${version} ${srcaddr} ${dstaddr} ${action}`.
    /// [AWS's default format](https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html) by default.
    #[must_use]
    pub fn log_format(mut self, format: impl Into<String>) -> Self {
        self.log_format = Some(format.into());
        self
    }

    /// Makes a record for each minute of a connection. For each ten minutes by default.
    #[must_use]
    pub const fn every_minute(mut self) -> Self {
        self.every_minute = true;
        self
    }
}

impl FlowLog {
    /// A record of the connections of `resource`.
    #[must_use]
    pub const fn new(resource: FlowLogResource, options: FlowLogOptions) -> Self {
        Self { resource, options }
    }
}

impl Construct for FlowLog {
    type Ref = FlowLogRef;

    fn define(self, scope: &mut Scope<'_>) -> FlowLogRef {
        let name = scope.path();
        scope.tag("Name", name);
        let FlowLogOptions { destination, traffic_type, log_format, every_minute } = self.options;
        let traffic_type = match traffic_type {
            FlowLogTrafficType::Accept => flow_log::TrafficType::ACCEPT,
            FlowLogTrafficType::All => flow_log::TrafficType::ALL,
            FlowLogTrafficType::Reject => flow_log::TrafficType::REJECT,
        };
        let mut resource = CfnFlowLog::new(self.resource.id, self.resource.resource_type).traffic_type(traffic_type);
        if let Some(format) = log_format {
            if !format.contains("${") {
                scope.problem(format!("a flow log's format names fields, such as `${{srcaddr}}`, got `{format}`"));
            }
            resource = resource.log_format(format);
        }
        if every_minute {
            resource = resource.max_aggregation_interval(60);
        }
        let mut log_group = None;
        let resource = match destination {
            Destination::NewLogGroup(definition) => {
                let group = scope.add("LogGroup", definition);
                let resource = to_log_group(resource, &group, scope);
                log_group = Some(group);
                resource
            }
            Destination::LogGroup(group) => {
                let resource = to_log_group(resource, &group, scope);
                log_group = Some(group);
                resource
            }
            Destination::Bucket(bucket) => bucket.render(resource),
        };
        let resource = scope.add("FlowLog", resource);
        FlowLogRef { flow_log_id: resource.id().cast(), log_group, resource }
    }
}

fn to_log_group(resource: CfnFlowLog, group: &LogGroupRef, scope: &mut Scope<'_>) -> CfnFlowLog {
    let role: RoleRef = scope.add(
        "IAMRole",
        // Only flow logs of the same account, so that nobody else's can be delivered by way of the service.
        Role::new(Principal::service("vpc-flow-logs.amazonaws.com"))
            .trust_when("StringEquals", "aws:SourceAccount", pseudo::account_id())
            .grant(
                PolicyStatement::allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"])
                    .on(group.log_group_arn()),
            ),
    );
    let mut resource = resource
        .deliver_logs_permission_arn(role.role_arn())
        .log_destination_type(flow_log::LogDestinationType::CLOUD_WATCH_LOGS)
        .log_group_name(group.log_group_name());
    // Records that arrive before the role may write them are lost.
    if let Some(policy) = role.default_policy() {
        resource = resource.depends_on(policy.target());
    }
    resource
}

impl FlowLogBucket {
    fn render(self, resource: CfnFlowLog) -> CfnFlowLog {
        let destination = match &self.prefix {
            Some(prefix) => concat_values!(self.bucket.bucket_arn(), "/", prefix),
            None => self.bucket.bucket_arn().cast(),
        };
        let mut resource = resource.log_destination_type(flow_log::LogDestinationType::S3).log_destination(destination);
        let defaults = (FlowLogFileFormat::PlainText, false, false);
        if (self.file_format, self.hive_compatible_partitions, self.per_hour_partition) != defaults {
            let format = match self.file_format {
                FlowLogFileFormat::PlainText => flow_log::FileFormat::PLAIN_TEXT,
                FlowLogFileFormat::Parquet => flow_log::FileFormat::PARQUET,
            };
            let options =
                flow_log::DestinationOptions::new(format, self.hive_compatible_partitions, self.per_hour_partition);
            resource = resource.destination_options(options);
        }
        match self.bucket.policy() {
            Some(policy) => resource.depends_on(policy.target()),
            None => resource,
        }
    }
}

/// A flow log.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLogRef {
    flow_log_id: Value<String>,
    log_group: Option<LogGroupRef>,
    resource: ResourceRef<CfnFlowLog>,
}

impl FlowLogRef {
    /// The flow log's id.
    #[must_use]
    pub fn flow_log_id(&self) -> Value<String> {
        self.flow_log_id.clone()
    }

    /// The log group that the records go into, unless they go into a bucket.
    #[must_use]
    pub const fn log_group(&self) -> Option<&LogGroupRef> {
        self.log_group.as_ref()
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnFlowLog> {
        &self.resource
    }
}

#[cfg(test)]
mod tests {
    use super::{FlowLog, FlowLogBucket, FlowLogFileFormat, FlowLogOptions, FlowLogResource, FlowLogTrafficType};
    use crate::ec2::{SubnetRef, VpcAttributes, VpcRef};
    use crate::logs::{LogGroupRef, RetentionDays};
    use crate::problem::SynthError;
    use crate::s3::{Bucket, LogSource};
    use crate::stack::Stack;
    use crate::testing::{Match, Template, json};

    fn vpc() -> VpcRef {
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16"))
    }

    #[test]
    fn records_go_into_a_log_group_by_a_role_of_the_account() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let group = crate::logs::LogGroup::new().retention(RetentionDays::OneMonth);
        let flows =
            stack.add("Own", FlowLog::new(FlowLogResource::vpc(&vpc()), FlowLogOptions::to_new_log_group(group)));
        assert!(flows.log_group().is_some());
        let template = Template::from_stack(stack)?;
        template.has_resource_properties("AWS::Logs::LogGroup", json!({ "RetentionInDays": 30 }));
        template.has_resource_properties(
            "AWS::IAM::Role",
            json!({ "AssumeRolePolicyDocument": { "Statement": [{
                "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } },
                "Principal": { "Service": "vpc-flow-logs.amazonaws.com" }
            }] } }),
        );
        let found = template.has_resource(
            "AWS::EC2::FlowLog",
            json!({
                "Properties": {
                    "LogDestinationType": "cloud-watch-logs",
                    "ResourceId": "vpc-1",
                    "ResourceType": "VPC",
                    "TrafficType": "ALL",
                    "MaxAggregationInterval": Match::absent()
                },
                "DependsOn": ["OwnIAMRoleDefaultPolicy03AF8C98"]
            }),
        );
        assert_eq!(found.logical_id(), "OwnFlowLog3F00207C");
        Ok(())
    }

    #[test]
    fn records_go_into_a_bucket_once_its_policy_is_there() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let bucket = stack.add("Bucket", Bucket::new().accept_logs_from(LogSource::LogDelivery));
        let destination = FlowLogBucket::new(&bucket)
            .prefix("flows")
            .file_format(FlowLogFileFormat::Parquet)
            .hive_compatible_partitions(true);
        let options = FlowLogOptions::to_bucket(destination)
            .traffic_type(FlowLogTrafficType::Reject)
            .log_format("${srcaddr} ${dstaddr}")
            .every_minute();
        stack.add("Own", FlowLog::new(FlowLogResource::subnet(&SubnetRef::from_id("subnet-1")), options));
        Template::from_stack(stack)?.has_resource(
            "AWS::EC2::FlowLog",
            json!({
                "Properties": {
                    "DestinationOptions": {
                        "FileFormat": "parquet",
                        "HiveCompatiblePartitions": true,
                        "PerHourPartition": false
                    },
                    "LogDestination": { "Fn::Join": ["", [bucket.bucket_arn(), "/flows"]] },
                    "LogDestinationType": "s3",
                    "LogFormat": "${srcaddr} ${dstaddr}",
                    "MaxAggregationInterval": 60,
                    "ResourceType": "Subnet",
                    "TrafficType": "REJECT",
                    "DeliverLogsPermissionArn": Match::absent()
                },
                "DependsOn": ["BucketPolicyE9A3008A"]
            }),
        );
        Ok(())
    }

    #[test]
    fn rejects_a_format_without_fields() {
        let mut stack = Stack::new("Stack");
        let options = FlowLogOptions::to_log_group(&LogGroupRef::from_name("flows")).log_format("srcaddr");
        stack.add("Own", FlowLog::new(FlowLogResource::vpc(&vpc()), options));
        assert!(Template::from_stack(stack).is_err());
    }
}
