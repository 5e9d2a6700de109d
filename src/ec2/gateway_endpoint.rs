//! [`GatewayVpcEndpoint`]: a way to S3 or DynamoDB that does not leave AWS.

use belvedere_cfn::ec2::{CfnVpcEndpoint, vpc_endpoint};
use belvedere_cfn::{ResourceRef, Value, kind};

use super::endpoint_service::GatewayEndpointService;
use super::subnet::SubnetSelection;
use super::vpc_ref::VpcRef;
use crate::construct::Construct;
use crate::iam::{PolicyDocument, PolicyStatement};
use crate::scope::Scope;

/// A way to S3 or DynamoDB that does not leave AWS and costs nothing: a route in the subnets' route tables.
/// [AWS page](https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html).
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayVpcEndpoint {
    vpc: VpcRef,
    service: GatewayEndpointService,
    subnets: Vec<SubnetSelection>,
    statements: Vec<PolicyStatement>,
}

impl GatewayVpcEndpoint {
    /// A way from every subnet of `vpc` to `service`.
    #[must_use]
    pub fn new(vpc: &VpcRef, service: GatewayEndpointService) -> Self {
        Self { vpc: vpc.clone(), service, subnets: Vec::new(), statements: Vec::new() }
    }

    /// Gives the route to these subnets. Called more than once, to all of them together. Every subnet has it by default.
    #[must_use]
    pub fn subnets(mut self, selection: SubnetSelection) -> Self {
        self.subnets.push(selection);
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

impl Construct for GatewayVpcEndpoint {
    type Ref = GatewayVpcEndpointRef;

    fn define(self, scope: &mut Scope<'_>) -> GatewayVpcEndpointRef {
        let subnets: Vec<_> = if self.subnets.is_empty() {
            self.vpc.all_subnets().cloned().collect()
        } else {
            self.subnets.iter().flat_map(|selection| self.vpc.select(selection)).collect()
        };
        let mut tables = Vec::with_capacity(subnets.len());
        for subnet in &subnets {
            match subnet.route_table_id() {
                Some(table) if !tables.contains(&table) => tables.push(table),
                Some(_) => {}
                None => scope.problem(format!(
                    "the route table of subnet `{}` is not known: say which it is, with `with_route_table`",
                    subnet.name()
                )),
            }
        }
        if subnets.is_empty() {
            scope.problem("a gateway endpoint needs at least one subnet, and the selection has none");
        }
        let mut resource = CfnVpcEndpoint::new(self.vpc.vpc_id())
            .route_table_ids(tables)
            .service_name(self.service.service_name(scope))
            .vpc_endpoint_type(vpc_endpoint::VpcEndpointType::GATEWAY);
        if !self.statements.is_empty() {
            resource = resource.policy_document(self.statements.into_iter().collect::<PolicyDocument>());
        }
        let resource = scope.add("Resource", resource);
        GatewayVpcEndpointRef { vpc_endpoint_id: resource.id(), resource }
    }
}

/// A gateway endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayVpcEndpointRef {
    vpc_endpoint_id: Value<kind::ec2::VpcEndpointId>,
    resource: ResourceRef<CfnVpcEndpoint>,
}

impl GatewayVpcEndpointRef {
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

#[cfg(test)]
mod tests {
    use super::GatewayVpcEndpoint;
    use crate::ec2::{GatewayEndpointService, SubnetRef, SubnetSelection, Vpc, VpcAttributes, VpcRef};
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Template, json};

    #[test]
    fn every_route_table_has_the_route_in_the_cdks_order() -> Result<(), SynthError> {
        let mut stack = Stack::new("D");
        let vpc = stack.add("Vpc", Vpc::new());
        stack.add("Gw", GatewayVpcEndpoint::new(&vpc, GatewayEndpointService::S3));
        let found = Template::from_stack(stack)?.has_resource_properties(
            "AWS::EC2::VPCEndpoint",
            json!({
                "RouteTableIds": [
                    { "Ref": "VpcPrivateSubnet1RouteTableB2C5B500" },
                    { "Ref": "VpcPrivateSubnet2RouteTableA678073B" },
                    { "Ref": "VpcPublicSubnet1RouteTable6C95E38E" },
                    { "Ref": "VpcPublicSubnet2RouteTable94F7E489" }
                ],
                "VpcEndpointType": "Gateway"
            }),
        );
        assert_eq!(found.logical_id(), "GwFF01B60D");
        Ok(())
    }

    #[test]
    fn rejects_subnets_whose_route_table_is_not_known() {
        let attributes = VpcAttributes::new("vpc-1", "10.0.0.0/16").public_subnets([SubnetRef::from_id("subnet-1")]);
        let vpc = VpcRef::from_attributes(attributes);
        let endpoint = GatewayVpcEndpoint::new(&vpc, GatewayEndpointService::DynamoDb);
        for endpoint in [endpoint.clone(), endpoint.subnets(SubnetSelection::Isolated)] {
            let mut stack = Stack::new("D");
            stack.add("Gw", endpoint);
            assert!(Template::from_stack(stack).is_err());
        }
    }
}
