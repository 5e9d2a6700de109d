//! Managed Grafana, which few regions have.

use aws_sdk_grafana::Client;
use aws_types::SdkConfig;

use super::super::Check;
use super::quota;
use crate::deploy_error::AwsError;

/// The regions that have managed Grafana.
/// [AWS page](https://docs.aws.amazon.com/general/latest/gr/grafana-service.html).
const REGIONS: [&str; 10] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

/// Whether the region has it, and whether there may be so many more workspaces.
pub(super) async fn checks(
    wanted: f64,
    config: &SdkConfig,
    quotas: &aws_sdk_servicequotas::Client,
    region: &str,
) -> Vec<Check> {
    let answer = Client::new(config).list_workspaces().max_results(100).send().await;
    let answer = answer.map_err(|error| AwsError::new("grafana:ListWorkspaces", &error));
    match answer {
        Ok(answer) => {
            let mut checks = vec![Check::ok("grafana", format!("{region} has managed Grafana"))];
            // Whoever has more than a page of them has asked for more already.
            let used = f64::from(u32::try_from(answer.workspaces().len()).unwrap_or(u32::MAX));
            checks.extend(quota::GRAFANA_WORKSPACES.check(wanted, Some(used), quotas, region).await);
            checks
        }
        Err(error) => vec![unreached(&error, config.endpoint_url().is_some(), region)],
    }
}

fn unreached(error: &AwsError, own_endpoint: bool, region: &str) -> Check {
    let hint = format!("deploy to one of {}, or use SelfHostedGrafana, which runs anywhere", REGIONS.join(", "));
    if own_endpoint || REGIONS.contains(&region) {
        Check::unknown("grafana", format!("{region}: whether managed Grafana is there: {error}"))
    } else if error.code.is_empty() {
        // No endpoint of that name, and no region of that name in the list.
        Check::fail("grafana", format!("{region} has no managed Grafana"), Some(hint))
    } else {
        Check::warn("grafana", format!("{region} is not known to have managed Grafana: {error}"), hint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Verdict;
    use super::*;

    #[test]
    fn a_region_that_does_not_answer_may_have_none() {
        let error = |code: &str| AwsError {
            operation: "grafana:ListWorkspaces".into(),
            code: code.into(),
            message: "no answer".into(),
        };
        let verdict = |code, own, region| unreached(&error(code), own, region).verdict;
        assert_eq!(verdict("", false, "eu-south-2"), Verdict::Fail);
        assert_eq!(verdict("AccessDeniedException", false, "eu-south-2"), Verdict::Warn);
        assert_eq!(verdict("", false, "eu-west-1"), Verdict::Unknown, "the network is to blame");
        assert_eq!(verdict("", true, "eu-south-2"), Verdict::Unknown);
    }
}
