//! The services that a VPC can have endpoints for.

use belvedere_cfn::{IntoValue, Value, concat_values};

use crate::scope::Scope;

/// A service that a gateway endpoint leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GatewayEndpointService {
    /// Simple Storage Service.
    S3,
    /// DynamoDB.
    DynamoDb,
}

impl GatewayEndpointService {
    pub(super) fn service_name(self, scope: &Scope<'_>) -> Value<String> {
        regional(
            scope,
            match self {
                Self::S3 => "s3",
                Self::DynamoDb => "dynamodb",
            },
        )
    }
}

/// A service that an interface endpoint leads to.
/// [AWS page](https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum InterfaceEndpointService {
    /// Application Auto Scaling.
    ApplicationAutoScaling,
    /// CloudFormation.
    CloudFormation,
    /// Cloud Map: finding instances.
    CloudMapDataServiceDiscovery,
    /// Cloud Map: registering services and instances.
    CloudMapServiceDiscovery,
    /// CloudWatch Logs.
    CloudWatchLogs,
    /// CloudWatch metrics and alarms.
    CloudWatchMonitoring,
    /// CloudWatch Synthetics.
    CloudWatchSynthetics,
    /// Elastic Compute Cloud.
    Ec2,
    /// What the Systems Manager agent on an instance needs beside [`Ssm`](Self::Ssm).
    Ec2Messages,
    /// Elastic Container Registry: its API.
    Ecr,
    /// Elastic Container Registry: images. Their layers come from S3, so they need its gateway endpoint too.
    EcrDocker,
    /// Elastic Container Service: its API.
    Ecs,
    /// Elastic Container Service: what container instances need.
    EcsAgent,
    /// Elastic Container Service: what container instances need for their metrics.
    EcsTelemetry,
    /// Elastic File System: its API. Mounting needs no endpoint.
    ElasticFileSystem,
    /// Elastic Load Balancing: its API.
    ElasticLoadBalancing,
    /// EventBridge.
    EventBridge,
    /// Managed Grafana: its API.
    Grafana,
    /// Managed Grafana: workspaces.
    GrafanaWorkspace,
    /// Data Firehose.
    KinesisFirehose,
    /// Key Management Service.
    Kms,
    /// Lambda.
    Lambda,
    /// Managed Prometheus: its API.
    Prometheus,
    /// Managed Prometheus: writing to workspaces and querying them.
    PrometheusWorkspaces,
    /// Simple Storage Service, for a price; [`GatewayEndpointService::S3`] costs nothing.
    S3,
    /// Secrets Manager.
    SecretsManager,
    /// Simple Notification Service.
    Sns,
    /// Simple Queue Service.
    Sqs,
    /// Systems Manager, its parameters among it.
    Ssm,
    /// Sessions of Systems Manager, on which ECS Exec is built.
    SsmMessages,
    /// Step Functions.
    StepFunctions,
    /// Security Token Service.
    Sts,
    /// X-Ray.
    XRay,
    /// Another service of AWS, by what follows the region in its name, such as `rum`.
    Aws(String),
    /// Any service, by its whole name, such as `com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0`.
    ///
    /// In the regions of China some of AWS's own are to be given so, since their names begin with `cn.com.amazonaws`.
    Custom(Value<String>),
}

impl InterfaceEndpointService {
    /// Any service, by its whole name. See [`Custom`](Self::Custom).
    #[must_use]
    pub fn custom(name: impl IntoValue<String>) -> Self {
        Self::Custom(name.into_value())
    }

    pub(super) fn service_name(&self, scope: &Scope<'_>) -> Value<String> {
        let name = match self {
            Self::ApplicationAutoScaling => "application-autoscaling",
            Self::CloudFormation => "cloudformation",
            Self::CloudMapDataServiceDiscovery => "data-servicediscovery",
            Self::CloudMapServiceDiscovery => "servicediscovery",
            Self::CloudWatchLogs => "logs",
            Self::CloudWatchMonitoring => "monitoring",
            Self::CloudWatchSynthetics => "synthetics",
            Self::Ec2 => "ec2",
            Self::Ec2Messages => "ec2messages",
            Self::Ecr => "ecr.api",
            Self::EcrDocker => "ecr.dkr",
            Self::Ecs => "ecs",
            Self::EcsAgent => "ecs-agent",
            Self::EcsTelemetry => "ecs-telemetry",
            Self::ElasticFileSystem => "elasticfilesystem",
            Self::ElasticLoadBalancing => "elasticloadbalancing",
            Self::EventBridge => "events",
            Self::Grafana => "grafana",
            Self::GrafanaWorkspace => "grafana-workspace",
            Self::KinesisFirehose => "kinesis-firehose",
            Self::Kms => "kms",
            Self::Lambda => "lambda",
            Self::Prometheus => "aps",
            Self::PrometheusWorkspaces => "aps-workspaces",
            Self::S3 => "s3",
            Self::SecretsManager => "secretsmanager",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::SsmMessages => "ssmmessages",
            Self::StepFunctions => "states",
            Self::Sts => "sts",
            Self::XRay => "xray",
            Self::Aws(name) => name,
            Self::Custom(name) => return name.clone(),
        };
        regional(scope, name)
    }
}

fn regional(scope: &Scope<'_>, service: &str) -> Value<String> {
    concat_values!("com.amazonaws.", scope.environment().region_value(), ".", service)
}
