//! [`VpcConfig`]: where in a network a function runs.

use belvedere_cfn::lambda::function;
use belvedere_cfn::{Target, Value, concat_values, pseudo};

use crate::ec2::{SecurityGroup, SecurityGroupRef, SubnetSelection, SubnetType, VpcRef};
use crate::iam::{Grant, PolicyStatement};
use crate::scope::Scope;

/// Where in a network a function runs: in the private subnets with a security group of its own, by default.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
///
/// A function in a network reaches the internet only through a NAT gateway, and AWS services through that or endpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct VpcConfig {
    vpc: VpcRef,
    subnets: SubnetSelection,
    security_groups: Vec<SecurityGroupRef>,
    allow_all_outbound: bool,
}

impl From<&VpcRef> for VpcConfig {
    fn from(vpc: &VpcRef) -> Self {
        Self::new(vpc)
    }
}

impl VpcConfig {
    /// The private subnets of `vpc`.
    #[must_use]
    pub fn new(vpc: &VpcRef) -> Self {
        Self {
            vpc: vpc.clone(),
            subnets: SubnetSelection::PrivateWithEgress,
            security_groups: Vec::new(),
            allow_all_outbound: true,
        }
    }

    /// Which subnets. The private ones that have a way out by default.
    #[must_use]
    pub fn subnets(mut self, subnets: SubnetSelection) -> Self {
        self.subnets = subnets;
        self
    }

    /// Adds a security group that exists. With the first one the function has no group of its own.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_groups.push(group.clone());
        self
    }

    /// Whether the function's own security group lets everything out over IPv4. It does by default.
    #[must_use]
    pub const fn allow_all_outbound(mut self, allow: bool) -> Self {
        self.allow_all_outbound = allow;
        self
    }

    /// Defines what the function needs in the network.
    pub(super) fn define(self, scope: &mut Scope<'_>) -> Placement {
        let subnets = self.vpc.select(&self.subnets);
        if subnets.is_empty() {
            scope.problem("a function in a VPC needs at least one subnet, and the VPC has none of that kind");
        }
        if subnets.iter().any(|subnet| subnet.subnet_type() == Some(SubnetType::Public)) {
            scope
                .warning("a function in a public subnet cannot reach the internet: use private subnets with a way out");
        }
        let mut security_groups = self.security_groups;
        if security_groups.is_empty() {
            let description = format!("Automatic security group for Lambda Function {}", scope.unique_id());
            let group = SecurityGroup::new(&self.vpc)
                .description(description.chars().take(255).collect::<String>())
                .allow_all_outbound(self.allow_all_outbound);
            security_groups.push(scope.add("SecurityGroup", group));
        }
        let subnet_ids: Vec<_> = subnets.iter().map(|subnet| subnet.subnet_id()).collect();
        let group_ids: Vec<_> = security_groups.iter().map(SecurityGroupRef::security_group_id).collect();
        Placement {
            properties: function::VpcConfig::new().subnet_ids(subnet_ids).security_group_ids(group_ids),
            dependencies: subnets.iter().flat_map(|subnet| subnet.internet_connectivity().to_vec()).collect(),
            security_groups,
        }
    }
}

/// What a function in a network refers to.
pub(super) struct Placement {
    pub(super) properties: function::VpcConfig,
    /// A function that runs at once, as a canary does, wants its way out to be there.
    pub(super) dependencies: Vec<Target>,
    pub(super) security_groups: Vec<SecurityGroupRef>,
}

/// Permission to make and remove the network interfaces that Lambda connects a function by.
///
/// Those of the managed policy `AWSLambdaVPCAccessExecutionRole`, without its permission to create log groups and with
/// the resources that the AWS page names instead of all there are. EC2 knows no resource for what describes.
pub(super) fn network_interfaces() -> Grant {
    let own: Value<String> =
        concat_values!("arn:", pseudo::partition(), ":ec2:", pseudo::region(), ":", pseudo::account_id(), ":*/*");
    Grant::new([
        PolicyStatement::allow([
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:UnassignPrivateIpAddresses",
        ])
        .on(own),
        PolicyStatement::allow(["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]).on_all_resources(),
    ])
}
