//! What the specification gets wrong or leaves out about identifiers, each with its reason.
//!
//! The relations of the specification were gathered from templates that people wrote. They are right about what
//! can be passed, and silent about what else can be.

/// The identifiers that a property takes, instead of what the specification says.
#[derive(Debug)]
pub(crate) struct Correction {
    /// The resource type, and the nested type behind a full stop.
    pub(crate) owner: &'static str,
    pub(crate) property: &'static str,
    pub(crate) targets: &'static [&'static str],
}

const fn takes(owner: &'static str, property: &'static str, targets: &'static [&'static str]) -> Correction {
    Correction { owner, property, targets }
}

const ROLE: &[&str] = &["AWS::IAM::Role.Arn"];
const CLUSTER: &[&str] = &["AWS::ECS::Cluster.Arn", "AWS::ECS::Cluster.ClusterName"];
const NAMESPACE: &[&str] = &[
    "AWS::ServiceDiscovery::HttpNamespace.Id",
    "AWS::ServiceDiscovery::PrivateDnsNamespace.Id",
    "AWS::ServiceDiscovery::PublicDnsNamespace.Id",
];
const PROMETHEUS: &[&str] = &["AWS::APS::Workspace.Arn"];
const FUNCTION: &[&str] = &["AWS::Lambda::Function.Arn", "AWS::Lambda::Function.FunctionName"];
const ANY_FUNCTION: &[&str] = &[
    "AWS::Lambda::Alias.AliasArn",
    "AWS::Lambda::Function.Arn",
    "AWS::Lambda::Function.FunctionName",
    "AWS::Lambda::Version.FunctionArn",
];
const DEAD_LETTERS: &[&str] = &["AWS::SNS::Topic.TopicArn", "AWS::SQS::Queue.Arn"];
const ACCESS_POINT: &[&str] = &["AWS::EFS::AccessPoint.AccessPointId"];
const FILE_SYSTEM: &[&str] = &["AWS::EFS::FileSystem.FileSystemId"];
const ALARMS: &[&str] = &[
    "AWS::CloudWatch::Alarm.AlarmName",
    "AWS::CloudWatch::Alarm.Arn",
    "AWS::CloudWatch::CompositeAlarm.AlarmName",
    "AWS::CloudWatch::CompositeAlarm.Arn",
];
/// Text of any kind: the relation names one of many things that fit.
const ANY: &[&str] = &[];

/// Looked up by owner and property; kept in that order.
#[rustfmt::skip]
pub(crate) const CORRECTIONS: &[Correction] = &[
    // The specification has no relation here; each is the only thing that the property's documentation allows.
    takes("AWS::APS::AnomalyDetector", "Workspace", PROMETHEUS),
    takes("AWS::APS::ResourcePolicy", "WorkspaceArn", PROMETHEUS),
    takes("AWS::APS::RuleGroupsNamespace", "Workspace", PROMETHEUS),
    takes("AWS::APS::Scraper.AmpConfiguration", "WorkspaceArn", PROMETHEUS),
    // `Fn::GetAtt … RootResourceId` of the API goes here too.
    takes("AWS::ApiGateway::Resource", "ParentId", &["AWS::ApiGateway::Resource.ResourceId"]),
    // The specification says the target's own ResourceId property; the property wants what `Ref` returns.
    takes("AWS::ApplicationAutoScaling::ScalingPolicy", "ScalingTargetId", &["AWS::ApplicationAutoScaling::ScalableTarget.Id"]),
    // The specification says an instance, which is what the group makes.
    takes("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName", ANY),
    takes("AWS::AutoScaling::AutoScalingGroup", "VPCZoneIdentifier", &["AWS::EC2::Subnet.SubnetId"]),
    takes("AWS::AutoScaling::AutoScalingGroup.LifecycleHookSpecification", "NotificationTargetARN", DEAD_LETTERS),
    takes("AWS::AutoScaling::LifecycleHook", "NotificationTargetARN", DEAD_LETTERS),
    // Either alarm, by name or ARN.
    takes("AWS::CloudWatch::CompositeAlarm", "ActionsSuppressor", ALARMS),
    // There are twenty types of locations; the specification has three.
    takes("AWS::DataSync::Task", "DestinationLocationArn", ANY),
    takes("AWS::DataSync::Task", "SourceLocationArn", ANY),
    // Relations to the user pool itself were gathered from faulty templates.
    takes("AWS::ElasticLoadBalancingV2::Listener.AuthenticateCognitoConfig", "UserPoolClientId", &["AWS::Cognito::UserPoolClient.ClientId"]),
    takes("AWS::EC2::FlowLog", "DeliverLogsPermissionArn", ROLE),
    // Not only a launch template's latest version: its default version and plain numbers too.
    takes("AWS::EC2::Instance.LaunchTemplateSpecification", "Version", ANY),
    // The name of the repository, of which the specification says that it is a cluster's.
    takes("AWS::ECR::Repository", "RepositoryName", ANY),
    // Name or ARN of the group, whatever the property is called.
    takes("AWS::ECS::CapacityProvider.AutoScalingGroupProvider", "AutoScalingGroupArn", &["AWS::AutoScaling::AutoScalingGroup.AutoScalingGroupARN", "AWS::AutoScaling::AutoScalingGroup.AutoScalingGroupName"]),
    takes("AWS::ECS::ClusterCapacityProviderAssociations", "Cluster", CLUSTER),
    takes("AWS::ECS::PrimaryTaskSet", "Cluster", CLUSTER),
    takes("AWS::ECS::Service", "Cluster", CLUSTER),
    takes("AWS::ECS::Service.ServiceRegistry", "RegistryArn", &["AWS::ServiceDiscovery::Service.Arn"]),
    takes("AWS::ECS::TaskDefinition", "ExecutionRoleArn", ROLE),
    takes("AWS::ECS::TaskDefinition", "TaskRoleArn", ROLE),
    takes("AWS::ECS::TaskDefinition.AuthorizationConfig", "AccessPointId", ACCESS_POINT),
    takes("AWS::ECS::TaskDefinition.EFSVolumeConfiguration", "FilesystemId", FILE_SYSTEM),
    takes("AWS::ECS::TaskSet", "Cluster", CLUSTER),
    takes("AWS::ECS::TaskSet.ServiceRegistry", "RegistryArn", &["AWS::ServiceDiscovery::Service.Arn"]),
    takes("AWS::EFS::AccessPoint", "FileSystemId", FILE_SYSTEM),
    takes("AWS::EFS::MountTarget", "FileSystemId", FILE_SYSTEM),
    takes("AWS::IAM::Policy", "Groups", &["AWS::IAM::Group.GroupName"]),
    takes("AWS::IAM::Policy", "Roles", &["AWS::IAM::Role.RoleName"]),
    takes("AWS::IAM::Policy", "Users", &["AWS::IAM::User.UserName"]),
    // Not an alias.
    takes("AWS::KMS::Alias", "TargetKeyId", &["AWS::KMS::Key.Arn", "AWS::KMS::Key.KeyId"]),
    // A version or an alias is made of the function, not of another version or alias.
    takes("AWS::Lambda::Alias", "FunctionName", FUNCTION),
    takes("AWS::Lambda::EventSourceMapping", "FunctionName", ANY_FUNCTION),
    takes("AWS::Lambda::Function.DeadLetterConfig", "TargetArn", DEAD_LETTERS),
    takes("AWS::Lambda::Function.FileSystemConfig", "Arn", &["AWS::EFS::AccessPoint.Arn"]),
    takes("AWS::Lambda::Permission", "FunctionName", ANY_FUNCTION),
    // The alias is a property of its own.
    takes("AWS::Lambda::Url", "TargetFunctionArn", FUNCTION),
    takes("AWS::Lambda::Version", "FunctionName", FUNCTION),
    // CloudWatch Logs refuses a key id, in spite of the property's name.
    takes("AWS::Logs::LogGroup", "KmsKeyId", &["AWS::KMS::Key.Arn"]),
    takes("AWS::Route53::RecordSet", "HostedZoneId", &["AWS::Route53::HostedZone.Id"]),
    takes("AWS::Scheduler::Schedule", "GroupName", &["AWS::Scheduler::ScheduleGroup.Name"]),
    takes("AWS::SecretsManager::ResourcePolicy", "SecretId", &["AWS::SecretsManager::Secret.Id"]),
    takes("AWS::SecretsManager::RotationSchedule", "SecretId", &["AWS::SecretsManager::Secret.Id"]),
    takes("AWS::SecretsManager::SecretTargetAttachment", "SecretId", &["AWS::SecretsManager::Secret.Id"]),
    takes("AWS::ServiceDiscovery::Instance", "ServiceId", &["AWS::ServiceDiscovery::Service.Id"]),
    takes("AWS::ServiceDiscovery::Service", "NamespaceId", NAMESPACE),
    takes("AWS::ServiceDiscovery::Service.DnsConfig", "NamespaceId", NAMESPACE),
    takes("AWS::SNS::TopicPolicy", "Topics", &["AWS::SNS::Topic.TopicArn"]),
    takes("AWS::SQS::QueuePolicy", "Queues", &["AWS::SQS::Queue.QueueUrl"]),
];

/// Identifiers that are the same thing under two names, or that the specification calls by a wrong one: from the name
/// that occurs to the one that stands for both.
#[rustfmt::skip]
pub(crate) const EQUIVALENTS: &[(&str, &str)] = &[
    // The API's root resource is a resource.
    ("AWS::ApiGateway::RestApi.RootResourceId", "AWS::ApiGateway::Resource.ResourceId"),
    // What `Ref` of a certificate returns is its ARN.
    ("AWS::CertificateManager::Certificate.Id", "AWS::CertificateManager::Certificate.CertificateArn"),
    ("AWS::EC2::Instance.Id", "AWS::EC2::Instance.InstanceId"),
    ("AWS::EC2::SecurityGroup.GroupId", "AWS::EC2::SecurityGroup.Id"),
    // Attachments of several types share one space of ids.
    ("AWS::EC2::TransitGatewayConnect.TransitGatewayAttachmentId", "AWS::EC2::TransitGatewayAttachment.Id"),
    ("AWS::EC2::TransitGatewayPeeringAttachment.TransitGatewayAttachmentId", "AWS::EC2::TransitGatewayAttachment.Id"),
    ("AWS::EC2::TransitGatewayVpcAttachment.Id", "AWS::EC2::TransitGatewayAttachment.Id"),
    // The group that a VPC is born with is a security group.
    ("AWS::EC2::VPC.DefaultSecurityGroup", "AWS::EC2::SecurityGroup.Id"),
    ("AWS::EC2::VPC.DefaultNetworkAcl", "AWS::EC2::NetworkAcl.Id"),
    ("AWS::ElasticLoadBalancing::LoadBalancer.Id", "AWS::ElasticLoadBalancing::LoadBalancer.LoadBalancerName"),
    ("AWS::Glue::Crawler.Id", "AWS::Glue::Crawler.Name"),
    ("AWS::Glue::Database.Id", "AWS::Glue::Database.DatabaseName"),
    ("AWS::Glue::Job.Id", "AWS::Glue::Job.Name"),
    // A replica is a key.
    ("AWS::KMS::ReplicaKey.Arn", "AWS::KMS::Key.Arn"),
    ("AWS::KMS::ReplicaKey.KeyId", "AWS::KMS::Key.KeyId"),
    // Neither of the first two exists; `Ref` returns the ARN.
    ("AWS::Lambda::Alias.Arn", "AWS::Lambda::Alias.AliasArn"),
    ("AWS::Lambda::Alias.Id", "AWS::Lambda::Alias.AliasArn"),
    ("AWS::Lambda::Version.Arn", "AWS::Lambda::Version.FunctionArn"),
    ("AWS::RDS::DBCluster.Arn", "AWS::RDS::DBCluster.DBClusterArn"),
];

/// Kinds whose derived name would mislead.
pub(crate) const KIND_NAMES: &[(&str, &str)] =
    &[("AWS::Lambda::Version.FunctionArn", "VersionArn"), ("AWS::SecretsManager::Secret.Id", "SecretArn")];

/// Kinds for several identifiers whose joined names would be a mouthful.
#[rustfmt::skip]
pub(crate) const SET_NAMES: &[(&str, &[&str])] = &[
    ("AnyAlarm", ALARMS),
    ("AnyFunction", ANY_FUNCTION),
    ("AnyFunctionArn", &["AWS::Lambda::Alias.AliasArn", "AWS::Lambda::Function.Arn", "AWS::Lambda::Version.FunctionArn"]),
    ("AnyKey", &ANY_KEY),
    ("AnyNamespaceId", NAMESPACE),
];

/// Names that say what the value is, whoever has it: properties and attributes of such a name that the specification
/// relates to nothing are that. A list of them has an `s` behind its name.
pub(crate) const TELLING_NAMES: &[(&str, &str)] = &[
    ("ExecutionRoleArn", "AWS::IAM::Role.Arn"),
    ("KmsKeyArn", "AWS::KMS::Key.Arn"),
    ("RoleArn", "AWS::IAM::Role.Arn"),
    ("SecurityGroupId", "AWS::EC2::SecurityGroup.Id"),
    ("SnsTopicArn", "AWS::SNS::Topic.TopicArn"),
    ("SubnetId", "AWS::EC2::Subnet.SubnetId"),
    ("TargetGroupArn", "AWS::ElasticLoadBalancingV2::TargetGroup.TargetGroupArn"),
    ("TopicArn", "AWS::SNS::Topic.TopicArn"),
    ("VpcId", "AWS::EC2::VPC.VpcId"),
];

/// The same for attributes only: a property of such a name may name the thing that is made, or take other things too.
pub(crate) const TELLING_ATTRIBUTES: &[(&str, &str)] = &[
    ("CertificateArn", "AWS::CertificateManager::Certificate.CertificateArn"),
    ("HostedZoneId", "AWS::Route53::HostedZone.Id"),
    ("LoadBalancerArn", "AWS::ElasticLoadBalancingV2::LoadBalancer.LoadBalancerArn"),
    ("LogGroupArn", "AWS::Logs::LogGroup.Arn"),
    ("LogGroupName", "AWS::Logs::LogGroup.LogGroupName"),
    ("NetworkInterfaceId", "AWS::EC2::NetworkInterface.Id"),
    ("SecretArn", "AWS::SecretsManager::Secret.Id"),
    ("UserPoolId", "AWS::Cognito::UserPool.UserPoolId"),
];

/// What `Ref` returns, where the specification is wrong or gives the parts of a composite.
#[rustfmt::skip]
pub(crate) const IDENTIFIERS: &[(&str, &str)] = &[
    // A text of its own, with the resource id, the dimension and the namespace in it.
    ("AWS::ApplicationAutoScaling::ScalableTarget", "Id"),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "Arn"),
    ("AWS::AutoScaling::LifecycleHook", "LifecycleHookName"),
    ("AWS::AutoScaling::ScheduledAction", "ScheduledActionName"),
    // On the default bus. On another it is `bus|name`; the `Arn` attribute has no such trap.
    ("AWS::Events::Rule", "Name"),
    ("AWS::Lambda::Permission", "Id"),
    ("AWS::Logs::MetricFilter", "FilterName"),
    ("AWS::ServiceDiscovery::Instance", "InstanceId"),
];

/// Invocable forms of a Lambda function: where its ARN is wanted, those of a version and of an alias are right too.
pub(crate) const FUNCTION_ARN: &str = "AWS::Lambda::Function.Arn";
/// See [`FUNCTION_ARN`].
pub(crate) const QUALIFIED_FUNCTION_ARNS: [&str; 2] =
    ["AWS::Lambda::Alias.AliasArn", "AWS::Lambda::Version.FunctionArn"];

/// The key's ARN, which is all that a property whose name says ARN takes.
pub(crate) const KEY_ARN: &str = "AWS::KMS::Key.Arn";
/// The forms that KMS itself takes: a property whose name does not say ARN takes each.
pub(crate) const ANY_KEY: [&str; 3] = ["AWS::KMS::Alias.AliasName", KEY_ARN, "AWS::KMS::Key.KeyId"];
