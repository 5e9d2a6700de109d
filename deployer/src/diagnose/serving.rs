//! What is there, but does not serve now.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudformation::types::StackResourceSummary;
use futures_util::future::join_all;

use super::Finding;
use crate::clients::Clients;
use crate::deploy::existing;
use crate::deploy_error::AwsError;
use crate::explain::{advice_of, look_at};
use crate::stack_state::StackState;

/// How many resources are asked at the same time, and how long one call may take.
const AT_ONCE: usize = 8;
const CALL: Duration = Duration::from_secs(10);

/// Asks the services, target groups and functions of a stack that stands whether they serve. One that cannot be asked is
/// none of them.
pub(super) async fn findings(
    clients: &Clients,
    id: &str,
    state: &StackState,
    paths: &BTreeMap<String, String>,
) -> Result<Vec<Finding>, AwsError> {
    // In a stack that is being worked on, or is no more, much does not serve, and nobody has to be told.
    let stands = state.is_complete() || matches!(state, StackState::CreateFailed | StackState::UpdateFailed);
    if !stands {
        return Ok(Vec::new());
    }
    let mut resources = existing::resources(clients, id).await?;
    resources.retain(|resource| {
        let is_there = resource.resource_status().is_some_and(|status| !status.as_str().starts_with("DELETE_COMPLETE"));
        is_there && resource.resource_type().is_some_and(|kind| KINDS.contains(&kind))
    });
    let mut found = Vec::new();
    for some in resources.chunks(AT_ONCE) {
        let asked = join_all(some.iter().map(|resource| finding(clients, resource, paths))).await;
        found.extend(asked.into_iter().flatten());
    }
    Ok(found)
}

const KINDS: [&str; 3] = ["AWS::ECS::Service", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::Lambda::Function"];

async fn finding(
    clients: &Clients,
    resource: &StackResourceSummary,
    paths: &BTreeMap<String, String>,
) -> Option<Finding> {
    let (kind, id) = (resource.resource_type()?, resource.physical_resource_id()?);
    let asked = async {
        match kind {
            "AWS::ECS::Service" => service(clients, id).await,
            "AWS::ElasticLoadBalancingV2::TargetGroup" => target_group(clients, id).await,
            _ => function(clients, id).await,
        }
    };
    let text = tokio::time::timeout(CALL, asked).await.ok()??;
    let details = look_at(clients, kind, id).await;
    let logical_id = resource.logical_resource_id().unwrap_or_default().to_owned();
    Some(Finding {
        path: paths.get(&logical_id).cloned(),
        logical_id,
        resource_type: kind.to_owned(),
        physical_id: id.to_owned(),
        advice: advice_of(&text, &details),
        text,
        details,
    })
}

async fn service(clients: &Clients, arn: &str) -> Option<String> {
    let mut parts = arn.split(":service/").nth(1)?.split('/');
    let (cluster, name) = (parts.next()?, parts.next()?);
    let answer = clients.ecs.describe_services().cluster(cluster).services(name).send().await.ok()?;
    let Some(service) = answer.services().iter().find(|service| service.status() != Some("INACTIVE")) else {
        return Some("it is gone: somebody deleted it outside CloudFormation".into());
    };
    let failed = service.deployments().iter().any(|one| one.rollout_state().is_some_and(|s| s.as_str() == "FAILED"));
    let (running, desired) = (service.running_count(), service.desired_count());
    match (running < desired, failed) {
        (true, _) => Some(format!("{running} of {desired} tasks run")),
        (false, true) => Some("its last deployment failed".into()),
        (false, false) => None,
    }
}

async fn target_group(clients: &Clients, arn: &str) -> Option<String> {
    let answer = clients.elbv2.describe_target_health().target_group_arn(arn).send().await.ok()?;
    let states = answer.target_health_descriptions().iter().filter_map(|one| one.target_health()?.state());
    let states: Vec<&str> = states.map(|state| state.as_str()).collect();
    let bad = states.iter().filter(|state| state.starts_with("unhealthy") || **state == "unavailable").count();
    (bad > 0).then(|| format!("{bad} of {} targets are not healthy", states.len()))
}

async fn function(clients: &Clients, name: &str) -> Option<String> {
    let lambda = aws_sdk_lambda::Client::new(clients.config());
    let answer = lambda.get_function_configuration().function_name(name).send().await.ok()?;
    let reason = |reason: Option<&str>| reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    if answer.state().is_some_and(|state| state.as_str() == "Failed") {
        return Some(format!("it is Failed{}", reason(answer.state_reason())));
    }
    let failed = answer.last_update_status().is_some_and(|status| status.as_str() == "Failed");
    failed.then(|| format!("its last update failed{}", reason(answer.last_update_status_reason())))
}
