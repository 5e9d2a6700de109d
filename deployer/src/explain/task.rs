//! ECS tasks that have stopped.

use aws_sdk_ecs::types::{Container, ContainerDefinition, DesiredStatus, LogDriver, Task, TaskDefinition};
use futures_util::future::join_all;

use super::log_tail::{Place, tail};
use super::{add, asked};
use crate::clients::Clients;

/// How many tasks are told.
const TASKS: usize = 2;
/// How many tasks one call describes.
const PAGE: usize = 100;

/// Why the last tasks of a service have stopped, each reason once; `since` a second, where that is given.
pub(super) async fn stopped(clients: &Clients, cluster: &str, service: &str, since: Option<i64>) -> Vec<String> {
    let list = || clients.ecs.list_tasks().cluster(cluster).desired_status(DesiredStatus::Stopped);
    let mut arns = asked(list().service_name(service).send()).await.and_then(|answer| answer.task_arns);
    if arns.as_ref().is_none_or(Vec::is_empty) {
        // A service that is gone is not found by its name, but its tasks are for an hour.
        arns = asked(list().send()).await.and_then(|answer| answer.task_arns);
    }
    let Some(mut arns) = arns.filter(|arns| !arns.is_empty()) else { return Vec::new() };
    arns.truncate(PAGE);
    let described = asked(clients.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns)).send()).await;
    let mut tasks = described.and_then(|answer| answer.tasks).unwrap_or_default();
    tasks.retain(|task| since.is_none_or(|since| task.stopped_at().is_none_or(|at| at.secs() >= since)));
    let told = join_all(telling(&tasks, service).into_iter().map(|task| words_of(clients, task))).await;
    told.into_iter().flatten().collect()
}

/// The tasks that tell something, the last one of each reason. Those that were stopped because others took their place tell
/// nothing.
fn telling<'a>(tasks: &'a [Task], service: &str) -> Vec<&'a Task> {
    let group = format!("service:{service}");
    let is_failure = |task: &&Task| !task.stopped_reason().is_some_and(|reason| reason.starts_with("Scaling activity"));
    let of_service = |task: &&Task| task.group().is_none_or(|other| other == group);
    let mut failed: Vec<&Task> = tasks.iter().filter(of_service).filter(is_failure).collect();
    failed.sort_by_key(|task| std::cmp::Reverse(task.stopped_at().map(|time| (time.secs(), time.subsec_nanos()))));
    let mut reasons = Vec::new();
    failed.retain(|task| {
        let reason = (task.stopped_reason(), task.containers().iter().map(|c| c.exit_code()).collect::<Vec<_>>());
        let is_new = !reasons.contains(&reason);
        reasons.push(reason);
        is_new
    });
    failed.truncate(TASKS);
    failed
}

async fn words_of(clients: &Clients, task: &Task) -> Vec<String> {
    let mut lines = Vec::new();
    let code = task.stop_code().map(|code| format!(" ({})", code.as_str())).unwrap_or_default();
    let reason = task.stopped_reason().unwrap_or("ECS does not say why");
    add(&mut lines, format!("a task stopped{code}: {reason}"));
    let definition = match task.task_definition_arn() {
        Some(arn) => asked(clients.ecs.describe_task_definition().task_definition(arn).send()).await,
        None => None,
    };
    let definition = definition.as_ref().and_then(|answer| answer.task_definition());
    for container in task.containers() {
        for line in words_of_container(container) {
            add(&mut lines, line);
        }
    }
    let id = task.task_arn().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let logs = failing(task, definition).into_iter().map(|(name, definition)| log_of(clients, id, name, definition));
    lines.extend(join_all(logs).await.into_iter().flatten());
    lines
}

fn words_of_container(container: &Container) -> Vec<String> {
    let name = container.name().unwrap_or_default();
    let mut lines = Vec::new();
    if let Some(code) = container.exit_code().filter(|code| *code != 0) {
        lines.push(format!("its container {name} exited with {code}{}", meaning(code)));
    }
    lines.extend(container.reason().map(|reason| format!("its container {name}: {reason}")));
    if container.health_status().is_some_and(|status| status.as_str() == "UNHEALTHY") {
        lines.push(format!("its container {name} failed its own health check"));
    }
    lines
}

/// What an exit code mostly means.
fn meaning(code: i32) -> &'static str {
    match code {
        126 => " (the command cannot be run)",
        127 => " (the command is not there)",
        134 => " (it aborted)",
        137 => " (it was killed: it used too much memory, or did not end in time)",
        139 => " (it used memory that is not its own)",
        143 => " (it was asked to end)",
        _ => "",
    }
}

/// The containers whose logs tell: those that failed, or all that a task cannot be without where none did.
fn failing<'a>(
    task: &'a Task,
    definition: Option<&'a TaskDefinition>,
) -> Vec<(&'a str, Option<&'a ContainerDefinition>)> {
    let definition_of =
        |name: &str| definition.and_then(|all| all.container_definitions().iter().find(|one| one.name() == Some(name)));
    let failed = |container: &&Container| {
        container.exit_code().is_some_and(|code| code != 0)
            || container.health_status().is_some_and(|status| status.as_str() == "UNHEALTHY")
    };
    let essential = |container: &&Container| {
        definition_of(container.name().unwrap_or_default()).is_none_or(|d| d.essential() != Some(false))
    };
    // What never began has written nothing.
    let began = || task.containers().iter().filter(|container| container.exit_code().is_some());
    let mut containers: Vec<&Container> = began().filter(failed).collect();
    if containers.is_empty() {
        containers = began().filter(essential).collect();
    }
    containers.into_iter().filter_map(|one| Some((one.name()?, definition_of(one.name()?)))).collect()
}

async fn log_of(clients: &Clients, task: &str, name: &str, definition: Option<&ContainerDefinition>) -> Vec<String> {
    let Some(definition) = definition else { return Vec::new() };
    let Some(log) = definition.log_configuration() else {
        return vec![format!("container {name} has no log: its definition names none")];
    };
    let option = |key: &str| log.options().and_then(|options| options.get(key));
    match log.log_driver() {
        LogDriver::Awsfirelens => {
            vec![format!("the log of container {name} goes through FireLens: look where that sends it")]
        }
        LogDriver::Awslogs => {
            let (Some(group), Some(prefix)) = (option("awslogs-group"), option("awslogs-stream-prefix")) else {
                return Vec::new();
            };
            let stream = format!("{prefix}/{name}/{task}");
            let lines = tail(clients, group, Place::Stream { name: &stream, until: None }).await;
            lines.into_iter().map(|line| format!("log of {name}: {line}")).collect()
        }
        other => vec![format!("the log of container {name} is not in CloudWatch: its driver is {}", other.as_str())],
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn task(at: i64, reason: &str, code: Option<i32>) -> Task {
        let container = Container::builder().name("api").set_exit_code(code).build();
        let task = Task::builder().stopped_at(DateTime::from_secs(at)).stopped_reason(reason).group("service:Api");
        task.containers(container).build()
    }

    #[test]
    fn the_last_task_of_each_reason_is_told() {
        let tasks = [
            task(1, "Essential container in task exited", Some(1)),
            task(4, "Scaling activity initiated by (deployment ecs-svc/1)", Some(0)),
            task(2, "Essential container in task exited", Some(1)),
            task(3, "Task failed ELB health checks", Some(143)),
            Task::builder().group("service:Other").stopped_reason("another's").build(),
        ];
        let told: Vec<i64> =
            telling(&tasks, "Api").iter().filter_map(|task| task.stopped_at()).map(DateTime::secs).collect();
        assert_eq!(told, [3, 2]);
    }

    #[test]
    fn an_exit_code_is_told_with_its_meaning() {
        let container = Container::builder().name("api").exit_code(137).reason("OutOfMemoryError: killed").build();
        let expected = [
            "its container api exited with 137 (it was killed: it used too much memory, or did not end in time)",
            "its container api: OutOfMemoryError: killed",
        ];
        assert_eq!(words_of_container(&container), expected);
        assert!(words_of_container(&Container::builder().name("api").exit_code(0).build()).is_empty());
    }

    #[test]
    fn logs_are_those_of_what_failed() {
        let definition = |name: &str, essential| ContainerDefinition::builder().name(name).essential(essential).build();
        let all = TaskDefinition::builder()
            .container_definitions(definition("api", true))
            .container_definitions(definition("init", false))
            .build();
        let ended = |api: Option<i32>, init| {
            let container = |name: &str, code| Container::builder().name(name).set_exit_code(code).build();
            Task::builder().containers(container("api", api)).containers(container("init", init)).build()
        };
        let names = |task: &Task| -> Vec<String> {
            failing(task, Some(&all)).into_iter().map(|(name, _)| name.to_owned()).collect()
        };
        assert_eq!(names(&ended(Some(0), Some(2))), ["init"]);
        assert_eq!(names(&ended(Some(0), Some(0))), ["api"], "nothing failed: what the task cannot be without");
        assert!(names(&ended(None, None)).is_empty(), "nothing began");
    }
}
