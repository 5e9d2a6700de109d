//! The value of one enumeration where that of another is wanted.

use belvedere::Stack;
use belvedere::cfn::grafana::CfnWorkspace;
use belvedere::cfn::grafana::workspace::{AccountAccessType, PermissionType};

fn main() {
    let mut stack = Stack::new("Example");
    let access = AccountAccessType::CURRENT_ACCOUNT;
    stack.add("Grafana", CfnWorkspace::new(PermissionType::CUSTOMER_MANAGED, ["AWS_SSO"], access));
}
