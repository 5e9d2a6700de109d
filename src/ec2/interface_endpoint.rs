//! [`InterfaceVpcEndpoint`]: a way to a service of AWS, or of somebody else, that does not leave AWS.

use belvedere_cfn::ec2::{CfnVpcEndpoint, vpc_endpoint};
use belvedere_cfn::{ResourceRef, Value, kind};

use super::connections::{Connectable, Connections};
use super::endpoint_service::InterfaceEndpointService;
use super::peer::Peer;
use super::port::Port;
use super::security_group::{SecurityGroup, SecurityGroupRef};
use super::subnet::SubnetSelection;
use super::vpc_ref::VpcRef;
use crate::construct::Construct;
use crate::iam::{PolicyDocument, PolicyStatement};
use crate::scope::Scope;

/// A way to a service of AWS, or of somebody else, that does not leave AWS: a network interface in each availability zone,
/// which answers to the service's own name. It costs by the hour and zone, and by the gigabyte.
/// [AWS page](https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html).
#[derive(Clone, Debug, PartialEq)]
pub struct InterfaceVpcEndpoint {
    vpc: VpcRef,
    service: InterfaceEndpointService,
    port: Port,
    subnets: SubnetSelection,
    private_dns_enabled: bool,
    open: bool,
    security_groups: Vec<SecurityGroupRef>,
    statements: Vec<PolicyStatement>,
}

impl InterfaceVpcEndpoint {
    /// A way from everything in `vpc` to `service`.
    #[must_use]
    pub fn new(vpc: &VpcRef, service: InterfaceEndpointService) -> Self {
        Self {
            vpc: vpc.clone(),
            service,
            port: Port::HTTPS,
            subnets: SubnetSelection::default(),
            private_dns_enabled: true,
            open: true,
            security_groups: Vec::new(),
            statements: Vec::new(),
        }
    }

    /// Where the network interfaces are, one in each availability zone. By default in the private subnets; in a VPC without
    /// any, in the isolated ones.
    #[must_use]
    pub fn subnets(mut self, selection: SubnetSelection) -> Self {
        self.subnets = selection;
        self
    }

    /// The port that the service answers on. 443 by default.
    #[must_use]
    pub const fn port(mut self, port: Port) -> Self {
        self.port = port;
        self
    }

    /// Whether the service's own name leads to the endpoint in the VPC. It does by default. It needs the VPC's DNS, and a
    /// service that offers it.
    #[must_use]
    pub const fn private_dns_enabled(mut self, enabled: bool) -> Self {
        self.private_dns_enabled = enabled;
        self
    }

    /// Whether everything in the VPC may connect. It may by default; otherwise only what
    /// [`Scope::allow`](crate::Scope::allow) lets in.
    #[must_use]
    pub const fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    /// Uses this security group, and takes its rules for what may connect. By default the endpoint has one of its own.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_groups.push(group.clone());
        self
    }

    /// Adds a statement to the policy about what may be reached by the endpoint. Everything may by default, as far as the
    /// caller's own permissions go.
    #[must_use]
    pub fn policy_statement(mut self, statement: PolicyStatement) -> Self {
        self.statements.push(statement);
        self
    }
}

impl Construct for InterfaceVpcEndpoint {
    type Ref = InterfaceVpcEndpointRef;

    fn define(self, scope: &mut Scope<'_>) -> InterfaceVpcEndpointRef {
        let subnets: Vec<_> =
            self.vpc.select_one_per_zone(&self.subnets).iter().map(|subnet| subnet.subnet_id()).collect();
        if subnets.is_empty() {
            scope.problem("an interface endpoint needs at least one subnet, and the selection has none");
        }
        let security_groups = if self.security_groups.is_empty() {
            // An endpoint never connects to anything by itself, so unlike the AWS CDK's nothing goes out.
            let mut group = SecurityGroup::new(&self.vpc).allow_all_outbound(false);
            if self.open {
                group = group.ingress(Peer::ipv4(self.vpc.cidr_block()), self.port, "from everything in the VPC");
            }
            vec![scope.add("SecurityGroup", group)]
        } else {
            self.security_groups
        };
        let group_ids: Vec<_> = security_groups.iter().map(SecurityGroupRef::security_group_id).collect();
        let mut resource = CfnVpcEndpoint::new(self.vpc.vpc_id())
            .private_dns_enabled(self.private_dns_enabled)
            .security_group_ids(group_ids)
            .service_name(self.service.service_name(scope))
            .subnet_ids(subnets)
            .vpc_endpoint_type(vpc_endpoint::VpcEndpointType::INTERFACE);
        if !self.statements.is_empty() {
            resource = resource.policy_document(self.statements.into_iter().collect::<PolicyDocument>());
        }
        let resource = scope.add("Resource", resource);
        InterfaceVpcEndpointRef { vpc_endpoint_id: resource.id(), security_groups, resource }
    }
}

/// An interface endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct InterfaceVpcEndpointRef {
    vpc_endpoint_id: Value<kind::ec2::VpcEndpointId>,
    security_groups: Vec<SecurityGroupRef>,
    resource: ResourceRef<CfnVpcEndpoint>,
}

impl InterfaceVpcEndpointRef {
    /// The endpoint's id.
    #[must_use]
    pub fn vpc_endpoint_id(&self) -> Value<kind::ec2::VpcEndpointId> {
        self.vpc_endpoint_id.clone()
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnVpcEndpoint> {
        &self.resource
    }
}

impl Connectable for InterfaceVpcEndpointRef {
    fn connections(&self) -> Connections {
        Connections { security_groups: self.security_groups.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::InterfaceVpcEndpoint;
    use crate::ec2::{
        InterfaceEndpointService, Port, SecurityGroup, SecurityGroupRef, SubnetRef, SubnetSelection, VpcAttributes,
        VpcRef,
    };
    use crate::environment::Environment;
    use crate::iam::{PolicyStatement, Principal};
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Match, Template, json};

    fn vpc() -> VpcRef {
        let subnets = ["subnet-1", "subnet-2"].map(SubnetRef::from_id);
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.1.0.0/16").private_subnets(subnets))
    }

    #[test]
    fn an_endpoint_is_in_the_private_subnets_and_open_to_the_vpc() -> Result<(), SynthError> {
        let mut stack = Stack::new("E").environment(Environment::region_only("eu-central-1"));
        stack.add("Ep", InterfaceVpcEndpoint::new(&vpc(), InterfaceEndpointService::EcrDocker));
        let template = Template::from_stack(stack)?;
        let found = template.has_resource_properties(
            "AWS::EC2::VPCEndpoint",
            json!({
                "PolicyDocument": Match::absent(),
                "PrivateDnsEnabled": true,
                "SecurityGroupIds": [{ "Fn::GetAtt": ["EpSecurityGroupE70D4058", "GroupId"] }],
                "ServiceName": "com.amazonaws.eu-central-1.ecr.dkr",
                "SubnetIds": ["subnet-1", "subnet-2"],
                "VpcEndpointType": "Interface"
            }),
        );
        assert_eq!(found.logical_id(), "Ep6ADBFF0A");
        template.has_resource_properties(
            "AWS::EC2::SecurityGroup",
            json!({ "SecurityGroupIngress": [{ "CidrIp": "10.1.0.0/16", "FromPort": 443, "ToPort": 443 }] }),
        );
        Ok(())
    }

    #[test]
    fn a_closed_endpoint_waits_to_be_asked() -> Result<(), SynthError> {
        let mut stack = Stack::new("E");
        let client = stack.add("Client", SecurityGroup::new(&vpc()));
        let statement = PolicyStatement::allow(["aps:RemoteWrite"]).principal(Principal::anyone()).on_all_resources();
        let endpoint = stack.add(
            "Ep",
            InterfaceVpcEndpoint::new(&vpc(), InterfaceEndpointService::PrometheusWorkspaces)
                .open(false)
                .private_dns_enabled(false)
                .policy_statement(statement),
        );
        stack.allow(&client, &endpoint, Port::HTTPS);
        let template = Template::from_stack(stack)?;
        template.has_resource_properties(
            "AWS::EC2::VPCEndpoint",
            json!({ "ServiceName": { "Fn::Join": ["", ["com.amazonaws.", { "Ref": "AWS::Region" }, ".aps-workspaces"]] } }),
        );
        template.resource_properties_count_is(
            "AWS::EC2::SecurityGroup",
            json!({ "SecurityGroupIngress": Match::absent() }),
            2,
        );
        template.resource_count_is("AWS::EC2::SecurityGroupIngress", 1);
        Ok(())
    }

    #[test]
    fn rejects_a_selection_without_subnets() {
        let mut stack = Stack::new("E");
        let endpoint = InterfaceVpcEndpoint::new(&vpc(), InterfaceEndpointService::custom("com.example.service"))
            .security_group(&SecurityGroupRef::from_id("sg-1"))
            .subnets(SubnetSelection::Isolated);
        stack.add("Ep", endpoint);
        assert!(Template::from_stack(stack).is_err());
    }
}
