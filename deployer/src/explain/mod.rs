//! Why a resource failed, in the words of the service that it belongs to, and what to do about it.

mod advice;
mod early;
mod function;
mod health;
mod host;
mod log_tail;
mod nested;
mod permission;
mod quota;
mod service;
mod stuck;
mod task;

use std::future::Future;
use std::time::Duration;

use self::advice::advice;
pub(crate) use self::advice::advice_of;
pub(crate) use self::early::Early;
use self::function::is_custom;
use crate::clients::Clients;
use crate::resource_event::ResourceEvent;

/// For how long a service is asked, and for how long one call may take: what a service would say is worth a moment, and
/// no more.
const LIMIT: Duration = Duration::from_secs(20);
const CALL: Duration = Duration::from_secs(6);
/// How many lines are told of one cause.
const LINES: usize = 40;

/// What is known of a failed resource besides the failure itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// What the services say, a line each.
    pub(crate) lines: Vec<String>,
    /// What to do, as a sentence in lower case without a full stop.
    pub(crate) advice: Option<String>,
}

/// Asks the services about a failed resource. A service that cannot be asked says nothing: the failure itself is told in
/// any case.
pub(crate) async fn explain(clients: &Clients, cause: &ResourceEvent) -> Explanation {
    explain_at(clients, cause, 0).await
}

/// The same `depth` stacks below that which was deployed.
async fn explain_at(clients: &Clients, cause: &ResourceEvent, depth: usize) -> Explanation {
    let reason = cause.reason.as_deref().unwrap_or_default();
    let facts = facts(clients, cause, depth);
    let (facts, quota) = futures_util::join!(tokio::time::timeout(LIMIT, facts), quota::of(clients, reason));
    let Explanation { mut lines, advice: deeper } = facts.unwrap_or_default();
    lines.truncate(LINES);
    let advice = deeper.or(quota).or_else(|| advice(cause, &lines));
    Explanation { lines, advice }
}

async fn facts(clients: &Clients, cause: &ResourceEvent, depth: usize) -> Explanation {
    if is_custom(&cause.resource_type) {
        return function::of_custom_resource(clients, cause).await.into();
    }
    let Some(id) = cause.physical_id.as_deref() else { return host::of_host(cause).into() };
    match cause.resource_type.as_str() {
        "AWS::ECS::Service" => service::of_service(clients, id).await.into(),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => health::of_target_group(clients, id).await.into(),
        "AWS::Lambda::Function" => function::of_function(clients, id, &cause.time).await.into(),
        "AWS::CloudFormation::Stack" => nested::of_stack(clients, id, &cause.stack, depth).await,
        _ => host::of_host(cause).into(),
    }
}

/// What a service says of a resource that is there, but does not serve.
pub(crate) async fn look_at(clients: &Clients, resource_type: &str, id: &str) -> Vec<String> {
    let words = async {
        match resource_type {
            "AWS::ECS::Service" => service::of_service(clients, id).await,
            "AWS::ElasticLoadBalancingV2::TargetGroup" => health::of_target_group(clients, id).await,
            _ => Vec::new(),
        }
    };
    let mut lines = tokio::time::timeout(LIMIT, words).await.unwrap_or_default();
    lines.truncate(LINES);
    lines
}

impl From<Vec<String>> for Explanation {
    fn from(lines: Vec<String>) -> Self {
        Self { lines, advice: None }
    }
}

/// The answer to a call, if there is one in time.
async fn asked<T, E>(call: impl Future<Output = Result<T, E>>) -> Option<T> {
    tokio::time::timeout(CALL, call).await.ok()?.ok()
}

/// Adds a line, once.
fn add(lines: &mut Vec<String>, line: String) {
    if !lines.contains(&line) {
        lines.push(line);
    }
}
