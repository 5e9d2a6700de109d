//! Subnets: how a VPC is divided into them, and which of them something is put into.

use belvedere_cfn::ec2::CfnSubnet;
use belvedere_cfn::{IntoValue, ResourceRef, Target, Value, kind};

use super::peer::value_name;

/// How a subnet is connected to the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubnetType {
    /// Both ways, through an internet gateway: for load balancers and NAT gateways.
    Public,
    /// Outwards only, through a NAT gateway: for services.
    PrivateWithEgress,
    /// Not at all: for databases, and for what reaches AWS by endpoints of the VPC.
    Isolated,
}

impl SubnetType {
    /// Returns the AWS CDK's word for the type, for the tag that tells its users.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::PrivateWithEgress => "Private",
            Self::Isolated => "Isolated",
        }
    }
}

/// A group of subnets that a VPC has, one in each availability zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetConfiguration {
    pub(super) name: String,
    pub(super) subnet_type: SubnetType,
    pub(super) cidr_mask: Option<u8>,
    pub(super) map_public_ip_on_launch: bool,
    pub(super) reserved: bool,
}

impl SubnetConfiguration {
    /// Subnets that are connected to the internet both ways. The name, such as `Public`, goes into the ids.
    #[must_use]
    pub fn public(name: impl Into<String>) -> Self {
        Self::new(name.into(), SubnetType::Public)
    }

    /// Subnets that reach the internet through a NAT gateway. The name, such as `Private`, goes into the ids.
    #[must_use]
    pub fn private_with_egress(name: impl Into<String>) -> Self {
        Self::new(name.into(), SubnetType::PrivateWithEgress)
    }

    /// Subnets that are not connected to the internet. The name, such as `Isolated`, goes into the ids.
    #[must_use]
    pub fn isolated(name: impl Into<String>) -> Self {
        Self::new(name.into(), SubnetType::Isolated)
    }

    const fn new(name: String, subnet_type: SubnetType) -> Self {
        Self { name, subnet_type, cidr_mask: None, map_public_ip_on_launch: false, reserved: false }
    }

    /// How large each subnet is, as the length of its prefix: 16 (65,536 addresses) to 28 (16 addresses, of which AWS
    /// takes five). An equal share of what the others leave by default.
    #[must_use]
    pub const fn cidr_mask(mut self, prefix_length: u8) -> Self {
        self.cidr_mask = Some(prefix_length);
        self
    }

    /// Whether instances that are launched in the subnets have public addresses unless they say otherwise. They have
    /// none by default.
    ///
    /// The AWS CDK's default is the other one. Nothing of this library needs it: load balancers and NAT gateways bring
    /// their own addresses, and a Fargate task's are its service's choice. Only for public subnets.
    #[must_use]
    pub const fn map_public_ip_on_launch(mut self, map: bool) -> Self {
        self.map_public_ip_on_launch = map;
        self
    }

    /// Keeps the addresses for later, without making the subnets. They are made by default.
    #[must_use]
    pub const fn reserved(mut self) -> Self {
        self.reserved = true;
        self
    }
}

/// Which subnets of a VPC something is put into.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum SubnetSelection {
    /// The public ones.
    Public,
    /// The private ones that reach the internet; in a VPC without any, the isolated ones; in one without those too, the
    /// public ones. That is the AWS CDK's order when nothing is said.
    #[default]
    PrivateWithEgress,
    /// The isolated ones.
    Isolated,
    /// Those of one [`SubnetConfiguration`], by its name.
    Group(String),
    /// These.
    Subnets(Vec<SubnetRef>),
}

/// A subnet, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct SubnetRef {
    pub(super) subnet_id: Value<kind::ec2::SubnetId>,
    pub(super) availability_zone: Option<Value<String>>,
    pub(super) route_table_id: Option<Value<kind::ec2::RouteTableId>>,
    pub(super) internet_connectivity: Vec<Target>,
    pub(super) subnet_type: Option<SubnetType>,
    pub(super) group: Option<String>,
    pub(super) construct_id: Option<String>,
    pub(super) resource: Option<ResourceRef<CfnSubnet>>,
}

impl SubnetRef {
    /// Stands for a subnet that this program does not define, by its id, such as `subnet-0123456789abcdef0`.
    #[must_use]
    pub fn from_id(id: impl IntoValue<kind::ec2::SubnetId>) -> Self {
        Self {
            subnet_id: id.into_value(),
            availability_zone: None,
            route_table_id: None,
            internet_connectivity: Vec::new(),
            subnet_type: None,
            group: None,
            construct_id: None,
            resource: None,
        }
    }

    /// Says which availability zone the existing subnet is in. Needed only where a zone may have one subnet at most.
    #[must_use]
    pub fn in_availability_zone(mut self, zone: impl IntoValue<String>) -> Self {
        self.availability_zone = Some(zone.into_value());
        self
    }

    /// Says which route table the existing subnet has. Needed only for gateway endpoints.
    #[must_use]
    pub fn with_route_table(mut self, id: impl IntoValue<kind::ec2::RouteTableId>) -> Self {
        self.route_table_id = Some(id.into_value());
        self
    }

    /// The subnet's id.
    #[must_use]
    pub fn subnet_id(&self) -> Value<kind::ec2::SubnetId> {
        self.subnet_id.clone()
    }

    /// The subnet's availability zone, if it is known.
    #[must_use]
    pub fn availability_zone(&self) -> Option<Value<String>> {
        self.availability_zone.clone()
    }

    /// The id of the subnet's route table, if it is known.
    #[must_use]
    pub fn route_table_id(&self) -> Option<Value<kind::ec2::RouteTableId>> {
        self.route_table_id.clone()
    }

    /// How the subnet is connected to the internet, if it is known.
    #[must_use]
    pub const fn subnet_type(&self) -> Option<SubnetType> {
        self.subnet_type
    }

    /// What has to be there before something in the subnet reaches the internet, and is reached from it: the routes. For
    /// [`Resource::depends_on`](crate::cfn::Resource::depends_on).
    #[must_use]
    pub fn internet_connectivity(&self) -> &[Target] {
        &self.internet_connectivity
    }

    /// The CloudFormation resource, if this program defines the subnet.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnSubnet>> {
        self.resource.as_ref()
    }

    /// Returns the name that the ids of what is made once for each subnet have for it.
    pub(crate) fn name(&self) -> String {
        self.construct_id.clone().unwrap_or_else(|| value_name(self.subnet_id.expr()))
    }
}
