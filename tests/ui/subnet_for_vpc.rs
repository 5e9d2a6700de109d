//! The id of a subnet is none of a VPC.

use belvedere::Stack;
use belvedere::cfn::ec2::{CfnSecurityGroup, CfnSubnet};

fn main() {
    let mut stack = Stack::new("Stack");
    let subnet = stack.add("Subnet", CfnSubnet::new("vpc-0123456789abcdef0"));
    stack.add("Group", CfnSecurityGroup::new("a group").vpc_id(subnet.subnet_id()));
}
