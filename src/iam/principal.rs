//! Principals: whom a resource policy or a trust policy speaks of.

use belvedere_cfn::{Expr, IntoValue, Properties, Value, concat_values, pseudo};

use super::statement::one_or_many;

/// Whom a resource policy or a trust policy speaks of.
/// [AWS page](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    kind: &'static str,
    id: Value<String>,
}

impl Principal {
    /// An AWS service, such as `ecs-tasks.amazonaws.com`.
    #[must_use]
    pub fn service(name: impl IntoValue<String>) -> Self {
        Self { kind: "Service", id: name.into_value() }
    }

    /// A role, user or account, by ARN.
    #[must_use]
    pub fn arn(arn: impl IntoValue<String>) -> Self {
        Self { kind: "AWS", id: arn.into_value() }
    }

    /// Everyone in an account whom the account itself allows it.
    #[must_use]
    pub fn account(account: impl IntoValue<String>) -> Self {
        let account: Value<String> = account.into_value();
        Self { kind: "AWS", id: concat_values!("arn:", pseudo::partition(), ":iam::", account, ":root") }
    }

    /// Whoever an identity provider vouches for, by the provider's ARN or domain.
    #[must_use]
    pub fn federated(provider: impl IntoValue<String>) -> Self {
        Self { kind: "Federated", id: provider.into_value() }
    }

    /// Anyone, with or without an AWS identity.
    #[must_use]
    pub fn anyone() -> Self {
        Self { kind: "AWS", id: Value::from("*") }
    }

    pub(super) fn merge(principals: Vec<Self>) -> Expr {
        let mut kinds: Vec<(&'static str, Vec<Expr>)> = Vec::new();
        for Self { kind, id } in principals {
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, ids)) => ids.push(id.into_expr()),
                None => kinds.push((kind, vec![id.into_expr()])),
            }
        }
        let members = kinds.into_iter().map(|(kind, ids)| (kind.into(), one_or_many(ids)));
        Expr::Object(members.collect::<Properties>())
    }
}
