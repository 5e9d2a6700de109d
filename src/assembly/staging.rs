//! The stacks with the bucket and the repository that assets are published to, where an app brings its own.

use std::time::Duration;

use belvedere_cfn::ecr::{CfnRepository, repository};

use crate::asset::{AssetStaging, value_of};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::removal_policy::RemovalPolicy;
use crate::s3::{Bucket, LifecycleRule};
use crate::stack::Stack;

/// How many images a repository keeps. ECR counts, and does not know which of them run: there have to be many more than
/// anybody runs.
const IMAGES: u32 = 1_000;

/// A stack that synthesis adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Staging {
    /// With the bucket for files.
    Bucket,
    /// With the repository for images. It is a stack of its own because the one with the bucket is that of all apps with
    /// the qualifier: one without images would take the repository away from the others.
    Repository,
}

impl Staging {
    /// Returns the construct id of the stack in an environment.
    pub(crate) fn id(self, qualifier: &str, environment: &Environment) -> String {
        let known = [environment.account(), environment.region()];
        known.into_iter().flatten().fold(self.stack_name(qualifier), |id, part| format!("{id}-{part}"))
    }

    fn stack_name(self, qualifier: &str) -> String {
        match self {
            Self::Bucket => format!("{qualifier}-assets"),
            Self::Repository => format!("{qualifier}-container-assets"),
        }
    }

    /// Defines the stack.
    pub(crate) fn stack(self, qualifier: &str, environment: &Environment, prefix: &str) -> Stack {
        let staging = AssetStaging::Stack { qualifier: qualifier.to_owned() };
        let mut stack = Stack::new(self.id(qualifier, environment))
            .stack_name(self.stack_name(qualifier))
            .environment(environment.clone());
        stack = match self {
            Self::Bucket => bucket(stack, &staging, environment),
            Self::Repository => repository(stack, &staging, environment),
        };
        stack.body.set_prefix(prefix);
        stack
    }
}

/// Defines the bucket `{qualifier}-assets-{account}-{region}`: private, encrypted, versioned, TLS only.
fn bucket(stack: Stack, staging: &AssetStaging, environment: &Environment) -> Stack {
    let mut stack =
        stack.description("The bucket that assets are published to before the stacks that use them are deployed.");
    let bucket = stack.add(
        "Bucket",
        Bucket::new().bucket_name(staging.bucket_value(environment)).versioned(true).empty_on_delete().lifecycle_rule(
            LifecycleRule::new()
                .noncurrent_version_expiration(Duration::from_secs(30 * 86_400))
                .abort_incomplete_multipart_upload_after(Duration::from_secs(7 * 86_400)),
        ),
    );
    if let Some(resource) = bucket.resource() {
        let reason = "it holds nothing but what the deployer itself puts there; CloudTrail tells who did";
        stack.acknowledge(resource, Finding::checkov("CKV_AWS_18", reason));
    }
    stack.output("BucketName", bucket.bucket_name());
    stack
}

/// Defines the repository `{qualifier}-container-assets-{account}-{region}`: encrypted, scanned, with tags that stay what
/// they are, and deleted with what is in it.
fn repository(stack: Stack, staging: &AssetStaging, environment: &Environment) -> Stack {
    let mut stack =
        stack.description("The repository that images are published to before the stacks that use them are deployed.");
    let oldest = serde_json::json!({ "rules": [{
        "rulePriority": 1,
        "description": format!("Keeps the newest {IMAGES} images"),
        "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": IMAGES },
        "action": { "type": "expire" },
    }] });
    let name = staging.repository_placeholder(environment).unwrap_or_default();
    let mut repository = CfnRepository::new()
        .repository_name(value_of(&name))
        .encryption_configuration(repository::EncryptionConfiguration::new(repository::EncryptionType::KMS))
        .image_scanning_configuration(repository::ImageScanningConfiguration::new().scan_on_push(true))
        .image_tag_mutability(repository::ImageTagMutability::IMMUTABLE)
        .lifecycle_policy(repository::LifecyclePolicy::new().lifecycle_policy_text(oldest.to_string()))
        .empty_on_delete(true);
    RemovalPolicy::Destroy.apply(belvedere_cfn::Resource::untyped_mut(&mut repository));
    let repository = stack.add("Repository", repository);
    stack.output("RepositoryName", repository.repository_name());
    stack
}
