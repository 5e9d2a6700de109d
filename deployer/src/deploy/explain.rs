//! Why a resource failed, in the words of the service that it belongs to.

use std::time::Duration;

use aws_sdk_ecs::types::{DesiredStatus, Task};

use crate::clients::Clients;
use crate::resource_event::ResourceEvent;

/// How many tasks, and how many of their last log lines, are told.
const TASKS: usize = 2;
const LINES: i32 = 10;
/// For how long a service is asked: what it would say is worth a moment, and no more.
const LIMIT: Duration = Duration::from_secs(20);

/// What a service says of a failed resource, a line each. A service that cannot be asked says nothing: the failure itself
/// is told in any case.
pub(super) async fn explain(clients: &Clients, cause: &ResourceEvent) -> Vec<String> {
    let Some(id) = cause.physical_id.as_deref() else { return Vec::new() };
    let words = async {
        match cause.resource_type.as_str() {
            "AWS::ECS::Service" => ecs_service(clients, id).await,
            "AWS::Lambda::Function" => last_lines(clients, &format!("/aws/lambda/{id}"), None).await,
            _ => Vec::new(),
        }
    };
    tokio::time::timeout(LIMIT, words).await.unwrap_or_default()
}

/// The cluster and the name of a service, by its ARN.
fn service_of(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.split(":service/").nth(1)?.split('/');
    Some((parts.next()?, parts.next()?))
}

/// What the service was told last, why its tasks have stopped, and what they have written before.
async fn ecs_service(clients: &Clients, arn: &str) -> Vec<String> {
    let Some((cluster, service)) = service_of(arn) else { return Vec::new() };
    let mut words = Vec::new();
    let services = clients.ecs.describe_services().cluster(cluster).services(service).send().await;
    for event in services.iter().flat_map(|answer| answer.services()).flat_map(|service| service.events()).take(3) {
        words.extend(event.message().map(|message| format!("  the service says: {message}")));
    }
    let request = clients.ecs.list_tasks().cluster(cluster).service_name(service);
    let Ok(listed) = request.desired_status(DesiredStatus::Stopped).send().await else { return words };
    if listed.task_arns().is_empty() {
        return words;
    }
    let request = clients.ecs.describe_tasks().cluster(cluster).set_tasks(listed.task_arns);
    let Ok(described) = request.send().await else { return words };
    for task in described.tasks().iter().take(TASKS) {
        words.extend(stopped_task(clients, task).await);
    }
    words
}

async fn stopped_task(clients: &Clients, task: &Task) -> Vec<String> {
    let mut words: Vec<String> =
        task.stopped_reason().map(|reason| format!("  a task stopped: {reason}")).into_iter().collect();
    let id = task.task_arn().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let definition = match task.task_definition_arn() {
        Some(arn) => clients.ecs.describe_task_definition().task_definition(arn).send().await.ok(),
        None => None,
    };
    for container in task.containers() {
        let name = container.name().unwrap_or_default();
        if let Some(code) = container.exit_code().filter(|code| *code != 0) {
            words.push(format!("  its container {name} exited with {code}"));
        }
        words.extend(container.reason().map(|reason| format!("  its container {name}: {reason}")));
        if container.health_status().is_some_and(|status| status.as_str() == "UNHEALTHY") {
            words.push(format!("  its container {name} failed its health check"));
        }
        let definitions = definition.iter().filter_map(|answer| answer.task_definition());
        let options = definitions
            .flat_map(|definition| definition.container_definitions())
            .find(|definition| definition.name() == Some(name))
            .and_then(|definition| definition.log_configuration()?.options());
        let option = |key: &str| options.and_then(|options| options.get(key));
        if let (Some(group), Some(prefix)) = (option("awslogs-group"), option("awslogs-stream-prefix")) {
            words.extend(last_lines(clients, group, Some(&format!("{prefix}/{name}/{id}"))).await);
        }
    }
    words
}

/// The last lines of a log stream, that which was written to last where none is named.
async fn last_lines(clients: &Clients, group: &str, stream: Option<&str>) -> Vec<String> {
    let newest = match stream {
        Some(stream) => Some(stream.to_owned()),
        None => {
            let request = clients.logs.describe_log_streams().log_group_name(group).descending(true).limit(1);
            let order = aws_sdk_cloudwatchlogs::types::OrderBy::LastEventTime;
            let streams = request.order_by(order).send().await.ok();
            streams.and_then(|answer| answer.log_streams().first()?.log_stream_name().map(str::to_owned))
        }
    };
    let Some(stream) = newest else { return Vec::new() };
    let request = clients.logs.get_log_events().log_group_name(group).log_stream_name(stream).limit(LINES);
    let Ok(answer) = request.start_from_head(false).send().await else { return Vec::new() };
    let lines = answer.events().iter().filter_map(|event| event.message());
    lines.map(|line| format!("  log of {group}: {}", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_by_its_arn() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:service/Main/Api-1234";
        assert_eq!(service_of(arn), Some(("Main", "Api-1234")));
        assert_eq!(service_of("arn:aws:ecs:eu-central-1:123456789012:service/old-form"), None);
        assert_eq!(service_of("Api"), None);
    }
}
