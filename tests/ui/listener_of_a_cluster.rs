//! A listener belongs to a load balancer.

use belvedere::Stack;
use belvedere::ec2::{VpcAttributes, VpcRef};
use belvedere::ecs::Cluster;
use belvedere::elbv2::Listener;

fn main() {
    let mut stack = Stack::new("Example");
    let vpc = VpcRef::from_attributes(VpcAttributes::new("vpc-0123456789abcdef0", "10.0.0.0/16"));
    let cluster = stack.add("Cluster", Cluster::new(&vpc));
    stack.add_to(&cluster, "Listener", Listener::http(80));
}
