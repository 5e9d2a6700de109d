//! A listener belongs to a load balancer.

use belvedere::Stack;
use belvedere::ec2::Vpc;
use belvedere::elbv2::{ApplicationLoadBalancer, FixedResponse, Listener};

fn main() {
    let mut stack = Stack::new("Stack");
    let vpc = stack.add("Vpc", Vpc::new());
    let balancer = stack.add("Balancer", ApplicationLoadBalancer::new(&vpc));
    let http = stack.add_to(&balancer, "Http", Listener::http(80).respond(FixedResponse::new(404)));
    stack.add_to(&http, "Https", Listener::http(81).respond(FixedResponse::new(404)));
}
