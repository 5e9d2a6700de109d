//! A VPC takes no listeners, nor anything else.

use belvedere::Stack;
use belvedere::ec2::Vpc;
use belvedere::elbv2::{FixedResponse, Listener};

fn main() {
    let mut stack = Stack::new("Stack");
    let vpc = stack.add("Vpc", Vpc::new());
    stack.add_to(&vpc, "Http", Listener::http(80).respond(FixedResponse::new(404)));
}
