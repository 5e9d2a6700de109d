//! [`WorkspaceRef`]: a workspace, of this program or not.

use belvedere_cfn::grafana::CfnWorkspace;
use belvedere_cfn::{IntoValue, ResourceRef, Value, concat_values, pseudo};

use super::version::GrafanaVersion;
use crate::ec2::{Connectable, Connections, SecurityGroupRef};
use crate::iam::RoleRef;

/// A workspace, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceRef {
    pub(super) workspace_id: Value<String>,
    pub(super) endpoint: Value<String>,
    pub(super) role: Option<RoleRef>,
    pub(super) security_groups: Vec<SecurityGroupRef>,
    pub(super) resource: Option<ResourceRef<CfnWorkspace>>,
    pub(super) version: Option<GrafanaVersion>,
    /// Whether only IAM Identity Center says who may sign in, and so only who is given a role.
    pub(super) identity_center_alone: bool,
}

impl WorkspaceRef {
    /// Stands for a workspace of the stack's region that this program does not define, by its id, such as `g-1a2b3c4d5e`.
    #[must_use]
    pub fn from_id(workspace_id: impl IntoValue<String>) -> Self {
        let workspace_id: Value<String> = workspace_id.into_value();
        let endpoint = concat_values!(&workspace_id, ".grafana-workspace.", pseudo::region(), ".amazonaws.com");
        Self {
            workspace_id,
            endpoint,
            role: None,
            security_groups: Vec::new(),
            resource: None,
            version: None,
            identity_center_alone: false,
        }
    }

    /// The workspace's id.
    #[must_use]
    pub fn workspace_id(&self) -> Value<String> {
        self.workspace_id.clone()
    }

    /// The workspace's host name, without `https://`.
    #[must_use]
    pub fn endpoint(&self) -> Value<String> {
        self.endpoint.clone()
    }

    /// The workspace's address, for people and for Grafana's API.
    #[must_use]
    pub fn url(&self) -> Value<String> {
        concat_values!("https://", &self.endpoint)
    }

    /// The role that the workspace reads its data sources with, if it is known. To give it more permissions after the
    /// fact, add an [`iam::Policy`](crate::iam::Policy).
    #[must_use]
    pub const fn role(&self) -> Option<&RoleRef> {
        self.role.as_ref()
    }

    /// The CloudFormation resource, if this program defines the workspace.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnWorkspace>> {
        self.resource.as_ref()
    }
}

/// What a workspace in a VPC reaches there.
impl Connectable for WorkspaceRef {
    fn connections(&self) -> Connections {
        Connections { security_groups: self.security_groups.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imported_workspace_has_the_services_address() {
        let url = concat_values!("https://g-1.grafana-workspace.", pseudo::region(), ".amazonaws.com");
        assert_eq!(WorkspaceRef::from_id("g-1").url(), url);
    }
}
