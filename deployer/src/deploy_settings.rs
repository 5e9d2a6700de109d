//! The table `[deploy]` of `belvedere.toml`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// What a project says of its stacks besides their templates. An argument counts over it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct DeploySettings {
    /// The file of the stack policy.
    pub stack_policy: Option<PathBuf>,
    /// Whether the stacks can be deleted only after this is taken back.
    pub termination_protection: Option<bool>,
    /// SNS topics that are told of the stacks' events.
    pub notification_arns: Vec<String>,
    /// The CloudWatch alarms that roll a change back; with none, the stacks lose those that they have.
    pub rollback_alarms: Option<Vec<String>>,
    /// For how long the alarms are watched after a change, such as `10m`.
    #[serde(deserialize_with = "duration")]
    pub monitoring_time: Option<Duration>,
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text).map(Some).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        let text = "stack-policy = \"policy.json\"\ntermination-protection = true\n\
                    notification-arns = [\"a\"]\nrollback-alarms = []\nmonitoring-time = \"10m\"\n";
        let settings: DeploySettings = toml::from_str(text).expect("valid");
        let expected = DeploySettings {
            stack_policy: Some("policy.json".into()),
            termination_protection: Some(true),
            notification_arns: vec!["a".into()],
            rollback_alarms: Some(Vec::new()),
            monitoring_time: Some(Duration::from_secs(600)),
        };
        assert_eq!(settings, expected);
        assert!(toml::from_str::<DeploySettings>("monitoring-time = \"soon\"").is_err());
        assert!(toml::from_str::<DeploySettings>("policy = \"x\"").is_err());
    }
}
