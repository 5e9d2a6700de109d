//! Workspaces of managed Prometheus, their rules and their alert managers.

use super::{Answer, active};
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prometheus {
    workspace_id: String,
}

/// Rule groups of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleGroups {
    workspace_id: String,
    name: String,
}

/// The alert manager of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AlertManager {
    workspace_id: String,
}

/// The id at the end of the ARN of a workspace.
fn workspace_id(arn: &str) -> Option<String> {
    arn.rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned)
}

impl Prometheus {
    pub(super) fn of(arn: &str) -> Option<Self> {
        workspace_id(arn).map(|workspace_id| Self { workspace_id })
    }

    pub(super) async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        let answer = clients.amp.describe_workspace().workspace_id(&self.workspace_id).send().await;
        let answer = answer.map_err(|error| AwsError::new("aps:DescribeWorkspace", &error))?;
        let state = answer.workspace().and_then(|workspace| workspace.status()).map(|status| status.status_code());
        Ok(active(state.map(|state| state.as_str()), None))
    }
}

impl RuleGroups {
    /// Those with an ARN such as `arn:aws:aps:eu-central-1:123456789012:rulegroupsnamespace/ws-1/rules`.
    pub(super) fn of(arn: &str) -> Option<Self> {
        let (workspace_id, name) = arn.split(":rulegroupsnamespace/").nth(1)?.split_once('/')?;
        Some(Self { workspace_id: workspace_id.to_owned(), name: name.to_owned() })
    }

    pub(super) async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        let request = clients.amp.describe_rule_groups_namespace().workspace_id(&self.workspace_id).name(&self.name);
        let answer = request.send().await;
        let answer = answer.map_err(|error| AwsError::new("aps:DescribeRuleGroupsNamespace", &error))?;
        let status = answer.rule_groups_namespace().and_then(|namespace| namespace.status());
        let reason = status.and_then(|status| status.status_reason());
        Ok(active(status.map(|status| status.status_code().as_str()), reason))
    }
}

impl AlertManager {
    pub(super) fn of(workspace_arn: &str) -> Option<Self> {
        workspace_id(workspace_arn).map(|workspace_id| Self { workspace_id })
    }

    pub(super) async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        let answer = clients.amp.describe_alert_manager_definition().workspace_id(&self.workspace_id).send().await;
        let answer = answer.map_err(|error| AwsError::new("aps:DescribeAlertManagerDefinition", &error))?;
        let status = answer.alert_manager_definition().and_then(|definition| definition.status());
        let reason = status.and_then(|status| status.status_reason());
        Ok(active(status.map(|status| status.status_code().as_str()), reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_arns() {
        let workspace = "arn:aws:aps:eu-central-1:123456789012:workspace/ws-1";
        assert_eq!(Prometheus::of(workspace).map(|it| it.workspace_id).as_deref(), Some("ws-1"));
        let rules = RuleGroups::of("arn:aws:aps:eu-central-1:123456789012:rulegroupsnamespace/ws-1/requests");
        assert_eq!(rules, Some(RuleGroups { workspace_id: "ws-1".into(), name: "requests".into() }));
        assert_eq!(RuleGroups::of(workspace), None);
    }
}
