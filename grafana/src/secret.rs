//! [`Secret`]: a value that no file may hold.

use belvedere_cfn::{Expr, IntoValue, Value};
use serde_json::json;

/// Where a secret is, such as a password or a webhook's URL. The secret itself is in no definition, template or file: it
/// is read when the definition is applied, or by Grafana itself when it is provisioned from files.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Secret {
    /// In an environment variable: of the command that applies the definition, or of the Grafana that reads the files.
    Environment(String),
    /// In AWS Secrets Manager, by name or ARN; the whole of it, or one member of the JSON object in it.
    SecretsManager {
        /// The name or the ARN.
        id: Value<String>,
        /// The member, if it is not the whole.
        key: Option<String>,
    },
}

impl Secret {
    /// The value of an environment variable.
    #[must_use]
    pub fn environment(name: impl Into<String>) -> Self {
        Self::Environment(name.into())
    }

    /// The whole text of a secret of AWS Secrets Manager, by name or ARN.
    #[must_use]
    pub fn secrets_manager(id: impl IntoValue<String>) -> Self {
        Self::SecretsManager { id: id.into_value(), key: None }
    }

    /// One member of the JSON object that a secret of AWS Secrets Manager holds.
    #[must_use]
    pub fn secrets_manager_key(id: impl IntoValue<String>, key: impl Into<String>) -> Self {
        Self::SecretsManager { id: id.into_value(), key: Some(key.into()) }
    }

    /// Returns what stands for the secret in a definition: `{"belvedere:secret": {...}}`.
    pub(crate) fn into_placeholder(self) -> Expr {
        let inner = match self {
            Self::Environment(name) => Expr::from(json!({ "environment": name })),
            Self::SecretsManager { id, key } => {
                let mut members = vec![("secretsManager".into(), id.into_expr())];
                members.extend(key.map(|key| ("key".into(), Expr::from(key))));
                Expr::Object(members.into_iter().collect())
            }
        };
        Expr::Object([("belvedere:secret".into(), inner)].into_iter().collect())
    }
}
