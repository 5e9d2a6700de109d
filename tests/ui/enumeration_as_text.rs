//! A misspelt value of an enumeration; `Choice::custom` is for those that are newer than the data.

use belvedere::Stack;
use belvedere::cfn::grafana::CfnWorkspace;
use belvedere::cfn::grafana::workspace::PermissionType;

fn main() {
    let mut stack = Stack::new("Example");
    stack.add("Grafana", CfnWorkspace::new("CURENT_ACCOUNT", ["AWS_SSO"], PermissionType::CUSTOMER_MANAGED));
}
