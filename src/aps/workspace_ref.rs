//! [`WorkspaceRef`]: a workspace, of this program or not.

use belvedere_cfn::aps::CfnWorkspace;
use belvedere_cfn::{IntoValue, ResourceRef, Value, concat_values, functions, kind, pseudo};

use crate::iam::{Grant, PolicyStatement};

/// A workspace, of this program or not.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceRef {
    pub(super) workspace_arn: Value<kind::aps::WorkspaceArn>,
    pub(super) workspace_id: Value<String>,
    pub(super) region: Value<String>,
    pub(super) prometheus_endpoint: Option<Value<String>>,
    pub(super) resource: Option<ResourceRef<CfnWorkspace>>,
}

impl WorkspaceRef {
    /// Stands for a workspace of the stack's account and region that this program does not define, by its id.
    #[must_use]
    pub fn from_id(workspace_id: impl IntoValue<String>) -> Self {
        let workspace_id: Value<String> = workspace_id.into_value();
        let workspace_arn = concat_values!(
            "arn:",
            pseudo::partition(),
            ":aps:",
            pseudo::region(),
            ":",
            pseudo::account_id(),
            ":workspace/",
            &workspace_id
        );
        Self {
            workspace_arn: workspace_arn.cast(),
            workspace_id,
            region: pseudo::region(),
            prometheus_endpoint: None,
            resource: None,
        }
    }

    /// Stands for a workspace that this program does not define, by its ARN: of any account and region.
    #[must_use]
    pub fn from_arn(workspace_arn: impl IntoValue<kind::aps::WorkspaceArn>) -> Self {
        let workspace_arn: Value<kind::aps::WorkspaceArn> = workspace_arn.into_value();
        let parts: Vec<&str> = workspace_arn.as_str().map_or_else(Vec::new, |arn| arn.split([':', '/']).collect());
        let (region, workspace_id) = match parts.as_slice() {
            [_, _, _, region, _, _, id, ..] => (Value::from(*region), Value::from(*id)),
            _ => (
                functions::select(3, functions::split(":", &workspace_arn)),
                functions::select(1, functions::split("/", &workspace_arn)),
            ),
        };
        Self { workspace_arn, workspace_id, region, prometheus_endpoint: None, resource: None }
    }

    /// The workspace's ARN.
    #[must_use]
    pub fn workspace_arn(&self) -> Value<kind::aps::WorkspaceArn> {
        self.workspace_arn.clone()
    }

    /// The workspace's id, such as `ws-1a2b`.
    #[must_use]
    pub fn workspace_id(&self) -> Value<String> {
        self.workspace_id.clone()
    }

    /// The workspace's region, which requests to it are signed for.
    #[must_use]
    pub fn region(&self) -> Value<String> {
        self.region.clone()
    }

    /// The workspace's own attribute `PrometheusEndpoint`: its address with a slash at the end.
    ///
    /// Whether `api/v1/` is part of it, AWS's documents do not agree about; [`query_url`](Self::query_url) and
    /// [`remote_write_url`](Self::remote_write_url) do not depend on that.
    #[must_use]
    pub fn prometheus_endpoint(&self) -> Value<String> {
        self.prometheus_endpoint.clone().unwrap_or_else(|| concat_values!(self.query_url(), "/"))
    }

    /// The address that a Prometheus client or a Grafana data source takes. Requests to it are signed for service `aps`.
    #[must_use]
    pub fn query_url(&self) -> Value<String> {
        concat_values!(
            "https://aps-workspaces.",
            &self.region,
            ".",
            pseudo::url_suffix(),
            "/workspaces/",
            &self.workspace_id
        )
    }

    /// The address that metrics are written to. Requests to it are signed for service `aps`.
    #[must_use]
    pub fn remote_write_url(&self) -> Value<String> {
        concat_values!(self.query_url(), "/api/v1/remote_write")
    }

    /// The CloudFormation resource, if this program defines the workspace.
    #[must_use]
    pub const fn resource(&self) -> Option<&ResourceRef<CfnWorkspace>> {
        self.resource.as_ref()
    }

    /// Permission to write metrics.
    #[must_use]
    pub fn remote_write(&self) -> Grant {
        PolicyStatement::allow(["aps:RemoteWrite"]).on(self.workspace_arn()).into()
    }

    /// Permission to read metrics, their names and their labels.
    #[must_use]
    pub fn query(&self) -> Grant {
        let actions = ["aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"];
        PolicyStatement::allow(actions).on(self.workspace_arn()).into()
    }

    /// Permission to see rules and alerts, and to silence alerts.
    #[must_use]
    pub fn manage_alerts(&self) -> Grant {
        let actions = [
            "aps:DeleteAlertManagerSilence",
            "aps:GetAlertManagerSilence",
            "aps:GetAlertManagerStatus",
            "aps:ListAlertManagerAlertGroups",
            "aps:ListAlertManagerAlerts",
            "aps:ListAlertManagerReceivers",
            "aps:ListAlertManagerSilences",
            "aps:ListAlerts",
            "aps:ListRules",
            "aps:PutAlertManagerSilences",
        ];
        PolicyStatement::allow(actions).on(self.workspace_arn()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_arn_gives_its_region_and_id() {
        let workspace = WorkspaceRef::from_arn("arn:aws:aps:eu-central-1:123456789012:workspace/ws-1");
        assert_eq!(workspace.workspace_id().as_str(), Some("ws-1"));
        assert_eq!(
            workspace.remote_write_url(),
            concat_values!(
                "https://aps-workspaces.eu-central-1.",
                pseudo::url_suffix(),
                "/workspaces/ws-1/api/v1/remote_write"
            )
        );
    }

    #[test]
    fn a_deploy_time_arn_is_taken_apart_at_deploy_time() {
        let parameter: Value<kind::aps::WorkspaceArn> = pseudo::stack_id().cast();
        let workspace = WorkspaceRef::from_arn(&parameter);
        assert_eq!(workspace.workspace_id(), functions::select(1, functions::split("/", &parameter)));
    }
}
