//! [`AccessPoint`]: a directory of a file system, and the user that everyone is in it.

use belvedere_cfn::efs::{CfnAccessPoint, access_point};
use belvedere_cfn::{IntoValue, ResourceRef, Value, concat_values, kind, pseudo};

use super::file_system_ref::FileSystemRef;
use crate::construct::Construct;
use crate::iam::Grant;
use crate::scope::Scope;

/// A directory of a file system, and the user that everyone who mounts it is there.
/// [AWS page](https://docs.aws.amazon.com/efs/latest/ug/efs-access-points.html).
#[derive(Clone, Debug, PartialEq)]
pub struct AccessPoint {
    file_system: FileSystemRef,
    posix_user: Option<PosixUser>,
    directory: Option<(String, Option<CreationInfo>)>,
}

/// A user and its groups, by number, as the file system sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PosixUser {
    uid: u32,
    gid: u32,
    secondary_gids: Vec<u32>,
}

impl PosixUser {
    /// A user and its group.
    #[must_use]
    pub const fn new(uid: u32, gid: u32) -> Self {
        Self { uid, gid, secondary_gids: Vec::new() }
    }

    /// Adds groups, at most 16. None by default.
    #[must_use]
    pub fn secondary_gids(mut self, gids: impl IntoIterator<Item = u32>) -> Self {
        self.secondary_gids.extend(gids);
        self
    }
}

/// Whose a directory is, and what they may do in it, when EFS makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreationInfo {
    owner_uid: u32,
    owner_gid: u32,
    permissions: u16,
}

impl CreationInfo {
    /// An owner and permissions, such as `0o750`: at most `0o7777`.
    #[must_use]
    pub const fn new(owner_uid: u32, owner_gid: u32, permissions: u16) -> Self {
        Self { owner_uid, owner_gid, permissions }
    }
}

impl AccessPoint {
    /// A way to the whole of a file system, as whoever the client says it is.
    #[must_use]
    pub fn new(file_system: &FileSystemRef) -> Self {
        Self { file_system: file_system.clone(), posix_user: None, directory: None }
    }

    /// Makes everyone this user, whoever the client says it is. The client's word counts by default.
    #[must_use]
    pub fn posix_user(mut self, user: PosixUser) -> Self {
        self.posix_user = Some(user);
        self
    }

    /// Leads to this directory, which EFS makes when it is first mounted: `/` and names, at most four levels and 100
    /// characters. To the whole file system by default.
    #[must_use]
    pub fn directory(mut self, path: impl Into<String>, creation: CreationInfo) -> Self {
        self.directory = Some((path.into(), Some(creation)));
        self
    }

    /// Leads to this directory, which must be there already: without it, mounting fails.
    #[must_use]
    pub fn existing_directory(mut self, path: impl Into<String>) -> Self {
        self.directory = Some((path.into(), None));
        self
    }
}

impl Construct for AccessPoint {
    type Ref = AccessPointRef;

    fn define(self, scope: &mut Scope<'_>) -> AccessPointRef {
        let name = scope.path();
        scope.tag("Name", name);
        let mut resource = CfnAccessPoint::new(self.file_system.file_system_id());
        if let Some(PosixUser { uid, gid, secondary_gids }) = self.posix_user {
            if secondary_gids.len() > 16 {
                scope.problem(format!(
                    "an access point's user has at most 16 more groups, got {}",
                    secondary_gids.len()
                ));
            }
            let mut user = access_point::PosixUser::new(gid.to_string(), uid.to_string());
            if !secondary_gids.is_empty() {
                let gids: Vec<_> = secondary_gids.iter().map(ToString::to_string).collect();
                user = user.secondary_gids(gids);
            }
            resource = resource.posix_user(user);
        }
        if let Some((path, creation)) = self.directory {
            if let Some(complaint) = path_complaint(&path) {
                scope.problem(complaint);
            }
            let mut directory = access_point::RootDirectory::new().path(path);
            if let Some(CreationInfo { owner_uid, owner_gid, permissions }) = creation {
                if permissions > 0o7777 {
                    scope.problem(format!("permissions are 0o0 to 0o7777, got {permissions:#o}"));
                }
                directory = directory.creation_info(access_point::CreationInfo::new(
                    owner_gid.to_string(),
                    owner_uid.to_string(),
                    format!("{permissions:03o}"),
                ));
            }
            resource = resource.root_directory(directory);
        }
        let resource = scope.add("Resource", resource);
        AccessPointRef {
            access_point_id: resource.access_point_id(),
            access_point_arn: resource.arn(),
            file_system: self.file_system,
            resource: Some(resource),
        }
    }
}

fn path_complaint(path: &str) -> Option<String> {
    let levels = path.strip_prefix('/').map(|rest| rest.split('/').filter(|name| !name.is_empty()).count());
    let fits = levels.is_some_and(|levels| levels <= 4)
        && path.len() <= 100
        && (path == "/" || !path.ends_with('/'))
        && !path.contains("//")
        && !path
            .chars()
            .any(|character| character.is_control() || character.is_whitespace() || "|&;<>`$!\"\\".contains(character));
    (!fits).then(|| {
        format!(
            "a directory is `/` and names with `/` between them, at most four levels and 100 characters, got `{path}`"
        )
    })
}

/// An access point, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessPointRef {
    access_point_id: Value<kind::efs::AccessPointId>,
    access_point_arn: Value<kind::efs::AccessPointArn>,
    file_system: FileSystemRef,
    resource: Option<ResourceRef<CfnAccessPoint>>,
}

impl AccessPointRef {
    /// Stands for an access point that this program does not define, by its id, such as `fsap-0123456789abcdef0`, and its
    /// file system.
    #[must_use]
    pub fn from_id(id: impl IntoValue<kind::efs::AccessPointId>, file_system: &FileSystemRef) -> Self {
        let access_point_id: Value<kind::efs::AccessPointId> = id.into_value();
        let access_point_arn = concat_values!(
            "arn:",
            pseudo::partition(),
            ":elasticfilesystem:",
            pseudo::region(),
            ":",
            pseudo::account_id(),
            ":access-point/",
            &access_point_id
        );
        Self {
            access_point_id,
            access_point_arn: access_point_arn.cast(),
            file_system: file_system.clone(),
            resource: None,
        }
    }

    /// The access point's id.
    #[must_use]
    pub fn access_point_id(&self) -> Value<kind::efs::AccessPointId> {
        self.access_point_id.clone()
    }

    /// The access point's ARN.
    #[must_use]
    pub fn access_point_arn(&self) -> Value<kind::efs::AccessPointArn> {
        self.access_point_arn.clone()
    }

    /// The file system that the access point leads to.
    #[must_use]
    pub const fn file_system(&self) -> &FileSystemRef {
        &self.file_system
    }

    /// The CloudFormation resource, if this program defines the access point.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnAccessPoint>> {
        self.resource.as_ref()
    }

    /// Permission to mount the file system by this access point and read.
    #[must_use]
    pub fn read(&self) -> Grant {
        self.client(["elasticfilesystem:ClientMount"])
    }

    /// Permission to mount the file system by this access point, read and write.
    #[must_use]
    pub fn read_write(&self) -> Grant {
        self.client(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"])
    }

    fn client<const N: usize>(&self, actions: [&'static str; N]) -> Grant {
        let arn: Value<String> = self.access_point_arn.clone().cast();
        self.file_system.client(actions).when("ArnEquals", "elasticfilesystem:AccessPointArn", arn).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{AccessPoint, AccessPointRef, CreationInfo, PosixUser};
    use crate::ec2::SecurityGroupRef;
    use crate::efs::FileSystemRef;
    use crate::iam::{Principal, Role};
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Template, json};

    fn files() -> FileSystemRef {
        FileSystemRef::from_id("fs-1", &SecurityGroupRef::from_id("sg-1"))
    }

    #[test]
    fn a_directory_has_an_owner_and_a_user() -> Result<(), SynthError> {
        let mut stack = Stack::new("E");
        let directory = CreationInfo::new(1000, 1001, 0o50);
        stack.add("Ap", AccessPoint::new(&files()).posix_user(PosixUser::new(1000, 1001)).directory("/x", directory));
        let found = Template::from_stack(stack)?.has_resource_properties(
            "AWS::EFS::AccessPoint",
            json!({
                "AccessPointTags": [{ "Key": "Name", "Value": "E/Ap" }],
                "FileSystemId": "fs-1",
                "PosixUser": { "Gid": "1001", "Uid": "1000" },
                "RootDirectory": {
                    "CreationInfo": { "OwnerGid": "1001", "OwnerUid": "1000", "Permissions": "050" },
                    "Path": "/x"
                }
            }),
        );
        assert_eq!(found.logical_id(), "Ap7FB53344");
        Ok(())
    }

    #[test]
    fn a_grant_is_for_the_access_point_only() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let point = AccessPointRef::from_id("fsap-1", &files());
        let role = Role::new(Principal::service("ecs-tasks.amazonaws.com"));
        stack.add("Role", role.grant(point.read_write()));
        Template::from_stack(stack)?.has_resource_properties(
            "AWS::IAM::Policy",
            json!({ "PolicyDocument": { "Statement": [{
                "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                "Condition": {
                    "Bool": { "aws:SecureTransport": "true", "elasticfilesystem:AccessedViaMountTarget": "true" },
                    "ArnEquals": { "elasticfilesystem:AccessPointArn": point.access_point_arn() }
                },
                "Effect": "Allow",
                "Resource": files().file_system_arn()
            }] } }),
        );
        Ok(())
    }

    #[test]
    fn rejects_what_the_service_refuses() {
        let point = || AccessPoint::new(&files());
        for definition in [
            point().existing_directory("data"),
            point().existing_directory("/a/b/c/d/e"),
            point().existing_directory("/data/"),
            point().existing_directory(format!("/{}", "a".repeat(100))),
            point().directory("/data", CreationInfo::new(0, 0, 0o10_000)),
            point().posix_user(PosixUser::new(0, 0).secondary_gids(0..17)),
        ] {
            let mut stack = Stack::new("Stack");
            stack.add("Ap", definition.clone());
            assert!(matches!(Template::from_stack(stack), Err(SynthError::Invalid { .. })), "{definition:?}");
        }
    }
}
