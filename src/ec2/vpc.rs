//! [`Vpc`]: a network of one's own.

use std::borrow::Cow;

use belvedere_cfn::ec2::{
    CfnEip, CfnInternetGateway, CfnNatGateway, CfnRoute, CfnRouteTable, CfnSubnet, CfnSubnetRouteTableAssociation,
    CfnVpc, CfnVpcGatewayAttachment,
};
use belvedere_cfn::{IntoValue, Resource, ResourceRef, Tag, Value, functions};

use super::endpoint_service::{GatewayEndpointService, InterfaceEndpointService};
use super::flow_log::{FlowLog, FlowLogOptions, FlowLogResource};
use super::gateway_endpoint::GatewayVpcEndpoint;
use super::interface_endpoint::InterfaceVpcEndpoint;
use super::ipv4_block::Ipv4Block;
use super::nat::NatGateways;
use super::subnet::{SubnetConfiguration, SubnetRef, SubnetType};
use super::vpc_ref::VpcRef;
use crate::construct::Construct;
use crate::scope::Scope;

/// A network of one's own: public and private subnets in two availability zones, with a NAT gateway in each, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html).
///
/// Two things differ from the AWS CDK's: instances in public subnets
/// [have no public address](SubnetConfiguration::map_public_ip_on_launch) unless they ask for one, and the
/// [default security group](VpcRef::default_security_group) stays as AWS makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Vpc {
    cidr: String,
    zones: Zones,
    subnets: Option<Vec<SubnetConfiguration>>,
    nat_gateways: Option<NatGateways>,
    enable_dns_hostnames: bool,
    enable_dns_support: bool,
    gateway_endpoints: Vec<(Cow<'static, str>, GatewayEndpointService)>,
    interface_endpoints: Vec<(Cow<'static, str>, InterfaceEndpointService)>,
    flow_logs: Vec<(Cow<'static, str>, FlowLogOptions)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Zones {
    /// So many of those that the region turns out to have.
    First(usize),
    Named(Vec<Value<String>>),
}

/// No region has more availability zones.
const MAX_ZONES: usize = 6;

impl Default for Vpc {
    fn default() -> Self {
        Self::new()
    }
}

impl Vpc {
    /// A network with the addresses 10.0.0.0 to 10.0.255.255.
    #[must_use]
    pub fn new() -> Self {
        Self {
            cidr: "10.0.0.0/16".to_owned(),
            zones: Zones::First(2),
            subnets: None,
            nat_gateways: None,
            enable_dns_hostnames: true,
            enable_dns_support: true,
            gateway_endpoints: Vec::new(),
            interface_endpoints: Vec::new(),
            flow_logs: Vec::new(),
        }
    }

    /// The block of IPv4 addresses, from a /16 (65,536 addresses) to a /28 (16). `10.0.0.0/16` by default.
    #[must_use]
    pub fn cidr(mut self, block: impl Into<String>) -> Self {
        self.cidr = block.into();
        self
    }

    /// How many availability zones have subnets: 1 to 6. 2 by default.
    ///
    /// They are the first that the region turns out to have when the stack is deployed; one that has fewer refuses it.
    #[must_use]
    pub fn max_azs(mut self, count: usize) -> Self {
        self.zones = Zones::First(count);
        self
    }

    /// Which availability zones have subnets, by name, such as `eu-central-1a`. The region's first ones by
    /// default, as many as [`max_azs`](Self::max_azs) says; of the two settings the later one holds.
    #[must_use]
    pub fn availability_zones<Z: IntoValue<String>>(mut self, zones: impl IntoIterator<Item = Z>) -> Self {
        self.zones = Zones::Named(zones.into_iter().map(Z::into_value).collect());
        self
    }

    /// Which groups of subnets each availability zone has. By default `Public` and, with an equal share of the addresses,
    /// `Private`; without NAT gateways, `Isolated` in its place.
    #[must_use]
    pub fn subnets(mut self, configuration: impl IntoIterator<Item = SubnetConfiguration>) -> Self {
        self.subnets = Some(configuration.into_iter().collect());
        self
    }

    /// How private subnets reach the internet. By default through a NAT gateway in their own availability zone.
    #[must_use]
    pub const fn nat_gateways(mut self, gateways: NatGateways) -> Self {
        self.nat_gateways = Some(gateways);
        self
    }

    /// Whether instances with public addresses have public DNS names. They have by default.
    #[must_use]
    pub const fn enable_dns_hostnames(mut self, enable: bool) -> Self {
        self.enable_dns_hostnames = enable;
        self
    }

    /// Whether AWS's DNS server answers in the VPC. It does by default. Without it neither hostnames nor the private names
    /// of endpoints and Cloud Map namespaces work.
    #[must_use]
    pub const fn enable_dns_support(mut self, enable: bool) -> Self {
        self.enable_dns_support = enable;
        self
    }

    /// Lets every subnet reach S3 or DynamoDB without a NAT gateway, at no cost. None does by default.
    ///
    /// [`GatewayVpcEndpoint`] adds one later, or with more options.
    #[must_use]
    pub fn gateway_endpoint(mut self, id: impl Into<Cow<'static, str>>, service: GatewayEndpointService) -> Self {
        self.gateway_endpoints.push((id.into(), service));
        self
    }

    /// Lets everything in the VPC reach a service of AWS without a NAT gateway, for a price by the hour and availability
    /// zone. None is there by default.
    ///
    /// [`InterfaceVpcEndpoint`] adds one later, or with more options.
    #[must_use]
    pub fn interface_endpoint(mut self, id: impl Into<Cow<'static, str>>, service: InterfaceEndpointService) -> Self {
        self.interface_endpoints.push((id.into(), service));
        self
    }

    /// Records the connections in the VPC. They are not by default, as in the AWS CDK, since it costs by the gigabyte.
    ///
    /// [`FlowLog`] adds one later.
    #[must_use]
    pub fn flow_log(mut self, id: impl Into<Cow<'static, str>>, options: FlowLogOptions) -> Self {
        self.flow_logs.push((id.into(), options));
        self
    }
}

impl Construct for Vpc {
    type Ref = VpcRef;

    fn define(self, scope: &mut Scope<'_>) -> VpcRef {
        let name = scope.path();
        scope.tag("Name", name);
        let zones = match &self.zones {
            Zones::First(count) => (0..*count)
                .map(|index| {
                    functions::select(i64::try_from(index).unwrap_or(i64::MAX), functions::availability_zones())
                })
                .collect(),
            Zones::Named(zones) => zones.clone(),
        };
        let plan = Plan::new(&self, zones, scope);

        let vpc = CfnVpc::new()
            .cidr_block(self.cidr.as_str())
            .enable_dns_hostnames(self.enable_dns_hostnames)
            .enable_dns_support(self.enable_dns_support)
            .instance_tenancy("default");
        let vpc = scope.add("Resource", vpc);
        let reference = VpcRef {
            vpc_id: vpc.vpc_id(),
            cidr_block: vpc.cidr_block().cast(),
            public_subnets: Vec::new(),
            private_subnets: Vec::new(),
            isolated_subnets: Vec::new(),
            resource: Some(vpc),
        };
        let reference = plan.define(reference, scope);

        for (id, service) in self.gateway_endpoints {
            scope.add(id, GatewayVpcEndpoint::new(&reference, service));
        }
        for (id, options) in self.flow_logs {
            scope.add(id, FlowLog::new(FlowLogResource::vpc(&reference), options));
        }
        for (id, service) in self.interface_endpoints {
            let endpoint = InterfaceVpcEndpoint::new(&reference, service);
            scope.add(id, endpoint.private_dns_enabled(self.enable_dns_support));
        }
        reference
    }
}

/// What a definition comes to, worked out before any resource is made.
struct Plan {
    zones: Vec<Value<String>>,
    groups: Vec<(SubnetConfiguration, Vec<Option<Ipv4Block>>)>,
    nat_gateways: usize,
}

impl Plan {
    fn new(vpc: &Vpc, zones: Vec<Value<String>>, scope: &mut Scope<'_>) -> Self {
        if !(1..=MAX_ZONES).contains(&zones.len()) {
            scope.problem(format!("a VPC has subnets in 1 to {MAX_ZONES} availability zones, got {}", zones.len()));
        }
        for (index, zone) in zones.iter().enumerate() {
            if zones[..index].contains(zone) {
                scope.problem(format!(
                    "an availability zone is named twice, got {}",
                    super::peer::value_name(zone.expr())
                ));
            }
        }
        let groups = vpc.subnets.clone().unwrap_or_else(|| {
            let inner = match vpc.nat_gateways {
                Some(NatGateways::None) => SubnetConfiguration::isolated("Isolated"),
                _ => SubnetConfiguration::private_with_egress("Private"),
            };
            vec![SubnetConfiguration::public("Public"), inner]
        });
        for (index, group) in groups.iter().enumerate() {
            if groups[..index].iter().any(|earlier| earlier.name == group.name) {
                scope.problem(format!(
                    "two groups of subnets are named `{}`: give one of them another name",
                    group.name
                ));
            }
            if group.map_public_ip_on_launch && group.subnet_type != SubnetType::Public {
                scope.problem(format!(
                    "map_public_ip_on_launch is for public subnets only, got it for `{}`",
                    group.name
                ));
            }
        }
        let nat_gateways = nat_gateways(vpc.nat_gateways, &groups, zones.len(), scope);
        let prefixes: Vec<_> = groups.iter().map(|group| group.cidr_mask).collect();
        let divided = Ipv4Block::parse(&vpc.cidr).and_then(|block| {
            if (16..=28).contains(&block.prefix()) {
                block.divide(&prefixes, zones.len())
            } else {
                Err(format!("a VPC's block is a /16 to a /28, got `{block}`"))
            }
        });
        let blocks = match divided {
            Ok(blocks) => blocks.into_iter().map(|group| group.into_iter().map(Some).collect()).collect(),
            Err(complaint) => {
                scope.problem(complaint);
                vec![vec![None; zones.len()]; groups.len()]
            }
        };
        let groups = groups.into_iter().zip(blocks).filter(|(group, _)| !group.reserved).collect();
        Self { zones, groups, nat_gateways }
    }

    fn define(self, mut vpc: VpcRef, scope: &mut Scope<'_>) -> VpcRef {
        let has_public = self.groups.iter().any(|(group, _)| group.subnet_type == SubnetType::Public);
        let internet = has_public.then(|| {
            let gateway = scope.add("IGW", CfnInternetGateway::new());
            let attachment =
                CfnVpcGatewayAttachment::new(vpc.vpc_id()).internet_gateway_id(gateway.internet_gateway_id());
            (gateway, scope.add("VPCGW", attachment).target().clone())
        });
        let mut egress = Egress { wanted: self.nat_gateways, gateways: Vec::new(), next: 0 };
        // Public subnets first, since the private ones' routes lead to the NAT gateways in them.
        for subnet_type in [SubnetType::Public, SubnetType::PrivateWithEgress, SubnetType::Isolated] {
            for (group, blocks) in self.groups.iter().filter(|(group, _)| group.subnet_type == subnet_type) {
                for (index, zone) in self.zones.iter().enumerate() {
                    let id = format!("{}Subnet{}", group.name, index + 1);
                    let mut place = scope.scope(id.clone());
                    let mut subnet = define_subnet(&vpc, group, id, zone, blocks[index], &mut place);
                    let table = subnet
                        .route_table_id
                        .clone()
                        .map(|table| CfnRoute::new(table).destination_cidr_block("0.0.0.0/0"));
                    match (subnet_type, table, &internet) {
                        (SubnetType::Public, Some(route), Some((gateway, attachment))) => {
                            let route = route.gateway_id(gateway.internet_gateway_id()).depends_on(attachment);
                            let route = place.add("DefaultRoute", route).target().clone();
                            subnet.internet_connectivity.insert(0, route);
                            egress.offer(index, &subnet, &mut place);
                            vpc.public_subnets.push(subnet);
                        }
                        (SubnetType::PrivateWithEgress, Some(route), _) => {
                            if let Some(gateway) = egress.of_zone(index) {
                                let route = place.add("DefaultRoute", route.nat_gateway_id(gateway.nat_gateway_id()));
                                subnet.internet_connectivity.insert(0, route.target().clone());
                            }
                            vpc.private_subnets.push(subnet);
                        }
                        _ => vpc.isolated_subnets.push(subnet),
                    }
                }
            }
        }
        vpc
    }
}

/// Decides how many NAT gateways there are, and reports choices that leave a subnet without any, or a gateway without
/// use.
fn nat_gateways(
    choice: Option<NatGateways>,
    groups: &[SubnetConfiguration],
    zones: usize,
    scope: &mut Scope<'_>,
) -> usize {
    let has = |subnet_type| groups.iter().any(|group| group.subnet_type == subnet_type && !group.reserved);
    let (has_public, has_private) = (has(SubnetType::Public), has(SubnetType::PrivateWithEgress));
    match choice {
        Some(NatGateways::None) if has_private => scope.problem(
            "private_with_egress subnets need a NAT gateway, got NatGateways::None: make the subnets isolated, or choose NatGateways::Single",
        ),
        Some(NatGateways::None) | None => {}
        Some(_) if !has_private => scope.problem(
            "no subnet would use the NAT gateways: add a private_with_egress one, or choose NatGateways::None",
        ),
        Some(NatGateways::Count(count)) if !(1..=zones).contains(&count) => scope.problem(format!(
            "NatGateways::Count must be 1 to the number of availability zones, here {zones}, got {count}"
        )),
        Some(_) => {}
    }
    if has_private && !has_public && choice != Some(NatGateways::None) {
        scope.problem("private_with_egress subnets need public ones for the NAT gateways to be in: add a public one");
    }
    if has_private { choice.unwrap_or_default().count(zones) } else { 0 }
}

fn define_subnet(
    vpc: &VpcRef,
    group: &SubnetConfiguration,
    id: String,
    zone: &Value<String>,
    block: Option<Ipv4Block>,
    place: &mut Scope<'_>,
) -> SubnetRef {
    let name = place.path();
    place.tag("Name", name);
    let mut subnet = CfnSubnet::new(vpc.vpc_id())
        .availability_zone(zone)
        .map_public_ip_on_launch(group.map_public_ip_on_launch)
        .tags([
            Tag::new("aws-cdk:subnet-name", group.name.as_str()),
            Tag::new("aws-cdk:subnet-type", group.subnet_type.tag()),
        ]);
    if let Some(block) = block {
        subnet = subnet.cidr_block(block.to_string());
    }
    let subnet = place.add("Subnet", subnet);
    let table = place.add("RouteTable", CfnRouteTable::new(vpc.vpc_id()));
    let association = CfnSubnetRouteTableAssociation::new(table.route_table_id(), subnet.subnet_id());
    let association = place.add("RouteTableAssociation", association);
    SubnetRef {
        subnet_id: subnet.subnet_id(),
        availability_zone: Some(zone.clone()),
        route_table_id: Some(table.route_table_id()),
        internet_connectivity: vec![association.target().clone()],
        subnet_type: Some(group.subnet_type),
        group: Some(group.name.clone()),
        construct_id: Some(id),
        resource: Some(subnet),
    }
}

/// The NAT gateways, as they come to be.
struct Egress {
    wanted: usize,
    gateways: Vec<(usize, ResourceRef<CfnNatGateway>)>,
    next: usize,
}

impl Egress {
    /// Puts a NAT gateway into a public subnet, if more are wanted and its zone has none.
    fn offer(&mut self, zone: usize, subnet: &SubnetRef, place: &mut Scope<'_>) {
        if self.gateways.len() >= self.wanted || self.gateways.iter().any(|(other, _)| *other == zone) {
            return;
        }
        let address = place.add("EIP", CfnEip::new().domain("vpc"));
        let mut gateway = CfnNatGateway::new().allocation_id(address.allocation_id()).subnet_id(subnet.subnet_id());
        for target in subnet.internet_connectivity() {
            gateway = gateway.depends_on(target);
        }
        self.gateways.push((zone, place.add("NATGateway", gateway)));
    }

    /// Returns the NAT gateway of a zone, or the next one in turn.
    fn of_zone(&mut self, zone: usize) -> Option<ResourceRef<CfnNatGateway>> {
        if let Some((_, gateway)) = self.gateways.iter().find(|(other, _)| *other == zone) {
            return Some(gateway.clone());
        }
        let (_, gateway) = self.gateways.get(self.next % self.gateways.len().max(1))?;
        self.next += 1;
        Some(gateway.clone())
    }
}
