//! [`VpcRef`]: a network and its subnets, of this program or not.

use belvedere_cfn::ec2::CfnVpc;
use belvedere_cfn::{IntoValue, ResourceRef, Value, kind};

use super::subnet::{SubnetRef, SubnetSelection, SubnetType};

/// A network and its subnets, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct VpcRef {
    pub(super) vpc_id: Value<kind::ec2::VpcId>,
    pub(super) cidr_block: Value<String>,
    pub(super) public_subnets: Vec<SubnetRef>,
    pub(super) private_subnets: Vec<SubnetRef>,
    pub(super) isolated_subnets: Vec<SubnetRef>,
    pub(super) resource: Option<ResourceRef<CfnVpc>>,
}

/// What a program has to know of a VPC that it does not define.
#[derive(Clone, Debug, PartialEq)]
pub struct VpcAttributes {
    vpc: VpcRef,
}

impl VpcAttributes {
    /// A VPC, by its id, such as `vpc-0123456789abcdef0`, and its block of IPv4 addresses, such as `10.0.0.0/16`. Without
    /// any subnets yet.
    #[must_use]
    pub fn new(vpc_id: impl IntoValue<kind::ec2::VpcId>, cidr_block: impl IntoValue<String>) -> Self {
        let vpc = VpcRef {
            vpc_id: vpc_id.into_value(),
            cidr_block: cidr_block.into_value(),
            public_subnets: Vec::new(),
            private_subnets: Vec::new(),
            isolated_subnets: Vec::new(),
            resource: None,
        };
        Self { vpc }
    }

    /// Subnets that are connected to the internet both ways, one in each availability zone.
    #[must_use]
    pub fn public_subnets(mut self, subnets: impl IntoIterator<Item = SubnetRef>) -> Self {
        self.vpc.public_subnets = existing(SubnetType::Public, "Public", subnets);
        self
    }

    /// Subnets that reach the internet through a NAT gateway, one in each availability zone.
    #[must_use]
    pub fn private_subnets(mut self, subnets: impl IntoIterator<Item = SubnetRef>) -> Self {
        self.vpc.private_subnets = existing(SubnetType::PrivateWithEgress, "Private", subnets);
        self
    }

    /// Subnets that are not connected to the internet, one in each availability zone.
    #[must_use]
    pub fn isolated_subnets(mut self, subnets: impl IntoIterator<Item = SubnetRef>) -> Self {
        self.vpc.isolated_subnets = existing(SubnetType::Isolated, "Isolated", subnets);
        self
    }
}

/// Gives existing subnets the ids that the AWS CDK gives them.
fn existing(subnet_type: SubnetType, group: &str, subnets: impl IntoIterator<Item = SubnetRef>) -> Vec<SubnetRef> {
    let named = |(index, subnet): (usize, SubnetRef)| SubnetRef {
        subnet_type: Some(subnet_type),
        construct_id: Some(format!("{group}Subnet{}", index + 1)),
        group: Some(group.to_owned()),
        ..subnet
    };
    subnets.into_iter().enumerate().map(named).collect()
}

impl VpcRef {
    /// Stands for a VPC that this program does not define.
    ///
    /// ```
    /// use belvedere::ec2::{SubnetRef, VpcAttributes, VpcRef};
    ///
    /// let vpc = VpcRef::from_attributes(
    ///     VpcAttributes::new("vpc-0123456789abcdef0", "10.0.0.0/16")
    ///         .private_subnets(["subnet-0a", "subnet-0b"].map(SubnetRef::from_id)),
    /// );
    /// assert_eq!(vpc.private_subnets().len(), 2);
    /// ```
    #[must_use]
    pub fn from_attributes(attributes: VpcAttributes) -> Self {
        attributes.vpc
    }

    /// The VPC's id.
    #[must_use]
    pub fn vpc_id(&self) -> Value<kind::ec2::VpcId> {
        self.vpc_id.clone()
    }

    /// The VPC's block of IPv4 addresses.
    #[must_use]
    pub fn cidr_block(&self) -> Value<String> {
        self.cidr_block.clone()
    }

    /// The subnets that are connected to the internet both ways.
    #[must_use]
    pub fn public_subnets(&self) -> &[SubnetRef] {
        &self.public_subnets
    }

    /// The subnets that reach the internet through a NAT gateway.
    #[must_use]
    pub fn private_subnets(&self) -> &[SubnetRef] {
        &self.private_subnets
    }

    /// The subnets that are not connected to the internet.
    #[must_use]
    pub fn isolated_subnets(&self) -> &[SubnetRef] {
        &self.isolated_subnets
    }

    /// Returns the subnets that `selection` means, which may be none: what that means is for whoever asks to say. Their
    /// [types](SubnetRef::subnet_type) tell whether [`SubnetSelection::PrivateWithEgress`] had to make do with others.
    #[must_use]
    pub fn select(&self, selection: &SubnetSelection) -> Vec<SubnetRef> {
        match selection {
            SubnetSelection::Public => self.public_subnets.clone(),
            SubnetSelection::PrivateWithEgress => {
                let by_preference = [&self.private_subnets, &self.isolated_subnets, &self.public_subnets];
                by_preference.into_iter().find(|subnets| !subnets.is_empty()).cloned().unwrap_or_default()
            }
            SubnetSelection::Isolated => self.isolated_subnets.clone(),
            SubnetSelection::Group(name) => {
                self.all_subnets().filter(|subnet| subnet.group.as_ref() == Some(name)).cloned().collect()
            }
            SubnetSelection::Subnets(subnets) => subnets.clone(),
        }
    }

    /// Returns the subnets that `selection` means, of each availability zone the first: for what can be in one subnet of
    /// a zone only. A subnet whose zone is not known counts as in a zone of its own.
    #[must_use]
    pub fn select_one_per_zone(&self, selection: &SubnetSelection) -> Vec<SubnetRef> {
        let mut chosen: Vec<SubnetRef> = Vec::new();
        for subnet in self.select(selection) {
            let zone = subnet.availability_zone.as_ref();
            if zone.is_none() || chosen.iter().all(|earlier| earlier.availability_zone.as_ref() != zone) {
                chosen.push(subnet);
            }
        }
        chosen
    }

    /// The VPC's default security group, which lets its members reach each other and everything else.
    ///
    /// Whatever is started without a security group of its own gets it; nothing of this library is. CloudFormation cannot
    /// take rules away from it (the AWS CDK has a Lambda function do so), and a made-up resource in the template would
    /// not either: whoever has to, does it once by hand or with AWS Config.
    #[must_use]
    pub fn default_security_group(&self) -> Option<Value<kind::ec2::SecurityGroupId>> {
        self.resource.as_ref().map(ResourceRef::<CfnVpc>::default_security_group)
    }

    /// The CloudFormation resource, if this program defines the VPC.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnVpc>> {
        self.resource.as_ref()
    }

    /// Returns every subnet, in the AWS CDK's order.
    pub(super) fn all_subnets(&self) -> impl Iterator<Item = &SubnetRef> {
        self.private_subnets.iter().chain(&self.public_subnets).chain(&self.isolated_subnets)
    }
}
