//! Quotas that are used up: which, how large it is, and where a larger one is asked for.

use super::asked;
use crate::clients::Clients;

/// A quota that deployments meet, and the words by which a service says that it is used up.
struct Quota {
    words: &'static [&'static str],
    name: &'static str,
    service: &'static str,
    code: &'static str,
}

/// The most special words come first.
const QUOTAS: [Quota; 12] = [
    quota(&["VpcLimitExceeded", "maximum number of VPCs"], "VPCs per Region", "vpc", "L-F678F1CE"),
    quota(&["AddressLimitExceeded", "maximum number of addresses"], "Elastic IPs", "ec2", "L-0263D0A3"),
    quota(&["NatGatewayLimitExceeded"], "NAT gateways per Availability Zone", "vpc", "L-FE5A380F"),
    quota(
        &["InternetGatewayLimitExceeded", "maximum number of internet gateways"],
        "internet gateways per Region",
        "vpc",
        "L-A4707A72",
    ),
    quota(
        &["SecurityGroupLimitExceeded", "maximum number of security groups"],
        "VPC security groups per Region",
        "vpc",
        "L-E79EC296",
    ),
    quota(&["TooManyBuckets", "attempted to create more buckets"], "general purpose buckets", "s3", "L-DC2B2D3D"),
    quota(&["RolesPerAccount", "Cannot exceed quota for RolesPerAccount"], "roles per account", "iam", "L-FE177D64"),
    quota(&["TooManyLoadBalancers"], "Application Load Balancers per Region", "elasticloadbalancing", "L-53DA6B97"),
    quota(
        &["VcpuLimitExceeded", "vCPU capacity than your current vCPU limit"],
        "running On-Demand Standard instances, in vCPUs",
        "ec2",
        "L-1216C47A",
    ),
    quota(
        &["limit on the number of vCPUs", "the number of vCPUs you can run concurrently"],
        "Fargate On-Demand vCPUs",
        "fargate",
        "L-3032A538",
    ),
    quota(
        &["UnreservedConcurrentExecution", "ReservedConcurrentExecutions"],
        "concurrent executions",
        "lambda",
        "L-B99A9384",
    ),
    quota(&["number of stacks"], "stacks", "cloudformation", "L-0485CB21"),
];

const fn quota(words: &'static [&'static str], name: &'static str, service: &'static str, code: &'static str) -> Quota {
    Quota { words, name, service, code }
}

/// What to do about a quota that is used up; nothing where that is not the matter.
pub(super) async fn of(clients: &Clients, reason: &str) -> Option<String> {
    let quota = known(reason)?;
    let client = aws_sdk_servicequotas::Client::new(clients.config());
    let request = client.get_service_quota().service_code(quota.service).quota_code(quota.code);
    let value = asked(request.send()).await.and_then(|answer| answer.quota?.value);
    Some(told(quota, value))
}

fn known(reason: &str) -> Option<&'static Quota> {
    QUOTAS.iter().find(|quota| quota.words.iter().any(|words| reason.contains(words)))
}

fn told(quota: &Quota, value: Option<f64>) -> String {
    let Quota { name, service, code, .. } = quota;
    let value = value.map(|value| format!(", which is {value},")).unwrap_or_default();
    format!(
        "the quota {name}{value} is used up: delete what is not needed, or ask for more: aws service-quotas \
         request-service-quota-increase --service-code {service} --quota-code {code} --desired-value N"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_known_by_the_words_of_its_service() {
        let reason = "The maximum number of VPCs has been reached. (Service: Ec2, Error Code: VpcLimitExceeded)";
        let quota = known(reason).expect("known");
        let text = told(quota, Some(5.0));
        assert!(text.starts_with("the quota VPCs per Region, which is 5, is used up"), "{text}");
        assert!(text.contains("--service-code vpc --quota-code L-F678F1CE"), "{text}");
        assert!(told(quota, None).starts_with("the quota VPCs per Region is used up"));
        assert!(known("The bucket is not empty").is_none());
    }
}
