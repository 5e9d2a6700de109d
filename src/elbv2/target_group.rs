//! [`TargetGroup`]: where a load balancer sends requests.

use std::borrow::Cow;
use std::time::Duration;

use belvedere_cfn::elasticloadbalancingv2::{CfnTargetGroup, target_group};
use belvedere_cfn::{IntoValue, ResourceRef, Target, Value, kind};

use super::health_check::HealthCheck;
use crate::construct::Construct;
use crate::ec2::{Connectable, Connections, VpcRef};
use crate::limits::{number, seconds};
use crate::scope::Scope;

/// Addresses that a load balancer sends requests to, such as the tasks of a service.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html).
///
/// It is defined by the listener or rule that sends requests to it (`.targets(..)`), or by itself with
/// [`in_vpc`](TargetGroup::in_vpc), for more than one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetGroup {
    port: u16,
    protocol: TargetProtocol,
    protocol_version: Option<ProtocolVersion>,
    health_check: Option<HealthCheck>,
    deregistration_delay: Option<Duration>,
    slow_start: Option<Duration>,
    stickiness: Option<Duration>,
    algorithm: Option<LoadBalancingAlgorithm>,
}

/// How a load balancer connects to a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetProtocol {
    /// In plain text, inside of the VPC.
    #[default]
    Http,
    /// Over TLS. The target's certificate is not checked.
    Https,
}

/// Which version of HTTP a load balancer speaks with a target.
/// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-protocol-version).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolVersion {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2. The listener is one of HTTPS.
    Http2,
    /// gRPC, on HTTP/2. The listener is one of HTTPS.
    Grpc,
}

/// How a load balancer chooses among healthy targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadBalancingAlgorithm {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastOutstandingRequests,
    /// At random, and less often one that does worse than the others.
    WeightedRandom,
}

impl TargetGroup {
    /// Targets that are registered by address, as tasks of Fargate are, and take requests on `port`, 1 to 65,535.
    #[must_use]
    pub const fn ip(port: u16) -> Self {
        Self {
            port,
            protocol: TargetProtocol::Http,
            protocol_version: None,
            health_check: None,
            deregistration_delay: None,
            slow_start: None,
            stickiness: None,
            algorithm: None,
        }
    }

    /// How the load balancer connects to targets. In plain text by default.
    #[must_use]
    pub const fn protocol(mut self, protocol: TargetProtocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Which version of HTTP the load balancer speaks with targets. HTTP/1.1 by default.
    #[must_use]
    pub const fn protocol_version(mut self, version: ProtocolVersion) -> Self {
        self.protocol_version = Some(version);
        self
    }

    /// How the load balancer finds out whether a target works. By requests for `/` every 30 s, by default.
    #[must_use]
    pub fn health_check(mut self, check: HealthCheck) -> Self {
        self.health_check = Some(check);
        self
    }

    /// How long a target that is taken out may finish its requests: 0 to 3,600 s. 300 s by default.
    #[must_use]
    pub const fn deregistration_delay(mut self, delay: Duration) -> Self {
        self.deregistration_delay = Some(delay);
        self
    }

    /// How long a new target gets fewer requests than the others: 30 to 900 s. Not at all by default. Only with
    /// [`LoadBalancingAlgorithm::RoundRobin`].
    #[must_use]
    pub const fn slow_start(mut self, duration: Duration) -> Self {
        self.slow_start = Some(duration);
        self
    }

    /// Sends a client to the same target again for so long after each request, by a cookie: 1 s to 7 days. To any by
    /// default.
    #[must_use]
    pub const fn stickiness(mut self, duration: Duration) -> Self {
        self.stickiness = Some(duration);
        self
    }

    /// How the load balancer chooses among healthy targets. One after the other by default.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: LoadBalancingAlgorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Makes the target group a construct of its own, for more than one listener or rule.
    #[must_use]
    pub fn in_vpc(self, vpc: &VpcRef) -> StandaloneTargetGroup {
        StandaloneTargetGroup { group: self, vpc: vpc.clone() }
    }

    fn attributes(&self, scope: &mut Scope<'_>) -> Vec<target_group::TargetGroupAttribute> {
        let mut attributes: Vec<(&str, Cow<'static, str>)> = Vec::new();
        if let Some(delay) = self.deregistration_delay {
            let delay = seconds("deregistration_delay", delay, 0, 3_600, scope);
            attributes.push(("deregistration_delay.timeout_seconds", delay.to_string().into()));
        }
        if let Some(algorithm) = self.algorithm {
            let name = match algorithm {
                LoadBalancingAlgorithm::RoundRobin => "round_robin",
                LoadBalancingAlgorithm::LeastOutstandingRequests => "least_outstanding_requests",
                LoadBalancingAlgorithm::WeightedRandom => "weighted_random",
            };
            attributes.push(("load_balancing.algorithm.type", name.into()));
        }
        if let Some(duration) = self.slow_start {
            if self.algorithm.is_some_and(|algorithm| algorithm != LoadBalancingAlgorithm::RoundRobin) {
                scope.problem("slow_start is for LoadBalancingAlgorithm::RoundRobin only: leave one of them out");
            }
            let duration = seconds("slow_start", duration, 30, 900, scope);
            attributes.push(("slow_start.duration_seconds", duration.to_string().into()));
        }
        match self.stickiness {
            Some(duration) => {
                let duration = seconds("stickiness", duration, 1, 604_800, scope);
                attributes.push(("stickiness.enabled", "true".into()));
                attributes.push(("stickiness.lb_cookie.duration_seconds", duration.to_string().into()));
                attributes.push(("stickiness.type", "lb_cookie".into()));
            }
            None => attributes.push(("stickiness.enabled", "false".into())),
        }
        attributes
            .into_iter()
            .map(|(key, value)| target_group::TargetGroupAttribute::new().key(key).value(value.into_owned()))
            .collect()
    }

    /// Adds the target group's resource to a scope of its own.
    pub(super) fn define_in(self, vpc: &VpcRef, scope: &mut Scope<'_>) -> TargetGroupRef {
        let port = number("the port of a target group", self.port, 1, 65_535, scope);
        let mut resource = CfnTargetGroup::new()
            .port(port)
            .protocol(match self.protocol {
                TargetProtocol::Http => "HTTP",
                TargetProtocol::Https => "HTTPS",
            })
            .target_group_attributes(self.attributes(scope))
            .target_type("ip")
            .vpc_id(vpc.vpc_id());
        if let Some(version) = self.protocol_version {
            resource = resource.protocol_version(match version {
                ProtocolVersion::Http1 => "HTTP1",
                ProtocolVersion::Http2 => "HTTP2",
                ProtocolVersion::Grpc => "GRPC",
            });
        }
        let health_check_port = self.health_check.as_ref().and_then(HealthCheck::requested_port);
        if let Some(check) = self.health_check {
            resource = check.apply(resource, self.protocol_version, scope);
        }
        let resource = scope.add("Resource", resource);
        TargetGroupRef {
            target_group_arn: resource.target_group_arn(),
            port: Some(self.port),
            health_check_port,
            dependencies: Vec::new(),
            connections: Connections::default(),
            resource: Some(resource),
        }
    }

    /// Returns whether targets are spoken with in a way that takes a listener of HTTPS.
    pub(super) const fn needs_https(&self) -> bool {
        matches!(self.protocol_version, Some(ProtocolVersion::Http2 | ProtocolVersion::Grpc))
    }
}

/// A target group that is a construct of its own, for more than one listener or rule. See [`TargetGroup::in_vpc`].
#[derive(Clone, Debug, PartialEq)]
pub struct StandaloneTargetGroup {
    group: TargetGroup,
    vpc: VpcRef,
}

impl Construct for StandaloneTargetGroup {
    type Ref = TargetGroupRef;

    fn define(self, scope: &mut Scope<'_>) -> TargetGroupRef {
        self.group.define_in(&self.vpc, scope)
    }
}

/// A target group, of this program or not.
///
/// What a listener or rule returns ([`target_group`](super::ListenerRef::target_group)) knows the load balancer that will
/// connect, and what a service has to wait for. ECS registers no task with a target group that no listener sends
/// anything to.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetGroupRef {
    target_group_arn: Value<kind::elasticloadbalancingv2::TargetGroupArn>,
    port: Option<u16>,
    health_check_port: Option<u16>,
    dependencies: Vec<Target>,
    connections: Connections,
    resource: Option<ResourceRef<CfnTargetGroup>>,
}

impl TargetGroupRef {
    /// Stands for a target group that this program does not define, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::elasticloadbalancingv2::TargetGroupArn>) -> Self {
        Self {
            target_group_arn: arn.into_value(),
            port: None,
            health_check_port: None,
            dependencies: Vec::new(),
            connections: Connections::default(),
            resource: None,
        }
    }

    /// The target group's ARN.
    #[must_use]
    pub fn target_group_arn(&self) -> Value<kind::elasticloadbalancingv2::TargetGroupArn> {
        self.target_group_arn.clone()
    }

    /// The last part of the ARN, which CloudWatch knows the target group by, if this program defines it.
    #[must_use]
    pub fn target_group_full_name(&self) -> Option<Value<String>> {
        self.resource.as_ref().map(|resource| resource.target_group_full_name().cast())
    }

    /// The port that targets take requests on, if this program defines the target group.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The port that health checks ask, where it is another one than that of the requests. The load balancer has to reach
    /// it as well.
    #[must_use]
    pub const fn health_check_port(&self) -> Option<u16> {
        self.health_check_port
    }

    /// What has to be there before a service registers its tasks: the listeners or rules that send requests here.
    #[must_use]
    pub fn dependencies(&self) -> &[Target] {
        &self.dependencies
    }

    /// The CloudFormation resource, if this program defines the target group.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnTargetGroup>> {
        self.resource.as_ref()
    }

    /// Returns the target group as a listener or rule knows it that sends requests to it.
    pub(super) fn behind(mut self, sender: &Target, load_balancer: &Connections) -> Self {
        if !self.dependencies.contains(sender) {
            self.dependencies.push(sender.clone());
        }
        for group in &load_balancer.security_groups {
            if !self.connections.security_groups.contains(group) {
                self.connections.security_groups.push(group.clone());
            }
        }
        self
    }
}

/// The security groups are those of the load balancers that connect to the targets.
impl Connectable for TargetGroupRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}
