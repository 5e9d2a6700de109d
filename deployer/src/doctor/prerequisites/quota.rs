//! Service quotas.

use aws_sdk_servicequotas::Client;

use super::super::Check;
use crate::deploy_error::AwsError;

/// A quota of an account in a region.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// What is counted.
    what: &'static str,
    service: &'static str,
    code: Code,
    /// What every account begins with.
    default: f64,
}

/// How a quota is found.
#[derive(Clone, Copy, Debug)]
enum Code {
    Code(&'static str),
    /// By a part of its name in lower case.
    Named(&'static str),
}

const fn quota(what: &'static str, service: &'static str, code: &'static str, default: f64) -> Quota {
    Quota { what, service, code: Code::Code(code), default }
}

// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
pub(super) const VPCS: Quota = quota("VPCs", "vpc", "L-F678F1CE", 5.0);
pub(super) const INTERNET_GATEWAYS: Quota = quota("internet gateways", "vpc", "L-A4707A72", 5.0);
pub(super) const NAT_GATEWAYS: Quota = quota("NAT gateways in one zone", "vpc", "L-FE5A380F", 5.0);
pub(super) const ADDRESSES: Quota = quota("elastic IP addresses", "ec2", "L-0263D0A3", 5.0);
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html
pub(super) const INSTANCE_VCPUS: Quota = quota("vCPUs of standard instances", "ec2", "L-1216C47A", 5.0);
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
pub(super) const FARGATE_VCPUS: Quota = quota("vCPUs of Fargate", "fargate", "L-3032A538", 6.0);
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
pub(super) const APPLICATION_LOAD_BALANCERS: Quota =
    quota("application load balancers", "elasticloadbalancing", "L-53DA6B97", 50.0);
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html
pub(super) const NETWORK_LOAD_BALANCERS: Quota =
    quota("network load balancers", "elasticloadbalancing", "L-69A177A2", 50.0);
// https://docs.aws.amazon.com/grafana/latest/userguide/AMG_quotas.html
pub(super) const GRAFANA_WORKSPACES: Quota = quota("managed Grafana workspaces", "grafana", "L-2C2D5119", 5.0);
// https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html
pub(super) const PROMETHEUS_WORKSPACES: Quota = Quota {
    what: "managed Prometheus workspaces",
    service: "aps",
    code: Code::Named("workspaces per region"),
    default: 25.0,
};

impl Quota {
    /// Whether `wanted` more are allowed where there are `used`, as far as that is known. Nobody is asked for what every
    /// account may have.
    pub(super) async fn check(self, wanted: f64, used: Option<f64>, client: &Client, region: &str) -> Option<Check> {
        let total = wanted + used.unwrap_or_default();
        if wanted <= 0.0 {
            return None;
        }
        if total <= self.default {
            return Some(self.judged(wanted, used, self.default, region));
        }
        Some(match self.limit(client).await {
            Ok(Some(limit)) => self.judged(wanted, used, limit, region),
            Ok(None) => Check::unknown("quota", format!("{region}: how many {} there may be", self.what)),
            Err(error) => Check::unknown("quota", format!("{region}: how many {} there may be: {error}", self.what)),
        })
    }

    fn judged(self, wanted: f64, used: Option<f64>, limit: f64, region: &str) -> Check {
        let there = used.map(|used| format!(" besides the {used} there")).unwrap_or_default();
        let text = format!("{region}: {}: {wanted} wanted{there}, {limit} allowed", self.what);
        if wanted + used.unwrap_or_default() <= limit {
            return Check::ok("quota", text);
        }
        let home = "https://console.aws.amazon.com/servicequotas/home/services";
        let page = match self.code {
            Code::Code(code) => format!("{home}/{}/quotas/{code}", self.service),
            Code::Named(_) => format!("{home}/{}/quotas", self.service),
        };
        Check::fail("quota", text, Some(format!("remove some, or ask for more: {page}")))
    }

    async fn limit(self, client: &Client) -> Result<Option<f64>, AwsError> {
        let code = match self.code {
            Code::Code(code) => code,
            Code::Named(name) => return self.limit_by_name(name, client).await,
        };
        let answer = client.get_service_quota().service_code(self.service).quota_code(code).send().await;
        match answer {
            Ok(answer) => Ok(answer.quota().and_then(|quota| quota.value())),
            Err(error) => {
                let error = AwsError::new("servicequotas:GetServiceQuota", &error);
                if error.code != "NoSuchResourceException" {
                    return Err(error);
                }
                // One that was never changed may be known as a default only.
                let request = client.get_aws_default_service_quota().service_code(self.service).quota_code(code);
                let answer = request.send().await;
                let answer =
                    answer.map_err(|error| AwsError::new("servicequotas:GetAWSDefaultServiceQuota", &error))?;
                Ok(answer.quota().and_then(|quota| quota.value()))
            }
        }
    }

    async fn limit_by_name(self, name: &str, client: &Client) -> Result<Option<f64>, AwsError> {
        let answer = client.list_service_quotas().service_code(self.service).max_results(100).send().await;
        let answer = answer.map_err(|error| AwsError::new("servicequotas:ListServiceQuotas", &error))?;
        let is_it = |text: &str| text.to_lowercase().contains(name);
        Ok(answer.quotas().iter().find(|quota| quota.quota_name().is_some_and(is_it)).and_then(|quota| quota.value()))
    }
}

/// Whether functions may reserve as many concurrent executions of an account that has `limit` of them, and `unreserved`
/// left that no function has reserved.
/// [AWS page](https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
pub(super) fn concurrency(wanted: f64, limit: f64, unreserved: f64, region: &str) -> Check {
    // Lambda keeps so many for all other functions; an account that has fewer altogether can reserve none.
    let kept = limit.min(100.0);
    let text = format!(
        "{region}: reserved concurrent executions of functions: {wanted} wanted, {} of {limit} allowed",
        (unreserved - kept).max(0.0)
    );
    if unreserved - wanted >= kept {
        return Check::ok("quota", text);
    }
    let page = "https://console.aws.amazon.com/servicequotas/home/services/lambda/quotas/L-B99A9384";
    Check::fail("quota", text, Some(format!("reserve fewer in the template, or ask for more: {page}")))
}

#[cfg(test)]
mod tests {
    use super::super::super::Verdict;
    use super::*;

    #[test]
    fn too_many_are_told_with_what_to_do() {
        let check = VPCS.judged(2.0, Some(4.0), 5.0, "eu-central-1");
        assert_eq!(check.verdict, Verdict::Fail);
        assert_eq!(check.text, "eu-central-1: VPCs: 2 wanted besides the 4 there, 5 allowed");
        assert!(check.hint.is_some_and(|hint| hint.ends_with("/vpc/quotas/L-F678F1CE")));
        let check = VPCS.judged(5.0, None, 5.0, "eu-central-1");
        assert_eq!((check.verdict, check.text.as_str()), (Verdict::Ok, "eu-central-1: VPCs: 5 wanted, 5 allowed"));
    }

    #[test]
    fn a_hundred_executions_stay_for_all_functions() {
        let verdict = |wanted, limit, unreserved| concurrency(wanted, limit, unreserved, "eu-central-1").verdict;
        assert_eq!(verdict(900.0, 1000.0, 1000.0), Verdict::Ok);
        assert_eq!(verdict(901.0, 1000.0, 1000.0), Verdict::Fail);
        assert_eq!(verdict(1.0, 10.0, 10.0), Verdict::Fail, "as a new account has it");
    }
}
