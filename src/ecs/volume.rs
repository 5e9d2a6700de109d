//! [`Volume`]: storage that the containers of a task share.

use belvedere_cfn::ecs::task_definition;
use belvedere_cfn::{IntoValue, Target, Value, kind};

use crate::efs::AccessPointRef;
use crate::iam::Grant;
use crate::scope::Scope;

/// Storage that the containers of a task share, each at a path of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    name: String,
    storage: Storage,
}

#[derive(Clone, Debug, PartialEq)]
enum Storage {
    Ephemeral,
    Efs(EfsVolume),
}

impl Volume {
    /// An empty directory of the task's own, gone when it ends. It belongs to root; for a container that runs as somebody
    /// else there is [`WritableDirectory`](super::WritableDirectory).
    #[must_use]
    pub fn ephemeral(name: impl Into<String>) -> Self {
        Self { name: name.into(), storage: Storage::Ephemeral }
    }

    /// A directory of an EFS file system.
    #[must_use]
    pub fn efs(name: impl Into<String>, volume: EfsVolume) -> Self {
        Self { name: name.into(), storage: Storage::Efs(volume) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the task role needs, and what must be there before a task is started.
    pub(super) fn needs(&self) -> (Grant, &[Target]) {
        match &self.storage {
            Storage::Ephemeral => (Grant::default(), &[]),
            Storage::Efs(volume) => (volume.grant.clone(), &volume.dependencies),
        }
    }

    pub(super) fn render(&self, scope: &mut Scope<'_>) -> task_definition::Volume {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if self.name.is_empty() || self.name.len() > 255 || !self.name.bytes().all(legal) {
            scope.problem(format!("a volume's name is 1 to 255 letters, digits, `_` and `-`, got `{}`", self.name));
        }
        let volume = task_definition::Volume::new().name(&self.name);
        match &self.storage {
            Storage::Ephemeral => volume,
            Storage::Efs(efs) => volume.efs_volume_configuration(efs.render(scope)),
        }
    }
}

/// A directory of an EFS file system, reached over TLS and with the task role's permissions.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html).
#[derive(Clone, Debug, PartialEq)]
pub struct EfsVolume {
    file_system_id: Value<kind::efs::FileSystemId>,
    directory: Directory,
    grant: Grant,
    dependencies: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq)]
enum Directory {
    Root,
    Path(String),
    AccessPoint(Value<kind::efs::AccessPointId>),
}

impl EfsVolume {
    /// The root directory of the file system with this id, which the task role gets the permission `grant` on.
    #[must_use]
    pub fn from_id(file_system_id: impl IntoValue<kind::efs::FileSystemId>, grant: impl Into<Grant>) -> Self {
        Self {
            file_system_id: file_system_id.into_value(),
            directory: Directory::Root,
            grant: grant.into(),
            dependencies: Vec::new(),
        }
    }

    /// What an access point leads to, as the user that it stands for, which the task role may read and write. No task is
    /// started before the file system can be reached.
    #[must_use]
    pub fn access_point(access_point: &AccessPointRef) -> Self {
        let file_system = access_point.file_system();
        let volume = Self::from_id(file_system.file_system_id(), access_point.read_write())
            .access_point_id(access_point.access_point_id());
        file_system.mount_targets().iter().fold(volume, Self::depends_on)
    }

    /// Mounts this directory, which must be there. The root directory by default.
    #[must_use]
    pub fn root_directory(mut self, path: impl Into<String>) -> Self {
        self.directory = Directory::Path(path.into());
        self
    }

    /// Mounts what the access point with this id leads to, as the user that it stands for. The root directory by default.
    #[must_use]
    pub fn access_point_id(mut self, id: impl IntoValue<kind::efs::AccessPointId>) -> Self {
        self.directory = Directory::AccessPoint(id.into_value());
        self
    }

    /// Starts no task before this is there, such as a mount target. Nothing by default.
    #[must_use]
    pub fn depends_on(mut self, target: &Target) -> Self {
        self.dependencies.push(target.clone());
        self
    }

    fn render(&self, scope: &mut Scope<'_>) -> task_definition::EfsVolumeConfiguration {
        let mut authorization = task_definition::AuthorizationConfig::new().iam(task_definition::Iam::ENABLED);
        let mut volume = task_definition::EfsVolumeConfiguration::new(&self.file_system_id)
            .transit_encryption(task_definition::TransitEncryption::ENABLED);
        match &self.directory {
            Directory::Root => {}
            Directory::Path(path) => {
                if !path.starts_with('/') {
                    scope.problem(format!("a directory of a file system starts with `/`, got `{path}`"));
                }
                volume = volume.root_directory(path);
            }
            Directory::AccessPoint(id) => authorization = authorization.access_point_id(id),
        }
        volume.authorization_config(authorization)
    }
}

/// Where a container has a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MountPoint {
    pub(super) volume: String,
    pub(super) path: String,
    pub(super) read_only: bool,
}

impl MountPoint {
    pub(super) fn render(&self, scope: &mut Scope<'_>) -> task_definition::MountPoint {
        if !self.path.starts_with('/') || self.path == "/" {
            scope.problem(format!("a volume goes to an absolute path below `/`, got `{}`", self.path));
        }
        task_definition::MountPoint::new()
            .container_path(&self.path)
            .read_only(self.read_only)
            .source_volume(&self.volume)
    }
}
