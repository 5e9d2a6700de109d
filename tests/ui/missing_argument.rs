//! What CloudFormation requires is an argument of `new`.

use belvedere::Stack;
use belvedere::cfn::ec2::CfnSubnet;

fn main() {
    let mut stack = Stack::new("Stack");
    stack.add("Subnet", CfnSubnet::new());
}
