//! ECS services that do not come up.

use aws_sdk_ecs::types::{Deployment, Service};
use futures_util::future::{join, join_all};

use super::{add, asked, health, task};
use crate::clients::Clients;
use crate::plain::plain_lines;

/// How many of the last messages of a service are told.
const MESSAGES: usize = 3;

/// What became of the service's deployments, what it was told last, which targets are not healthy, why its tasks have
/// stopped, and what they have written before.
pub(super) async fn of_service(clients: &Clients, arn: &str) -> Vec<String> {
    let Some((cluster, service)) = service_of(arn) else { return Vec::new() };
    let about = async {
        let answer = asked(clients.ecs.describe_services().cluster(cluster).services(service).send()).await;
        let Some(service) = answer.iter().flat_map(|answer| answer.services()).next() else { return Vec::new() };
        let mut lines = words_of(service);
        let groups = service.load_balancers().iter().filter_map(|balancer| balancer.target_group_arn());
        let health = join_all(groups.map(|arn| health::of_target_group(clients, arn))).await;
        lines.extend(health.into_iter().flatten());
        lines
    };
    let (mut lines, stopped) = join(about, task::stopped(clients, cluster, service, None)).await;
    lines.extend(stopped);
    lines
}

/// The cluster and the name of a service, by its ARN.
pub(super) fn service_of(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.split(":service/").nth(1)?.split('/');
    Some((parts.next()?, parts.next()?))
}

fn words_of(service: &Service) -> Vec<String> {
    let mut lines = Vec::new();
    for deployment in service.deployments() {
        if let Some(line) = roll_out(deployment) {
            add(&mut lines, line);
        }
    }
    let messages = service.events().iter().filter_map(|event| event.message());
    // What goes well is no explanation.
    let telling = messages.filter(|message| !message.contains("has reached a steady state") && !is_start(message));
    for message in telling.take(MESSAGES) {
        for line in plain_lines(message) {
            add(&mut lines, format!("the service says: {line}"));
        }
    }
    lines
}

/// `(service Api) has started 1 tasks: (task 0123)`
fn is_start(message: &str) -> bool {
    message.contains(" has started ") && message.contains("tasks: ")
}

/// What became of a deployment, if that is no good. The circuit breaker tells here that it has come to its end.
fn roll_out(deployment: &Deployment) -> Option<String> {
    let state = deployment.rollout_state().map(|state| state.as_str());
    let reason = deployment.rollout_state_reason().unwrap_or_default();
    let broken = state == Some("FAILED") || reason.contains("circuit breaker");
    if !broken && deployment.failed_tasks() == 0 {
        return None;
    }
    let tasks = match deployment.failed_tasks() {
        0 => String::new(),
        1 => ", 1 task failed".to_owned(),
        count => format!(", {count} tasks failed"),
    };
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    Some(format!("its deployment is {}{tasks}{reason}", state.unwrap_or("in no known state")))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{DeploymentRolloutState, ServiceEvent};

    use super::*;

    #[test]
    fn a_service_is_found_by_its_arn() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:service/Main/Api-1234";
        assert_eq!(service_of(arn), Some(("Main", "Api-1234")));
        assert_eq!(service_of("arn:aws:ecs:eu-central-1:123456789012:service/old-form"), None);
        assert_eq!(service_of("Api"), None);
    }

    #[test]
    fn the_circuit_breaker_comes_first_and_what_goes_well_not_at_all() {
        let event = |text: &str| ServiceEvent::builder().message(text).build();
        let breaker = Deployment::builder()
            .rollout_state(DeploymentRolloutState::Failed)
            .rollout_state_reason("ECS deployment circuit breaker: tasks failed to start.")
            .failed_tasks(3)
            .build();
        let fine = Deployment::builder().rollout_state(DeploymentRolloutState::Completed).build();
        let service = Service::builder()
            .deployments(fine)
            .deployments(breaker)
            .events(event("(service Api) has reached a steady state."))
            .events(event("(service Api) has started 1 tasks: (task 0123)."))
            .events(event("(service Api) was unable to place a task."))
            .build();
        let expected = [
            "its deployment is FAILED, 3 tasks failed: ECS deployment circuit breaker: tasks failed to start.",
            "the service says: (service Api) was unable to place a task.",
        ];
        assert_eq!(words_of(&service), expected);
    }
}
