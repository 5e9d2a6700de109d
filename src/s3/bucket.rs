//! [`Bucket`]: a place for objects.

use belvedere_cfn::s3::{CfnBucket, CfnBucketPolicy, bucket};
use belvedere_cfn::{Choice, IntoValue, ResourceRef, Value, concat_values, kind, pseudo};

use super::lifecycle::LifecycleRule;
use super::log_source::LogSource;
use crate::construct::Construct;
use crate::iam::{Grant, PolicyDocument, PolicyStatement, Principal};
use crate::kms::KeyRef;
use crate::removal_policy::RemovalPolicy;
use crate::scope::Scope;

/// A place for objects: private, encrypted, reached over TLS only, and kept when its stack is deleted, by default.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    bucket_name: Option<Value<String>>,
    encryption: BucketEncryption,
    versioned: bool,
    enforce_tls: bool,
    lifecycle_rules: Vec<LifecycleRule>,
    access_logs: Option<(BucketRef, String)>,
    log_sources: Vec<LogSource>,
    statements: Vec<PolicyStatement>,
    removal_policy: RemovalPolicy,
    empty_on_delete: bool,
}

/// What a bucket encrypts its objects with.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum BucketEncryption {
    /// Keys that S3 keeps, at no cost.
    #[default]
    S3Managed,
    /// A key of your own, by way of bucket keys, which save most calls to KMS.
    Kms(KeyRef),
}

impl Default for Bucket {
    fn default() -> Self {
        Self::new()
    }
}

impl Bucket {
    /// A bucket with a name that CloudFormation makes, so that two copies of the stack fit in one account.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bucket_name: None,
            encryption: BucketEncryption::S3Managed,
            versioned: false,
            enforce_tls: true,
            lifecycle_rules: Vec::new(),
            access_logs: None,
            log_sources: Vec::new(),
            statements: Vec::new(),
            removal_policy: RemovalPolicy::Retain,
            empty_on_delete: false,
        }
    }

    /// A fixed name: 3 to 63 lower-case letters, digits, hyphens and dots, unique in all of AWS. CloudFormation makes
    /// one by default.
    #[must_use]
    pub fn bucket_name(mut self, name: impl IntoValue<String>) -> Self {
        self.bucket_name = Some(name.into_value());
        self
    }

    /// What the objects are encrypted with. S3's own keys by default.
    #[must_use]
    pub fn encryption(mut self, encryption: BucketEncryption) -> Self {
        self.encryption = encryption;
        self
    }

    /// Whether replaced and deleted objects are kept as versions. They are not by default.
    #[must_use]
    pub const fn versioned(mut self, versioned: bool) -> Self {
        self.versioned = versioned;
        self
    }

    /// Whether requests without TLS are refused. They are by default.
    #[must_use]
    pub const fn enforce_tls(mut self, enforce: bool) -> Self {
        self.enforce_tls = enforce;
        self
    }

    /// Adds a rule by which S3 deletes objects. Everything stays by default.
    #[must_use]
    pub fn lifecycle_rule(mut self, rule: LifecycleRule) -> Self {
        self.lifecycle_rules.push(rule);
        self
    }

    /// Logs each request as an object under `prefix` in another bucket, which must be defined with
    /// [`accept_logs_from`](Bucket::accept_logs_from) [`LogSource::S3AccessLogs`]. No logs by default.
    #[must_use]
    pub fn server_access_logs(mut self, bucket: &BucketRef, prefix: impl Into<String>) -> Self {
        self.access_logs = Some((bucket.clone(), prefix.into()));
        self
    }

    /// Lets a service of the same account deliver logs into the bucket. None may by default.
    #[must_use]
    pub fn accept_logs_from(mut self, source: LogSource) -> Self {
        self.log_sources.push(source);
        self
    }

    /// Adds a statement to the bucket's policy. A bucket has one policy only, so this is where it is written.
    #[must_use]
    pub fn policy_statement(mut self, statement: PolicyStatement) -> Self {
        self.statements.push(statement);
        self
    }

    /// What becomes of the bucket when the stack no longer has it. It stays by default.
    #[must_use]
    pub const fn removal_policy(mut self, policy: RemovalPolicy) -> Self {
        self.removal_policy = policy;
        self
    }

    /// Lets `belvedere destroy` empty the bucket before it is deleted, and deletes it with the stack. By default nothing
    /// is emptied, and CloudFormation cannot delete a bucket that holds objects.
    #[must_use]
    pub const fn empty_on_delete(mut self) -> Self {
        self.removal_policy = RemovalPolicy::Destroy;
        self.empty_on_delete = true;
        self
    }
}

impl Construct for Bucket {
    type Ref = BucketRef;

    fn define(self, scope: &mut Scope<'_>) -> BucketRef {
        if let Some(complaint) = self.bucket_name.as_ref().and_then(|name| name_complaint(name.as_str()?)) {
            scope.problem(complaint);
        }
        let (algorithm, key) = match &self.encryption {
            BucketEncryption::S3Managed => (bucket::ServerSideEncryptionByDefaultSseAlgorithm::AES256, None),
            BucketEncryption::Kms(key) => {
                (bucket::ServerSideEncryptionByDefaultSseAlgorithm::AWS_KMS, Some(key.clone()))
            }
        };
        let mut resource =
            CfnBucket::new().bucket_encryption(encryption(algorithm, key.as_ref())).public_access_block_configuration(
                bucket::PublicAccessBlockConfiguration::new()
                    .block_public_acls(true)
                    .block_public_policy(true)
                    .ignore_public_acls(true)
                    .restrict_public_buckets(true),
            );
        if let Some(name) = self.bucket_name {
            resource = resource.bucket_name(name);
        }
        if self.versioned {
            let enabled = bucket::VersioningConfiguration::new(bucket::VersioningConfigurationStatus::ENABLED);
            resource = resource.versioning_configuration(enabled);
        }
        if !self.lifecycle_rules.is_empty() {
            let rules: Vec<_> = self.lifecycle_rules.into_iter().map(|rule| rule.render(scope)).collect();
            resource = resource.lifecycle_configuration(bucket::LifecycleConfiguration::new(rules));
        }
        if let Some((log_bucket, prefix)) = self.access_logs {
            let logging = bucket::LoggingConfiguration::new()
                .destination_bucket_name(log_bucket.bucket_name())
                .log_file_prefix(prefix);
            resource = resource.logging_configuration(logging);
        }
        if self.empty_on_delete {
            resource = belvedere_cfn::Resource::metadata(resource, "belvedere:empty-on-delete", true);
        }
        self.removal_policy.apply(belvedere_cfn::Resource::untyped_mut(&mut resource));
        let resource = scope.add("Resource", resource);
        let mut reference = BucketRef {
            bucket_name: resource.bucket_name(),
            bucket_arn: resource.arn(),
            resource: Some(resource),
            key,
            log_sources: Some(self.log_sources.clone()),
            policy: None,
        };

        let arn: Value<String> = reference.bucket_arn().cast();
        let mut document = PolicyDocument::new();
        if self.enforce_tls {
            document.push(
                PolicyStatement::deny(["s3:*"])
                    .principal(Principal::anyone())
                    .on(&arn)
                    .on(concat_values!(&arn, "/*"))
                    .when("Bool", "aws:SecureTransport", "false"),
            );
        }
        for source in self.log_sources {
            for statement in source.statements(&arn) {
                document.push(statement);
            }
        }
        for statement in self.statements {
            document.push(statement);
        }
        if !document.is_empty() {
            let policy = CfnBucketPolicy::new(reference.bucket_name(), document);
            reference.policy = Some(scope.scope("Policy").add("Resource", policy));
        }
        reference
    }
}

fn encryption(
    algorithm: Choice<bucket::ServerSideEncryptionByDefaultSseAlgorithm>,
    key: Option<&KeyRef>,
) -> bucket::BucketEncryption {
    let mut default = bucket::ServerSideEncryptionByDefault::new(algorithm);
    let mut rule = bucket::ServerSideEncryptionRule::new();
    if let Some(key) = key {
        default = default.kms_master_key_id(key.key_arn());
        rule = rule.bucket_key_enabled(true);
    }
    bucket::BucketEncryption::new([rule.server_side_encryption_by_default(default)])
}

fn name_complaint(name: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let fits = (3..=63).contains(&name.len())
        && name.bytes().all(legal)
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.']);
    (!fits).then(|| format!("a bucket's name is 3 to 63 lower-case letters, digits, hyphens and dots, got `{name}`"))
}

/// A bucket, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketRef {
    bucket_name: Value<kind::s3::BucketName>,
    bucket_arn: Value<kind::s3::BucketArn>,
    resource: Option<ResourceRef<CfnBucket>>,
    key: Option<KeyRef>,
    /// Nothing is known about a bucket that this program does not define.
    log_sources: Option<Vec<LogSource>>,
    policy: Option<ResourceRef<CfnBucketPolicy>>,
}

impl BucketRef {
    /// Stands for a bucket that this program does not define, by its name.
    #[must_use]
    pub fn from_name(name: impl IntoValue<kind::s3::BucketName>) -> Self {
        let bucket_name: Value<kind::s3::BucketName> = name.into_value();
        let bucket_arn = concat_values!("arn:", pseudo::partition(), ":s3:::", &bucket_name).cast();
        Self { bucket_name, bucket_arn, resource: None, key: None, log_sources: None, policy: None }
    }

    /// The bucket's name.
    #[must_use]
    pub fn bucket_name(&self) -> Value<kind::s3::BucketName> {
        self.bucket_name.clone()
    }

    /// The bucket's ARN.
    #[must_use]
    pub fn bucket_arn(&self) -> Value<kind::s3::BucketArn> {
        self.bucket_arn.clone()
    }

    /// The ARN of the objects whose keys match `pattern`, such as `*` or `data/*`.
    #[must_use]
    pub fn arn_for_objects(&self, pattern: &str) -> Value<String> {
        concat_values!(&self.bucket_arn, "/", pattern)
    }

    /// The CloudFormation resource, if this program defines the bucket.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnBucket>> {
        self.resource.as_ref()
    }

    /// The bucket's policy, if it has one. Whoever delivers logs into the bucket should wait for it.
    #[must_use]
    pub const fn policy(&self) -> Option<&ResourceRef<CfnBucketPolicy>> {
        self.policy.as_ref()
    }

    /// Permission to list the bucket and read its objects.
    #[must_use]
    pub fn read(&self) -> Grant {
        let grant = Grant::new([
            PolicyStatement::allow(["s3:GetBucketLocation", "s3:ListBucket"]).on(self.bucket_arn()),
            PolicyStatement::allow(["s3:GetObject"]).on(self.arn_for_objects("*")),
        ]);
        self.with_key(grant, KeyRef::decrypt)
    }

    /// Permission to write objects and to give up uploads, without reading or deleting any.
    #[must_use]
    pub fn write(&self) -> Grant {
        let actions = ["s3:AbortMultipartUpload", "s3:PutObject"];
        self.with_key(PolicyStatement::allow(actions).on(self.arn_for_objects("*")).into(), KeyRef::encrypt_decrypt)
    }

    /// Permission to delete objects.
    #[must_use]
    pub fn delete(&self) -> Grant {
        PolicyStatement::allow(["s3:DeleteObject"]).on(self.arn_for_objects("*")).into()
    }

    /// Permission to list the bucket and to read, write and delete its objects.
    #[must_use]
    pub fn read_write(&self) -> Grant {
        self.read().and(self.write()).and(self.delete())
    }

    /// Returns whether the bucket is known to refuse what `source` delivers.
    pub(crate) fn refuses(&self, source: LogSource) -> bool {
        self.log_sources.as_ref().is_some_and(|sources| !sources.contains(&source))
    }

    /// Returns whether the objects are encrypted with a key of KMS.
    pub(crate) const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    fn with_key(&self, grant: Grant, needed: impl Fn(&KeyRef) -> Grant) -> Grant {
        match &self.key {
            Some(key) => grant.and(needed(key)),
            None => grant,
        }
    }
}
