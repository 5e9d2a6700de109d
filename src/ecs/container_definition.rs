//! [`ContainerDefinition`]: one container of a task.

use std::time::Duration;

use belvedere_cfn::{IntoValue, Value};

use super::config_file::{ConfigFile, WritableDirectory};
use super::container_image::ContainerImage;
use super::health_check::HealthCheck;
use super::linux::{Capability, RestartPolicy, Ulimit, UlimitName};
use super::log_driver::LogDriver;
use super::port_mapping::PortMapping;
use super::secret::Secret;
use super::volume::MountPoint;
use crate::asset::Asset;
use crate::size::Size;

/// One container of a task.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definitions).
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerDefinition {
    pub(super) name: String,
    pub(super) image: ContainerImage,
    pub(super) command: Vec<Value<String>>,
    pub(super) entry_point: Vec<Value<String>>,
    pub(super) working_directory: Option<String>,
    pub(super) environment: Vec<(String, Value<String>)>,
    pub(super) secrets: Vec<(String, Secret)>,
    pub(super) ports: Vec<PortMapping>,
    pub(super) health_check: Option<HealthCheck>,
    pub(super) dependencies: Vec<(String, ContainerCondition)>,
    pub(super) essential: bool,
    pub(super) readonly_root_filesystem: bool,
    pub(super) user: Option<String>,
    pub(super) cpu: Option<u16>,
    pub(super) memory_limit: Option<Size>,
    pub(super) memory_reservation: Option<Size>,
    pub(super) init_process: bool,
    pub(super) dropped_capabilities: Vec<Capability>,
    pub(super) ptrace: bool,
    pub(super) start_timeout: Option<Duration>,
    pub(super) stop_timeout: Option<Duration>,
    pub(super) ulimits: Vec<Ulimit>,
    pub(super) mount_points: Vec<MountPoint>,
    pub(super) logging: Option<LogDriver>,
    pub(super) docker_labels: Vec<(String, String)>,
    pub(super) restart_policy: Option<RestartPolicy>,
    pub(super) files: Vec<ConfigFile>,
    pub(super) directories: Vec<WritableDirectory>,
}

/// What a container waits for of another one before it is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerCondition {
    /// The other one was started.
    Start,
    /// The other one ended, however it did. Not of an essential container, whose end is that of the task.
    Complete,
    /// The other one ended with exit code 0. Not of an essential container, whose end is that of the task.
    Success,
    /// The other one's health check passes. It needs one.
    Healthy,
}

impl ContainerCondition {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Complete => "COMPLETE",
            Self::Success => "SUCCESS",
            Self::Healthy => "HEALTHY",
        }
    }
}

impl ContainerDefinition {
    /// A container that is called `name` (1 to 255 letters, digits, `_` and `-`) and runs what its image says.
    #[must_use]
    pub fn new(name: impl Into<String>, image: impl Into<ContainerImage>) -> Self {
        Self {
            name: name.into(),
            image: image.into(),
            command: Vec::new(),
            entry_point: Vec::new(),
            working_directory: None,
            environment: Vec::new(),
            secrets: Vec::new(),
            ports: Vec::new(),
            health_check: None,
            dependencies: Vec::new(),
            essential: true,
            readonly_root_filesystem: true,
            user: None,
            cpu: None,
            memory_limit: None,
            memory_reservation: None,
            init_process: false,
            dropped_capabilities: Vec::new(),
            ptrace: false,
            start_timeout: None,
            stop_timeout: None,
            ulimits: Vec::new(),
            mount_points: Vec::new(),
            logging: None,
            docker_labels: Vec::new(),
            restart_policy: None,
            files: Vec::new(),
            directories: Vec::new(),
        }
    }

    /// A container that runs a program of yours from a plain base image, so that no image has to be built.
    ///
    /// The program is published as an asset, fetched when a task starts, and run as `/opt/program/{name}`. It must be an
    /// executable for the task's CPU architecture that finds what it links to in the base image.
    /// [`command`](Self::command) gives it arguments.
    #[must_use]
    pub fn program(name: impl Into<String>, base_image: ContainerImage, program: Asset) -> Self {
        let name = name.into();
        let path = format!("/opt/program/{name}");
        let mut container = Self::new(name, base_image).file(ConfigFile::asset(path.clone(), program).mode(0o755));
        container.entry_point = vec![Value::from(path)];
        container
    }

    /// The arguments, or the program with its arguments where the image has no entry point. The image's by default.
    #[must_use]
    pub fn command<A: IntoValue<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command = arguments.into_iter().map(IntoValue::into_value).collect();
        self
    }

    /// Adds one argument to the [`command`](Self::command), for a list whose elements are not all of one type.
    #[must_use]
    pub fn argument(mut self, argument: impl IntoValue<String>) -> Self {
        self.command.push(argument.into_value());
        self
    }

    /// The program that is run, with its first arguments. The image's by default.
    #[must_use]
    pub fn entry_point<A: IntoValue<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.entry_point = arguments.into_iter().map(IntoValue::into_value).collect();
        self
    }

    /// The directory that the program starts in. The image's by default.
    #[must_use]
    pub fn working_directory(mut self, path: impl Into<String>) -> Self {
        self.working_directory = Some(path.into());
        self
    }

    /// Adds a variable to the environment. Whoever may describe the task definition can read it; what is secret goes
    /// into [`secret`](Self::secret).
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.environment.push((name.into(), value.into_value()));
        self
    }

    /// Adds a variable to the environment that is read from Secrets Manager or Systems Manager when the task starts. The
    /// execution role may then read it.
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.secrets.push((name.into(), secret.into()));
        self
    }

    /// Adds a port that the container listens on. None by default.
    #[must_use]
    pub fn port(mut self, port: PortMapping) -> Self {
        self.ports.push(port);
        self
    }

    /// How ECS tells whether the container is healthy. The container counts as healthy while it runs, by default; a
    /// check in the image is not used.
    #[must_use]
    pub fn health_check(mut self, check: HealthCheck) -> Self {
        self.health_check = Some(check);
        self
    }

    /// Starts the container only when another one of the task is so far. All start at once by default.
    #[must_use]
    pub fn depends_on(mut self, container: impl Into<String>, condition: ContainerCondition) -> Self {
        self.dependencies.push((container.into(), condition));
        self
    }

    /// Whether the task ends when this container does. It does by default.
    #[must_use]
    pub const fn essential(mut self, essential: bool) -> Self {
        self.essential = essential;
        self
    }

    /// Whether the container can write nowhere but in its volumes. By default it cannot, unlike with the AWS CDK: whoever
    /// breaks into the program then cannot change it or leave tools behind, and what has to be kept is in a volume
    /// rather than lost with the task. [`writable_directory`](Self::writable_directory) makes room for a program that
    /// writes.
    #[must_use]
    pub const fn readonly_root_filesystem(mut self, read_only: bool) -> Self {
        self.readonly_root_filesystem = read_only;
        self
    }

    /// Who runs the program: `uid`, `uid:gid` or names that the image knows. The image's user by default.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The container's share of the task's CPU, in units of 1/1,024 vCPU. It competes for all of it by default.
    #[must_use]
    pub const fn cpu(mut self, units: u16) -> Self {
        self.cpu = Some(units);
        self
    }

    /// How much memory the container may have before it is killed: at least 6 MiB. All of the task's by default.
    #[must_use]
    pub const fn memory_limit(mut self, memory: Size) -> Self {
        self.memory_limit = Some(memory);
        self
    }

    /// How much memory is kept for the container: at least 6 MiB. None by default.
    #[must_use]
    pub const fn memory_reservation(mut self, memory: Size) -> Self {
        self.memory_reservation = Some(memory);
        self
    }

    /// Whether a small init program runs above the container's own, forwards signals and reaps what its children leave.
    /// It does not by default.
    #[must_use]
    pub const fn init_process(mut self, enabled: bool) -> Self {
        self.init_process = enabled;
        self
    }

    /// Takes capabilities away that containers have by default. None by default: images that start as root to prepare
    /// something, such as those of databases, need some.
    #[must_use]
    pub fn drop_capabilities(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        self.dropped_capabilities.extend(capabilities);
        self
    }

    /// Lets the container trace other processes, the one capability that Fargate adds. It may not by default.
    #[must_use]
    pub const fn allow_ptrace(mut self) -> Self {
        self.ptrace = true;
        self
    }

    /// How long what the container depends on may take to get there: 2 to 120 s. As long as it needs by default.
    #[must_use]
    pub const fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = Some(timeout);
        self
    }

    /// How long the program may take to end once it was asked to: at most 120 s. 30 s by default.
    #[must_use]
    pub const fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = Some(timeout);
        self
    }

    /// Limits a resource. Fargate's own limits hold by default.
    #[must_use]
    pub fn ulimit(mut self, name: UlimitName, soft: u32, hard: u32) -> Self {
        self.ulimits.push(Ulimit { name, soft, hard });
        self
    }

    /// Puts a volume of the task at `path`, for reading and writing.
    #[must_use]
    pub fn mount(mut self, volume: impl Into<String>, path: impl Into<String>) -> Self {
        self.mount_points.push(MountPoint { volume: volume.into(), path: path.into(), read_only: false });
        self
    }

    /// Puts a volume of the task at `path`, for reading only.
    #[must_use]
    pub fn mount_read_only(mut self, volume: impl Into<String>, path: impl Into<String>) -> Self {
        self.mount_points.push(MountPoint { volume: volume.into(), path: path.into(), read_only: true });
        self
    }

    /// Adds a file that is there when the container starts. See [`ConfigFile`].
    #[must_use]
    pub fn file(mut self, file: ConfigFile) -> Self {
        self.files.push(file);
        self
    }

    /// Adds a directory that the container can write in. See [`WritableDirectory`].
    #[must_use]
    pub fn writable_directory(mut self, directory: WritableDirectory) -> Self {
        self.directories.push(directory);
        self
    }

    /// Where the container's output goes. To what [`logging`](super::FargateTaskDefinition::logging) of the task says, by
    /// default: a log group of the container's own.
    #[must_use]
    pub fn logging(mut self, driver: impl Into<LogDriver>) -> Self {
        self.logging = Some(driver.into());
        self
    }

    /// Adds a label to the container. None by default.
    #[must_use]
    pub fn docker_label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.docker_labels.push((key.into(), value.into()));
        self
    }

    /// Restarts the container inside the running task when it ends. It is not restarted by default.
    #[must_use]
    pub fn restart_policy(mut self, policy: RestartPolicy) -> Self {
        self.restart_policy = Some(policy);
        self
    }
}
