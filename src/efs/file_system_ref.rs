//! [`FileSystemRef`]: a file system, of this program or not.

use belvedere_cfn::efs::CfnFileSystem;
use belvedere_cfn::{IntoValue, ResourceRef, Target, Value, concat_values, kind, pseudo};

use crate::ec2::{Connectable, Connections, SecurityGroupRef};
use crate::iam::{Grant, PolicyStatement};

/// What clients may be allowed to do.
pub(super) const CLIENT_ACTIONS: [&str; 3] =
    ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"];

/// A file system, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSystemRef {
    pub(super) file_system_id: Value<kind::efs::FileSystemId>,
    pub(super) file_system_arn: Value<String>,
    pub(super) security_groups: Vec<SecurityGroupRef>,
    pub(super) mount_targets: Vec<Target>,
    pub(super) resource: Option<ResourceRef<CfnFileSystem>>,
}

impl FileSystemRef {
    /// Stands for a file system of the stack's account and region that this program does not define, by its id, such as
    /// `fs-0123456789abcdef0`, and the security group of its mount targets.
    #[must_use]
    pub fn from_id(id: impl IntoValue<kind::efs::FileSystemId>, security_group: &SecurityGroupRef) -> Self {
        let file_system_id: Value<kind::efs::FileSystemId> = id.into_value();
        Self {
            file_system_arn: concat_values!(
                "arn:",
                pseudo::partition(),
                ":elasticfilesystem:",
                pseudo::region(),
                ":",
                pseudo::account_id(),
                ":file-system/",
                &file_system_id
            ),
            file_system_id,
            security_groups: vec![security_group.clone()],
            mount_targets: Vec::new(),
            resource: None,
        }
    }

    /// The file system's id.
    #[must_use]
    pub fn file_system_id(&self) -> Value<kind::efs::FileSystemId> {
        self.file_system_id.clone()
    }

    /// The file system's ARN.
    #[must_use]
    pub fn file_system_arn(&self) -> Value<String> {
        self.file_system_arn.clone()
    }

    /// The mount targets, if this program defines the file system. Whoever mounts it has to wait for them, with
    /// [`Resource::depends_on`](crate::cfn::Resource::depends_on).
    #[must_use]
    pub fn mount_targets(&self) -> &[Target] {
        &self.mount_targets
    }

    /// The CloudFormation resource, if this program defines the file system.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnFileSystem>> {
        self.resource.as_ref()
    }

    /// Permission to mount the file system and read from it.
    #[must_use]
    pub fn read(&self) -> Grant {
        self.client(["elasticfilesystem:ClientMount"]).into()
    }

    /// Permission to mount the file system, read from it and write to it, not as root.
    #[must_use]
    pub fn read_write(&self) -> Grant {
        self.client(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]).into()
    }

    /// Permission to mount the file system and do anything as root.
    #[must_use]
    pub fn root_access(&self) -> Grant {
        self.client(CLIENT_ACTIONS).into()
    }

    /// Returns a statement that allows actions of clients, through a mount target and over TLS.
    pub(super) fn client<const N: usize>(&self, actions: [&'static str; N]) -> PolicyStatement {
        PolicyStatement::allow(actions).on(self.file_system_arn()).when("Bool", "aws:SecureTransport", "true").when(
            "Bool",
            "elasticfilesystem:AccessedViaMountTarget",
            "true",
        )
    }
}

impl Connectable for FileSystemRef {
    fn connections(&self) -> Connections {
        Connections { security_groups: self.security_groups.clone() }
    }
}
