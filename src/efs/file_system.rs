//! [`FileSystem`]: files that many tasks share.

use belvedere_cfn::Resource;
use belvedere_cfn::efs::{CfnFileSystem, CfnMountTarget, file_system};

use super::file_system_ref::{CLIENT_ACTIONS, FileSystemRef};
use super::lifecycle::LifecyclePolicy;
use crate::construct::Construct;
use crate::ec2::{Port, SecurityGroup, SecurityGroupRef, SubnetSelection, VpcRef};
use crate::iam::{PolicyDocument, PolicyStatement, Principal};
use crate::kms::KeyRef;
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;

/// Files that many tasks share, over NFS: encrypted, mounted over TLS by who has permission, and kept when the stack is
/// deleted, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-efs-filesystem.html).
///
/// Who may mount it: a security group that [`Scope::allow`](crate::Scope::allow) lets connect to
/// [`FileSystem::PORT`], and a role that has [`read`](FileSystemRef::read) or [`read_write`](FileSystemRef::read_write), of
/// the whole or by an access point.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSystem {
    vpc: VpcRef,
    subnets: SubnetSelection,
    security_group: Option<SecurityGroupRef>,
    encryption_key: Option<KeyRef>,
    throughput: Throughput,
    transition_to_ia: Option<LifecyclePolicy>,
    transition_to_archive: Option<LifecyclePolicy>,
    back_on_first_access: bool,
    automatic_backups: bool,
    access: ClientAccess,
    statements: Vec<PolicyStatement>,
    removal_policy: RemovalPolicy,
}

/// How much a file system can read and write in a second, and what that costs.
/// [AWS page](https://docs.aws.amazon.com/efs/latest/ug/performance.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Throughput {
    /// In proportion to what it stores, with credits for bursts.
    #[default]
    Bursting,
    /// As much as is asked for, paid by the gigabyte.
    Elastic,
    /// A fixed amount in MiB/s: 1 to 3,414, by region less.
    Provisioned {
        /// The amount in MiB/s.
        mebibytes_per_second: u32,
    },
}

/// Whom a file system lets in, besides those that its policy names.
/// [AWS page](https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAccess {
    /// Who has permission, over TLS. Clients mount with the options `tls` and `iam`, ECS with `transitEncryption` and
    /// `authorizationConfig.iam`.
    #[default]
    Iam,
    /// Anyone whom the security groups let connect, over TLS, to read and write, not as root.
    AnyoneOverTls,
    /// Anyone whom the security groups let connect, to do anything, encrypted on the way or not. AWS's own default.
    Anyone,
}

impl FileSystem {
    /// What clients connect to: TCP port 2049.
    pub const PORT: Port = Port::NFS;

    /// A file system that can be mounted from `vpc`.
    #[must_use]
    pub fn new(vpc: &VpcRef) -> Self {
        Self {
            vpc: vpc.clone(),
            subnets: SubnetSelection::default(),
            security_group: None,
            encryption_key: None,
            throughput: Throughput::Bursting,
            transition_to_ia: None,
            transition_to_archive: None,
            back_on_first_access: false,
            automatic_backups: false,
            access: ClientAccess::Iam,
            statements: Vec::new(),
            removal_policy: RemovalPolicy::Retain,
        }
    }

    /// Where the mount targets are, one in each availability zone. By default in the private subnets; in a VPC without any,
    /// in the isolated ones.
    #[must_use]
    pub fn subnets(mut self, selection: SubnetSelection) -> Self {
        self.subnets = selection;
        self
    }

    /// Gives the mount targets this security group. They have one of their own by default, which lets nothing in until
    /// [`Scope::allow`](crate::Scope::allow) does.
    #[must_use]
    pub fn security_group(mut self, group: &SecurityGroupRef) -> Self {
        self.security_group = Some(group.clone());
        self
    }

    /// Encrypts the files with a key of your own. With the account's key for EFS by default. Another key means another
    /// file system: the files do not come along.
    #[must_use]
    pub fn encryption_key(mut self, key: &KeyRef) -> Self {
        self.encryption_key = Some(key.clone());
        self
    }

    /// How much can be read and written in a second. In proportion to what is stored by default.
    #[must_use]
    pub const fn throughput(mut self, throughput: Throughput) -> Self {
        self.throughput = throughput;
        self
    }

    /// Moves files that nobody touched for so long to storage that costs less to keep and more to read. They stay by
    /// default.
    #[must_use]
    pub const fn transition_to_infrequent_access(mut self, after: LifecyclePolicy) -> Self {
        self.transition_to_ia = Some(after);
        self
    }

    /// Moves files that nobody touched for so long to storage that costs still less to keep. Only with
    /// [`Throughput::Elastic`], and later than to infrequent access. They stay by default.
    #[must_use]
    pub const fn transition_to_archive(mut self, after: LifecyclePolicy) -> Self {
        self.transition_to_archive = Some(after);
        self
    }

    /// Moves a file back when it is first read again. It stays where it is by default.
    #[must_use]
    pub const fn back_on_first_access(mut self) -> Self {
        self.back_on_first_access = true;
        self
    }

    /// Whether AWS Backup keeps a copy of each of the last 35 days, for the price of what they store. It does not by
    /// default.
    #[must_use]
    pub const fn automatic_backups(mut self, enabled: bool) -> Self {
        self.automatic_backups = enabled;
        self
    }

    /// Whom the file system lets in. Who has permission, over TLS, by default; the AWS CDK's does not ask for TLS.
    #[must_use]
    pub const fn client_access(mut self, access: ClientAccess) -> Self {
        self.access = access;
        self
    }

    /// Adds a statement to the file system's policy, for principals of other accounts, or to deny something. A file system
    /// has one policy only, so this is where it is written.
    #[must_use]
    pub fn policy_statement(mut self, statement: PolicyStatement) -> Self {
        self.statements.push(statement);
        self
    }

    /// What becomes of the file system when the stack no longer has it. It stays by default.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }

    fn report(&self, scope: &mut Scope<'_>) {
        if let Throughput::Provisioned { mebibytes_per_second } = self.throughput
            && !(1..=3_414).contains(&mebibytes_per_second)
        {
            scope.problem(format!("provisioned throughput must be 1 to 3414 MiB/s, got {mebibytes_per_second}"));
        }
        if let Some(archive) = self.transition_to_archive {
            if self.throughput != Throughput::Elastic {
                scope.problem(format!(
                    "transition_to_archive needs Throughput::Elastic, got Throughput::{:?}",
                    self.throughput
                ));
            }
            if let Some(ia) = self.transition_to_ia
                && ia >= archive
            {
                scope.problem(format!(
                    "files must reach infrequent access before the archive, got {ia:?} and {archive:?}"
                ));
            }
        }
        if self.back_on_first_access && self.transition_to_ia.is_none() && self.transition_to_archive.is_none() {
            scope.problem("back_on_first_access has nothing to move back: add a transition, or leave it out");
        }
    }

    fn policy(&self) -> PolicyDocument {
        let deny_plain_text = || {
            PolicyStatement::deny(CLIENT_ACTIONS).principal(Principal::anyone()).when(
                "Bool",
                "aws:SecureTransport",
                "false",
            )
        };
        let mut document = PolicyDocument::new();
        match self.access {
            // Any policy replaces AWS's own default, which lets everyone in; what allows is the clients' own policies.
            ClientAccess::Iam => document.push(deny_plain_text()),
            ClientAccess::AnyoneOverTls => {
                document.push(
                    PolicyStatement::allow(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"])
                        .principal(Principal::anyone())
                        .when("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"),
                );
                document.push(deny_plain_text());
            }
            // Any statement replaces AWS's own default, so that has to be written out beside it.
            ClientAccess::Anyone if !self.statements.is_empty() => {
                document.push(PolicyStatement::allow(CLIENT_ACTIONS).principal(Principal::anyone()).when(
                    "Bool",
                    "elasticfilesystem:AccessedViaMountTarget",
                    "true",
                ));
            }
            ClientAccess::Anyone => {}
        }
        for statement in &self.statements {
            document.push(statement.clone());
        }
        document
    }
}

impl Construct for FileSystem {
    type Ref = FileSystemRef;

    fn define(self, scope: &mut Scope<'_>) -> FileSystemRef {
        self.report(scope);
        let name = scope.path();
        scope.tag("Name", name);
        let mut resource = CfnFileSystem::new().encrypted(true);
        if let Some(key) = &self.encryption_key {
            resource = resource.kms_key_id(key.key_arn());
        }
        match self.throughput {
            Throughput::Bursting => {}
            Throughput::Elastic => resource = resource.throughput_mode("elastic"),
            Throughput::Provisioned { mebibytes_per_second } => {
                resource =
                    resource.throughput_mode("provisioned").provisioned_throughput_in_mibps(mebibytes_per_second);
            }
        }
        // One object for each transition, since EFS takes no more than one in each.
        let mut lifecycle = Vec::new();
        if let Some(after) = self.transition_to_ia {
            lifecycle.push(file_system::LifecyclePolicy::new().transition_to_ia(after.as_str()));
        }
        if self.back_on_first_access {
            lifecycle.push(file_system::LifecyclePolicy::new().transition_to_primary_storage_class("AFTER_1_ACCESS"));
        }
        if let Some(after) = self.transition_to_archive {
            lifecycle.push(file_system::LifecyclePolicy::new().transition_to_archive(after.as_str()));
        }
        if !lifecycle.is_empty() {
            resource = resource.lifecycle_policies(lifecycle);
        }
        if self.automatic_backups {
            resource = resource.backup_policy(file_system::BackupPolicy::new(file_system::Status::ENABLED));
        }
        let policy = self.policy();
        if !policy.is_empty() {
            resource = resource.file_system_policy(policy);
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);

        let security_group = match self.security_group {
            Some(group) => group,
            // A mount target never connects to anything by itself, so unlike the AWS CDK's nothing goes out.
            None => scope.add("EfsSecurityGroup", SecurityGroup::new(&self.vpc).allow_all_outbound(false)),
        };
        let subnets = self.vpc.select_one_per_zone(&self.subnets);
        if subnets.is_empty() {
            scope.problem("a file system needs at least one subnet for its mount targets, and the selection has none");
        }
        let mut mount_targets = Vec::with_capacity(subnets.len());
        for subnet in &subnets {
            let target = CfnMountTarget::new(
                resource.file_system_id(),
                [security_group.security_group_id()],
                subnet.subnet_id(),
            );
            mount_targets.push(scope.add(format!("EfsMountTarget-{}", subnet.name()), target).target().clone());
        }
        FileSystemRef {
            file_system_id: resource.file_system_id(),
            file_system_arn: resource.arn().cast(),
            security_groups: vec![security_group],
            mount_targets,
            resource: Some(resource),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientAccess, FileSystem, Throughput};
    use crate::ec2::{Port, SecurityGroup, SubnetRef, VpcAttributes, VpcRef};
    use crate::efs::LifecyclePolicy;
    use crate::problem::SynthError;
    use crate::stack::Stack;
    use crate::testing::{Match, Template, json};

    fn vpc() -> VpcRef {
        let subnets = ["subnet-1", "subnet-2"].map(SubnetRef::from_id);
        VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16").private_subnets(subnets))
    }

    #[test]
    fn the_file_system_is_encrypted_and_has_the_cdks_ids() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        let a = stack.add("A", SecurityGroup::new(&vpc()).allow_all_outbound(false));
        let files = stack.add("Fs", FileSystem::new(&vpc()));
        stack.allow(&a, &files, FileSystem::PORT);
        let template = Template::from_stack(stack)?;
        let resources = &template.to_json()["Resources"];
        // From aws-cdk-lib 2.276.0.
        for (path, id) in [
            ("Fs/Resource", "Fs6C1AF03C"),
            ("Fs/EfsSecurityGroup/Resource", "FsEfsSecurityGroup7575D9A7"),
            ("Fs/EfsMountTarget-PrivateSubnet1", "FsEfsMountTargetPrivateSubnet19818E1FF"),
            ("Fs/EfsMountTarget-PrivateSubnet2", "FsEfsMountTargetPrivateSubnet20283DA27"),
            ("Fs/EfsSecurityGroup/from StackA888ED64B:2049", "FsEfsSecurityGroupfromStackA888ED64B2049DDFF12C1"),
            ("A/to StackFsEfsSecurityGroupCB05C708:2049", "AtoStackFsEfsSecurityGroupCB05C7082049678A42B8"),
        ] {
            assert_eq!(resources[id]["Metadata"]["aws:cdk:path"], format!("Stack/{path}"));
        }
        template.has_resource(
            "AWS::EFS::FileSystem",
            json!({
                "Properties": {
                    "Encrypted": true,
                    "FileSystemPolicy": { "Statement": [{
                        "Effect": "Deny",
                        "Condition": { "Bool": { "aws:SecureTransport": "false" } }
                    }] },
                    "FileSystemTags": [{ "Key": "Name", "Value": "Stack/Fs" }],
                    "BackupPolicy": Match::absent()
                },
                "DeletionPolicy": "Retain"
            }),
        );
        assert_eq!(files.mount_targets().len(), 2);
        Ok(())
    }

    #[test]
    fn what_is_asked_for_is_written() -> Result<(), SynthError> {
        let mut stack = Stack::new("Stack");
        stack.add(
            "Fs",
            FileSystem::new(&vpc())
                .throughput(Throughput::Elastic)
                .transition_to_infrequent_access(LifecyclePolicy::After7Days)
                .transition_to_archive(LifecyclePolicy::After90Days)
                .back_on_first_access()
                .automatic_backups(true)
                .client_access(ClientAccess::Anyone),
        );
        Template::from_stack(stack)?.has_resource_properties(
            "AWS::EFS::FileSystem",
            json!({
                "BackupPolicy": { "Status": "ENABLED" },
                "FileSystemPolicy": Match::absent(),
                "LifecyclePolicies": [
                    { "TransitionToIA": "AFTER_7_DAYS" },
                    { "TransitionToPrimaryStorageClass": "AFTER_1_ACCESS" },
                    { "TransitionToArchive": "AFTER_90_DAYS" }
                ],
                "ThroughputMode": "elastic"
            }),
        );
        Ok(())
    }

    #[test]
    fn rejects_what_the_service_refuses() {
        let files = || FileSystem::new(&vpc());
        for definition in [
            files().throughput(Throughput::Provisioned { mebibytes_per_second: 0 }),
            files().transition_to_archive(LifecyclePolicy::After90Days),
            files()
                .throughput(Throughput::Elastic)
                .transition_to_infrequent_access(LifecyclePolicy::After90Days)
                .transition_to_archive(LifecyclePolicy::After90Days),
            files().back_on_first_access(),
            FileSystem::new(&VpcRef::from_attributes(VpcAttributes::new("vpc-1", "10.0.0.0/16"))),
        ] {
            let mut stack = Stack::new("Stack");
            stack.add("Fs", definition.clone());
            assert!(matches!(Template::from_stack(stack), Err(SynthError::Invalid { .. })), "{definition:?}");
        }
        assert_eq!(FileSystem::PORT, Port::tcp(2049));
    }
}
