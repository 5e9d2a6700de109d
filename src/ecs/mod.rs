//! Elastic Container Service: tasks and services on Fargate.
//!
//! ```
//! use belvedere::Stack;
//! use belvedere::ec2::Vpc;
//! use belvedere::ecs::{
//!     Cluster, ConfigFile, ContainerDefinition, ContainerImage, FargateService, FargateTaskDefinition, HalfVcpu,
//!     PortMapping, WritableDirectory,
//! };
//!
//! let mut stack = Stack::new("Example");
//! let vpc = stack.add("Vpc", Vpc::new());
//! let cluster = stack.add("Cluster", Cluster::new(&vpc));
//! let tempo = ContainerDefinition::new("tempo", ContainerImage::registry("docker.io/grafana/tempo:2.9.0"))
//!     .command(["-config.file=/etc/tempo/tempo.yaml"])
//!     .user("10001:10001")
//!     .port(PortMapping::tcp(3200))
//!     .file(ConfigFile::new("/etc/tempo/tempo.yaml", "server:\n  http_listen_port: 3200\n"))
//!     .writable_directory(WritableDirectory::new("/var/tempo"));
//! let task = stack.add("TempoTask", FargateTaskDefinition::new(HalfVcpu::Gib1).container(tempo));
//! let service = stack.add("Tempo", FargateService::new(&cluster, &task).desired_count(2));
//! assert!(service.resource().is_some());
//! ```

mod auto_scaling;
mod capacity_provider;
mod cargo_image;
mod cluster;
mod config_file;
mod container_definition;
mod container_image;
mod container_render;
mod deployment;
mod dockerfile_image;
mod execute_command;
mod fargate_service;
mod fargate_service_ref;
mod fargate_size;
mod fargate_task_definition;
mod health_check;
mod linux;
mod log_driver;
mod port_mapping;
mod preparation;
mod secret;
mod service_discovery;
mod volume;

pub use auto_scaling::TaskCount;
pub use capacity_provider::CapacityProvider;
pub use cargo_image::CargoImage;
pub use cluster::{Cluster, ClusterRef, ContainerInsights};
pub use config_file::{ConfigFile, WritableDirectory};
pub use container_definition::{ContainerCondition, ContainerDefinition};
pub use container_image::ContainerImage;
pub use deployment::{AlarmBehavior, CircuitBreaker};
pub use dockerfile_image::DockerfileImage;
pub use execute_command::ExecuteCommand;
pub use fargate_service::{FargateService, PropagateTags};
pub use fargate_service_ref::FargateServiceRef;
pub use fargate_size::{EightVcpu, FargateSize, FourVcpu, HalfVcpu, OneVcpu, QuarterVcpu, SixteenVcpu, TwoVcpu};
pub use fargate_task_definition::{CpuArchitecture, FargateTaskDefinition, FargateTaskDefinitionRef};
pub use health_check::HealthCheck;
pub use linux::{Capability, RestartPolicy, UlimitName};
pub use log_driver::{AwsLogs, LogDriver};
pub use port_mapping::{AppProtocol, PortMapping};
pub use secret::Secret;
pub use service_discovery::{CloudMap, ServiceConnect};
pub use volume::{EfsVolume, Volume};

#[cfg(test)]
mod tests;
