//! [`FargateService`]: tasks that are kept running.

use std::time::Duration;

use belvedere_cfn::ecs::{CfnService, service};
use belvedere_cfn::{IntoValue, Resource, Target, kind};

use super::auto_scaling::TaskCount;
use super::capacity_provider::{CapacityProvider, Share, strategy};
use super::cluster::ClusterRef;
use super::deployment::{AlarmBehavior, CircuitBreaker, Deployment};
use super::execute_command::ExecuteCommand;
use super::fargate_service_ref::FargateServiceRef;
use super::fargate_task_definition::FargateTaskDefinitionRef;
use super::service_discovery::{CloudMap, Registration, ServiceConnect, check_target};
use crate::construct::Construct;
use crate::ec2::{Connections, Port, SecurityGroup, SecurityGroupRef, SubnetRef, SubnetSelection, SubnetType};
use crate::efs::FileSystem;
use crate::elbv2::TargetGroupRef;
use crate::iam::Policy;
use crate::scope::Scope;
use crate::servicediscovery::ServiceRef;

/// Tasks that are kept running on Fargate, as many as are asked for.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html).
#[derive(Clone, Debug, PartialEq)]
pub struct FargateService {
    cluster: ClusterRef,
    task: FargateTaskDefinitionRef,
    service_name: Option<String>,
    desired_count: Option<u32>,
    deployment: Deployment,
    subnets: Option<SubnetSelection>,
    assign_public_ip: bool,
    security_groups: Vec<SecurityGroupRef>,
    targets: Vec<LoadBalancerTarget>,
    cloud_map: Option<CloudMap>,
    registrations: Vec<Registration>,
    service_connect: Option<ServiceConnect>,
    health_check_grace_period: Option<Duration>,
    capacity_providers: Vec<Share>,
    propagate_tags: Option<PropagateTags>,
    execute_command: bool,
    availability_zone_rebalancing: Option<bool>,
    auto_scale: Option<TaskCount>,
    dependencies: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq)]
struct LoadBalancerTarget {
    group: TargetGroupRef,
    container: String,
    port: u16,
}

/// Whose tags a service's tasks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropagateTags {
    /// The service's.
    Service,
    /// The task definition's.
    TaskDefinition,
}

impl FargateService {
    /// A service that keeps one task running in the private subnets of the cluster's VPC.
    #[must_use]
    pub fn new(cluster: &ClusterRef, task: &FargateTaskDefinitionRef) -> Self {
        Self {
            cluster: cluster.clone(),
            task: task.clone(),
            service_name: None,
            desired_count: None,
            deployment: Deployment::default(),
            subnets: None,
            assign_public_ip: false,
            security_groups: Vec::new(),
            targets: Vec::new(),
            cloud_map: None,
            registrations: Vec::new(),
            service_connect: None,
            health_check_grace_period: None,
            capacity_providers: Vec::new(),
            propagate_tags: None,
            execute_command: false,
            availability_zone_rebalancing: None,
            auto_scale: None,
            dependencies: Vec::new(),
        }
    }

    /// A fixed name: 1 to 255 letters, digits, `_` and `-`. CloudFormation makes one by default; with a fixed one it
    /// cannot replace the service.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// How many tasks run. One by default, and whatever it is afterwards is left alone: with
    /// [`auto_scale`](Self::auto_scale) each deployment would put a number given here in place of the one that was scaled
    /// to.
    #[must_use]
    pub const fn desired_count(mut self, count: u32) -> Self {
        self.desired_count = Some(count);
        self
    }

    /// What happens to a deployment whose tasks do not become healthy. It is rolled back by default, unlike with the AWS
    /// CDK, where CloudFormation waits for up to three hours.
    #[must_use]
    pub const fn circuit_breaker(mut self, breaker: CircuitBreaker) -> Self {
        self.deployment.circuit_breaker = breaker;
        self
    }

    /// How many of the tasks must stay healthy during a deployment, in percent: 0 to 100. 100 by default, unlike with the
    /// AWS CDK, whose 50 takes a service of two tasks down to one. 0, with 100 as the
    /// [maximum](Self::max_healthy_percent), is for what must not run twice.
    #[must_use]
    pub const fn min_healthy_percent(mut self, percent: u8) -> Self {
        self.deployment.min_healthy_percent = percent;
        self
    }

    /// How many tasks there may be during a deployment, in percent of those asked for: 100 to 200. 200 by default.
    #[must_use]
    pub const fn max_healthy_percent(mut self, percent: u16) -> Self {
        self.deployment.max_healthy_percent = percent;
        self
    }

    /// Alarms that end a deployment when they go off, by their names. None by default.
    #[must_use]
    pub fn deployment_alarms<A: IntoValue<kind::cloudwatch::AlarmName>>(
        mut self,
        names: impl IntoIterator<Item = A>,
        behavior: AlarmBehavior,
    ) -> Self {
        self.deployment.set_alarms(names, behavior);
        self
    }

    /// Which subnets tasks run in. The private ones that reach the internet by default, or the public ones with
    /// [`assign_public_ip`](Self::assign_public_ip).
    #[must_use]
    pub fn subnets(mut self, selection: SubnetSelection) -> Self {
        self.subnets = Some(selection);
        self
    }

    /// Whether tasks have public addresses, which they need in public subnets to reach anything outside of the VPC. They
    /// have none by default.
    #[must_use]
    pub const fn assign_public_ip(mut self, assign: bool) -> Self {
        self.assign_public_ip = assign;
        self
    }

    /// Adds a security group. One of the service's own, which lets everything out and nothing in, by default.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_groups.push(group.clone());
        self
    }

    /// Registers tasks with a load balancer's target group, by a container of the task definition and its port. The load
    /// balancer may then connect to that port, and to the one of its health checks. None by default.
    #[must_use]
    pub fn load_balancer_target(mut self, group: &TargetGroupRef, container: impl Into<String>, port: u16) -> Self {
        self.targets.push(LoadBalancerTarget { group: group.clone(), container: container.into(), port });
        self
    }

    /// Gives the tasks a name in Cloud Map's DNS. None by default.
    #[must_use]
    pub fn cloud_map(mut self, cloud_map: CloudMap) -> Self {
        self.cloud_map = Some(cloud_map);
        self
    }

    /// Registers tasks with a Cloud Map service that is there already and answers with addresses. None by default.
    #[must_use]
    pub fn register(mut self, service: &ServiceRef) -> Self {
        self.registrations.push(Registration { service: service.clone(), target: None });
        self
    }

    /// Registers tasks with a Cloud Map service that is there already and answers with addresses and ports, by a
    /// container of the task definition and its port. None by default.
    #[must_use]
    pub fn register_port(mut self, service: &ServiceRef, container: impl Into<String>, port: u16) -> Self {
        self.registrations.push(Registration { service: service.clone(), target: Some((container.into(), port)) });
        self
    }

    /// Puts Service Connect's proxy beside each task. None by default.
    #[must_use]
    pub fn service_connect(mut self, service_connect: ServiceConnect) -> Self {
        self.service_connect = Some(service_connect);
        self
    }

    /// How long after its start a task is not ended for failing a load balancer's health check: 0 to 2,147,483,647 s.
    /// One minute by default where there is a load balancer.
    #[must_use]
    pub const fn health_check_grace_period(mut self, period: Duration) -> Self {
        self.health_check_grace_period = Some(period);
        self
    }

    /// Takes capacity from `provider`: `base` tasks before any other (0 to 100,000, for one provider only), and of the
    /// rest a share by `weight` (0 to 1,000). From Fargate alone by default. The cluster must
    /// [enable](super::Cluster::enable_fargate_capacity_providers) it.
    #[must_use]
    pub fn capacity_provider(mut self, provider: CapacityProvider, base: u32, weight: u32) -> Self {
        self.capacity_providers.push(Share { provider, base, weight });
        self
    }

    /// Whose tags tasks have. None by default.
    #[must_use]
    pub const fn propagate_tags(mut self, from: PropagateTags) -> Self {
        self.propagate_tags = Some(from);
        self
    }

    /// Lets people run commands in running containers, with ECS Exec. The task role may then open the channels for it.
    /// Not allowed by default.
    #[must_use]
    pub const fn enable_execute_command(mut self) -> Self {
        self.execute_command = true;
        self
    }

    /// Whether ECS moves tasks so that each availability zone has as many. It does by default, as long as a deployment
    /// may have more tasks than are asked for.
    #[must_use]
    pub const fn availability_zone_rebalancing(mut self, rebalance: bool) -> Self {
        self.availability_zone_rebalancing = Some(rebalance);
        self
    }

    /// Changes the number of tasks by what is measured. It stays as it is by default.
    #[must_use]
    pub fn auto_scale(mut self, count: TaskCount) -> Self {
        self.auto_scale = Some(count);
        self
    }

    /// Makes the service wait for something that its definition does not show. What it needs of its task definition,
    /// target groups and subnets it waits for anyway.
    #[must_use]
    pub fn depends_on(mut self, target: &Target) -> Self {
        self.dependencies.push(target.clone());
        self
    }
}

impl Construct for FargateService {
    type Ref = FargateServiceRef;

    fn define(mut self, scope: &mut Scope<'_>) -> FargateServiceRef {
        let subnets = self.choose_subnets(scope);
        if self.security_groups.is_empty() {
            self.security_groups.push(scope.add("SecurityGroup", SecurityGroup::new(self.cluster.vpc())));
        }
        let public_ip = match self.assign_public_ip {
            true => service::AssignPublicIp::ENABLED,
            false => service::AssignPublicIp::DISABLED,
        };
        let network = service::AwsVpcConfiguration::new()
            .assign_public_ip(public_ip)
            .security_groups(self.security_groups.iter().map(SecurityGroupRef::security_group_id).collect::<Vec<_>>())
            .subnets(subnets.iter().map(SubnetRef::subnet_id).collect::<Vec<_>>());
        let rebalancing = self.rebalancing(scope);
        let mut resource = CfnService::new()
            .cluster(self.cluster.cluster_name())
            .enable_ecs_managed_tags(false)
            .network_configuration(service::NetworkConfiguration::new().awsvpc_configuration(network))
            .task_definition(self.task.task_definition_arn());
        if let Some(name) = self.service_name {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            if name.is_empty() || name.len() > 255 || !name.bytes().all(legal) {
                scope.problem(format!("a service's name is 1 to 255 letters, digits, `_` and `-`, got `{name}`"));
            }
            resource = resource.service_name(name);
        }
        if let Some(count) = self.desired_count {
            resource = resource.desired_count(count);
        }
        if let Some(rebalance) = rebalancing {
            resource = resource.availability_zone_rebalancing(match rebalance {
                true => service::AvailabilityZoneRebalancing::ENABLED,
                false => service::AvailabilityZoneRebalancing::DISABLED,
            });
        }
        resource = resource.deployment_configuration(self.deployment.render(scope));
        if let Some(from) = self.propagate_tags {
            resource = resource.propagate_tags(match from {
                PropagateTags::Service => service::PropagateTags::SERVICE,
                PropagateTags::TaskDefinition => service::PropagateTags::TASK_DEFINITION,
            });
        }
        if self.capacity_providers.is_empty() {
            resource = resource.launch_type(service::LaunchType::FARGATE);
        } else {
            resource = resource.capacity_provider_strategy(strategy(&self.capacity_providers, &self.cluster, scope));
            for target in self.cluster.capacity_provider_dependencies() {
                resource = resource.depends_on(target);
            }
        }

        let connections = Connections { security_groups: self.security_groups };
        if !self.targets.is_empty() {
            let mut balancers = Vec::new();
            for LoadBalancerTarget { group, container, port } in &self.targets {
                check_target(&self.task, container, *port, scope);
                if group.dependencies().is_empty() && group.resource().is_some() {
                    scope.problem(
                        "ECS registers tasks with a target group only once a listener sends requests to it: take the target group that the listener or rule returns",
                    );
                }
                balancers.push(
                    service::LoadBalancer::new()
                        .container_name(container)
                        .container_port(*port)
                        .target_group_arn(group.target_group_arn()),
                );
                for target in group.dependencies() {
                    resource = resource.depends_on(target);
                }
                scope.allow_described(group, &connections, Port::tcp(*port), "Load balancer to target");
                if let Some(port) = group.health_check_port() {
                    scope.allow_described(group, &connections, Port::tcp(port), "Load balancer to health check");
                }
            }
            resource = resource.load_balancers(balancers);
        }
        for file_system in &self.task.file_systems {
            scope.allow(&connections, file_system, FileSystem::PORT);
        }
        let grace = self.health_check_grace_period.or((!self.targets.is_empty()).then_some(Duration::from_secs(60)));
        if let Some(period) = grace {
            if self.targets.is_empty() {
                scope.problem("health_check_grace_period needs a load_balancer_target, whose health check it puts off");
            }
            let seconds = period.as_secs();
            if seconds > 2_147_483_647 {
                scope.problem(format!("health_check_grace_period must be 0 to 2147483647 s, got {seconds} s"));
            }
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            resource = resource.health_check_grace_period_seconds(seconds);
        }

        let cloud_map = self.cloud_map.and_then(|cloud_map| cloud_map.define(&self.cluster, scope));
        let cloud_map_service = cloud_map.as_ref().map(|registration| registration.service.clone());
        self.registrations.extend(cloud_map);
        if self.registrations.len() > 1 {
            scope.problem(format!(
                "a service is registered with at most one Cloud Map service, got {}",
                self.registrations.len()
            ));
        }
        if !self.registrations.is_empty() {
            let registries: Vec<_> =
                self.registrations.iter().map(|registration| registration.render(&self.task, scope)).collect();
            resource = resource.service_registries(registries);
        }
        if let Some(service_connect) = self.service_connect {
            let configuration = service_connect.render(&self.cluster, &self.task, scope);
            resource = resource.service_connect_configuration(configuration);
        }
        if self.execute_command {
            let mut programs = self.task.containers.iter().filter(|container| container.essential);
            if programs.all(|container| container.readonly_root_filesystem) {
                scope.warning(
                    "ECS Exec cannot open sessions in containers with a read-only root filesystem, and no other is there: add readonly_root_filesystem(false) to one",
                );
            }
            let grant = ExecuteCommand::grant(self.cluster.execute_command.as_ref());
            let policy = scope.add("ExecuteCommandPolicy", Policy::new(self.task.task_role(), grant));
            resource = resource.enable_execute_command(true).depends_on(policy.target());
        }

        // A task that starts before its permissions, its storage or its way to the registry fails, and enough of those
        // roll the first deployment back.
        let routes = subnets.iter().flat_map(SubnetRef::internet_connectivity);
        for target in routes.chain(self.task.dependencies()).chain(&self.dependencies) {
            resource = resource.depends_on(target);
        }
        let resource = scope.add("Service", resource);
        let reference =
            FargateServiceRef::defined(resource, self.cluster.cluster_name(), connections, cloud_map_service);
        if let Some(count) = self.auto_scale {
            count.define(&self.cluster.cluster_name().cast(), &reference.service_name(), scope);
        }
        reference
    }
}

impl FargateService {
    fn choose_subnets(&self, scope: &mut Scope<'_>) -> Vec<SubnetRef> {
        let default = if self.assign_public_ip { SubnetSelection::Public } else { SubnetSelection::PrivateWithEgress };
        let subnets = self.cluster.vpc().select(self.subnets.as_ref().unwrap_or(&default));
        let public = subnets.iter().any(|subnet| subnet.subnet_type() == Some(SubnetType::Public));
        if subnets.is_empty() {
            scope.problem("the VPC has no such subnets: give it some, or choose others with subnets");
        } else if public && !self.assign_public_ip {
            scope.problem(
                "tasks in public subnets reach nothing outside of the VPC without public addresses, not even their images: choose private subnets, or add assign_public_ip(true)",
            );
        } else if self.assign_public_ip && !public && subnets.iter().all(|subnet| subnet.subnet_type().is_some()) {
            scope.problem("assign_public_ip is for public subnets: choose those, or leave it out");
        }
        subnets
    }

    /// Returns whether tasks are moved between zones. ECS refuses it where a deployment may not have more tasks.
    fn rebalancing(&self, scope: &mut Scope<'_>) -> Option<bool> {
        let no_room = self.deployment.max_healthy_percent <= 100;
        if no_room && self.availability_zone_rebalancing == Some(true) {
            scope.problem("availability_zone_rebalancing needs a max_healthy_percent of more than 100");
        }
        self.availability_zone_rebalancing.or(no_room.then_some(false))
    }
}
