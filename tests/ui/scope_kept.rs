//! A scope that is kept keeps its stack borrowed.

use belvedere::Stack;
use belvedere::cfn::sns::CfnTopic;

fn main() {
    let mut stack = Stack::new("Stack");
    let mut scope = stack.scope();
    stack.add("Topic", CfnTopic::new());
    scope.add("Other", CfnTopic::new());
}
