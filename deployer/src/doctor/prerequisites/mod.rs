//! What an account has to have before stacks can be deployed: a way to sign in, services, roles and quotas.
//!
//! Only what is made newly is looked at, so a deployment that changes nothing asks nothing.

mod ecs_role;
mod found;
mod grafana;
mod identity_center;
mod quota;
mod wanted;

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;

pub(crate) use self::found::{Regions, add, look};
use self::quota::Quota;
pub(crate) use self::wanted::Wanted;
use super::Check;
use crate::clients::Clients;

/// A service that does not answer soon is not waited for: CloudFormation will tell what it thinks.
const LIMIT: Duration = Duration::from_secs(8);
const ATTEMPTS: u32 = 2;

/// Looks at all that `wanted` needs in the region of `clients`, at the same time.
pub(crate) async fn check(wanted: &Wanted, clients: &Clients) -> Vec<Check> {
    let region = clients.region();
    let limits = TimeoutConfig::builder().operation_timeout(LIMIT).build();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    let config = clients.config().to_builder().retry_config(retries).timeout_config(limits).build();
    let config = &config;
    let quotas = &aws_sdk_servicequotas::Client::new(config);
    let identity_center = async {
        match wanted.identity_center.as_slice() {
            [] => None,
            workspaces => Some(identity_center::check(workspaces, config, region).await),
        }
    };
    let grafana = async {
        if wanted.grafana_workspaces > 0.0 {
            grafana::checks(wanted.grafana_workspaces, config, quotas, region).await
        } else {
            Vec::new()
        }
    };
    let ecs_role = async { if wanted.ecs_services > 0.0 { Some(ecs_role::check(config).await) } else { None } };
    let alone = async {
        let in_one_zone = wanted.nat_gateways.values().copied().fold(0.0, f64::max);
        let all: [(Quota, f64); 6] = [
            (quota::VPCS, wanted.vpcs),
            (quota::INTERNET_GATEWAYS, wanted.internet_gateways),
            (quota::ADDRESSES, wanted.addresses),
            (quota::NAT_GATEWAYS, in_one_zone),
            (quota::INSTANCE_VCPUS, wanted.instance_vcpus),
            (quota::FARGATE_VCPUS, wanted.fargate_vcpus),
        ];
        let mut checks = Vec::new();
        for (quota, count) in all {
            checks.extend(quota.check(count, None, quotas, region).await);
        }
        checks
    };
    let (identity_center, grafana, ecs_role, alone, prometheus, load_balancers, concurrency) = tokio::join!(
        identity_center,
        grafana,
        ecs_role,
        alone,
        prometheus(wanted.prometheus_workspaces, config, quotas, region),
        load_balancers(wanted, config, quotas, region),
        concurrency(wanted.reserved_concurrency, config, region),
    );
    let mut checks: Vec<Check> = identity_center.into_iter().chain(grafana).chain(ecs_role).chain(alone).collect();
    checks.extend(prometheus);
    checks.extend(load_balancers);
    checks.extend(concurrency);
    checks
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

async fn prometheus(
    wanted: f64,
    config: &SdkConfig,
    quotas: &aws_sdk_servicequotas::Client,
    region: &str,
) -> Option<Check> {
    if wanted <= 0.0 {
        return None;
    }
    let answer = aws_sdk_amp::Client::new(config).list_workspaces().max_results(1000).send().await;
    let used = answer.ok().map(|answer| count(answer.workspaces().len()));
    quota::PROMETHEUS_WORKSPACES.check(wanted, used, quotas, region).await
}

async fn load_balancers(
    wanted: &Wanted,
    config: &SdkConfig,
    quotas: &aws_sdk_servicequotas::Client,
    region: &str,
) -> Vec<Check> {
    let (application, network) = (wanted.application_load_balancers, wanted.network_load_balancers);
    if application + network <= 0.0 {
        return Vec::new();
    }
    let client = aws_sdk_elasticloadbalancingv2::Client::new(config);
    let answer = client.describe_load_balancers().page_size(400).send().await.ok();
    let used = |kind: &LoadBalancerTypeEnum| {
        let there = answer.as_ref()?.load_balancers();
        Some(count(there.iter().filter(|balancer| balancer.r#type() == Some(kind)).count()))
    };
    let mut checks = Vec::new();
    let used_here = used(&LoadBalancerTypeEnum::Application);
    checks.extend(quota::APPLICATION_LOAD_BALANCERS.check(application, used_here, quotas, region).await);
    let used_here = used(&LoadBalancerTypeEnum::Network);
    checks.extend(quota::NETWORK_LOAD_BALANCERS.check(network, used_here, quotas, region).await);
    checks
}

async fn concurrency(wanted: f64, config: &SdkConfig, region: &str) -> Option<Check> {
    if wanted <= 0.0 {
        return None;
    }
    let answer = aws_sdk_lambda::Client::new(config).get_account_settings().send().await;
    let answer = answer.map_err(|error| crate::deploy_error::AwsError::new("lambda:GetAccountSettings", &error));
    let unknown =
        |why: &str| Check::unknown("quota", format!("{region}: how many concurrent executions can be reserved{why}"));
    Some(match answer {
        Err(error) => unknown(&format!(": {error}")),
        Ok(answer) => {
            match answer.account_limit().map(|it| (it.concurrent_executions(), it.unreserved_concurrent_executions())) {
                Some((limit, Some(unreserved))) => quota::concurrency(wanted, limit.into(), unreserved.into(), region),
                _ => unknown(""),
            }
        }
    })
}
