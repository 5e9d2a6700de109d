//! The service-linked role of ECS.

use aws_sdk_iam::Client;
use aws_types::SdkConfig;

use super::super::Check;
use crate::deploy_error::AwsError;

/// The role by which ECS manages load balancers and network interfaces.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html).
const ROLE: &str = "AWSServiceRoleForECS";

/// Whether the role is there.
pub(super) async fn check(config: &SdkConfig) -> Check {
    match Client::new(config).get_role().role_name(ROLE).send().await {
        Ok(_) => Check::ok("ecs-role", format!("{ROLE} is there")),
        Err(error) => {
            let error = AwsError::new("iam:GetRole", &error);
            if error.code == "NoSuchEntity" || error.code == "NoSuchEntityException" {
                let text =
                    format!("{ROLE} is not there; ECS makes it at its first use, if whoever deploys may do that");
                let hint = "if not: aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com";
                Check::warn("ecs-role", text, hint)
            } else {
                Check::unknown("ecs-role", format!("whether {ROLE} is there: {error}"))
            }
        }
    }
}
