//! [`FargateTaskDefinition`]: containers that run together, and with what.

use std::collections::BTreeSet;

use belvedere_cfn::ecs::{CfnTaskDefinition, task_definition};
use belvedere_cfn::iam::CfnPolicy;
use belvedere_cfn::{ResourceRef, Target, Value, concat_values, kind, pseudo};

use super::container_definition::ContainerDefinition;
use super::container_image::ContainerImage;
use super::container_render::check_together;
use super::fargate_size::FargateSize;
use super::log_driver::{AwsLogs, LogDriver};
use super::preparation::prepare;
use super::volume::Volume;
use crate::construct::Construct;
use crate::efs::FileSystemRef;
use crate::finding::Finding;
use crate::iam::{Grant, Policy, Principal, Role, RoleRef};
use crate::scope::Scope;
use crate::size::Size;

/// How large ECS lets a task definition be, in bytes.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html).
const MAX_SIZE: usize = 65_536;

/// Containers that run together on Fargate, with what they may use and what they may do.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html).
#[derive(Clone, Debug, PartialEq)]
pub struct FargateTaskDefinition {
    size: FargateSize,
    family: Option<String>,
    cpu_architecture: Option<CpuArchitecture>,
    ephemeral_storage: Option<Size>,
    containers: Vec<ContainerDefinition>,
    volumes: Vec<Volume>,
    grants: Grant,
    task_role: Option<RoleRef>,
    execution_role: Option<RoleRef>,
    logging: Option<LogDriver>,
    preparation_image: Option<ContainerImage>,
}

/// What a task's programs are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuArchitecture {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit ARM (Graviton), which costs a fifth less.
    Arm64,
}

impl FargateTaskDefinition {
    /// A task of this size, such as [`HalfVcpu::Gib1`](super::HalfVcpu::Gib1), without containers yet.
    #[must_use]
    pub fn new(size: impl Into<FargateSize>) -> Self {
        Self {
            size: size.into(),
            family: None,
            cpu_architecture: None,
            ephemeral_storage: None,
            containers: Vec::new(),
            volumes: Vec::new(),
            grants: Grant::default(),
            task_role: None,
            execution_role: None,
            logging: None,
            preparation_image: None,
        }
    }

    /// The name that the revisions of the definition share: 1 to 255 letters, digits, `_` and `-`. Made from the path by
    /// default.
    #[must_use]
    pub fn family(mut self, family: impl Into<String>) -> Self {
        self.family = Some(family.into());
        self
    }

    /// What the programs are compiled for. [`X86_64`](CpuArchitecture::X86_64) by default.
    #[must_use]
    pub const fn cpu_architecture(mut self, architecture: CpuArchitecture) -> Self {
        self.cpu_architecture = Some(architecture);
        self
    }

    /// Room for the images' writable layers and the volumes of a task: 21 to 200 GiB. 20 GiB by default.
    #[must_use]
    pub const fn ephemeral_storage(mut self, size: Size) -> Self {
        self.ephemeral_storage = Some(size);
        self
    }

    /// Adds a container.
    #[must_use]
    pub fn container(mut self, container: ContainerDefinition) -> Self {
        self.containers.push(container);
        self
    }

    /// Adds a volume, which containers [`mount`](ContainerDefinition::mount) by its name.
    #[must_use]
    pub fn volume(mut self, volume: Volume) -> Self {
        self.volumes.push(volume);
        self
    }

    /// Lets the programs in the containers do something. Nothing by default.
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        self.grants = self.grants.and(grant.into());
        self
    }

    /// The role that the programs in the containers have. One of the task's own by default; what is granted here is
    /// granted to either.
    #[must_use]
    pub fn task_role(mut self, role: &RoleRef) -> Self {
        self.task_role = Some(role.clone());
        self
    }

    /// The role that ECS pulls images, reads secrets and opens log streams with. One of the task's own by default; what
    /// is needed is granted to either.
    #[must_use]
    pub fn execution_role(mut self, role: &RoleRef) -> Self {
        self.execution_role = Some(role.clone());
        self
    }

    /// Where the output of each container goes that does not say so itself. By default each has a log group of its own.
    #[must_use]
    pub fn logging(mut self, driver: impl Into<LogDriver>) -> Self {
        self.logging = Some(driver.into());
        self
    }

    /// The image of the container that puts files and directories in place, for networks that do not reach
    /// `public.ecr.aws`: it needs `sh`, `mkdir`, `chmod` and `chown`, and the `aws` command line for assets. By default
    /// BusyBox, or the AWS command line's image where there are assets.
    #[must_use]
    pub fn preparation_image(mut self, image: ContainerImage) -> Self {
        self.preparation_image = Some(image);
        self
    }

    /// Reports what is wrong with the task as a whole.
    fn check(&self, scope: &mut Scope<'_>) {
        if self.containers.is_empty() {
            scope.problem("a task needs at least one container");
        }
        let (mut cpu, mut reserved) = (0, 0);
        for container in &self.containers {
            cpu += u32::from(container.cpu.unwrap_or_default());
            reserved += container.memory_reservation.or(container.memory_limit).map_or(0, Size::to_mebibytes);
            if let Some(limit) = container.memory_limit
                && limit > self.size.memory()
            {
                scope.problem(format!(
                    "the memory_limit of container `{}` must be at most that of the task, {} MiB, got {} MiB",
                    container.name,
                    self.size.memory().to_mebibytes(),
                    limit.to_mebibytes()
                ));
            }
        }
        if cpu > u32::from(self.size.cpu_units()) {
            scope.problem(format!(
                "the containers' cpu must add up to at most that of the task, {} units, got {cpu}",
                self.size.cpu_units()
            ));
        }
        if reserved > self.size.memory().to_mebibytes() {
            scope.problem(format!(
                "the containers' memory must add up to at most that of the task, {} MiB, got {reserved} MiB",
                self.size.memory().to_mebibytes()
            ));
        }
        let mut names = BTreeSet::new();
        for volume in &self.volumes {
            if !names.insert(volume.name()) {
                scope.problem(format!("two volumes are called `{}`: give one of them another name", volume.name()));
            }
        }
    }
}

impl Construct for FargateTaskDefinition {
    type Ref = FargateTaskDefinitionRef;

    fn define(mut self, scope: &mut Scope<'_>) -> FargateTaskDefinitionRef {
        self.check(scope);
        let preparation = prepare(&mut self.containers, &self.volumes, self.preparation_image.take(), scope);
        let preparing = preparation.container.as_ref().map(|container| container.name.clone());
        self.containers.extend(preparation.container);
        self.volumes.extend(preparation.volumes);
        self.grants = self.grants.and(preparation.grant);
        let names = self.volumes.iter().map(Volume::name).collect();
        check_together(&self.containers, &names, scope);

        let mut dependencies = Vec::new();
        let mut file_systems = Vec::new();
        for volume in &self.volumes {
            self.grants = self.grants.and(volume.grant());
            if let Some(file_system) = volume.file_system() {
                dependencies.extend_from_slice(file_system.mount_targets());
                file_systems.push(file_system.clone());
            }
        }
        let exposed: Vec<ExposedContainer> = self.containers.iter().map(ExposedContainer::of).collect();

        let (task_role, task_policy) = role(self.task_role, self.grants, RoleOf::Programs, scope);
        let architecture = self.cpu_architecture.unwrap_or(CpuArchitecture::X86_64);
        let mut execution = Grant::default();
        let mut containers = Vec::new();
        let mut preparation_logging = LogDriver::None;
        for mut container in self.containers {
            let id = container.name.clone();
            if preparing.as_ref() == Some(&id) {
                container.logging = Some(preparation_logging.clone());
            }
            let is_prepared = id == preparation.logs_with;
            let rendered = container.render(architecture, self.logging.as_ref(), &mut scope.scope(id));
            execution = rendered.execution.into_iter().fold(execution, Grant::and);
            containers.push(rendered.definition);
            if let (true, Some(log_group)) = (is_prepared, rendered.log_group) {
                preparation_logging = AwsLogs::to(&log_group).into();
            }
        }
        let mut execution_role = None;
        dependencies.extend(task_policy.map(|policy| policy.target().clone()));
        if self.execution_role.is_some() || !execution.statements().is_empty() {
            let (role, policy) = role(self.execution_role, execution, RoleOf::Ecs, scope);
            execution_role = Some(role);
            dependencies.extend(policy.map(|policy| policy.target().clone()));
        }

        let family = self.family.unwrap_or_else(|| scope.unique_id());
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if family.is_empty() || family.len() > 255 || !family.bytes().all(legal) {
            scope.problem(format!("a family's name is 1 to 255 letters, digits, `_` and `-`, got `{family}`"));
        }
        let mut resource = CfnTaskDefinition::new()
            .container_definitions(containers)
            .cpu(self.size.cpu_units().to_string())
            .family(family)
            .memory(self.size.memory().to_mebibytes().to_string())
            .network_mode("awsvpc")
            .requires_compatibilities(["FARGATE"])
            .task_role_arn(task_role.role_arn());
        if let Some(architecture) = self.cpu_architecture {
            let name = match architecture {
                CpuArchitecture::X86_64 => "X86_64",
                CpuArchitecture::Arm64 => "ARM64",
            };
            let platform = task_definition::RuntimePlatform::new().cpu_architecture(name);
            resource = resource.runtime_platform(platform.operating_system_family("LINUX"));
        }
        if let Some(size) = self.ephemeral_storage {
            match size.to_gibibytes() {
                Some(gibibytes) if (21..=200).contains(&gibibytes) => {}
                _ => scope.problem(format!(
                    "ephemeral_storage must be 21 to 200 GiB, in whole GiB, got {} MiB",
                    size.to_mebibytes()
                )),
            }
            let gibibytes = i64::try_from(size.to_mebibytes() / 1_024).unwrap_or(i64::MAX);
            resource = resource.ephemeral_storage(task_definition::EphemeralStorage::new().size_in_gib(gibibytes));
        }
        if let Some(role) = &execution_role {
            resource = resource.execution_role_arn(role.role_arn());
        }
        if !self.volumes.is_empty() {
            let volumes: Vec<_> = self.volumes.iter().map(|volume| volume.render(scope)).collect();
            resource = resource.volumes(volumes);
        }
        check_size(&resource, scope);
        let resource = scope.add("Resource", resource);
        if preparing.is_some() {
            let reason =
                "only the container that prepares the others' files is root, with no capability but to give files away";
            scope.acknowledge(&resource, Finding::guard("CT.ECS.PR.3", reason));
        }
        FargateTaskDefinitionRef {
            task_definition_arn: resource.task_definition_arn(),
            task_role,
            execution_role,
            containers: exposed,
            file_systems,
            dependencies,
            resource,
        }
    }
}

/// Whom a role is for.
#[derive(Clone, Copy, PartialEq)]
enum RoleOf {
    Programs,
    Ecs,
}

/// Returns the role with the permissions, made here unless it is there already.
fn role(
    existing: Option<RoleRef>,
    grant: Grant,
    of: RoleOf,
    scope: &mut Scope<'_>,
) -> (RoleRef, Option<ResourceRef<CfnPolicy>>) {
    let id = if of == RoleOf::Programs { "TaskRole" } else { "ExecutionRole" };
    if let Some(role) = existing {
        let needed = !grant.statements().is_empty();
        let policy = needed.then(|| scope.add(format!("{id}Policy"), Policy::new(&role, grant)));
        return (role, policy);
    }
    let mut definition = Role::new(Principal::service("ecs-tasks.amazonaws.com"));
    if of == RoleOf::Programs {
        // As the ECS page on task roles advises: nobody else's task can be given the role, by mistake or malice. The
        // page on execution roles has no such advice.
        let tasks =
            concat_values!("arn:", pseudo::partition(), ":ecs:", pseudo::region(), ":", pseudo::account_id(), ":*");
        definition = definition.trust_when("ArnLike", "aws:SourceArn", tasks).trust_when(
            "StringEquals",
            "aws:SourceAccount",
            pseudo::account_id(),
        );
    }
    let role = scope.add(id, definition.grant(grant));
    let policy = role.default_policy().cloned();
    (role, policy)
}

/// Reports a definition that ECS would refuse for its size. Deploy-time values count as long as they are written here.
fn check_size(resource: &CfnTaskDefinition, scope: &mut Scope<'_>) {
    let properties = belvedere_cfn::Resource::untyped(resource).properties();
    let size = serde_json::to_vec(properties).map_or(0, |bytes| bytes.len());
    if size > MAX_SIZE {
        scope.problem(format!(
            "a task definition has at most {MAX_SIZE} bytes, got about {size}: give large files as ConfigFile::asset, which is not part of it"
        ));
    }
}

/// What others have to know of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExposedContainer {
    pub(super) name: String,
    pub(super) ports: Vec<super::PortMapping>,
    pub(super) essential: bool,
    pub(super) readonly_root_filesystem: bool,
}

impl ExposedContainer {
    fn of(container: &ContainerDefinition) -> Self {
        Self {
            name: container.name.clone(),
            ports: container.ports.clone(),
            essential: container.essential,
            readonly_root_filesystem: container.readonly_root_filesystem,
        }
    }
}

/// A task definition of this program.
#[derive(Clone, Debug, PartialEq)]
pub struct FargateTaskDefinitionRef {
    task_definition_arn: Value<kind::ecs::TaskDefinitionArn>,
    task_role: RoleRef,
    execution_role: Option<RoleRef>,
    pub(super) containers: Vec<ExposedContainer>,
    pub(super) file_systems: Vec<FileSystemRef>,
    dependencies: Vec<Target>,
    resource: ResourceRef<CfnTaskDefinition>,
}

impl FargateTaskDefinitionRef {
    /// The ARN of the definition's current revision.
    #[must_use]
    pub fn task_definition_arn(&self) -> Value<kind::ecs::TaskDefinitionArn> {
        self.task_definition_arn.clone()
    }

    /// The role that the programs in the containers have.
    #[must_use]
    pub const fn task_role(&self) -> &RoleRef {
        &self.task_role
    }

    /// The role that ECS prepares the containers with, if it needs one.
    #[must_use]
    pub const fn execution_role(&self) -> Option<&RoleRef> {
        self.execution_role.as_ref()
    }

    /// What must be there before a task is started, beside what the definition refers to: the roles' policies and the
    /// volumes' mount targets. For [`Resource::depends_on`](crate::cfn::Resource::depends_on).
    #[must_use]
    pub fn dependencies(&self) -> &[Target] {
        &self.dependencies
    }

    /// The CloudFormation resource.
    #[must_use]
    pub const fn resource(&self) -> &ResourceRef<CfnTaskDefinition> {
        &self.resource
    }
}
