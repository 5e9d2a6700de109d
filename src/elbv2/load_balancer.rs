//! [`ApplicationLoadBalancer`]: takes requests and passes them on.

use std::time::Duration;

use belvedere_cfn::elasticloadbalancingv2::{CfnLoadBalancer, load_balancer};
use belvedere_cfn::{IntoValue, Resource, ResourceRef, Value, kind};

use crate::construct::{Construct, Parent, Place};
use crate::ec2::{Connectable, Connections, SecurityGroup, SecurityGroupRef, SubnetSelection, VpcRef};
use crate::limits::seconds;
use crate::s3::{BucketRef, LogSource};
use crate::scope::Scope;

/// Takes HTTP requests and passes them on to healthy targets: inside of its VPC, and open to nobody, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html).
///
/// Listeners are added to what `add` returns: `stack.add_to(&lb, "Http", Listener::http(80)…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationLoadBalancer {
    vpc: VpcRef,
    internet_facing: bool,
    subnets: Option<SubnetSelection>,
    security_groups: Vec<SecurityGroupRef>,
    load_balancer_name: Option<Value<String>>,
    deletion_protection: bool,
    drop_invalid_header_fields: bool,
    desync_mitigation_mode: Option<DesyncMitigationMode>,
    idle_timeout: Option<Duration>,
    access_logs: Option<(BucketRef, String)>,
    connection_logs: Option<(BucketRef, String)>,
}

/// What becomes of requests that programs could read differently from each other.
/// [AWS page](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#desync-mitigation-mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesyncMitigationMode {
    /// All are passed on.
    Monitor,
    /// Doubtful ones get a connection of their own, severe ones are refused.
    Defensive,
    /// Only those that follow the standard are passed on.
    Strictest,
}

impl ApplicationLoadBalancer {
    /// A load balancer in the private subnets of `vpc`.
    #[must_use]
    pub fn new(vpc: &VpcRef) -> Self {
        Self {
            vpc: vpc.clone(),
            internet_facing: false,
            subnets: None,
            security_groups: Vec::new(),
            load_balancer_name: None,
            deletion_protection: false,
            drop_invalid_header_fields: true,
            desync_mitigation_mode: None,
            idle_timeout: None,
            access_logs: None,
            connection_logs: None,
        }
    }

    /// Puts the load balancer into the public subnets, with addresses that the internet can reach. It is inside of its VPC
    /// by default. Who may connect is for listeners to say, all the same.
    #[must_use]
    pub const fn internet_facing(mut self) -> Self {
        self.internet_facing = true;
        self
    }

    /// Which subnets the load balancer is in: at least two, in different availability zones. The private ones by default,
    /// and the public ones if it is internet-facing.
    #[must_use]
    pub fn subnets(mut self, selection: SubnetSelection) -> Self {
        self.subnets = Some(selection);
        self
    }

    /// Adds a security group, instead of the load balancer's own, up to five. By default it has one of its own, which lets
    /// nothing in and nothing out until something is allowed.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_groups.push(group.clone());
        self
    }

    /// A fixed name: 1 to 32 letters, digits and hyphens. CloudFormation makes one by default.
    #[must_use]
    pub fn load_balancer_name(mut self, name: impl IntoValue<String>) -> Self {
        self.load_balancer_name = Some(name.into_value());
        self
    }

    /// Whether nobody can delete the load balancer, CloudFormation included. It can be deleted by default.
    #[must_use]
    pub const fn deletion_protection(mut self, protect: bool) -> Self {
        self.deletion_protection = protect;
        self
    }

    /// Whether headers with illegal names are taken out of requests. They are by default, other than in the AWS CDK.
    #[must_use]
    pub const fn drop_invalid_header_fields(mut self, drop: bool) -> Self {
        self.drop_invalid_header_fields = drop;
        self
    }

    /// What becomes of requests that programs could read differently. [`DesyncMitigationMode::Defensive`] by default.
    #[must_use]
    pub const fn desync_mitigation_mode(mut self, mode: DesyncMitigationMode) -> Self {
        self.desync_mitigation_mode = Some(mode);
        self
    }

    /// How long a connection may stay silent: 1 to 4,000 s. 60 s by default.
    #[must_use]
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Logs each request under `prefix` in a bucket, which must be defined with
    /// [`accept_logs_from`](crate::s3::Bucket::accept_logs_from) [`LogSource::LoadBalancerLogs`] and be encrypted by S3's
    /// own keys. No logs by default.
    #[must_use]
    pub fn access_logs(mut self, bucket: &BucketRef, prefix: impl Into<String>) -> Self {
        self.access_logs = Some((bucket.clone(), prefix.into()));
        self
    }

    /// Logs each TLS connection under `prefix` in a bucket, defined as for [`access_logs`](Self::access_logs). No logs by
    /// default.
    #[must_use]
    pub fn connection_logs(mut self, bucket: &BucketRef, prefix: impl Into<String>) -> Self {
        self.connection_logs = Some((bucket.clone(), prefix.into()));
        self
    }

    fn attributes(&self, scope: &mut Scope<'_>) -> Vec<load_balancer::LoadBalancerAttribute> {
        let flag = |on: bool| Value::from(if on { "true" } else { "false" });
        let mut attributes: Vec<(&str, Value<String>)> = vec![
            ("deletion_protection.enabled", flag(self.deletion_protection)),
            ("routing.http.drop_invalid_header_fields.enabled", flag(self.drop_invalid_header_fields)),
        ];
        if let Some(mode) = self.desync_mitigation_mode {
            let mode = match mode {
                DesyncMitigationMode::Monitor => "monitor",
                DesyncMitigationMode::Defensive => "defensive",
                DesyncMitigationMode::Strictest => "strictest",
            };
            attributes.push(("routing.http.desync_mitigation_mode", mode.into()));
        }
        if let Some(timeout) = self.idle_timeout {
            let timeout = seconds("idle_timeout", timeout, 1, 4_000, scope);
            attributes.push(("idle_timeout.timeout_seconds", timeout.to_string().into()));
        }
        let kinds = [
            (
                "access_logs",
                &self.access_logs,
                ["access_logs.s3.enabled", "access_logs.s3.bucket", "access_logs.s3.prefix"],
            ),
            (
                "connection_logs",
                &self.connection_logs,
                ["connection_logs.s3.enabled", "connection_logs.s3.bucket", "connection_logs.s3.prefix"],
            ),
        ];
        for (setting, logs, [enabled, bucket_key, prefix_key]) in kinds {
            let Some((bucket, prefix)) = logs else { continue };
            if bucket.refuses(LogSource::LoadBalancerLogs) {
                scope.problem(format!(
                    "the bucket of {setting} refuses them: define it with accept_logs_from(LogSource::LoadBalancerLogs)"
                ));
            }
            if bucket.has_key() {
                scope.problem(format!(
                    "the bucket of {setting} must be encrypted by S3's own keys, got one that is encrypted by a key of KMS"
                ));
            }
            if prefix.contains("AWSLogs") || prefix.starts_with('/') || prefix.ends_with('/') {
                scope.problem(format!(
                    "the prefix of {setting} has no `/` at either end and no `AWSLogs` in it, got `{prefix}`"
                ));
            }
            attributes.push((enabled, flag(true)));
            attributes.push((bucket_key, bucket.bucket_name().cast()));
            if !prefix.is_empty() {
                attributes.push((prefix_key, prefix.as_str().into()));
            }
        }
        attributes.sort_by_key(|(key, _)| *key);
        attributes
            .into_iter()
            .map(|(key, value)| load_balancer::LoadBalancerAttribute::new().key(key).value(value))
            .collect()
    }
}

impl Construct for ApplicationLoadBalancer {
    type Ref = ApplicationLoadBalancerRef;

    fn define(self, scope: &mut Scope<'_>) -> ApplicationLoadBalancerRef {
        if let Some(name) = self.load_balancer_name.as_ref().and_then(|name| name.as_str()) {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let fits = (1..=32).contains(&name.len())
                && name.bytes().all(legal)
                && !name.starts_with('-')
                && !name.ends_with('-')
                && !name.starts_with("internal-");
            if !fits {
                scope.problem(format!(
                    "a load balancer's name is 1 to 32 letters, digits and hyphens, with no hyphen at either end and no \
                     `internal-` in front, got `{name}`"
                ));
            }
        }
        let selection = self.subnets.clone().unwrap_or(if self.internet_facing {
            SubnetSelection::Public
        } else {
            SubnetSelection::PrivateWithEgress
        });
        let subnets = self.vpc.select_one_per_zone(&selection);
        if subnets.len() < 2 {
            scope.problem(format!(
                "a load balancer needs subnets in at least two availability zones, got {}",
                subnets.len()
            ));
        }
        if self.security_groups.len() > 5 {
            scope.problem(format!("a load balancer has at most 5 security groups, got {}", self.security_groups.len()));
        }
        let attributes = self.attributes(scope);
        let security_groups = if self.security_groups.is_empty() {
            // The AWS CDK's description, since another would replace the group.
            let description = format!("Automatically created Security Group for ELB {}", scope.unique_id());
            let group = SecurityGroup::new(&self.vpc).description(description).allow_all_outbound(false);
            vec![scope.add("SecurityGroup", group)]
        } else {
            self.security_groups
        };
        let group_ids: Vec<_> = security_groups.iter().map(SecurityGroupRef::security_group_id).collect();
        let subnet_ids: Vec<_> = subnets.iter().map(|subnet| subnet.subnet_id()).collect();
        let mut resource = CfnLoadBalancer::new()
            .load_balancer_attributes(attributes)
            .scheme(if self.internet_facing { "internet-facing" } else { "internal" })
            .security_groups(group_ids)
            .subnets(subnet_ids)
            .type_("application");
        if let Some(name) = self.load_balancer_name {
            resource = resource.name(name);
        }
        if self.internet_facing {
            for target in subnets.iter().flat_map(|subnet| subnet.internet_connectivity()) {
                resource = resource.depends_on(target);
            }
        }
        for (bucket, _) in self.access_logs.iter().chain(&self.connection_logs) {
            if let Some(policy) = bucket.policy() {
                resource = resource.depends_on(policy.target());
            }
        }
        let resource = scope.add("Resource", resource);
        ApplicationLoadBalancerRef {
            load_balancer_arn: resource.load_balancer_arn(),
            dns_name: resource.dns_name().cast(),
            vpc: self.vpc,
            connections: Connections { security_groups },
            place: Some(scope.place()),
            resource: Some(resource),
        }
    }
}

/// An application load balancer, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationLoadBalancerRef {
    load_balancer_arn: Value<kind::elasticloadbalancingv2::LoadBalancerArn>,
    dns_name: Value<String>,
    vpc: VpcRef,
    connections: Connections,
    place: Option<Place>,
    resource: Option<ResourceRef<CfnLoadBalancer>>,
}

impl ApplicationLoadBalancerRef {
    /// Stands for a load balancer that this program does not define, by its ARN, domain name, VPC and security group.
    #[must_use]
    pub fn from_arn(
        arn: impl IntoValue<kind::elasticloadbalancingv2::LoadBalancerArn>,
        dns_name: impl IntoValue<String>,
        vpc: &VpcRef,
        security_group: &SecurityGroupRef,
    ) -> Self {
        Self {
            load_balancer_arn: arn.into_value(),
            dns_name: dns_name.into_value(),
            vpc: vpc.clone(),
            connections: security_group.connections(),
            place: None,
            resource: None,
        }
    }

    /// The load balancer's ARN.
    #[must_use]
    pub fn load_balancer_arn(&self) -> Value<kind::elasticloadbalancingv2::LoadBalancerArn> {
        self.load_balancer_arn.clone()
    }

    /// The load balancer's domain name.
    #[must_use]
    pub fn dns_name(&self) -> Value<String> {
        self.dns_name.clone()
    }

    /// The last part of the ARN, which CloudWatch knows the load balancer by, if this program defines it.
    #[must_use]
    pub fn load_balancer_full_name(&self) -> Option<Value<String>> {
        self.resource.as_ref().map(|resource| resource.load_balancer_full_name().cast())
    }

    /// The VPC that the load balancer is in.
    #[must_use]
    pub const fn vpc(&self) -> &VpcRef {
        &self.vpc
    }

    /// The CloudFormation resource, if this program defines the load balancer.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnLoadBalancer>> {
        self.resource.as_ref()
    }
}

impl Connectable for ApplicationLoadBalancerRef {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}

impl Parent for ApplicationLoadBalancerRef {
    fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
}
