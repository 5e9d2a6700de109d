//! [`AssemblyFile`]: what the deployer applies after a stack, beside the stack's template.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Document;

/// The contents that are applied to Grafanas once a stack is deployed: a file of the cloud assembly beside the template.
/// References to them are enough to write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssemblyFile<C = AppliedContent> {
    /// [`AssemblyFile::VERSION`].
    pub version: u32,
    /// Each content, in the order in which they are applied.
    pub contents: Vec<C>,
}

impl AssemblyFile {
    /// The version of the format.
    pub const VERSION: u32 = 1;

    /// The name of the file for a stack, by the key that the stack has in its manifest.
    #[must_use]
    pub fn file_name(artifact_id: &str) -> String {
        format!("{artifact_id}.grafana.json")
    }
}

impl<C> AssemblyFile<C> {
    /// A file with these contents.
    #[must_use]
    pub const fn new(contents: Vec<C>) -> Self {
        Self { version: AssemblyFile::VERSION, contents }
    }
}

/// A content, and what is known of the Grafana that it is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppliedContent {
    /// The path of the construct.
    pub path: String,
    /// The Grafana.
    pub target: Target,
    /// The outputs of the stack that have the document's deploy-time values, by the names of these.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// How the workspace is set; a server's settings are its own.
    #[serde(default, skip_serializing_if = "WorkspaceSettings::is_empty")]
    pub settings: WorkspaceSettings,
    /// Who may do what in the workspace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleAssignment>,
    /// The content itself.
    pub document: Document,
}

/// A text that is known, or that an output of the stack has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OutputOr {
    /// It is known.
    Text(String),
    /// An output has it.
    Output {
        /// The name of the output in the template.
        output: String,
    },
}

impl OutputOr {
    /// What the output of this name has.
    #[must_use]
    pub fn output(name: impl Into<String>) -> Self {
        Self::Output { output: name.into() }
    }
}

impl From<&str> for OutputOr {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for OutputOr {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The Grafana that a content is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Target {
    /// A workspace of Amazon Managed Grafana, by its id.
    Workspace(OutputOr),
    /// A Grafana that somebody runs.
    Server(Server),
}

/// A Grafana that somebody runs, and how to sign in to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Where it is, such as `https://grafana.example.com`.
    pub url: OutputOr,
    /// How to sign in.
    #[serde(flatten)]
    pub login: Login,
}

/// How to sign in to a Grafana.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Login {
    /// With the token of a service account.
    Token {
        /// The token.
        token: SecretPlace,
    },
    /// As a user.
    Password {
        /// The name, such as `admin`.
        user: String,
        /// The password.
        password: SecretPlace,
    },
}

/// Where a secret is, in the same form as in a [`Document`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPlace {
    /// Where.
    #[serde(rename = "belvedere:secret")]
    pub source: SecretSource,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum SecretSource {
    /// In an environment variable of the command that applies the content.
    Environment {
        /// The name of the variable.
        environment: String,
    },
    /// In AWS Secrets Manager.
    SecretsManager {
        /// The name or ARN.
        secrets_manager: OutputOr,
        /// The member of the JSON object, if the secret is not the whole text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
}

impl From<SecretSource> for SecretPlace {
    fn from(source: SecretSource) -> Self {
        Self { source }
    }
}

/// How a workspace is set where a template cannot say it
/// ([AWS page](https://docs.aws.amazon.com/grafana/latest/userguide/AMG-configure-workspace.html)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspaceSettings {
    /// Whether Grafana's own alerting is on; it stays as it is by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unified_alerting: Option<bool>,
    /// Whether administrators may install plugins; it stays as it is by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_admin: Option<bool>,
}

impl WorkspaceSettings {
    /// Whether all stays as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Who has a role in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleAssignment {
    /// The role.
    pub role: WorkspaceRole,
    /// The ids of users in IAM Identity Center.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// The ids of groups in IAM Identity Center.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// What somebody may do in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkspaceRole {
    /// Everything.
    Admin,
    /// Make and change dashboards and alerts.
    Editor,
    /// Look.
    Viewer,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let workspace = AppliedContent {
            path: "GrafanaObservability/Content".into(),
            target: Target::Workspace(OutputOr::output("ContentWorkspaceId")),
            values: [("LokiUrl".to_owned(), "ContentLokiUrl".to_owned())].into(),
            settings: WorkspaceSettings { unified_alerting: Some(true), plugin_admin: None },
            roles: vec![RoleAssignment { role: WorkspaceRole::Admin, users: vec![], groups: vec!["g-1".into()] }],
            document: Document { name: "main".into(), ..Document::default() },
        };
        let key = Some("token".to_owned());
        let source = SecretSource::SecretsManager { secrets_manager: OutputOr::output("SecretArn"), key };
        let server = |login| Target::Server(Server { url: "http://127.0.0.1:3000".into(), login });
        let by_token = server(Login::Token { token: source.into() });
        let password = SecretSource::Environment { environment: "GRAFANA_PASSWORD".into() }.into();
        let by_password = server(Login::Password { user: "admin".into(), password });
        let on = |target| AppliedContent { target, ..workspace.clone() };
        let file = AssemblyFile::new(vec![workspace.clone(), on(by_token), on(by_password)]);
        let written = serde_json::to_value(&file).expect("JSON");
        assert_eq!(written["contents"][0]["target"], json!({"workspace": {"output": "ContentWorkspaceId"}}));
        assert_eq!(written["contents"][0]["settings"], json!({"unifiedAlerting": true}));
        assert_eq!(written["contents"][0]["roles"], json!([{"role": "ADMIN", "groups": ["g-1"]}]));
        let secret = json!({"secretsManager": {"output": "SecretArn"}, "key": "token"});
        let expected = json!({"url": "http://127.0.0.1:3000", "token": {"belvedere:secret": secret}});
        assert_eq!(written["contents"][1]["target"]["server"], expected);
        assert_eq!(serde_json::from_value::<AssemblyFile>(written).expect("read"), file);
    }
}
