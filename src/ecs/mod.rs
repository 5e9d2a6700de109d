//! Elastic Container Service: tasks and services on Fargate.

mod config_file;
mod container_definition;
mod container_image;
mod container_render;
mod fargate_size;
mod fargate_task_definition;
mod health_check;
mod linux;
mod log_driver;
mod port_mapping;
mod preparation;
mod secret;
mod volume;

pub use config_file::{ConfigFile, WritableDirectory};
pub use container_definition::{ContainerCondition, ContainerDefinition};
pub use container_image::ContainerImage;
pub use fargate_size::{
    EightVcpu, FargateSize, FourVcpu, HalfVcpu, OneVcpu, QuarterVcpu, SixteenVcpu, TwoVcpu,
};
pub use fargate_task_definition::{CpuArchitecture, FargateTaskDefinition, FargateTaskDefinitionRef};
pub use health_check::HealthCheck;
pub use linux::{Capability, RestartPolicy, UlimitName};
pub use log_driver::{AwsLogs, LogDriver};
pub use port_mapping::{AppProtocol, PortMapping};
pub use secret::Secret;
pub use volume::{EfsVolume, Volume};
