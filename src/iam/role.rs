//! [`Role`]: an identity with permissions, which services and people take on.

use std::time::Duration;

use belvedere_cfn::iam::{CfnPolicy, CfnRole};
use belvedere_cfn::{IntoValue, ResourceRef, Value, concat_values, kind, pseudo};

use super::grant::Grant;
use super::managed_policy::ManagedPolicy;
use super::policy::Policy;
use super::principal::Principal;
use super::statement::{PolicyDocument, PolicyStatement};
use crate::construct::Construct;
use crate::scope::Scope;

/// An identity with permissions, which services and people take on.
/// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    trust: PolicyStatement,
    grants: Vec<PolicyStatement>,
    managed_policies: Vec<ManagedPolicy>,
    description: Option<String>,
    max_session_duration: Option<Duration>,
    permissions_boundary: Option<ManagedPolicy>,
}

impl Role {
    /// A role that `principal` may take on, such as `Principal::service("ecs-tasks.amazonaws.com")`.
    #[must_use]
    pub fn new(principal: Principal) -> Self {
        Self::with_trust(PolicyStatement::allow(["sts:AssumeRole"]).principal(principal))
    }

    /// A role with a trust policy of your own making.
    #[must_use]
    pub const fn with_trust(statement: PolicyStatement) -> Self {
        Self {
            trust: statement,
            grants: Vec::new(),
            managed_policies: Vec::new(),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
        }
    }

    /// Lets the principal take on the role only where the condition holds, such as
    /// `("StringEquals", "aws:SourceAccount", account)`. No condition by default.
    #[must_use]
    pub fn trust_when(mut self, operator: &'static str, key: &str, value: impl IntoValue<String>) -> Self {
        self.trust = self.trust.when(operator, key, value);
        self
    }

    /// Gives the role permissions, in a policy of its own. None by default.
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        self.grants.extend(grant.into().into_statements());
        self
    }

    /// Attaches a policy that exists by itself. None by default.
    #[must_use]
    pub fn managed_policy(mut self, policy: ManagedPolicy) -> Self {
        self.managed_policies.push(policy);
        self
    }

    /// Says what the role is for, in at most 1,000 characters. Nothing by default.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// How long a session may last: one to twelve hours. One hour by default.
    #[must_use]
    pub const fn max_session_duration(mut self, duration: Duration) -> Self {
        self.max_session_duration = Some(duration);
        self
    }

    /// Limits what the role can ever be allowed. No limit by default.
    #[must_use]
    pub fn permissions_boundary(mut self, boundary: ManagedPolicy) -> Self {
        self.permissions_boundary = Some(boundary);
        self
    }
}

impl Construct for Role {
    type Ref = RoleRef;

    fn define(self, scope: &mut Scope<'_>) -> RoleRef {
        let mut role = CfnRole::new(PolicyDocument::new().statement(self.trust));
        if let Some(description) = self.description {
            if description.chars().count() > 1_000 {
                scope.problem(format!(
                    "a role's description has at most 1000 characters, got {}",
                    description.chars().count()
                ));
            }
            role = role.description(description);
        }
        if let Some(duration) = self.max_session_duration {
            if !(3_600..=43_200).contains(&duration.as_secs()) {
                scope.problem(format!("max_session_duration must be 1 to 12 hours, got {} s", duration.as_secs()));
            }
            role = role.max_session_duration(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX));
        }
        if !self.managed_policies.is_empty() {
            let arns: Vec<_> = self.managed_policies.into_iter().map(ManagedPolicy::into_arn).collect();
            role = role.managed_policy_arns(arns);
        }
        if let Some(boundary) = self.permissions_boundary {
            role = role.permissions_boundary(boundary.into_arn());
        }
        let resource = scope.add("Resource", role);
        let mut reference = RoleRef {
            role_name: resource.role_name().cast(),
            role_arn: resource.arn(),
            resource: Some(resource),
            policy: None,
        };
        if !self.grants.is_empty() {
            let policy = Policy::new(&reference, Grant::new(self.grants));
            reference.policy = Some(scope.add("DefaultPolicy", policy));
        }
        reference
    }
}

/// A role, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleRef {
    role_name: Value<kind::iam::RoleName>,
    role_arn: Value<kind::iam::RoleArn>,
    resource: Option<ResourceRef<CfnRole>>,
    policy: Option<ResourceRef<CfnPolicy>>,
}

impl RoleRef {
    /// Stands for a role of the stack's account that this program does not define, by its name.
    #[must_use]
    pub fn from_name(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            role_arn: concat_values!("arn:", pseudo::partition(), ":iam::", pseudo::account_id(), ":role/", &name)
                .cast(),
            role_name: Value::from(name),
            resource: None,
            policy: None,
        }
    }

    /// The role's name.
    #[must_use]
    pub fn role_name(&self) -> Value<kind::iam::RoleName> {
        self.role_name.clone()
    }

    /// The role's ARN.
    #[must_use]
    pub fn role_arn(&self) -> Value<kind::iam::RoleArn> {
        self.role_arn.clone()
    }

    /// The CloudFormation resource, if this program defines the role.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnRole>> {
        self.resource.as_ref()
    }

    /// The role's own policy, if it was granted anything. Whoever uses the role should wait for it.
    #[must_use]
    pub const fn default_policy(&self) -> Option<&ResourceRef<CfnPolicy>> {
        self.policy.as_ref()
    }
}
