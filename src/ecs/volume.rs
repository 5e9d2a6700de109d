//! [`Volume`]: storage that the containers of a task share.

use belvedere_cfn::ecs::task_definition;

use crate::efs::{AccessPointRef, FileSystemRef};
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
    Efs(Box<EfsVolume>),
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
        Self { name: name.into(), storage: Storage::Efs(Box::new(volume)) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the task role needs.
    pub(super) fn grant(&self) -> Grant {
        match &self.storage {
            Storage::Ephemeral => Grant::default(),
            Storage::Efs(volume) => volume.grant(),
        }
    }

    /// Returns the file system that tasks have to reach.
    pub(super) fn file_system(&self) -> Option<&FileSystemRef> {
        match &self.storage {
            Storage::Ephemeral => None,
            Storage::Efs(volume) => Some(volume.file_system()),
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
///
/// The task role may then read and write it, and a [`FargateService`](super::FargateService) connect to the file system
/// and wait for its mount targets.
#[derive(Clone, Debug, PartialEq)]
pub struct EfsVolume {
    directory: Directory,
    read_only: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Directory {
    Path(FileSystemRef, Option<String>),
    AccessPoint(AccessPointRef),
}

impl EfsVolume {
    /// What an access point leads to, as the user that it stands for. The best choice for a container that does not run
    /// as root.
    #[must_use]
    pub fn access_point(access_point: &AccessPointRef) -> Self {
        Self { directory: Directory::AccessPoint(access_point.clone()), read_only: false }
    }

    /// The root directory of a file system, which belongs to root.
    #[must_use]
    pub fn root(file_system: &FileSystemRef) -> Self {
        Self { directory: Directory::Path(file_system.clone(), None), read_only: false }
    }

    /// A directory of a file system, which must be there already.
    #[must_use]
    pub fn directory(file_system: &FileSystemRef, path: impl Into<String>) -> Self {
        Self { directory: Directory::Path(file_system.clone(), Some(path.into())), read_only: false }
    }

    /// Lets the task role read only. It may write by default, whether or not a container mounts the volume so.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    const fn file_system(&self) -> &FileSystemRef {
        match &self.directory {
            Directory::Path(file_system, _) => file_system,
            Directory::AccessPoint(access_point) => access_point.file_system(),
        }
    }

    fn grant(&self) -> Grant {
        match (&self.directory, self.read_only) {
            (Directory::Path(file_system, _), true) => file_system.read(),
            (Directory::Path(file_system, _), false) => file_system.read_write(),
            (Directory::AccessPoint(access_point), true) => access_point.read(),
            (Directory::AccessPoint(access_point), false) => access_point.read_write(),
        }
    }

    fn render(&self, scope: &mut Scope<'_>) -> task_definition::EfsVolumeConfiguration {
        let mut authorization = task_definition::AuthorizationConfig::new().iam(task_definition::Iam::ENABLED);
        let mut volume = task_definition::EfsVolumeConfiguration::new(self.file_system().file_system_id())
            .transit_encryption(task_definition::TransitEncryption::ENABLED);
        match &self.directory {
            Directory::Path(_, None) => {}
            Directory::Path(_, Some(path)) => {
                if !path.starts_with('/') {
                    scope.problem(format!("a directory of a file system starts with `/`, got `{path}`"));
                }
                volume = volume.root_directory(path);
            }
            Directory::AccessPoint(access_point) => {
                authorization = authorization.access_point_id(access_point.access_point_id());
            }
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
