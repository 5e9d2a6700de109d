//! The ARN of a topic is none of a role.

use belvedere::Stack;
use belvedere::cfn::lambda::CfnFunction;
use belvedere::cfn::lambda::function::Code;
use belvedere::sns::Topic;

fn main() {
    let mut stack = Stack::new("Stack");
    let topic = stack.add("Topic", Topic::new());
    stack.add("Function", CfnFunction::new(Code::new(), topic.topic_arn()));
}
