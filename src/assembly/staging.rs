//! The stack with the bucket that assets are published to, where an app brings its own.

use std::time::Duration;

use crate::asset::AssetStaging;
use crate::environment::Environment;
use crate::finding::Finding;
use crate::s3::{Bucket, LifecycleRule};
use crate::stack::Stack;

/// Defines the bucket `{qualifier}-assets-{account}-{region}`: private, encrypted, versioned, TLS only.
pub(crate) fn stack(qualifier: &str, environment: &Environment, prefix: &str) -> Stack {
    let staging = AssetStaging::Stack { qualifier: qualifier.to_owned() };
    let mut stack = Stack::new(id(qualifier, environment))
        .stack_name(format!("{qualifier}-assets"))
        .environment(environment.clone())
        .description("The bucket that assets are published to before the stacks that use them are deployed.");
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
    stack.body.set_prefix(prefix);
    stack
}

/// Returns the construct id of the staging stack of an environment.
pub(crate) fn id(qualifier: &str, environment: &Environment) -> String {
    let known = [environment.account(), environment.region()];
    known.into_iter().flatten().fold(format!("{qualifier}-assets"), |id, part| format!("{id}-{part}"))
}
