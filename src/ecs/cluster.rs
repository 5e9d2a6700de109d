//! [`Cluster`]: where services and tasks run.

use belvedere_cfn::ecs::{CfnCluster, CfnClusterCapacityProviderAssociations, cluster};
use belvedere_cfn::{IntoValue, ResourceRef, Target, Value, kind};

use super::execute_command::ExecuteCommand;
use crate::construct::Construct;
use crate::ec2::VpcRef;
use crate::scope::Scope;
use crate::servicediscovery::{PrivateDnsNamespace, PrivateDnsNamespaceRef};

/// A group of services and tasks in one VPC.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-cluster.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    vpc: VpcRef,
    cluster_name: Option<Value<String>>,
    container_insights: ContainerInsights,
    fargate_capacity_providers: bool,
    execute_command: Option<ExecuteCommand>,
    namespace: Option<String>,
    service_connect: bool,
}

/// What CloudWatch measures of a cluster, at the price of custom metrics.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContainerInsights {
    /// Nothing but each service's CPU and memory.
    Disabled,
    /// CPU, memory, network and storage of clusters, services and tasks.
    #[default]
    Enabled,
    /// The same for each container as well.
    Enhanced,
}

impl ContainerInsights {
    const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Enhanced => "enhanced",
        }
    }
}

impl Cluster {
    /// A cluster whose services run in `vpc`.
    #[must_use]
    pub fn new(vpc: &VpcRef) -> Self {
        Self {
            vpc: vpc.clone(),
            cluster_name: None,
            container_insights: ContainerInsights::Enabled,
            fargate_capacity_providers: false,
            execute_command: None,
            namespace: None,
            service_connect: false,
        }
    }

    /// A fixed name: 1 to 255 letters, digits, `_` and `-`. CloudFormation makes one by default.
    #[must_use]
    pub fn cluster_name(mut self, name: impl IntoValue<String>) -> Self {
        self.cluster_name = Some(name.into_value());
        self
    }

    /// What CloudWatch measures. [`Enabled`](ContainerInsights::Enabled) by default, unlike with the AWS CDK, which leaves
    /// it to the account's setting: what was not measured before a fault cannot be looked up after it.
    #[must_use]
    pub const fn container_insights(mut self, insights: ContainerInsights) -> Self {
        self.container_insights = insights;
        self
    }

    /// Lets services choose between `FARGATE` and `FARGATE_SPOT`, with
    /// [`capacity_provider`](super::FargateService::capacity_provider). They may not by default.
    #[must_use]
    pub const fn enable_fargate_capacity_providers(mut self) -> Self {
        self.fargate_capacity_providers = true;
        self
    }

    /// How sessions of ECS Exec are encrypted and where they are logged. By default they go to the log group of the
    /// container that they are opened in, and are encrypted as all of Systems Manager's are.
    #[must_use]
    pub fn execute_command(mut self, configuration: ExecuteCommand) -> Self {
        self.execute_command = Some(configuration);
        self
    }

    /// Makes a namespace of this name, such as `obs.local`, in which services are found by
    /// [`cloud_map`](super::FargateService::cloud_map). None by default.
    #[must_use]
    pub fn default_cloud_map_namespace(mut self, name: impl Into<String>) -> Self {
        self.namespace = Some(name.into());
        self
    }

    /// Takes the cluster's namespace for Service Connect as well, for services that do not say otherwise. They have to
    /// say so by default.
    #[must_use]
    pub const fn use_namespace_for_service_connect(mut self) -> Self {
        self.service_connect = true;
        self
    }
}

impl Construct for Cluster {
    type Ref = ClusterRef;

    fn define(self, scope: &mut Scope<'_>) -> ClusterRef {
        let namespace = self
            .namespace
            .map(|name| scope.add("DefaultServiceDiscoveryNamespace", PrivateDnsNamespace::new(name, &self.vpc)));
        let insights = cluster::ClusterSettings::new().name("containerInsights").value(self.container_insights.name());
        let mut resource = CfnCluster::new().cluster_settings([insights]);
        if let Some(name) = self.cluster_name {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            if let Some(text) = name.as_str()
                && (text.is_empty() || text.len() > 255 || !text.bytes().all(legal))
            {
                scope.problem(format!("a cluster's name is 1 to 255 letters, digits, `_` and `-`, got `{text}`"));
            }
            resource = resource.cluster_name(name);
        }
        if let Some(configuration) = &self.execute_command {
            let configuration =
                cluster::ClusterConfiguration::new().execute_command_configuration(configuration.render(scope));
            resource = resource.configuration(configuration);
        }
        if self.service_connect {
            match &namespace {
                Some(namespace) => {
                    let defaults = cluster::ServiceConnectDefaults::new().namespace(namespace.namespace_arn());
                    resource = resource.service_connect_defaults(defaults);
                }
                None => scope
                    .problem("use_namespace_for_service_connect needs a namespace: add default_cloud_map_namespace"),
            }
        }
        let resource = scope.add("Resource", resource);
        let mut dependencies = Vec::new();
        if self.fargate_capacity_providers {
            let none: [belvedere_cfn::ecs::cluster_capacity_provider_associations::CapacityProviderStrategy; 0] = [];
            let associations = CfnClusterCapacityProviderAssociations::new(resource.cluster_name(), none)
                .capacity_providers(["FARGATE", "FARGATE_SPOT"]);
            dependencies.push(scope.add("Cluster", associations).target().clone());
        }
        ClusterRef {
            cluster_name: resource.cluster_name(),
            cluster_arn: Some(resource.arn()),
            vpc: self.vpc,
            namespace,
            fargate_capacity_providers: self.fargate_capacity_providers,
            execute_command: self.execute_command,
            dependencies,
            resource: Some(resource),
        }
    }
}

/// A cluster, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterRef {
    cluster_name: Value<kind::ecs::ClusterName>,
    cluster_arn: Option<Value<kind::ecs::ClusterArn>>,
    vpc: VpcRef,
    namespace: Option<PrivateDnsNamespaceRef>,
    pub(super) fargate_capacity_providers: bool,
    pub(super) execute_command: Option<ExecuteCommand>,
    dependencies: Vec<Target>,
    resource: Option<ResourceRef<CfnCluster>>,
}

impl ClusterRef {
    /// Stands for a cluster of the stack's account and region that this program does not define, by its name.
    #[must_use]
    pub fn from_name(name: impl IntoValue<kind::ecs::ClusterName>, vpc: &VpcRef) -> Self {
        Self {
            cluster_name: name.into_value(),
            cluster_arn: None,
            vpc: vpc.clone(),
            namespace: None,
            fargate_capacity_providers: true,
            execute_command: None,
            dependencies: Vec::new(),
            resource: None,
        }
    }

    /// Says which namespace the services of a cluster are found in that this program does not define.
    #[must_use]
    pub fn with_namespace(mut self, namespace: &PrivateDnsNamespaceRef) -> Self {
        self.namespace = Some(namespace.clone());
        self
    }

    /// The cluster's name.
    #[must_use]
    pub fn cluster_name(&self) -> Value<kind::ecs::ClusterName> {
        self.cluster_name.clone()
    }

    /// The cluster's ARN, if this program defines it.
    #[must_use]
    pub fn cluster_arn(&self) -> Option<Value<kind::ecs::ClusterArn>> {
        self.cluster_arn.clone()
    }

    /// The VPC that the cluster's services run in.
    #[must_use]
    pub const fn vpc(&self) -> &VpcRef {
        &self.vpc
    }

    /// The namespace that the cluster's services are found in, if it has one.
    #[must_use]
    pub const fn default_cloud_map_namespace(&self) -> Option<&PrivateDnsNamespaceRef> {
        self.namespace.as_ref()
    }

    /// The CloudFormation resource, if this program defines the cluster.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnCluster>> {
        self.resource.as_ref()
    }

    /// Returns what has to be there before a service chooses a capacity provider.
    pub(super) fn capacity_provider_dependencies(&self) -> &[Target] {
        &self.dependencies
    }
}

#[cfg(test)]
mod tests {
    use super::{Cluster, ContainerInsights};
    use crate::ec2::{VpcAttributes, VpcRef};
    use crate::ecs::ExecuteCommand;
    use crate::kms::{Key, KeyUser};
    use crate::logs::LogGroup;
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Match, Template, json};

    fn vpc() -> VpcRef {
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16"))
    }

    #[test]
    fn a_cluster_has_the_cdks_ids() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let cluster = stack.add(
            "Cluster",
            Cluster::new(&vpc())
                .container_insights(ContainerInsights::Enhanced)
                .enable_fargate_capacity_providers()
                .default_cloud_map_namespace("obs.local")
                .use_namespace_for_service_connect(),
        );
        assert_eq!(cluster.default_cloud_map_namespace().map(|namespace| namespace.name()), Some("obs.local"));
        let template = Template::from_stack(stack)?;
        let resources = &template.to_json()["Resources"];
        // From aws-cdk-lib 2.276.0.
        for (path, id) in [
            ("Cluster/Resource", "ClusterEB0386A7"),
            ("Cluster/Cluster", "Cluster3DA9CCBA"),
            ("Cluster/DefaultServiceDiscoveryNamespace/Resource", "ClusterDefaultServiceDiscoveryNamespaceC336F9B4"),
        ] {
            assert_eq!(resources[id]["Metadata"]["aws:cdk:path"], format!("Stack/{path}"));
        }
        template.has_resource_properties(
            "AWS::ECS::Cluster",
            json!({
                "ClusterSettings": [{ "Name": "containerInsights", "Value": "enhanced" }],
                "ServiceConnectDefaults": { "Namespace": { "Fn::GetAtt": [Match::any(), "Arn"] } }
            }),
        );
        template.has_resource_properties(
            "AWS::ECS::ClusterCapacityProviderAssociations",
            json!({ "CapacityProviders": ["FARGATE", "FARGATE_SPOT"], "DefaultCapacityProviderStrategy": [] }),
        );
        Ok(())
    }

    #[test]
    fn sessions_are_logged_and_encrypted() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let key = stack.add("Key", Key::new().allow_service(KeyUser::CloudWatchLogs));
        let logs = stack.add("Logs", LogGroup::new().encryption_key(&key));
        stack.add("A", Cluster::new(&vpc()).execute_command(ExecuteCommand::logged_in(&logs).encryption_key(&key)));
        stack.add("B", Cluster::new(&vpc()).execute_command(ExecuteCommand::unlogged()));
        let template = Template::from_stack(stack)?;
        template.has_resource_properties(
            "AWS::ECS::Cluster",
            json!({ "Configuration": { "ExecuteCommandConfiguration": {
                "KmsKeyId": Match::any(),
                "Logging": "OVERRIDE",
                "LogConfiguration": {
                    "CloudWatchEncryptionEnabled": true,
                    "CloudWatchLogGroupName": { "Ref": Match::string_like("Logs*") }
                }
            } } }),
        );
        template.has_resource_properties(
            "AWS::ECS::Cluster",
            json!({ "Configuration": { "ExecuteCommandConfiguration": { "Logging": "NONE" } } }),
        );
        Ok(())
    }

    #[test]
    fn rejects_service_connect_without_a_namespace() {
        let mut stack = Stack::new("Stack");
        stack.add("Cluster", Cluster::new(&vpc()).use_namespace_for_service_connect().cluster_name("a b"));
        let text = Template::from_stack(stack).map_or_else(|error| error.to_string(), |_| String::new());
        assert!(text.contains("add default_cloud_map_namespace") && text.contains("got `a b`"), "{text}");
    }
}
