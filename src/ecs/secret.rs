//! [`Secret`]: a value that ECS puts into a container's environment and that no template shows.

use belvedere_cfn::{IntoValue, Value, concat_values};

use crate::iam::Grant;
use crate::secretsmanager::SecretRef;

/// A value that ECS reads when the task starts and puts into a container's environment, and that no template shows.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html).
///
/// `&SecretRef` and `&ParameterRef` are taken for one too: all that the secret, or the parameter, holds.
///
/// A running task keeps the value that it started with; a rotated secret is seen by new tasks only.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    value_from: Value<String>,
    read: Grant,
}

impl Secret {
    /// One field of a secret of Secrets Manager that is a JSON object.
    #[must_use]
    pub fn field_of(secret: &SecretRef, field: &str) -> Self {
        Self::new(concat_values!(secret.secret_arn(), ":", field, "::"), secret.read())
    }

    /// What is found at `source`, written as `valueFrom` of a task definition is, with the permission that reading it
    /// takes.
    #[must_use]
    pub fn new(source: impl IntoValue<String>, read: impl Into<Grant>) -> Self {
        Self { value_from: source.into_value(), read: read.into() }
    }

    pub(super) fn read(&self) -> Grant {
        self.read.clone()
    }

    pub(super) fn value_from(&self) -> Value<String> {
        self.value_from.clone()
    }
}
