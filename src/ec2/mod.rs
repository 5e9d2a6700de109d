//! Elastic Compute Cloud: networks, and what may connect to what in them.

mod connections;
mod ipv4_block;
mod peer;
mod port;
mod security_group;
mod subnet;
mod vpc_ref;

pub use connections::{Connectable, Connections};
pub use peer::Peer;
pub use port::Port;
pub use security_group::{SecurityGroup, SecurityGroupRef};
pub use subnet::{SubnetConfiguration, SubnetRef, SubnetSelection, SubnetType};
pub use vpc_ref::{VpcAttributes, VpcRef};
