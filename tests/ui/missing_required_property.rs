//! What CloudFormation requires is an argument.

use belvedere::Stack;
use belvedere::cfn::aps::CfnRuleGroupsNamespace;

fn main() {
    let mut stack = Stack::new("Example");
    stack.add("Rules", CfnRuleGroupsNamespace::new("groups: []", "rules"));
}
