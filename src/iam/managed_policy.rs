//! Policies that exist by themselves, for attaching to roles.

use belvedere_cfn::{IntoValue, Value, concat_values, kind, pseudo};

/// A policy that exists by itself, by its ARN.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedPolicy {
    arn: Value<kind::iam::ManagedPolicyArn>,
}

impl ManagedPolicy {
    /// A policy that AWS keeps, such as `service-role/AWSLambdaBasicExecutionRole`.
    #[must_use]
    pub fn aws(name: &str) -> Self {
        Self { arn: concat_values!("arn:", pseudo::partition(), ":iam::aws:policy/", name).cast() }
    }

    /// A policy of your own, by its ARN.
    #[must_use]
    pub fn from_arn(arn: impl IntoValue<kind::iam::ManagedPolicyArn>) -> Self {
        Self { arn: arn.into_value() }
    }

    pub(super) fn into_arn(self) -> Value<kind::iam::ManagedPolicyArn> {
        self.arn
    }
}
