//! The id of a subnet is not the id of a VPC.

use belvedere::Stack;
use belvedere::cfn::ec2::CfnSubnet;

fn main() {
    let mut stack = Stack::new("Example");
    let subnet = stack.add("Subnet", CfnSubnet::new("vpc-0123456789abcdef0"));
    stack.add("Inner", CfnSubnet::new(subnet.subnet_id()));
}
