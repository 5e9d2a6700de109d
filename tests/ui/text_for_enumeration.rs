//! A misspelt word does not pass for a member of an enumeration.

use belvedere::Stack;
use belvedere::cfn::ec2::CfnFlowLog;

fn main() {
    let mut stack = Stack::new("Stack");
    stack.add("FlowLog", CfnFlowLog::new("vpc-0123456789abcdef0", "VCP"));
}
