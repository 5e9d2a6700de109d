//! [`Vpc`]: a network of one's own.

use std::borrow::Cow;

use belvedere_cfn::ec2::CfnVpc;
use belvedere_cfn::{IntoValue, Value, functions};

use super::endpoint_service::{GatewayEndpointService, InterfaceEndpointService};
use super::flow_log::{FlowLog, FlowLogOptions, FlowLogResource};
use super::gateway_endpoint::GatewayVpcEndpoint;
use super::interface_endpoint::InterfaceVpcEndpoint;
use super::nat::NatGateways;
use super::subnet::SubnetConfiguration;
use super::vpc_plan::Plan;
use super::vpc_ref::VpcRef;
use crate::construct::Construct;
use crate::scope::Scope;

/// A network of one's own: public and private subnets in two availability zones, with a NAT gateway in each, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html).
///
/// Three things differ from the AWS CDK's: there are two zones also where the region is known, instances in public subnets
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
        let plan = Plan::new(&self.cidr, zones, self.subnets, self.nat_gateways, scope);

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

#[cfg(test)]
mod tests {
    use super::Vpc;
    use crate::ec2::{
        FlowLogOptions, GatewayEndpointService, InterfaceEndpointService, NatGateways, SubnetConfiguration,
        SubnetSelection,
    };
    use crate::logs::LogGroup;
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Match, Template, json};

    #[test]
    fn the_network_has_the_cdks_ids() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        stack.add(
            "Vpc",
            Vpc::new()
                .nat_gateways(NatGateways::Single)
                .subnets([
                    SubnetConfiguration::public("Public").cidr_mask(24),
                    SubnetConfiguration::private_with_egress("Private"),
                    SubnetConfiguration::isolated("Isolated").cidr_mask(28),
                ])
                .flow_log("FlowLog", FlowLogOptions::to_new_log_group(LogGroup::new()))
                .gateway_endpoint("S3", GatewayEndpointService::S3)
                .interface_endpoint("Logs", InterfaceEndpointService::CloudWatchLogs),
        );
        let template = Template::from_stack(stack)?;
        let resources = template.to_json()["Resources"].as_object().cloned().unwrap_or_default();
        // From aws-cdk-lib 2.276.0.
        let expected = [
            ("Resource", "Vpc8378EB38"),
            ("PublicSubnet1/Subnet", "VpcPublicSubnet1Subnet5C2D37C4"),
            ("PublicSubnet1/RouteTable", "VpcPublicSubnet1RouteTable6C95E38E"),
            ("PublicSubnet1/RouteTableAssociation", "VpcPublicSubnet1RouteTableAssociation97140677"),
            ("PublicSubnet1/DefaultRoute", "VpcPublicSubnet1DefaultRoute3DA9E72A"),
            ("PublicSubnet1/EIP", "VpcPublicSubnet1EIPD7E02669"),
            ("PublicSubnet1/NATGateway", "VpcPublicSubnet1NATGateway4D7517AA"),
            ("PublicSubnet2/Subnet", "VpcPublicSubnet2Subnet691E08A3"),
            ("PublicSubnet2/RouteTable", "VpcPublicSubnet2RouteTable94F7E489"),
            ("PublicSubnet2/RouteTableAssociation", "VpcPublicSubnet2RouteTableAssociationDD5762D8"),
            ("PublicSubnet2/DefaultRoute", "VpcPublicSubnet2DefaultRoute97F91067"),
            ("PrivateSubnet1/Subnet", "VpcPrivateSubnet1Subnet536B997A"),
            ("PrivateSubnet1/RouteTable", "VpcPrivateSubnet1RouteTableB2C5B500"),
            ("PrivateSubnet1/RouteTableAssociation", "VpcPrivateSubnet1RouteTableAssociation70C59FA6"),
            ("PrivateSubnet1/DefaultRoute", "VpcPrivateSubnet1DefaultRouteBE02A9ED"),
            ("PrivateSubnet2/Subnet", "VpcPrivateSubnet2Subnet3788AAA1"),
            ("PrivateSubnet2/RouteTable", "VpcPrivateSubnet2RouteTableA678073B"),
            ("PrivateSubnet2/RouteTableAssociation", "VpcPrivateSubnet2RouteTableAssociationA89CAD56"),
            ("PrivateSubnet2/DefaultRoute", "VpcPrivateSubnet2DefaultRoute060D2087"),
            ("IsolatedSubnet1/Subnet", "VpcIsolatedSubnet1SubnetE48C5737"),
            ("IsolatedSubnet1/RouteTable", "VpcIsolatedSubnet1RouteTable4771E3E5"),
            ("IsolatedSubnet1/RouteTableAssociation", "VpcIsolatedSubnet1RouteTableAssociationD300FCBB"),
            ("IsolatedSubnet2/Subnet", "VpcIsolatedSubnet2Subnet16364B91"),
            ("IsolatedSubnet2/RouteTable", "VpcIsolatedSubnet2RouteTable1D30AF7D"),
            ("IsolatedSubnet2/RouteTableAssociation", "VpcIsolatedSubnet2RouteTableAssociationF7B18CCA"),
            ("IGW", "VpcIGWD7BA715C"),
            ("VPCGW", "VpcVPCGWBF912B6E"),
            ("S3/Resource", "VpcS3A5408339"),
            ("FlowLog/IAMRole/Resource", "VpcFlowLogIAMRole6A475D41"),
            ("FlowLog/IAMRole/DefaultPolicy/Resource", "VpcFlowLogIAMRoleDefaultPolicy406FB995"),
            ("FlowLog/LogGroup/Resource", "VpcFlowLogLogGroup7B5C56B9"),
            ("FlowLog/FlowLog", "VpcFlowLog8FF33A73"),
            ("Logs/SecurityGroup/Resource", "VpcLogsSecurityGroupEFB615FD"),
            ("Logs/Resource", "VpcLogsE1759C4E"),
        ];
        for (path, id) in expected {
            assert_eq!(resources[id]["Metadata"]["aws:cdk:path"], format!("Stack/Vpc/{path}"));
        }
        assert_eq!(resources.len(), expected.len());
        Ok(())
    }

    #[test]
    fn two_zones_have_public_and_private_subnets_and_a_nat_gateway_each() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let vpc = stack.add("Vpc", Vpc::new());
        let template = Template::from_stack(stack)?;
        template.resource_count_is("AWS::EC2::Subnet", 4);
        template.resource_count_is("AWS::EC2::NatGateway", 2);
        template.all_resources_properties("AWS::EC2::Subnet", json!({ "MapPublicIpOnLaunch": false }));
        template.has_resource_properties(
            "AWS::EC2::Subnet",
            json!({
                "AvailabilityZone": { "Fn::Select": [1, { "Fn::GetAZs": "" }] },
                "CidrBlock": "10.0.192.0/18",
                "Tags": [
                    { "Key": "aws-cdk:subnet-name", "Value": "Private" },
                    { "Key": "aws-cdk:subnet-type", "Value": "Private" },
                    { "Key": "Name", "Value": "Stack/Vpc/PrivateSubnet2" }
                ]
            }),
        );
        template.has_resource(
            "AWS::EC2::NatGateway",
            json!({ "DependsOn": [
                "VpcPublicSubnet1DefaultRoute3DA9E72A",
                "VpcPublicSubnet1RouteTableAssociation97140677"
            ] }),
        );
        template.has_resource(
            "AWS::EC2::Route",
            json!({
                "Properties": { "NatGatewayId": { "Ref": "VpcPublicSubnet2NATGateway9182C01D" } },
                "DependsOn": Match::absent()
            }),
        );
        assert_eq!(vpc.select(&SubnetSelection::PrivateWithEgress), vpc.private_subnets());
        assert_eq!(vpc.public_subnets()[0].internet_connectivity().len(), 2);
        Ok(())
    }

    #[test]
    fn without_nat_gateways_the_inner_subnets_are_isolated() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let vpc = stack.add(
            "Vpc",
            Vpc::new().nat_gateways(NatGateways::None).availability_zones(["eu-central-1a"]).cidr("10.2.0.0/24"),
        );
        assert!(vpc.private_subnets().is_empty());
        assert_eq!(vpc.select(&SubnetSelection::PrivateWithEgress), vpc.isolated_subnets());
        assert_eq!(vpc.select(&SubnetSelection::Group("Isolated".to_owned())), vpc.isolated_subnets());
        let template = Template::from_stack(stack)?;
        template.resource_count_is("AWS::EC2::NatGateway", 0);
        template.has_resource_properties(
            "AWS::EC2::Subnet",
            json!({ "AvailabilityZone": "eu-central-1a", "CidrBlock": "10.2.0.128/25" }),
        );
        Ok(())
    }

    #[test]
    fn two_groups_of_a_kind_share_the_gateways_and_one_of_each_zone_is_chosen() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let vpc = stack.add(
            "Vpc",
            Vpc::new().max_azs(3).nat_gateways(NatGateways::Count(2)).subnets([
                SubnetConfiguration::private_with_egress("App"),
                SubnetConfiguration::private_with_egress("Db").cidr_mask(26),
                SubnetConfiguration::public("Public").cidr_mask(26),
                SubnetConfiguration::isolated("Later").reserved(),
            ]),
        );
        assert_eq!(vpc.select(&SubnetSelection::PrivateWithEgress).len(), 6);
        assert_eq!(vpc.select_one_per_zone(&SubnetSelection::PrivateWithEgress), vpc.private_subnets()[..3]);
        let template = Template::from_stack(stack)?;
        template.resource_count_is("AWS::EC2::Subnet", 9);
        template.resource_count_is("AWS::EC2::NatGateway", 2);
        template.resource_properties_count_is(
            "AWS::EC2::Route",
            json!({ "NatGatewayId": { "Ref": "VpcPublicSubnet1NATGateway4D7517AA" } }),
            3,
        );
        Ok(())
    }

    #[test]
    fn rejects_networks_that_cannot_be() {
        let public = || SubnetConfiguration::public("Public");
        let private = || SubnetConfiguration::private_with_egress("Private");
        let isolated = || SubnetConfiguration::isolated("Isolated");
        for vpc in [
            Vpc::new().cidr("10.0.0.0/8"),
            Vpc::new().cidr("10.0.0.1/16"),
            Vpc::new().cidr("10.0.0.0/28"),
            Vpc::new().max_azs(7),
            Vpc::new().availability_zones(["eu-central-1a", "eu-central-1a"]),
            Vpc::new().nat_gateways(NatGateways::Count(0)),
            Vpc::new().nat_gateways(NatGateways::Count(3)),
            Vpc::new().nat_gateways(NatGateways::None).subnets([public(), private()]),
            Vpc::new().nat_gateways(NatGateways::Single).subnets([public(), isolated()]),
            Vpc::new().subnets([private()]),
            Vpc::new().subnets([public(), public()]).cidr("10.0.0.0/20"),
            Vpc::new().subnets([public().cidr_mask(30)]),
            Vpc::new().subnets([public(), isolated().map_public_ip_on_launch(true)]),
        ] {
            let mut stack = Stack::new("Stack");
            stack.add("Vpc", vpc.clone());
            assert!(matches!(Template::from_stack(stack), Err(SynthError::Invalid { .. })), "{vpc:?}");
        }
    }
}
