//! A listener has to do something with what it is sent.

use belvedere::Stack;
use belvedere::ec2::Vpc;
use belvedere::elbv2::{ApplicationLoadBalancer, Listener};

fn main() {
    let mut stack = Stack::new("Stack");
    let vpc = stack.add("Vpc", Vpc::new());
    let balancer = stack.add("Balancer", ApplicationLoadBalancer::new(&vpc));
    stack.add_to(&balancer, "Http", Listener::http(80));
}
