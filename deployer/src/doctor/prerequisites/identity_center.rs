//! IAM Identity Center, by which people sign in to managed Grafana.

use aws_sdk_ssoadmin::Client;
use aws_types::SdkConfig;
use aws_types::region::Region;
use futures_util::future::join_all;

use super::super::Check;
use crate::deploy_error::AwsError;

/// The regions that every account has. An instance of IAM Identity Center is in one of an organization's choice.
/// [AWS page](https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether the account has an instance, for the workspaces with these paths.
pub(super) async fn check(workspaces: &[String], config: &SdkConfig, region: &str) -> Check {
    let name = "identity-center";
    match instances(config).await {
        Err(error) => {
            return Check::unknown(name, format!("{region}: whether IAM Identity Center is enabled: {error}"));
        }
        Ok(count) if count > 0 => return Check::ok(name, format!("{region} has an instance")),
        Ok(_) => {}
    }
    // An endpoint of one's own is the same for all regions.
    let others = if config.endpoint_url().is_some() { &[][..] } else { &REGIONS[..] };
    let ask = |other: &&'static str| {
        let (other, config) = (*other, config.to_builder().region(Region::new(*other)).build());
        async move { (other, instances(&config).await) }
    };
    let answers = join_all(others.iter().filter(|other| **other != region).map(ask)).await;
    let hint = format!(
        "enable it (https://console.aws.amazon.com/singlesignon), or sign in to {} by SAML: \
         Authentication::saml in place of Authentication::IdentityCenter",
        workspaces.join(", ")
    );
    if let Some((other, _)) = answers.iter().find(|(_, answer)| answer.as_ref().is_ok_and(|count| *count > 0)) {
        return Check::warn(name, format!("{region} has no instance; {other} has one"), hint);
    }
    match answers.into_iter().find_map(|(other, answer)| Some((other, answer.err()?))) {
        Some((other, error)) => {
            Check::unknown(name, format!("{region} has no instance; whether {other} has one: {error}"))
        }
        None => Check::fail(name, format!("{region}: IAM Identity Center is not enabled"), Some(hint)),
    }
}

async fn instances(config: &SdkConfig) -> Result<usize, AwsError> {
    let answer = Client::new(config).list_instances().send().await;
    Ok(answer.map_err(|error| AwsError::new("sso:ListInstances", &error))?.instances().len())
}
