//! [`Policy`]: permissions attached to a role after it was defined.

use belvedere_cfn::iam::CfnPolicy;
use belvedere_cfn::{ResourceRef, Value};

use super::grant::Grant;
use super::role::RoleRef;
use super::statement::PolicyDocument;
use crate::construct::Construct;
use crate::scope::Scope;

/// Permissions for roles that were defined earlier, as a resource of its own.
///
/// Use it where [`Role::grant`](super::Role::grant) cannot be: for a role of another stack, or where resource and role
/// need each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    document: PolicyDocument,
    roles: Vec<RoleRef>,
}

impl Policy {
    /// Gives the permissions to `role`.
    #[must_use]
    pub fn new(role: &RoleRef, grant: impl Into<Grant>) -> Self {
        Self { document: PolicyDocument::new(), roles: vec![role.clone()] }.grant(grant)
    }

    /// Gives more permissions.
    #[must_use]
    pub fn grant(mut self, grant: impl Into<Grant>) -> Self {
        for statement in grant.into().into_statements() {
            self.document.push(statement);
        }
        self
    }

    /// Gives the permissions to another role too.
    #[must_use]
    pub fn attach(mut self, role: &RoleRef) -> Self {
        self.roles.push(role.clone());
        self
    }
}

impl Construct for Policy {
    type Ref = ResourceRef<CfnPolicy>;

    fn define(self, scope: &mut Scope<'_>) -> Self::Ref {
        if self.document.is_empty() {
            scope.problem("a policy needs at least one statement: grant something, or leave it out");
        }
        // The name is unique in the stack, and CloudFormation lets no two stacks share a role by accident.
        let name = scope.logical_id_of("Resource");
        let roles: Vec<Value<_>> = self.roles.iter().map(RoleRef::role_name).collect();
        scope.add("Resource", CfnPolicy::new(self.document, name).roles(roles))
    }
}
