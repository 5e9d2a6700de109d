//! The ARN of a bucket is not the ARN of a role.

use belvedere::Stack;
use belvedere::cfn::grafana::CfnWorkspace;
use belvedere::cfn::grafana::workspace::{AccountAccessType, PermissionType};
use belvedere::s3::Bucket;

fn main() {
    let mut stack = Stack::new("Example");
    let bucket = stack.add("Data", Bucket::new());
    let workspace =
        CfnWorkspace::new(AccountAccessType::CURRENT_ACCOUNT, ["AWS_SSO"], PermissionType::CUSTOMER_MANAGED);
    stack.add("Grafana", workspace.role_arn(bucket.bucket_arn()));
}
