//! How a VPC's subnets lie in its availability zones, and how they reach the internet.

use belvedere_cfn::ec2::{
    CfnEip, CfnInternetGateway, CfnNatGateway, CfnRoute, CfnRouteTable, CfnSubnet, CfnSubnetRouteTableAssociation,
    CfnVpcGatewayAttachment,
};
use belvedere_cfn::{Resource, ResourceRef, Tag, Value};

use super::ipv4_block::Ipv4Block;
use super::nat::NatGateways;
use super::peer::value_name;
use super::subnet::{SubnetConfiguration, SubnetRef, SubnetType};
use super::vpc_ref::VpcRef;
use crate::scope::Scope;

/// No region has more availability zones.
const MAX_ZONES: usize = 6;

/// What a definition comes to, worked out before any resource is made.
pub(super) struct Plan {
    zones: Vec<Value<String>>,
    groups: Vec<(SubnetConfiguration, Vec<Option<Ipv4Block>>)>,
    nat_gateways: usize,
}

impl Plan {
    /// Works out the plan, and reports what is wrong with it.
    pub(super) fn new(
        cidr: &str,
        zones: Vec<Value<String>>,
        subnets: Option<Vec<SubnetConfiguration>>,
        choice: Option<NatGateways>,
        scope: &mut Scope<'_>,
    ) -> Self {
        if !(1..=MAX_ZONES).contains(&zones.len()) {
            scope.problem(format!("a VPC has subnets in 1 to {MAX_ZONES} availability zones, got {}", zones.len()));
        }
        for (index, zone) in zones.iter().enumerate() {
            if zones[..index].contains(zone) {
                scope.problem(format!("an availability zone is named twice, got {}", value_name(zone.expr())));
            }
        }
        let groups = subnets.unwrap_or_else(|| {
            let inner = match choice {
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
        let nat_gateways = nat_gateways(choice, &groups, zones.len(), scope);
        let prefixes: Vec<_> = groups.iter().map(|group| group.cidr_mask).collect();
        let divided = Ipv4Block::parse(cidr).and_then(|block| {
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

    /// Makes the resources, and returns the VPC with its subnets.
    pub(super) fn define(self, mut vpc: VpcRef, scope: &mut Scope<'_>) -> VpcRef {
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
