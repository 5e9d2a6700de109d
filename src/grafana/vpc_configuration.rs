//! [`VpcConfiguration`]: what a workspace reaches in a VPC.

use crate::ec2::{SecurityGroupRef, SubnetSelection, VpcRef};

/// How a workspace reaches data sources in a VPC. All that it asks for then goes through the VPC: managed Prometheus,
/// CloudWatch and the internet too need endpoints or a NAT gateway there.
/// [AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/AMG-configure-vpc.html).
#[derive(Clone, Debug, PartialEq)]
pub struct VpcConfiguration {
    pub(super) vpc: VpcRef,
    pub(super) subnets: SubnetSelection,
    pub(super) security_groups: Vec<SecurityGroupRef>,
}

impl VpcConfiguration {
    /// The private subnets of a VPC that reach the internet, behind a security group of the workspace's own.
    #[must_use]
    pub fn new(vpc: &VpcRef) -> Self {
        Self { vpc: vpc.clone(), subnets: SubnetSelection::PrivateWithEgress, security_groups: Vec::new() }
    }

    /// Which subnets: two to six, in two availability zones or more. Private ones that reach the internet by default.
    #[must_use]
    pub fn subnets(mut self, selection: SubnetSelection) -> Self {
        self.subnets = selection;
        self
    }

    /// Adds an existing security group, at most five. One of the workspace's own by default, from which everything may
    /// go out.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_groups.push(group.clone());
        self
    }
}
