//! Container definitions as CloudFormation has them, and what is checked of each on the way.

use std::collections::BTreeSet;
use std::time::Duration;

use belvedere_cfn::Value;
use belvedere_cfn::ecs::task_definition;

use super::container_definition::ContainerDefinition;
use super::container_image::RenderedImage;
use super::fargate_task_definition::CpuArchitecture;
use super::linux::Ulimit;
use super::log_driver::{AwsLogs, LogDriver};
use super::port_mapping::PortMapping;
use super::volume::MountPoint;
use crate::iam::Grant;
use crate::logs::LogGroupRef;
use crate::scope::Scope;
use crate::size::Size;

/// A container definition as CloudFormation has it.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) definition: task_definition::ContainerDefinition,
    /// What the execution role needs for it.
    pub(super) execution: Vec<Grant>,
    pub(super) log_group: Option<LogGroupRef>,
}

impl ContainerDefinition {
    /// Checks the definition and writes it down. The architecture is that of the task, the scope the container's own.
    pub(super) fn render(
        self,
        architecture: CpuArchitecture,
        default_logging: Option<&LogDriver>,
        scope: &mut Scope<'_>,
    ) -> Rendered {
        check_names(&self, scope);
        check_memory(&self, scope);
        let mut execution = Vec::new();
        let RenderedImage { name: image, credentials, pull } = self.image.render(architecture, scope);
        execution.extend(pull);
        let mut definition = task_definition::ContainerDefinition::new(image, &self.name)
            .essential(self.essential)
            .readonly_root_filesystem(self.readonly_root_filesystem);
        if let Some(secret) = credentials {
            let credentials = task_definition::RepositoryCredentials::new().credentials_parameter(secret);
            definition = definition.repository_credentials(credentials);
        }
        if !self.command.is_empty() {
            definition = definition.command(self.command);
        }
        if !self.entry_point.is_empty() {
            definition = definition.entry_point(self.entry_point);
        }
        if let Some(path) = self.working_directory {
            if !path.starts_with('/') {
                scope.problem(format!("working_directory must be an absolute path, got `{path}`"));
            }
            definition = definition.working_directory(path);
        }
        if !self.environment.is_empty() {
            let pair =
                |(name, value): (String, Value<String>)| task_definition::KeyValuePair::new().name(name).value(value);
            definition = definition.environment(self.environment.into_iter().map(pair).collect::<Vec<_>>());
        }
        if !self.secrets.is_empty() {
            execution.extend(self.secrets.iter().map(|(_, secret)| secret.read()));
            let secrets = self.secrets.iter();
            let secrets = secrets.map(|(name, secret)| task_definition::Secret::new(name, secret.value_from()));
            definition = definition.secrets(secrets.collect::<Vec<_>>());
        }
        if !self.ports.is_empty() {
            let ports: Vec<_> = self.ports.iter().map(|port| port.render(scope)).collect();
            definition = definition.port_mappings(ports);
        }
        if let Some(check) = self.health_check {
            definition = definition.health_check(check.render(scope));
        }
        if !self.dependencies.is_empty() {
            let dependencies = self.dependencies.into_iter().map(|(container, condition)| {
                task_definition::ContainerDependency::new().container_name(container).condition(condition.name())
            });
            definition = definition.depends_on(dependencies.collect::<Vec<_>>());
        }
        if let Some(user) = self.user {
            definition = definition.user(user);
        }
        if let Some(units) = self.cpu {
            definition = definition.cpu(units);
        }
        if let Some(limit) = self.memory_limit {
            definition = definition.memory(mebibytes(limit));
        }
        if let Some(reservation) = self.memory_reservation {
            definition = definition.memory_reservation(mebibytes(reservation));
        }
        let mut linux = None;
        if self.init_process {
            linux = Some(task_definition::LinuxParameters::new().init_process_enabled(true));
        }
        if self.ptrace || !self.dropped_capabilities.is_empty() {
            let mut capabilities = task_definition::KernelCapabilities::new();
            if self.ptrace {
                capabilities = capabilities.add_property(["SYS_PTRACE"]);
            }
            let dropped: BTreeSet<_> = self.dropped_capabilities.into_iter().collect();
            if !dropped.is_empty() {
                let names: Vec<_> = dropped.into_iter().map(|capability| capability.name()).collect();
                capabilities = capabilities.drop(names);
            }
            linux = Some(linux.unwrap_or_default().capabilities(capabilities));
        }
        if let Some(linux) = linux {
            definition = definition.linux_parameters(linux);
        }
        if let Some(timeout) = self.start_timeout {
            definition = definition.start_timeout(seconds("start_timeout", timeout, 2, scope));
        }
        if let Some(timeout) = self.stop_timeout {
            definition = definition.stop_timeout(seconds("stop_timeout", timeout, 0, scope));
        }
        if !self.ulimits.is_empty() {
            let limits: Vec<_> = self.ulimits.into_iter().map(|limit: Ulimit| limit.render(scope)).collect();
            definition = definition.ulimits(limits);
        }
        if !self.mount_points.is_empty() {
            let mounts: Vec<_> = self.mount_points.iter().map(|mount: &MountPoint| mount.render(scope)).collect();
            definition = definition.mount_points(mounts);
        }
        if !self.docker_labels.is_empty() {
            definition = definition.docker_labels(self.docker_labels);
        }
        if let Some(policy) = self.restart_policy {
            definition = definition.restart_policy(policy.render(scope));
        }
        let driver = self.logging.or_else(|| default_logging.cloned()).unwrap_or(LogDriver::AwsLogs(AwsLogs::new()));
        let mut log_group = None;
        if let LogDriver::AwsLogs(logs) = driver {
            let (configuration, group) = logs.render(&self.name, scope);
            definition = definition.log_configuration(configuration);
            execution.push(group.write());
            log_group = Some(group);
        }
        Rendered { definition, execution, log_group }
    }
}

fn check_names(container: &ContainerDefinition, scope: &mut Scope<'_>) {
    let name = &container.name;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > 255 || !name.bytes().all(legal) {
        scope.problem(format!("a container's name is 1 to 255 letters, digits, `_` and `-`, got `{name}`"));
    }
    let mut variables = BTreeSet::new();
    let names = container.environment.iter().map(|(name, _)| name);
    for variable in names.chain(container.secrets.iter().map(|(name, _)| name)) {
        if variable.is_empty() || variable.contains('=') {
            scope.problem(format!("a variable needs a name without `=`, got `{variable}`"));
        } else if !variables.insert(variable) {
            scope.problem(format!("the variable `{variable}` is there twice: leave one of them out"));
        }
    }
    let mut paths = BTreeSet::new();
    for mount in &container.mount_points {
        if !paths.insert(mount.path.trim_end_matches('/')) {
            scope.problem(format!("two volumes are at `{}`: give one of them another path", mount.path));
        }
    }
}

fn check_memory(container: &ContainerDefinition, scope: &mut Scope<'_>) {
    let least = Size::mebibytes(6);
    for (setting, size) in
        [("memory_limit", container.memory_limit), ("memory_reservation", container.memory_reservation)]
    {
        if let Some(size) = size
            && size < least
        {
            scope.problem(format!("{setting} must be at least 6 MiB, got {} MiB", size.to_mebibytes()));
        }
    }
    if let (Some(limit), Some(reservation)) = (container.memory_limit, container.memory_reservation)
        && reservation >= limit
    {
        scope.problem(format!(
            "memory_reservation must be less than memory_limit ({} MiB), got {} MiB",
            limit.to_mebibytes(),
            reservation.to_mebibytes()
        ));
    }
}

fn mebibytes(size: Size) -> i64 {
    i64::try_from(size.to_mebibytes()).unwrap_or(i64::MAX)
}

fn seconds(setting: &str, duration: Duration, least: u64, scope: &mut Scope<'_>) -> i64 {
    let seconds = duration.as_secs();
    if !(least..=120).contains(&seconds) || duration.subsec_nanos() != 0 {
        scope.problem(format!("{setting} must be {least} to 120 s, in whole seconds, got {duration:?}"));
    }
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Reports what is wrong between the containers of one task.
pub(super) fn check_together(containers: &[ContainerDefinition], volumes: &BTreeSet<&str>, scope: &mut Scope<'_>) {
    if !containers.iter().any(|container| container.essential) {
        scope.problem("a task needs at least one essential container, whose end is the end of the task");
    }
    if containers.len() > 10 {
        scope.problem(format!("a task has at most 10 containers, got {}", containers.len()));
    }
    let mut ports: Vec<(&str, &PortMapping)> = Vec::new();
    for container in containers {
        let name = &container.name;
        for port in &container.ports {
            for (other, earlier) in &ports {
                if port.collides_with(earlier) {
                    scope.problem(format!(
                        "containers `{other}` and `{name}` both listen on port {}, and a task has one network interface: change one of them",
                        port.container_port()
                    ));
                }
                if port.port_name().is_some() && port.port_name() == earlier.port_name() {
                    let port = port.port_name().unwrap_or_default();
                    scope.problem(format!("two ports are called `{port}`, one of `{other}` and one of `{name}`"));
                }
            }
            ports.push((name, port));
        }
        for mount in &container.mount_points {
            if !volumes.contains(mount.volume.as_str()) {
                scope.problem(format!(
                    "container `{name}` mounts the volume `{}`, which the task does not have: add it with volume",
                    mount.volume
                ));
            }
        }
    }
    check_dependencies(containers, scope);
}

fn check_dependencies(containers: &[ContainerDefinition], scope: &mut Scope<'_>) {
    use super::container_definition::ContainerCondition::{Complete, Healthy, Start, Success};

    let mut edges = vec![Vec::new(); containers.len()];
    for (index, container) in containers.iter().enumerate() {
        let name = &container.name;
        for (on, condition) in &container.dependencies {
            let Some(position) = containers.iter().position(|other| other.name == *on) else {
                scope.problem(format!("container `{name}` depends on `{on}`, which the task does not have"));
                continue;
            };
            edges[index].push(position);
            let other = &containers[position];
            match condition {
                Healthy if other.health_check.is_none() => scope.problem(format!(
                    "container `{name}` waits for `{on}` to be healthy, which nothing tells: give `{on}` a health_check"
                )),
                Complete | Success if other.essential => scope.problem(format!(
                    "container `{name}` waits for the end of `{on}`, which is the end of the task: make `{on}` essential(false)"
                )),
                Start | Complete | Success | Healthy => {}
            }
        }
    }
    for cycle in crate::references::cycles(&edges) {
        let mut names: Vec<&str> = cycle.iter().map(|&index| containers[index].name.as_str()).collect();
        names.push(names[0]);
        scope.problem(format!("containers wait for each other: {}", names.join(" -> ")));
    }
}
