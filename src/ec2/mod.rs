//! Elastic Compute Cloud: networks, and what may connect to what in them.
//!
//! ```
//! use belvedere::ec2::{
//!     GatewayEndpointService, NatGateways, Peer, Port, SecurityGroup, SubnetConfiguration, Vpc,
//! };
//! use belvedere::Stack;
//!
//! let mut stack = Stack::new("Network");
//! let vpc = stack.add(
//!     "Vpc",
//!     Vpc::new()
//!         .nat_gateways(NatGateways::Single)
//!         .subnets([
//!             SubnetConfiguration::public("Public").cidr_mask(24),
//!             SubnetConfiguration::private_with_egress("Private"),
//!             SubnetConfiguration::isolated("Isolated").cidr_mask(28),
//!         ])
//!         .gateway_endpoint("S3", GatewayEndpointService::S3),
//! );
//! let office = Peer::ipv4("198.51.100.0/24");
//! let entrance = stack.add("Entrance", SecurityGroup::new(&vpc).ingress(office, Port::HTTPS, "the office"));
//! let service = stack.add("Service", SecurityGroup::new(&vpc));
//! stack.allow(&entrance, &service, Port::tcp(8080));
//! ```

mod connections;
mod endpoint_service;
mod flow_log;
mod gateway_endpoint;
mod interface_endpoint;
mod ipv4_block;
mod nat;
mod peer;
mod port;
mod security_group;
mod subnet;
mod vpc;
mod vpc_plan;
mod vpc_ref;

pub use connections::{Connectable, Connections};
pub use endpoint_service::{GatewayEndpointService, InterfaceEndpointService};
pub use flow_log::{
    FlowLog, FlowLogBucket, FlowLogFileFormat, FlowLogOptions, FlowLogRef, FlowLogResource, FlowLogTrafficType,
};
pub use gateway_endpoint::{GatewayVpcEndpoint, GatewayVpcEndpointRef};
pub use interface_endpoint::{InterfaceVpcEndpoint, InterfaceVpcEndpointRef};
pub use nat::NatGateways;
pub use peer::Peer;
pub use port::Port;
pub use security_group::{SecurityGroup, SecurityGroupRef};
pub use subnet::{SubnetConfiguration, SubnetRef, SubnetSelection, SubnetType};
pub use vpc::Vpc;
pub use vpc_ref::{VpcAttributes, VpcRef};
