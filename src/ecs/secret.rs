//! [`Secret`]: a value that ECS puts into a container's environment and that no template shows.

use belvedere_cfn::{IntoValue, Value, concat_values};

use crate::iam::Grant;

/// A value that ECS reads when the task starts and puts into a container's environment, and that no template shows.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html).
///
/// A running task keeps the value that it started with; a rotated secret is seen by new tasks only.
#[derive(Clone, Debug, PartialEq)]
pub struct Secret {
    source: Value<String>,
    field: Option<String>,
    read: Grant,
}

impl Secret {
    /// What is found at `source`, the ARN of a secret or parameter, with the permission that reading it takes.
    #[must_use]
    pub fn new(source: impl IntoValue<String>, read: Grant) -> Self {
        Self { source: source.into_value(), field: None, read }
    }

    /// Takes one field of a secret of Secrets Manager that is a JSON object. The whole secret by default.
    #[must_use]
    pub fn field(mut self, key: impl Into<String>) -> Self {
        self.field = Some(key.into());
        self
    }

    pub(super) fn read(&self) -> Grant {
        self.read.clone()
    }

    pub(super) fn value_from(&self) -> Value<String> {
        match &self.field {
            Some(field) => concat_values!(&self.source, ":", field, "::"),
            None => self.source.clone(),
        }
    }
}
