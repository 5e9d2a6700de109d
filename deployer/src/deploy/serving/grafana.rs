//! Workspaces of managed Grafana.

use super::{Answer, active};
use crate::clients::Clients;
use crate::deploy_error::AwsError;

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grafana {
    pub(super) id: String,
}

impl Grafana {
    pub(super) async fn ask(&self, clients: &Clients) -> Result<Answer, AwsError> {
        let answer = clients.grafana.describe_workspace().workspace_id(&self.id).send().await;
        let answer = answer.map_err(|error| AwsError::new("grafana:DescribeWorkspace", &error))?;
        Ok(active(answer.workspace().map(|workspace| workspace.status().as_str()), None))
    }
}
