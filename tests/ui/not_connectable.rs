//! A bucket is not in the network.

use belvedere::Stack;
use belvedere::ec2::{Port, SecurityGroupRef};
use belvedere::s3::BucketRef;

fn main() {
    let mut stack = Stack::new("Example");
    let group = SecurityGroupRef::from_id("sg-0123456789abcdef0");
    stack.allow(&group, &BucketRef::from_name("data"), Port::tcp(443));
}
