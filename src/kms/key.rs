//! [`Key`]: a symmetric key that encrypts what other services keep.

use belvedere_cfn::kms::{CfnAlias, CfnKey};
use belvedere_cfn::{IntoValue, Resource, ResourceRef, Value, concat_values, kind, pseudo};

use crate::construct::Construct;
use crate::iam::{Grant, PolicyDocument, PolicyStatement, Principal};
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;

/// A symmetric key that encrypts what other services keep: rotated yearly, and kept when its stack is deleted, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    description: Option<String>,
    alias: Option<String>,
    users: Vec<KeyUser>,
    rotation: bool,
    pending_days: Option<u8>,
    removal_policy: RemovalPolicy,
}

/// A service that uses a key in its own name, and so has to be named in the key's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyUser {
    /// CloudWatch Logs, for the log groups of the stack's account and region.
    /// [AWS page](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
    CloudWatchLogs,
    /// SNS topics that other AWS services publish to, such as CloudWatch alarms and managed Prometheus.
    /// [AWS page](https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
    SnsPublishers,
}

impl Default for Key {
    fn default() -> Self {
        Self::new()
    }
}

impl Key {
    /// A key that the account's own policies decide about.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            description: None,
            alias: None,
            users: Vec::new(),
            rotation: true,
            pending_days: None,
            removal_policy: RemovalPolicy::Retain,
        }
    }

    /// Says what the key is for, in at most 8,192 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// A name for people, without `alias/`: unique in the account and region. None by default, so that two copies of
    /// the stack fit in one account.
    #[must_use]
    pub fn alias(mut self, name: impl Into<String>) -> Self {
        self.alias = Some(name.into());
        self
    }

    /// Lets a service use the key in its own name. None may by default.
    #[must_use]
    pub fn allow_service(mut self, user: KeyUser) -> Self {
        if !self.users.contains(&user) {
            self.users.push(user);
        }
        self
    }

    /// Whether KMS makes new key material every year. It does by default.
    #[must_use]
    pub const fn rotation(mut self, rotate: bool) -> Self {
        self.rotation = rotate;
        self
    }

    /// How many days a deleted key can still be brought back: 7 to 30. 30 by default.
    #[must_use]
    pub const fn pending_window_in_days(mut self, days: u8) -> Self {
        self.pending_days = Some(days);
        self
    }

    /// What becomes of the key when the stack no longer has it. It stays by default: without it, what it encrypted is lost.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }
}

/// What the account may do with the key, and may let its users and roles do by their own policies. Written out, since a
/// wildcard would also cover what KMS adds later.
const ACCOUNT_ACTIONS: [&str; 36] = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:ReplicateKey",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:SynchronizeMultiRegionKey",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
    "kms:GetPublicKey",
];

/// What a service needs to encrypt and decrypt with data keys.
const USE_ACTIONS: [&str; 5] =
    ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"];

impl KeyUser {
    fn statement(self) -> PolicyStatement {
        match self {
            Self::CloudWatchLogs => PolicyStatement::allow(USE_ACTIONS)
                .principal(Principal::service(concat_values!("logs.", pseudo::region(), ".amazonaws.com")))
                .on("*")
                .when(
                    "ArnLike",
                    "kms:EncryptionContext:aws:logs:arn",
                    concat_values!(
                        "arn:",
                        pseudo::partition(),
                        ":logs:",
                        pseudo::region(),
                        ":",
                        pseudo::account_id(),
                        ":log-group:*"
                    ),
                ),
            Self::SnsPublishers => PolicyStatement::allow(["kms:Decrypt", "kms:GenerateDataKey"])
                .principal(Principal::service("cloudwatch.amazonaws.com"))
                .principal(Principal::service("aps.amazonaws.com"))
                .on("*")
                .when("StringEquals", "aws:SourceAccount", pseudo::account_id()),
        }
    }
}

impl Construct for Key {
    type Ref = KeyRef;

    fn define(self, scope: &mut Scope<'_>) -> KeyRef {
        // In a key's own policy, `*` stands for the key.
        let mut document = PolicyDocument::new().statement(
            PolicyStatement::allow(ACCOUNT_ACTIONS).principal(Principal::account(pseudo::account_id())).on("*"),
        );
        // Grants outlast whoever makes them, so they are made through services that act for the account alone.
        document = document.statement(
            PolicyStatement::deny(["kms:CreateGrant"])
                .principal(Principal::anyone())
                .on("*")
                .when("BoolIfExists", "kms:GrantIsForAWSResource", "false")
                .when("BoolIfExists", "aws:PrincipalIsAWSService", "false"),
        );
        for user in self.users {
            document = document.statement(user.statement());
        }
        let mut resource = CfnKey::new().key_policy(document).enable_key_rotation(self.rotation);
        if let Some(description) = self.description {
            resource = resource.description(description);
        }
        if let Some(days) = self.pending_days {
            if !(7..=30).contains(&days) {
                scope.problem(format!("pending_window_in_days must be 7 to 30, got {days}"));
            }
            resource = resource.pending_window_in_days(days);
        }
        self.removal_policy.apply(resource.untyped_mut());
        let resource = scope.add("Resource", resource);
        let reference = KeyRef { key_id: resource.key_id().cast(), key_arn: resource.arn(), resource: Some(resource) };
        if let Some(alias) = self.alias {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
            if alias.is_empty() || alias.len() > 250 || !alias.bytes().all(legal) || alias.starts_with("aws/") {
                scope.problem(format!(
                    "an alias is 1 to 250 letters, digits, `/`, `_` and `-`, and does not start with `aws/`, got `{alias}`"
                ));
            }
            let alias = CfnAlias::new(format!("alias/{alias}"), reference.key_arn());
            scope.scope("Alias").add("Resource", alias);
        }
        reference
    }
}

/// A key, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRef {
    key_id: Value<kind::kms::KeyId>,
    key_arn: Value<kind::kms::KeyArn>,
    resource: Option<ResourceRef<CfnKey>>,
}

impl KeyRef {
    /// Stands for a key that this program does not define, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::kms::KeyArn>) -> Self {
        let key_arn: Value<kind::kms::KeyArn> = arn.into_value();
        // Wherever an id is taken, the ARN is too.
        Self { key_id: key_arn.clone().cast(), key_arn, resource: None }
    }

    /// The key's id.
    #[must_use]
    pub fn key_id(&self) -> Value<kind::kms::KeyId> {
        self.key_id.clone()
    }

    /// The key's ARN.
    #[must_use]
    pub fn key_arn(&self) -> Value<kind::kms::KeyArn> {
        self.key_arn.clone()
    }

    /// The CloudFormation resource, if this program defines the key.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnKey>> {
        self.resource.as_ref()
    }

    /// Permission to decrypt.
    #[must_use]
    pub fn decrypt(&self) -> Grant {
        PolicyStatement::allow(["kms:Decrypt"]).on(self.key_arn()).into()
    }

    /// Permission to encrypt and decrypt, with data keys.
    #[must_use]
    pub fn encrypt_decrypt(&self) -> Grant {
        let actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];
        PolicyStatement::allow(actions).on(self.key_arn()).into()
    }
}
