//! Rules by which S3 deletes objects.

use std::time::Duration;

use belvedere_cfn::s3::bucket;

use crate::scope::Scope;

/// A rule by which S3 deletes old objects, old versions and abandoned uploads.
/// [AWS page](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html).
///
/// S3 counts in whole days, at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecycleRule {
    prefix: Option<String>,
    expiration: Option<Duration>,
    noncurrent_version_expiration: Option<Duration>,
    abort_incomplete_multipart_upload_after: Option<Duration>,
}

impl LifecycleRule {
    /// Starts a rule that deletes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies the rule to keys that begin so. It applies to all objects by default.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Deletes objects so long after they were made. Objects stay by default.
    #[must_use]
    pub const fn expiration(mut self, after: Duration) -> Self {
        self.expiration = Some(after);
        self
    }

    /// Deletes versions so long after they were replaced or deleted. Versions stay by default.
    #[must_use]
    pub const fn noncurrent_version_expiration(mut self, after: Duration) -> Self {
        self.noncurrent_version_expiration = Some(after);
        self
    }

    /// Drops the parts of uploads that are not completed so long after they began. The parts stay, and cost, by default.
    #[must_use]
    pub const fn abort_incomplete_multipart_upload_after(mut self, after: Duration) -> Self {
        self.abort_incomplete_multipart_upload_after = Some(after);
        self
    }

    pub(super) fn render(self, scope: &mut Scope<'_>) -> bucket::Rule {
        let mut rule = bucket::Rule::new(bucket::ReplicaModificationsStatus::ENABLED);
        if self == (Self { prefix: self.prefix.clone(), ..Self::default() }) {
            scope.problem("a lifecycle rule must delete something: give it an expiration, or leave it out");
        }
        if let Some(prefix) = self.prefix {
            rule = rule.prefix(prefix);
        }
        if let Some(after) = self.expiration {
            rule = rule.expiration_in_days(days("expiration", after, scope));
        }
        if let Some(after) = self.noncurrent_version_expiration {
            let days = days("noncurrent_version_expiration", after, scope);
            rule = rule.noncurrent_version_expiration(bucket::NoncurrentVersionExpiration::new(days));
        }
        if let Some(after) = self.abort_incomplete_multipart_upload_after {
            let days = days("abort_incomplete_multipart_upload_after", after, scope);
            rule = rule.abort_incomplete_multipart_upload(bucket::AbortIncompleteMultipartUpload::new(days));
        }
        rule
    }
}

fn days(setting: &str, duration: Duration, scope: &mut Scope<'_>) -> i64 {
    const DAY: u64 = 86_400;
    let seconds = duration.as_secs();
    if seconds == 0 || !seconds.is_multiple_of(DAY) {
        scope.problem(format!("{setting} must be a whole number of days, at least one, got {seconds} s"));
    }
    i64::try_from(seconds / DAY).unwrap_or(i64::MAX)
}
