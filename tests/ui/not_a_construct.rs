//! A part of a definition is no construct.

use belvedere::Stack;
use belvedere::s3::LifecycleRule;

fn main() {
    let mut stack = Stack::new("Stack");
    stack.add("Rule", LifecycleRule::new());
}
